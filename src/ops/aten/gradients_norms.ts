/**
 * Backward formulas of normalisations. Statistics are those that the forward step saved.
 *
 * @module
 */
import { type Expr, floorDiv, int } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { countOf, everyDim, fold } from "../fold.ts";
import { wideType } from "../numeric.ts";
import { rankOf, reshape, unsqueezeAll } from "../views.ts";
import { badArgument } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

type Out = (Value | null)[];

/** `rstd * (grad - mean(grad) - x * mean(grad * x))` over `dims`, for the normalised `x`. */
function centred(g: GraphBuilder, grad: Value, x: Value, rstd: Value, dims: readonly number[]): Value {
  const m = calc(g), n = countOf(g, x, dims, x.type.dtype), over = { dims, keep: true };
  const [mean, slope] = [grad, m.mul(grad, x)].map((t) => m.div(fold(g, "sum", t, over), n)) as [
    Value,
    Value,
  ];
  return m.mul(rstd, m.sub(m.sub(grad, mean), m.mul(x, slope)));
}

/** Tensors in the type that normalisation computes in. */
function widened(g: GraphBuilder, a: Args, ...names: readonly string[]): Value[] {
  const wide = wideType(a.tensor("input").type.dtype);
  return names.map((name) => g.cast(a.tensor(name), wide));
}

function optional(g: GraphBuilder, a: Args, name: string): Value | undefined {
  const x = a.tensorOrNone(name);
  return x && g.cast(x, wideType(a.tensor("input").type.dtype));
}

/** Results in the types of what they are gradients of; those that are not wanted are None. */
function masked(
  g: GraphBuilder,
  a: Args,
  all: readonly (() => Value)[],
  types: readonly (Value | undefined)[],
): Out {
  const wanted = a.bools("output_mask"), { dtype } = a.tensor("input").type;
  return all.map((make, n) => wanted[n] ? g.cast(make(), types[n]?.type.dtype ?? dtype) : null);
}

function layer(g: GraphBuilder, a: Args): Out {
  const m = calc(g),
    [grad, x, mean, rstd] = widened(g, a, "grad_out", "input", "mean", "rstd") as [
      Value,
      Value,
      Value,
      Value,
    ];
  const weight = optional(g, a, "weight"),
    shape = a.ints("normalized_shape"),
    lead = rankOf(x) - shape.length;
  const inner = everyDim(x).slice(lead),
    outer = everyDim(x).slice(0, lead),
    plain = m.mul(m.sub(x, mean), rstd);
  const total = (t: Value) => fold(g, "sum", t, { dims: outer });
  const own = a.tensorOrNone("weight");
  return masked(g, a, [
    () => centred(g, weight ? m.mul(grad, weight) : grad, plain, rstd, inner),
    () => total(m.mul(grad, plain)),
    () => total(grad),
  ], [a.tensor("input"), own, a.tensorOrNone("bias") ?? own]);
}

function rms(g: GraphBuilder, a: Args): Out {
  const m = calc(g), [grad, x, rstd] = widened(g, a, "grad_out", "input", "rstd") as [Value, Value, Value];
  const weight = optional(g, a, "weight"), lead = rankOf(x) - a.ints("normalized_shape").length;
  const dims = everyDim(x).slice(lead), plain = m.mul(x, rstd), scaled = weight ? m.mul(grad, weight) : grad;
  const slope = () =>
    m.div(fold(g, "sum", m.mul(scaled, plain), { dims, keep: true }), countOf(g, x, dims, x.type.dtype));
  return masked(g, a, [
    () => m.mul(rstd, m.sub(scaled, m.mul(plain, slope()))),
    () => fold(g, "sum", m.mul(grad, plain), { dims: everyDim(x).slice(0, lead) }),
  ], [a.tensor("input"), a.tensorOrNone("weight")]);
}

/** As `[n, groups, channels of a group, positions]`. */
function group(g: GraphBuilder, a: Args): Out {
  const m = calc(g),
    [grad, x, mean, rstd] = widened(g, a, "grad_out", "input", "mean", "rstd") as [
      Value,
      Value,
      Value,
      Value,
    ];
  const [n, c, groups] = [a.int("N"), a.int("C"), a.int("group")], each = floorDiv(c, groups);
  const shape: Expr[] = [n, groups, each, a.int("HxW")], weight = optional(g, a, "weight");
  const fit = (t: Value) => reshape(g, t, [n, groups, int(1), int(1)]);
  const [y, z] = [grad, x].map((t) => reshape(g, t, shape)) as [Value, Value];
  const plain = m.mul(m.sub(z, fit(mean)), fit(rstd));
  const scaled = weight ? m.mul(y, reshape(g, weight, [groups, each, int(1)])) : y;
  const total = (t: Value) => reshape(g, fold(g, "sum", t, { dims: [0, 3] }), [c]);
  const own = a.tensorOrNone("weight");
  return masked(g, a, [
    () => reshape(g, centred(g, scaled, plain, fit(rstd), [2, 3]), x.type.shape),
    () => total(m.mul(y, plain)),
    () => total(y),
  ], [a.tensor("input"), own, own]);
}

