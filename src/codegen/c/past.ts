/**
 * Results that are stored past the caches: those that no cache holds, and that the kernel itself does not read.
 *
 * @module
 */
import { bytesOf } from "../../base/mod.ts";
import { asInt, type Expr, mul } from "../../ir/expr/mod.ts";
import { loadsOf, numel } from "../../ir/loops/mod.ts";
import type { LoopKernel } from "../../ir/plan/mod.ts";

/** Bytes of a result that second-level caches surely do not hold, and third-level ones share with what is read. */
const LARGE = 1 << 23;

/** A result that may be large, by its name: its bytes where the run decides, nothing where it surely is. */
export type Large = ReadonlyMap<string, Expr | undefined>;

/** The results of a kernel that are large, or may be. */
export function largeResults(kernel: LoopKernel): Large {
  const items = kernel.stages.flatMap((s) => s.items), large = new Map<string, Expr | undefined>();
  const near = new Set([
    ...kernel.locals.map((l) => l.buffer.name),
    ...loadsOf(...items.map((i) => i.value)).map((l) => l.buffer.name),
    ...(kernel.inPlace ?? []).map((p) => p.result),
  ]);
  for (const { stored, store: { buffer } } of items) {
    if (!stored || near.has(buffer.name)) continue;
    const bytes = mul(numel(buffer.shape), bytesOf(buffer.dtype)), known = asInt(bytes);
    if (known === undefined) large.set(buffer.name, bytes);
    else if (known >= LARGE) large.set(buffer.name, undefined);
  }
  return large;
}

/** C condition: a result of so many bytes is large. */
export function isLarge(bytes: string): string {
  return `(${bytes}) >= ${LARGE}`;
}
