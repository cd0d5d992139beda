/**
 * Backward formulas that exported training steps contain.
 *
 * @module
 */
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { fold } from "../fold.ts";
import { inWide, toFloat } from "../numeric.ts";
import { wrapDim } from "../shapes.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** A formula of `grad_output` and the forward's output along `dim`. */
function alongDim(
  schema: string,
  body: (g: GraphBuilder, grad: Value, out: Value, dim: number) => Value,
): AtenOp {
  return op(schema, (g, a: Args) => {
    const grad = a.tensor("grad_output"), dim = wrapDim(a.fixed("dim"), grad.type.shape.length);
    const value = inWide(g, [grad, a.tensor("output")], (p, q) => body(g, p!, q!, dim));
    return g.cast(value, a.dtypeOrNone("input_dtype") ?? value.type.dtype);
  });
}

const total = (g: GraphBuilder, x: Value, dim: number) =>
  fold(g, "sum", x, { dims: x.type.shape.length === 0 ? [] : [dim], keep: true });

/** Rows of this family. */
export const gradientOps: readonly AtenOp[] = [
  alongDim(
    "_softmax_backward_data(Tensor grad_output, Tensor output, int dim, ScalarType input_dtype) -> Tensor",
    (g, grad, out, dim) => {
      const m = calc(g), product = m.mul(grad, out);
      return m.sub(product, m.mul(out, total(g, product, dim)));
    },
  ),
  alongDim(
    "_log_softmax_backward_data(Tensor grad_output, Tensor output, int dim, ScalarType input_dtype) -> Tensor",
    (g, grad, out, dim) => {
      const m = calc(g);
      return m.sub(grad, m.mul(m.exp(out), total(g, grad, dim)));
    },
  ),
  op("native_dropout_backward(Tensor grad_output, Tensor mask, float scale) -> Tensor", (g, a) => {
    const grad = toFloat(g, a.tensor("grad_output")), m = calc(g);
    return m.mul(m.mul(grad, g.cast(a.tensor("mask"), grad.type.dtype)), a.float("scale"));
  }),
  op("threshold_backward(Tensor grad_output, Tensor self, Scalar threshold) -> Tensor", (g, a) => {
    const m = calc(g);
    return m.where(m.le(a.tensor("self"), a.float("threshold")), 0, a.tensor("grad_output"));
  }),
];
