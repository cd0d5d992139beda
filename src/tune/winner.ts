/**
 * Which variant to build, from what was measured.
 *
 * @module
 */
import type { KernelChoice } from "../ir/plan/mod.ts";
import type { MeasureAnswer, Problem } from "./protocol.ts";

/** How much faster a variant must be to replace what costs choose: less may be noise. */
const WORTHWHILE = 0.95;

/**
 * The choice of the variant that is fastest over all numbers of workers; null where costs chose as well, or nothing could
 * be measured. One worker is measured; what several would need follows from how jobs divide among them, and a variant
 * that wins must be slower for none.
 */
export function winner({ variants }: Pick<Problem, "variants">, times: MeasureAnswer): KernelChoice | null {
  const needed = variants.map(({ shares }, n) => shares.map((share) => share * (times[n] ?? Infinity)));
  const usual = needed[0]!, sum = (ms: readonly number[]) => ms.reduce((a, b) => a + b, 0);
  const better = variants.keys().filter((n) => {
    const [alone = Infinity] = needed[n]!, [before = Infinity] = usual;
    return alone < before * WORTHWHILE && needed[n]!.every((ms, workers) => ms <= usual[workers]!);
  });
  const best = [...better].reduce((a, b) => (sum(needed[b]!) < sum(needed[a]!) ? b : a), 0);
  return variants[best]!.choice;
}
