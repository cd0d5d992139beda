/**
 * Operators between real and complex tensors. Those that exist for both are rows of other families; what they do
 * otherwise for complex operands is in `complex/rows.ts`.
 *
 * @module
 */
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { fromPairs, im, isComplexValue, join, toPairs } from "../complex/parts.ts";
import { promotedFloat } from "../numeric.ts";
import { unsupported } from "./refuse.ts";
import { op, viewOp } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

function needComplex(a: Args): Value {
  const x = a.tensor("self");
  return isComplexValue(x) ? x : unsupported(a.schema.target, "the tensor is real");
}

const asReal: AtenOp["build"] = (g, a) => toPairs(g, needComplex(a));
const asComplex: AtenOp["build"] = (g, a) => fromPairs(g, a.tensor("self"));

function polar(g: GraphBuilder, a: Args): Value {
  const [size, angle] = promotedFloat(g, a.tensor("abs"), a.tensor("angle")) as [Value, Value], m = calc(g);
  return join(g, m.mul(size, m.cos(angle)), m.mul(size, m.sin(angle)));
}

/** Rows of this family. */
export const complexOps: readonly AtenOp[] = [
  viewOp("imag(Tensor self) -> Tensor", (g, a) => im(g, needComplex(a))),
  viewOp("view_as_real(Tensor self) -> Tensor", asReal),
  viewOp("view_as_complex(Tensor self) -> Tensor", asComplex),
  op("view_as_real_copy(Tensor self) -> Tensor", asReal),
  op("view_as_complex_copy(Tensor self) -> Tensor", asComplex),
  op("complex(Tensor real, Tensor imag) -> Tensor", (g, a) => join(g, a.tensor("real"), a.tensor("imag"))),
  op("polar(Tensor abs, Tensor angle) -> Tensor", polar),
  op("_neg_view(Tensor self) -> Tensor", (g, a) => g.pointwise("neg", a.tensor("self"))),
  ...([["chalf", "c32"], ["cfloat", "c64"], ["cdouble", "c128"]] as const).map(([name, dtype]) =>
    op(
      `${name}(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor`,
      (g, a) => g.cast(a.tensor("self"), dtype),
    )
  ),
];
