/**
 * Rows of a product that are read where they lie.
 *
 * @module
 */
import { bytesOf } from "../base/mod.ts";
import { asInt, type Expr, linear, symsOf } from "../ir/expr/mod.ts";
import {
  type Axis,
  type Buffer,
  type Contraction,
  linearIndex,
  longAxes,
  readsConstants,
} from "../ir/loops/mod.ts";

/** Rows of one buffer, each from end to end: where the first begins, and how far apart they are, in elements. */
export interface Rows {
  readonly buffer: Buffer;
  readonly start: Expr;
  readonly apart: number;
}

/** Lines of a set of the first-level cache that the rows of a tile may take; sets and bytes of a line. */
const WAYS = 4, SETS = 64, LINE = 64;
/** Rows of a tile at most. */
const TILE = 14;

/**
 * The rows of `a`, where they lie as a product wants them and the other operand is made of constants, which are packed
 * when these are loaded: nothing is packed in a run. Not where rows meet in few sets of the first-level cache.
 */
export function rowsInPlace({ batch, m, k, a, b, accumulate }: Contraction): Rows | undefined {
  if (a.kind !== "load" || a.dtype !== accumulate || a.buffer.role === "constant") return undefined;
  if (!readsConstants(b) || longAxes(batch).length > 0) return undefined;
  const depth = along(linearIndex(a.buffer, a.index), k);
  const rows = depth?.step === 1 ? along(depth.rest, m) : undefined;
  if (!rows || rows.step < 1 || symsOf(rows.rest).length > 0) return undefined;
  return spreads(rows.step * bytesOf(accumulate))
    ? { buffer: a.buffer, start: rows.rest, apart: rows.step }
    : undefined;
}

/** The step of `offset` along axes that are one run, and what is left of it. */
function along(
  offset: Expr,
  axes: readonly Axis[],
): { readonly step: number; readonly rest: Expr } | undefined {
  let rest = offset, step: number | undefined, run = 1;
  for (const axis of longAxes(axes).toReversed()) {
    const line = linear(rest, axis.sym.name), coef = line && asInt(line.coef), extent = asInt(axis.extent);
    if (!line || coef === undefined || extent === undefined) return undefined;
    step ??= coef;
    if (coef !== step * run) return undefined;
    run *= extent;
    rest = line.rest;
  }
  return step === undefined ? undefined : { step, rest };
}

/** True where the rows of a tile, `bytes` apart, lie in sets enough. */
function spreads(bytes: number): boolean {
  const lines = new Map<number, number>();
  for (let row = 0; row < TILE; row++) {
    const set = Math.floor((row * bytes) / LINE) % SETS;
    lines.set(set, (lines.get(set) ?? 0) + 1);
  }
  return Math.max(...lines.values()) <= WAYS;
}
