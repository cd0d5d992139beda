/**
 * `torch.gradient` where the places of the samples are data.
 *
 * @module
 */
import { type Expr, int, sub } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { type Calc, calc } from "../calc.ts";
import { everyDim } from "../fold.ts";
import { toFloat } from "../numeric.ts";
import { wrapDim } from "../shapes.ts";
import * as v from "../views.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** Slopes at positions whose coordinates are data, one vector of them for each dim. */
function gradientAt(g: GraphBuilder, a: Args): Value[] {
  const x = toFloat(g, a.tensor("self")), rank = v.rankOf(x);
  const asked = a.schema.args.find((arg) => arg.name === "dim")?.type === "int[]"
    ? a.fixeds("dim")
    : a.fixedOrNone("dim");
  const dims = asked === undefined ? everyDim(x) : [asked].flat().map((dim) => wrapDim(dim, rank));
  const places = a.tensors("spacing"), m = calc(g);
  return dims.map((dim, n) => {
    const size = x.type.shape[dim]!, place = g.cast(places[n] ?? places[0]!, x.type.dtype);
    const shape = x.type.shape.map((_, k) => k === dim ? int(-1) : int(1)), line = v.reshape(g, place, shape);
    const part = (t: Value, start: Expr, length: Expr) => v.narrow(g, t, dim, start, length);
    const gaps = m.sub(part(line, int(1), sub(size, 1)), part(line, int(0), sub(size, 1)));
    return slopes(m, { x, gaps, size, order: a.fixed("edge_order") }, part, (parts) => g.concat(parts, dim));
  });
}

interface Uneven {
  readonly x: Value;
  readonly gaps: Value;
  readonly size: Expr;
  readonly order: number;
}

/** Second-order differences inside; at the ends those of `order`. */
function slopes(
  m: Calc,
  { x, gaps, size, order }: Uneven,
  part: (t: Value, start: Expr, length: Expr) => Value,
  joined: (parts: readonly Value[]) => Value,
): Value {
  const inner = sub(size, 2), one = int(1), zero = int(0);
  const weighed = (parts: readonly (readonly [Value, Value])[]) =>
    parts.map(([w, y]) => m.mul(w, y)).reduce((sum, term) => m.add(sum, term));
  const [p, q] = [part(gaps, zero, inner), part(gaps, one, inner)], both = m.add(p, q);
  const centre = weighed([
    [m.neg(m.div(q, m.mul(p, both))), part(x, zero, inner)],
    [m.div(m.sub(q, p), m.mul(p, q)), part(x, one, inner)],
    [m.div(p, m.mul(q, both)), part(x, int(2), inner)],
  ]);
  const end = (at: readonly [Expr, Expr, Expr], steps: readonly [Expr, Expr], sign: 1 | -1) => {
    const [a, b, c] = at.map((n) => part(x, n, one)) as [Value, Value, Value];
    const [near, next] = steps.map((n) => part(gaps, n, one)) as [Value, Value], sum = m.add(near, next);
    if (order === 1) return m.div(sign > 0 ? m.sub(b, a) : m.sub(a, b), near);
    const value = weighed([
      [m.neg(m.div(m.add(m.mul(near, 2), next), m.mul(near, sum))), a],
      [m.div(sum, m.mul(near, next)), b],
      [m.neg(m.div(near, m.mul(next, sum))), c],
    ]);
    return sign > 0 ? value : m.neg(value);
  };
  const back = (n: number) => sub(size, n);
  return joined([
    end([zero, one, int(2)], [zero, one], 1),
    centre,
    end([back(1), back(2), back(3)], [back(2), back(3)], -1),
  ]);
}

/** Rows of this family. */
export const slopeOps: readonly AtenOp[] = [
  op(
    "gradient.tensorarrayint(Tensor self, *, Tensor[] spacing, int? dim=None, int edge_order=1) -> Tensor[]",
    gradientAt,
  ),
  op(
    "gradient.tensorarray(Tensor self, *, Tensor[] spacing, int[] dim, int edge_order=1) -> Tensor[]",
    gradientAt,
  ),
];
