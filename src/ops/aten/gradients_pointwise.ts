/**
 * Backward formulas of pointwise functions and of lookups, as exported training steps contain them.
 *
 * @module
 */
import { and, eq, type Expr, floorDiv, ge, int, lt, mod, sub } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { type Calc, calc, numOf } from "../calc.ts";
import { inWide, sizeAs } from "../numeric.ts";
import { numel, slicePosition, wrapDim, wrapIndex } from "../shapes.ts";
import { expand, narrow, reshape } from "../views.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** Of the first two tensors: the gradient, and the input, or the output where that is enough. */
function gated(schema: string, body: (m: Calc, grad: Value, x: Value, a: Args) => Value): AtenOp {
  return op(schema, (g, a) => {
    const [grad, x] = a.schema.args.filter((arg) => arg.type === "Tensor").map((arg) => a.tensor(arg.name));
    return inWide(g, [grad!, x!], (p, q) => body(calc(g), p!, q!, a));
  });
}

type Slope = (m: Calc, x: Value, a: Args) => Value;

/** `grad` times a derivative. */
function backward(schema: string, slope: Slope): AtenOp {
  return gated(schema, (m, grad, x, a) => m.mul(grad, slope(m, x, a)));
}

/** `grad` where a condition on the input holds, zero elsewhere. */
function passing(schema: string, passes: Slope): AtenOp {
  return gated(schema, (m, grad, x, a) => m.where(passes(m, x, a), grad, 0));
}

const GRAD = "Tensor grad_output, Tensor self";