/** Channels are dim 1. Names of the saved statistics and of the flag differ between the forms. */
function batch(g: GraphBuilder, a: Args, spread: string, flag: string): Out {
  const m = calc(g), [grad, x] = widened(g, a, "grad_out", "input") as [Value, Value], train = a.bool(flag);
  const mean = optional(g, a, train ? "save_mean" : "running_mean");
  const given = optional(g, a, train ? spread : "running_var");
  if (!mean || !given) return badArgument(a.schema.target, "save_mean", "is None");
  const rstd = train ? given : m.rsqrt(m.add(given, a.float("eps"))), weight = optional(g, a, "weight");
  const dims = everyDim(x).filter((n) => n !== 1), rest = x.type.shape.slice(2).map((_, n) => n + 1);
  const fit = (t: Value) => unsqueezeAll(g, t, rest), plain = m.mul(m.sub(x, fit(mean)), fit(rstd));
  const scaled = weight ? m.mul(grad, fit(weight)) : grad, total = (t: Value) => fold(g, "sum", t, { dims });
  const own = a.tensorOrNone("weight");
  return masked(g, a, [
    () => train ? centred(g, scaled, plain, fit(rstd), dims) : m.mul(scaled, fit(rstd)),
    () => total(m.mul(grad, plain)),
    () => total(grad),
  ], [a.tensor("input"), own, own]);
}

/** Of direction and length of `g v / |v|`, the norm over every dim but one. */
function weightNorm(g: GraphBuilder, a: Args): Out {
  const m = calc(g),
    [grad, v, length, norms] = ["grad_w", "saved_v", "saved_g", "saved_norms"].map((n) => a.tensor(n)) as [
      Value,
      Value,
      Value,
      Value,
    ];
  const dim = a.fixed("dim"),
    dims = everyDim(v).filter((n) => n !== dim),
    { dtype } = v.type,
    wide = wideType(dtype);
  const [y, x, size, norm] = [grad, v, length, norms].map((t) => g.cast(t, wide)) as [
    Value,
    Value,
    Value,
    Value,
  ];
  const dots = fold(g, "sum", m.mul(y, x), { dims, keep: true });
  const around = m.sub(y, m.mul(x, m.div(dots, m.mul(norm, norm))));
  return [g.cast(m.mul(m.div(size, norm), around), dtype), g.cast(m.div(dots, norm), dtype)];
}

const stats = "Tensor? weight, Tensor? running_mean, Tensor? running_var, Tensor? save_mean";

/** Rows of this family. */
export const normGradientOps: readonly AtenOp[] = [
  op(
    "native_layer_norm_backward(Tensor grad_out, Tensor input, SymInt[] normalized_shape, Tensor mean, Tensor rstd, Tensor? weight, Tensor? bias, bool[3] output_mask) -> (Tensor, Tensor, Tensor)",
    layer,
  ),
  op(
    "_fused_rms_norm_backward(Tensor grad_out, Tensor input, int[] normalized_shape, Tensor rstd, Tensor? weight, bool[2] output_mask) -> (Tensor, Tensor)",
    rms,
  ),
  op(
    "native_group_norm_backward(Tensor grad_out, Tensor input, Tensor mean, Tensor rstd, Tensor? weight, SymInt N, SymInt C, SymInt HxW, int group, bool[3] output_mask) -> (Tensor, Tensor, Tensor)",
    group,
  ),
  op(
    `native_batch_norm_backward(Tensor grad_out, Tensor input, ${stats}, Tensor? save_invstd, bool train, float eps, bool[3] output_mask) -> (Tensor, Tensor, Tensor)`,
    (g, a) => batch(g, a, "save_invstd", "train"),
  ),
  op(
    "batch_norm_backward(Tensor grad_out, Tensor input, Tensor weight, Tensor? running_mean, Tensor? running_var, Tensor? save_mean, Tensor? save_var, bool update, float eps, bool[3] output_mask, Tensor reserve) -> (Tensor, Tensor, Tensor)",
    (g, a) => batch(g, a, "save_var", "update"),
  ),
  op(
    "_weight_norm_interface_backward(Tensor grad_w, Tensor saved_v, Tensor saved_g, Tensor saved_norms, int dim) -> (Tensor, Tensor)",
    weightNorm,
  ),
];
