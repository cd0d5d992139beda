/**
 * Comparisons, truth and bits.
 *
 * @module
 */
import { isFloat } from "../../base/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import type { ScalarFn } from "../../ir/scalar/mod.ts";
import { calc } from "../calc.ts";
import { asTensor, promoted } from "../numeric.ts";
import { op } from "./schema.ts";
import type { AtenOp } from "./types.ts";

/** PyTorch's names of each comparison. */
const comparisons = {
  eq: ["eq"],
  ne: ["ne", "not_equal"],
  lt: ["lt", "less"],
  le: ["le", "less_equal"],
  gt: ["gt", "greater"],
  ge: ["ge", "greater_equal"],
} as const satisfies Partial<Record<ScalarFn, readonly string[]>>;

/** `name.Tensor` and `name.Scalar` with promoted operands. */
function pair(name: string, fn: ScalarFn): AtenOp[] {
  return (["Tensor", "Scalar"] as const).map((form) =>
    op(
      `${name}.${form}(Tensor self, ${form} other) -> Tensor`,
      (g, a) => g.pointwise(fn, ...promoted(g, a.scalar("self"), a.scalar("other"))),
    )
  );
}

/** A connective on truth values. */
function logical(name: string, fn: ScalarFn): AtenOp {
  return op(
    `${name}(Tensor self, Tensor other) -> Tensor`,
    (g, a) => g.pointwise(fn, asTensor(g, a.scalar("self"), "bool"), asTensor(g, a.scalar("other"), "bool")),
  );
}

/** Bits or truth, by element type; also under the names of Python's operators. */
function bitwise(fn: "and" | "or" | "xor"): AtenOp[] {
  const body: AtenOp["build"] = (g, a) =>
    g.pointwise(fn, ...promoted(g, a.scalar("self"), a.scalar("other")));
  return [
    ...pair(`bitwise_${fn}`, fn),
    ...pair(`__${fn}__`, fn),
    op(`bitwise_${fn}.Scalar_Tensor(Scalar self, Tensor other) -> Tensor`, body),
  ];
}

/** Shifts; of floats (`__lshift__`) a multiplication by a power of two. */
function shift(name: string, fn: "shl" | "shr"): AtenOp[] {
  const body: AtenOp["build"] = (g, a) =>
    shifted(g, fn, ...promoted(g, a.scalar("self"), a.scalar("other")) as [Value, Value]);
  return [
    op(`bitwise_${name}_shift.Tensor(Tensor self, Tensor other) -> Tensor`, body),
    op(`bitwise_${name}_shift.Tensor_Scalar(Tensor self, Scalar other) -> Tensor`, body),
    op(`bitwise_${name}_shift.Scalar_Tensor(Scalar self, Tensor other) -> Tensor`, body),
    op(`__${name[0]}shift__.Tensor(Tensor self, Tensor other) -> Tensor`, body),
    op(`__${name[0]}shift__.Scalar(Tensor self, Scalar other) -> Tensor`, body),
  ];
}

function shifted(g: GraphBuilder, fn: "shl" | "shr", x: Value, by: Value): Value {
  if (!isFloat(x.type.dtype)) return g.pointwise(fn, x, by);
  const m = calc(g);
  return m.mul(x, m.exp2(fn === "shl" ? by : m.neg(by)));
}

/** `|a - b| <= atol + rtol*|b|`, infinities equal to themselves. */
function isClose(g: GraphBuilder, a: Value, b: Value, rtol: number, atol: number, nanEqual: boolean): Value {
  const m = calc(g);
  if (!isFloat(a.type.dtype)) {
    [a, b] = [g.cast(a, "f64"), g.cast(b, "f64")];
  }
  const gap = m.abs(m.sub(a, b));
  const allowed = m.add(m.abs(m.mul(b, rtol)), atol);
  let close = m.or(m.eq(a, b), m.and(m.isfinite(gap), m.le(gap, allowed)));
  if (nanEqual) close = m.or(close, m.and(m.isnan(a), m.isnan(b)));
  return close;
}

/** Are all elements the same? As a 0-d bool. */
function allEqual(g: GraphBuilder, a: Value, b: Value): Value {
  const same = g.pointwise("eq", a, b);
  return g.reduce("all", same, same.type.shape.map((_, n) => n));
}

/** Rows of this family. */
export const compareOps: readonly AtenOp[] = [
  ...Object.entries(comparisons).flatMap(([fn, names]) =>
    names.flatMap((name) => pair(name, fn as ScalarFn))
  ),
  logical("logical_and", "and"),
  logical("logical_or", "or"),
  logical("logical_xor", "xor"),
  ...bitwise("and"),
  ...bitwise("or"),
  ...bitwise("xor"),
  ...shift("left", "shl"),
  ...shift("right", "shr"),
  op(
    "isclose(Tensor self, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False) -> Tensor",
    (g, a) => {
      const [x, y] = promoted(g, a.tensor("self"), a.tensor("other"));
      return isClose(g, x!, y!, a.float("rtol"), a.float("atol"), a.bool("equal_nan"));
    },
  ),
  op("equal(Tensor self, Tensor other) -> bool", (g, a) => allEqual(g, a.tensor("self"), a.tensor("other"))),
];