const gelu: Slope = (m, x, a) => {
  if (a.string("approximate") !== "tanh") {
    const density = m.mul(m.exp(m.mul(m.mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return m.add(m.mul(m.add(m.erf(m.mul(x, Math.SQRT1_2)), 1), 0.5), m.mul(x, density));
  }
  const k = Math.sqrt(2 / Math.PI), cube = 0.044715, square = m.mul(x, x);
  const t = m.tanh(m.mul(m.add(x, m.mul(m.mul(square, x), cube)), k));
  const inner = m.mul(m.add(m.mul(square, 3 * cube), 1), k);
  const bend = m.mul(m.mul(m.mul(x, 0.5), m.sub(1, m.mul(t, t))), inner);
  return m.add(m.mul(m.add(t, 1), 0.5), bend);
};

const silu: Slope = (m, x) => {
  const s = m.sigmoid(x);
  return m.mul(s, m.add(m.mul(x, m.sub(1, s)), 1));
};

const mish: Slope = (m, x) => {
  const t = m.tanh(m.log1p(m.exp(x)));
  return m.add(t, m.mul(m.mul(x, m.sigmoid(x)), m.sub(1, m.mul(t, t))));
};

const hardswish: Slope = (m, x) => m.where(m.le(x, -3), 0, m.where(m.ge(x, 3), 1, m.add(m.div(x, 3), 0.5)));

const elu: Slope = (m, x, a) => {
  const alpha = a.float("alpha"), scale = a.float("scale"), inner = a.float("input_scale");
  const low = a.bool("is_result")
    ? m.mul(m.add(x, alpha * scale), inner)
    : m.mul(m.exp(m.mul(x, inner)), inner * alpha * scale);
  return m.where(m.le(x, 0), low, scale);
};

const softplus: Slope = (m, x, a) => {
  const z = m.mul(x, a.float("beta"));
  return m.where(m.gt(z, a.float("threshold")), 1, m.sigmoid(z));
};

const logit: Slope = (m, x, a) => {
  const eps = a.floatOrNone("eps"), slope = m.reciprocal(m.mul(x, m.sub(1, x)));
  const low = eps ?? 0, inside = m.and(m.ge(x, low), m.le(x, 1 - low));
  return m.where(inside, slope, eps === undefined ? NaN : 0);
};

const outside = (m: Calc, x: Value, by: number) => m.or(m.lt(x, -by), m.gt(x, by));

/** Gradients of table rows: sums of the gradients of their lookups. */
function tableGradient(g: GraphBuilder, a: Args): Value {
  const grad = a.tensor("grad_output"), indices = a.tensor("indices"), rows = a.int("num_weights");
  const width = grad.type.shape.at(-1)!, count = numel(indices.type.shape), m = calc(g);
  const flat = reshape(g, grad, [count, width]), index = g.cast(reshape(g, indices, [count]), "i64");
  return inWide(g, [flat], (wide) => {
    const { dtype } = wide!.type, spread = (v: Value) => g.remap(v, [count, width], ([i]) => [i!]);
    const zeros = (shape: readonly Expr[]) => expand(g, g.constant(numOf(0, dtype), dtype), shape);
    const skipped = m.eq(index, sizeAs(g, a.int("padding_idx"), "i64"));
    let terms = m.where(spread(skipped), 0, wide!);
    const operand = (value: Value) => ({ value, size: rows, wrap: false });
    if (a.bool("scale_grad_by_freq")) {
      const ones = expand(g, g.constant(numOf(1, dtype), dtype), [count]);
      const counts = g.scatter(zeros([rows]), ones, [operand(index)], "add", (_, [k]) => [k!]);
      terms = m.div(terms, spread(g.lookup(counts, [count], [operand(index)], (_, [k]) => [k!])));
    }
    return g.scatter(zeros([rows, width]), terms, [operand(spread(index))], "add", ([, j], [k]) => [k!, j!]);
  });
}

/** Zeros of `input_sizes` with the gradient at one position of a dim. */
function selectGradient(g: GraphBuilder, a: Args): Value {
  const grad = a.tensor("grad_output"),
    shape = a.ints("input_sizes"),
    dim = wrapDim(a.fixed("dim"), shape.length);
  const at = wrapIndex(a.int("index"), shape[dim]!);
  return g.remap(grad, shape, (axes) => axes.toSpliced(dim, 1), {
    valid: (axes) => eq(axes[dim]!, at),
    fill: numOf(0, grad.type.dtype),
  });
}

/** Zeros of `input_sizes` with the gradient at every `step`-th position of a dim. */
function sliceGradient(g: GraphBuilder, a: Args): Value {
  const grad = a.tensor("grad_output"),
    shape = a.ints("input_sizes"),
    dim = wrapDim(a.fixed("dim"), shape.length);
  const start = slicePosition(a.int("start"), shape[dim]!), step = a.fixed("step");
  return g.remap(
    grad,
    shape,
    (axes) => axes.map((axis, n): Expr => n === dim ? floorDiv(sub(axis, start), step) : axis),
    {
      valid: (axes) => {
        const from = sub(axes[dim]!, start);
        return and(
          ge(axes[dim]!, start),
          eq(mod(from, step), int(0)),
          lt(floorDiv(from, step), grad.type.shape[dim]!),
        );
      },
      fill: numOf(0, grad.type.dtype),
    },
  );
}

/** `a * sigmoid(b)` of both halves along a dim. */
function gatedLinear(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"), dim = wrapDim(a.fixed("dim"), x.type.shape.length);
  return inWide(g, [a.tensor("grad_output"), x], (grad, wide) => {
    const m = calc(g), half = floorDiv(x.type.shape[dim]!, 2);
    const [p, q] = [int(0), half].map((start) => narrow(g, wide!, dim, start, half)) as [Value, Value];
    const s = m.sigmoid(q), first = m.mul(grad!, s);
    return g.concat([first, m.mul(m.mul(first, m.sub(1, s)), p)], dim);
  });
}

/** Gradients of the input and of the weight, the latter element by element. */
function prelu(g: GraphBuilder, a: Args): readonly Value[] {
  const m = calc(g), x = a.tensor("self"), grad = a.tensor("grad_output"), above = m.gt(x, 0);
  return [m.where(above, grad, m.mul(a.tensor("weight"), grad)), m.where(above, 0, m.mul(x, grad))];
}

/** In training the noise holds the slopes. */
function rrelu(g: GraphBuilder, a: Args): Value {
  const m = calc(g), grad = a.tensor("grad_output"), low = a.float("lower"), high = a.float("upper");
  if (a.bool("training") && high - low > 1e-6) return m.mul(grad, a.tensor("noise"));
  return inWide(g, [grad, a.tensor("self")], (y, x) => m.where(m.gt(x!, 0), y!, m.mul(y!, (low + high) / 2)));
}

/** Rows of this family. */
export const pointwiseGradientOps: readonly AtenOp[] = [
  backward("sigmoid_backward(Tensor grad_output, Tensor output) -> Tensor", (m, y) => m.mul(m.sub(1, y), y)),
  backward("tanh_backward(Tensor grad_output, Tensor output) -> Tensor", (m, y) => m.sub(1, m.mul(y, y))),
  backward(`gelu_backward(${GRAD}, *, str approximate='none') -> Tensor`, gelu),
  backward(`silu_backward(${GRAD}) -> Tensor`, silu),
  backward(`mish_backward(${GRAD}) -> Tensor`, mish),
  backward(`hardswish_backward(${GRAD}) -> Tensor`, hardswish),
  backward(`softplus_backward(${GRAD}, Scalar beta, Scalar threshold) -> Tensor`, softplus),
  op("glu_backward(Tensor grad_output, Tensor self, int dim) -> Tensor", gatedLinear),
  op(
    "_prelu_kernel_backward(Tensor grad_output, Tensor self, Tensor weight) -> (Tensor, Tensor)",
    prelu,
  ),
  op(
    "rrelu_with_noise_backward(Tensor grad_output, Tensor self, Tensor noise, Scalar lower, Scalar upper, bool training, bool self_is_result) -> Tensor",
    rrelu,
  ),
  backward(`logit_backward(${GRAD}, float? eps=None) -> Tensor`, logit),
  backward(
    "elu_backward(Tensor grad_output, Scalar alpha, Scalar scale, Scalar input_scale, bool is_result, Tensor self_or_result) -> Tensor",
    elu,
  ),
  gated(
    `leaky_relu_backward(${GRAD}, Scalar negative_slope, bool self_is_result) -> Tensor`,
    (m, grad, x, a) => m.where(m.gt(x, 0), grad, m.mul(grad, a.float("negative_slope"))),
  ),
  backward(
    `log_sigmoid_backward(${GRAD}, Tensor buffer) -> Tensor`,
    (m, x) => m.sigmoid(m.neg(x)),
  ),
  gated(
    `hardsigmoid_backward(${GRAD}) -> Tensor`,
    (m, grad, x) => m.where(m.and(m.gt(x, -3), m.lt(x, 3)), m.mul(grad, 1 / 6), 0),
  ),
  passing(
    `hardtanh_backward(${GRAD}, Scalar min_val, Scalar max_val) -> Tensor`,
    (m, x, a) => m.and(m.gt(x, a.float("min_val")), m.lt(x, a.float("max_val"))),
  ),
  passing(
    `softshrink_backward(${GRAD}, Scalar lambd) -> Tensor`,
    (m, x, a) => outside(m, x, a.float("lambd")),
  ),
  passing(
    "hardshrink_backward(Tensor grad_out, Tensor self, Scalar lambd) -> Tensor",
    (m, x, a) => outside(m, x, a.float("lambd")),
  ),
  op("mse_loss_backward(Tensor grad_output, Tensor self, Tensor target, int reduction) -> Tensor", (g, a) => {
    const tensors = [a.tensor("grad_output"), a.tensor("self"), a.tensor("target")];
    return inWide(g, tensors, (grad, x, y) => {
      const m = calc(g), twice = m.mul(m.mul(m.sub(x!, y!), 2), grad!);
      const count = sizeAs(g, numel(x!.type.shape), x!.type.dtype);
      return a.fixed("reduction") === 1 ? m.div(twice, count) : twice;
    });
  }),
  op(
    "embedding_dense_backward(Tensor grad_output, Tensor indices, SymInt num_weights, SymInt padding_idx, bool scale_grad_by_freq) -> Tensor",
    tableGradient,
  ),
  op(
    "select_backward(Tensor grad_output, SymInt[] input_sizes, int dim, SymInt index) -> Tensor",
    selectGradient,
  ),
  op(
    "slice_backward(Tensor grad_output, SymInt[] input_sizes, int dim, SymInt start, SymInt end, SymInt step) -> Tensor",
    sliceGradient,
  ),
];
