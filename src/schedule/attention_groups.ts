/**
 * Heads of queries that share a head of keys and values become rows of one attention, where rows are so few that reading
 * keys and values is what takes time.
 *
 * @module
 */
import { add, asInt, childrenOf, type Expr, int, isInt, mul } from "../ir/expr/mod.ts";
import { type Attention, type Axis, loopAxis, scalarParts, Scalars, type Store } from "../ir/loops/mod.ts";
import { dependsOn } from "./attention_scalars.ts";

/** Rows that are few, together with those of heads that join. */
const FEW = 8;

/** The attention with an axis of its batch split into shared heads and rows, when that leaves rows few. */
export function groupHeads(it: Attention, scalars: Scalars): Attention {
  const count = it.rows.reduce<number | undefined>((n, a) => {
    const extent = asInt(a.extent);
    return n === undefined || extent === undefined ? undefined : n * extent;
  }, 1);
  if (count === undefined) return it;
  for (const axis of it.batch) {
    for (const size of divisorsOf(it, axis)) {
      const grouped = size * count <= FEW ? split(it, axis, size, scalars) : undefined;
      if (grouped) return grouped;
    }
  }
  return it;
}

/** By what keys and values divide the axis. */
function divisorsOf({ k, v }: Attention, axis: Axis): readonly number[] {
  const found = new Set<number>();
  const go = (e: Expr) => {
    const by = e.kind === "floordiv" && e.a === axis.sym ? asInt(e.b) : undefined;
    if (by !== undefined) found.add(by);
    childrenOf(e).forEach(go);
  };
  scalarParts(k, v).exprs.forEach(go);
  return [...found].sort((a, b) => b - a);
}

/** `axis = size · shared + own`: `own` becomes the rows' first axis, unless keys or values depend on it. */
function split(it: Attention, axis: Axis, size: number, scalars: Scalars): Attention | undefined {
  const extent = asInt(axis.extent);
  if (extent === undefined || extent % size !== 0) return undefined;
  const name = axis.sym.name, shared = loopAxis(`${name}_shared`, int(extent / size));
  const own = loopAxis(`${name}_own`, int(size)), isOne = isInt(shared.extent, 1);
  const map = new Map([[name, add(mul(isOne ? int(0) : shared.sym, size), own.sym)]]);
  const [q, k, v, score, epilogue] = [it.q, it.k, it.v, it.score, it.epilogue].map((s) =>
    scalars.substitute(s, map)
  );
  if ([k!, v!].some((s) => dependsOn(s, [own.sym.name]))) return undefined;
  const moved = ({ buffer, index }: Store) => ({ buffer, index: Scalars.indices(index, map) });
  const [highest, total, store] = [it.highest, it.total, it.store].map(moved);
  const axes = { batch: it.batch.flatMap((a) => (a === axis ? [shared] : [a])), rows: [own, ...it.rows] };
  const stats = { highest: highest!, total: total!, store: store! };
  return { ...it, ...axes, q: q!, k: k!, v: v!, score: score!, epilogue: epilogue!, ...stats };
}
