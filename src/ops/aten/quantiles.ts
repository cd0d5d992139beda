/**
 * Quantiles: values at given shares of the sorted order, between two elements by one of five rules.
 *
 * @module
 */
import { isFloat } from "../../base/mod.ts";
import { int, sub } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc, number } from "../calc.ts";
import { fold } from "../fold.ts";
import { sizeAs } from "../numeric.ts";
import { wrapDim } from "../shapes.ts";
import * as v from "../views.ts";
import { unsupported } from "./refuse.ts";
import { sort } from "./scans.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

const rules = ["linear", "lower", "higher", "midpoint", "nearest"];

/** Positions in each sorted line, from 0 to its last: `[lines…, q]`. */
function ranks(g: GraphBuilder, sorted: Value, q: Value, known: Value | undefined): Value {
  const { shape, dtype } = sorted.type, m = calc(g);
  const last = known ? m.sub(known, 1) : sizeAs(g, sub(shape.at(-1)!, 1), dtype);
  return v.expand(g, m.mul(q, last), [...shape.slice(0, -1), q.type.shape[0]!]);
}

/** The element of each line at whole positions. */
function at(g: GraphBuilder, sorted: Value, position: Value): Value {
  const size = sorted.type.shape.at(-1)!, operands = [{ value: g.cast(position, "i64"), size, wrap: false }];
  return g.lookup(sorted, position.type.shape, operands, (axes, [k]) => axes.toSpliced(-1, 1, k!));
}

function between(g: GraphBuilder, sorted: Value, rank: Value, rule: string): Value {
  const m = calc(g);
  if (rule === "lower") return at(g, sorted, m.floor(rank));
  if (rule === "higher") return at(g, sorted, m.ceil(rank));
  if (rule === "nearest") return at(g, sorted, m.round(rank));
  const low = m.floor(rank), [a, b] = [at(g, sorted, low), at(g, sorted, m.ceil(rank))];
  return lerp(g, a, b, rule === "midpoint" ? number(g, 0.5, rank.type.dtype) : m.sub(rank, low));
}

/** From the nearer end, as torch.lerp does. */
function lerp(g: GraphBuilder, a: Value, b: Value, weight: Value): Value {
  const m = calc(g), gap = m.sub(b, a), near = m.lt(weight, 0.5);
  return m.where(near, m.add(a, m.mul(weight, gap)), m.sub(b, m.mul(gap, m.sub(1, weight))));
}

/** Lines last and sorted; nan decides a line's answer, or counts for nothing when `skip`. */
function quantile(skip: boolean): AtenOp["build"] {
  return (g, a) => {
    const x = a.tensor("self"), dim = a.fixedOrNone("dim"), rule = a.string("interpolation"), m = calc(g);
    if (!isFloat(x.type.dtype)) return unsupported(a.schema.target, `a tensor of ${x.type.dtype}`);
    if (!rules.includes(rule)) return unsupported(a.schema.target, `interpolation "${rule}"`);
    const base = dim === undefined || v.rankOf(x) === 0 ? v.flattenDims(g, x) : x, rank = v.rankOf(base);
    const along = wrapDim(dim ?? 0, rank), lines = v.moveDims(g, base, [along], [rank - 1]);
    const [sorted] = sort(g, lines, rank - 1, false, true),
      nans = m.isnan(sorted),
      over = { dims: [rank - 1], keep: true };
    const q = shares(g, a, x), flat = v.rankOf(q) === 0 ? v.unsqueeze(g, q, 0) : q;
    const known = fold(g, "sum", g.cast(m.not(nans), x.type.dtype), over);
    const position = skip ? m.max(ranks(g, sorted, flat, known), 0) : ranks(g, sorted, flat, undefined);
    const value = between(g, sorted, position, rule);
    const out = skip ? value : m.where(fold(g, "any", nans, over), NaN, value);
    return arrange(g, a, out, x, v.rankOf(q) === 0, dim === undefined ? undefined : along);
  };
}

function shares(g: GraphBuilder, a: Args, x: Value): Value {
  const isTensor = a.schema.args.some((arg) => arg.name === "q" && arg.type === "Tensor");
  return isTensor ? a.tensor("q") : number(g, a.float("q"), x.type.dtype);
}

/** `[lines…, q]` as PyTorch wants it: q first (or gone), the dim kept as one if asked. */
function arrange(
  g: GraphBuilder,
  a: Args,
  out: Value,
  x: Value,
  single: boolean,
  dim: number | undefined,
): Value {
  const first = v.moveDims(g, out, [-1], [0]), keep = a.bool("keepdim");
  const kept = keep && dim !== undefined && v.rankOf(x) > 0 ? v.unsqueeze(g, first, dim + 1) : first;
  const whole = keep && dim === undefined
    ? v.reshape(g, kept, [kept.type.shape[0]!, ...x.type.shape.map(() => int(1))])
    : kept;
  return single ? v.select(g, whole, 0, int(0)) : whole;
}

const tail = "int? dim=None, bool keepdim=False, *, str interpolation='linear') -> Tensor";

/** Rows of this family. */
export const quantileOps: readonly AtenOp[] = [
  op(`quantile(Tensor self, Tensor q, ${tail}`, quantile(false)),
  op(`quantile.scalar(Tensor self, float q, ${tail}`, quantile(false)),
  op(`nanquantile(Tensor self, Tensor q, ${tail}`, quantile(true)),
  op(`nanquantile.scalar(Tensor self, float q, ${tail}`, quantile(true)),
];
