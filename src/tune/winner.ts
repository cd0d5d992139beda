/**
 * Which variant to build, from what was measured.
 *
 * @module
 */
import type { KernelChoice } from "../ir/plan/mod.ts";
import type { MeasureAnswer, Problem } from "./protocol.ts";

/** How much faster a variant must be to replace what costs choose: less may be noise. */
const WORTHWHILE = 0.97;

/** The fastest variant's choice; null where costs chose as well, or nothing could be measured. */
export function winner({ variants }: Pick<Problem, "variants">, times: MeasureAnswer): KernelChoice | null {
  const usual = times[0] ?? Infinity;
  let best = 0, least = usual * WORTHWHILE;
  times.forEach((ms, n) => {
    if (ms !== null && n > 0 && ms < least) [best, least] = [n, ms];
  });
  return variants[best]!.choice;
}
