/**
 * How nests line up: may a nest run inside the same outer iterations as the nests it reads from?
 *
 * @module
 */
import { asInt, type Expr, int, isInt, linear, mul } from "../ir/expr/mod.ts";
import { type Axis, type Buffer, linearIndex, loadsOf, type Nest, type ScalarOf } from "../ir/loops/mod.ts";

/** The loads of a nest. */
export function loadsOfNest(nest: Nest): readonly ScalarOf<"load">[] {
  return loadsOf(nest.value);
}

/** True when a nest stores at exactly its axes: position j of the buffer is axis j. */
export function storesPlainly(nest: Nest): boolean {
  return nest.store.index.length === nest.axes.length &&
    nest.store.index.every((e, n) => e === nest.axes[n]!.sym);
}

/** How many leading axes of `a` and `b` have the same extents. */
export function commonExtents(a: readonly Axis[], b: readonly Axis[]): number {
  let n = 0;
  while (n < a.length && n < b.length && a[n]!.extent === b[n]!.extent) n++;
  return n;
}

/** How many leading positions of a load are exactly the nest's own leading axes. */
export function alignedDepth(load: ScalarOf<"load">, axes: readonly Axis[]): number {
  let n = 0;
  const isAt = (e: Expr, axis: Axis) => e === axis.sym || (isInt(axis.extent, 1) && isInt(e, 0));
  while (n < load.index.length && n < axes.length && isAt(load.index[n]!, axes[n]!)) n++;
  return n;
}

/** Product of extents, if known. */
export function staticSize(axes: readonly Axis[]): number | undefined {
  return asInt(mul(int(1), ...axes.map((a) => a.extent)));
}

/** Stride in elements with which an access moves along an axis; undefined when it is not linear in it. */
export function strideAlong(buffer: Buffer, index: readonly Expr[], axis: Axis): Expr | undefined {
  return linear(linearIndex(buffer, index), axis.sym.name)?.coef;
}

/** Number of accesses of the nest that run along `axis` with stride one, less those with a longer stride. */
export function contiguity(nest: Nest, axis: Axis): number {
  let score = 0;
  const accesses = loadsOfNest(nest).map((l) => ({ buffer: l.buffer, index: l.index }));
  for (const { buffer, index } of [...accesses, nest.store]) {
    const stride = strideAlong(buffer, index, axis);
    if (stride === undefined) score -= 2;
    else if (asInt(stride) === 1) score += 2;
    else if (asInt(stride) !== 0) score -= 1;
  }
  return score;
}

/** True when a reduction should keep vector lanes along its last parallel axis rather than along what it sums. */
export function reducesColumns(nest: Nest): boolean {
  if (!nest.reduce || nest.axes.length === 0) return false;
  const last = nest.reduce.over.at(-1);
  if (!last) return true;
  return contiguity(nest, nest.axes.at(-1)!) > contiguity(nest, last);
}
