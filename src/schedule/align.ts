/**
 * How nests line up: may a nest run inside the same outer iterations as the nests it reads from?
 *
 * @module
 */
import { asInt, type Expr, int, isInt, linear, mul } from "../ir/expr/mod.ts";
import {
  type Axis,
  type Buffer,
  linearIndex,
  loadsOf,
  type Nest,
  type ScalarOf,
  scalarsOf,
} from "../ir/loops/mod.ts";

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
function strideAlong(buffer: Buffer, index: readonly Expr[], axis: Axis): Expr | undefined {
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

/** Lanes of a vector, roughly: schedules do not depend on the machine. */
const LANES = 16;
/** Extents that nothing is known of are taken as this. */
const UNKNOWN = 256;
/** Costs of a vector's load, in plain loads: lanes apart, lanes anywhere or pages apart; and of a sum over lanes. */
const APART = 12, ANYWHERE = 24, ACROSS = 16;
/** Elements from which on lanes may lie in pages of their own. */
const PAGE = 1024;

/** Cost of one vector of every load, with lanes along `axis`. */
function vectorCost(nest: Nest, axis: Axis): number {
  let cost = 1;
  for (const { buffer, index } of loadsOfNest(nest)) {
    const stride = strideAlong(buffer, index, axis), step = stride && asInt(stride);
    if (stride === undefined || (step !== undefined && Math.abs(step) >= PAGE)) cost += ANYWHERE;
    else if (step === 1) cost += 1;
    else if (step !== 0) cost += step === 2 ? 2 : APART;
  }
  return cost;
}

/** How many elements of the reduced axes run on seamlessly, from the last axis out, in every load. */
function runOf(nest: Nest, over: readonly Axis[]): number {
  const extents = over.map((a) => asInt(a.extent) ?? UNKNOWN);
  let run = extents.at(-1)!;
  for (let n = over.length - 2; n >= 0; n--) {
    const seamless = loadsOfNest(nest).every(({ buffer, index }) => {
      const [outer, inner] = [over[n]!, over[n + 1]!].map((a) => strideAlong(buffer, index, a));
      return outer !== undefined && inner !== undefined && outer === mul(inner, over[n + 1]!.extent);
    });
    if (!seamless || scalarsOf(nest.value).some((s) => s.kind === "guarded")) break;
    run *= extents[n]!;
  }
  return run;
}

/**
 * True when a reduction should keep vector lanes along its last parallel axis rather than along what it reduces: by
 * what one element of the result costs either way.
 */
export function reducesColumns(nest: Nest): boolean {
  if (!nest.reduce || nest.axes.length === 0) return false;
  const { over } = nest.reduce, last = over.at(-1);
  if (!last) return true;
  const axis = nest.axes.findLast((a) => !isInt(a.extent, 1)) ?? nest.axes.at(-1)!;
  const width = asInt(axis.extent) ?? UNKNOWN;
  const count = over.reduce((n, a) => n * (asInt(a.extent) ?? UNKNOWN), 1), run = runOf(nest, over);
  const across = (count / run) * Math.ceil(run / LANES) * vectorCost(nest, last) + ACROSS;
  const columns = count * (Math.ceil(width / LANES) / width) * vectorCost(nest, axis);
  return columns < across;
}
