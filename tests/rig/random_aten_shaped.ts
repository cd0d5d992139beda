/**
 * Steps of random graphs that call aten operators on tensors of shapes that fit: products, convolutions, pooling,
 * norms, losses, transforms, linear algebra. Their operands are values of the graph, read anew in the shape wanted.
 *
 * @module
 */
import { type DType, isFloat } from "../../src/base/mod.ts";
import { add, eq, type Expr, int, mod, mul, rangeOf, type Sym } from "../../src/ir/expr/mod.ts";
import type { Value } from "../../src/ir/graph/mod.ts";
import { s0, s1, s2 } from "./random_data.ts";
import { type Arguments, call, type Gives } from "./random_calls.ts";
import type { Known, Workshop } from "./random_graph.ts";
import type { Step } from "./random_known.ts";

type Size = Sym | number;

/** Operands in the making: each is a value of the graph, stretched and folded into a shape. */
class Operands {
  readonly from: Known[] = [];

  constructor(readonly shop: Workshop, readonly dtype: DType) {}

  /** A size of this graph, whose symbols may be numbers. */
  size(size: Size): Expr {
    return typeof size === "number" ? int(size) : this.shop.sizeOf(size);
  }

  /** Small numbers, nan and infinity among them as the graph has them; `undefined` if there is nothing to read. */
  of(...sizes: readonly Size[]): Value {
    const { b, known } = this.shop, tame = this.shop.find((k) => isTame(k) && k.value.type.shape.length > 0);
    const k = tame ?? known[0]!, x = isTame(k) ? k.value : b.iota([int(5)], ([i]) => i!, "f32");
    this.from.push(k);
    const shape = sizes.map((size) => this.size(size)), salt = this.from.length;
    const read = b.remap(x, shape, (axes) => {
      const at = axes.reduce<Expr>((sum, axis, n) => add(sum, mul(axis, int(2 * n + 1))), int(salt));
      return x.type.shape.map((size, n) => mod(mul(at, int(n + 1)), size));
    });
    return b.cast(read, this.dtype);
  }

  /** Finite numbers in [0, 4). */
  finite(...sizes: readonly Size[]): Value {
    const { b } = this.shop, x = this.of(...sizes), four = b.constant(4, this.dtype);
    const rest = b.pointwise("mod", x, four);
    return b.pointwise("where", b.pointwise("isfinite", rest), rest, b.constant(0.5, this.dtype));
  }

  /** A square matrix whose diagonal dominates, symmetric if asked. */
  regular(size: number, symmetric = false): Value {
    const { b } = this.shop,
      x = this.finite(size, size),
      diagonal = b.mask(x.type.shape, ([i, j]) => eq(i!, j!));
    const turned = b.remap(x, x.type.shape, ([i, j]) => [j!, i!]);
    const sum = symmetric ? b.pointwise("add", x, turned) : x;
    const more = b.pointwise("mul", b.cast(diagonal, this.dtype), b.constant(32, this.dtype));
    const tilt = b.pointwise(
      "mul",
      b.cast(b.iota(x.type.shape, ([i]) => i!), this.dtype),
      b.cast(diagonal, this.dtype),
    );
    return b.pointwise(
      "add",
      b.pointwise("add", sum, more),
      b.pointwise("mul", tilt, b.constant(8, this.dtype)),
    );
  }

  /** Classes below `count`. */
  classes(count: number, ...sizes: readonly Size[]): Value {
    const shape = sizes.map((size) => this.size(size));
    return this.shop.b.iota(
      shape,
      (axes) => mod(axes.reduce<Expr>((sum, a) => add(sum, mul(a, 3)), int(1)), count),
    );
  }
}

function isTame(k: Known): boolean {
  return !k.loose && !k.wild && !k.final && k.value.type.shape.every((e) => rangeOf(e).min >= 1) &&
    (!isFloat(k.value.type.dtype) || k.grid !== undefined) && k.value.type.dtype !== "bool";
}

interface Row {
  readonly name: string;
  readonly gives?: Gives;
  readonly args: (o: Operands, shop: Workshop) => Arguments;
  /** Types besides f32 and f64. */
  readonly halves?: boolean;
}

const rows: readonly Row[] = [
  // products
  { name: "mm", halves: true, args: (o) => [o.of(s0, 5), o.of(5, s2)] },
  { name: "mm", args: (o) => [o.of(s2, s0), o.of(s0, 33)] },
  { name: "bmm", halves: true, args: (o) => [o.of(3, s0, 4), o.of(3, 4, s1)] },
  { name: "matmul", halves: true, args: (o) => [o.of(2, s0, 3), o.of(3)] },
  { name: "matmul", args: (o) => [o.of(2, 1, s0, 3), o.of(4, 3, s2)] },
  { name: "linear", halves: true, args: (o) => [o.of(s2, 6), o.of(17, 6), o.of(17)] },
  { name: "addmm", args: (o) => [o.of(s0), o.of(4, 3), o.of(3, s0), { alpha: 2, beta: 0.5 }] },
  { name: "baddbmm", args: (o) => [o.of(2, 3, 3), o.of(2, 3, s2), o.of(2, s2, 3)] },
  { name: "mv", args: (o) => [o.of(s0, 7), o.of(7)] },
  { name: "dot", args: (o) => [o.of(s2), o.of(s2)] },
  { name: "outer", args: (o) => [o.of(s1), o.of(s2)] },
  { name: "kron", args: (o) => [o.of(2, s0), o.of(3, 2)] },
  { name: "tensordot", args: (o) => [o.of(2, 3, s0), o.of(s0, 3), [2], [0]] },
  { name: "bilinear", args: (o) => [o.of(s0, 3), o.of(s0, 2), o.of(4, 3, 2), o.of(4)] },
  { name: "cdist", args: (o) => [o.finite(s0, 3), o.finite(4, 3)] },
  { name: "einsum", args: (o) => ["bij,bjk->ik", [o.of(2, 3, s0), o.of(2, s0, 5)]] },
  // convolutions and windows
  {
    name: "conv1d",
    halves: true,
    args: (o, s) => [o.of(2, 3, s2), o.of(4, 3, 1), o.of(4), [1 + s.choices.below(2)]],
  },
  {
    name: "conv1d",
    args: (o, s) => [o.of(s0, 4, 11), o.of(6, 2, 3), null, [s.choices.pick([1, 2])], [1], [2], 2],
  },
  {
    name: "conv2d",
    args: (o, s) => [o.of(s0, 3, 7, 6), o.of(5, 3, 3, 3), o.of(5), [s.choices.pick([1, 2])], [1]],
  },
  { name: "conv2d", args: (o) => [o.of(1, 4, s0, 9), o.of(4, 1, 1, 3), null, [1], [0, 1], [1], 4] },
  { name: "conv2d", halves: true, args: (o) => [o.of(2, 16, 4, s0), o.of(8, 16, 1, 1), o.of(8)] },
  { name: "conv3d", args: (o) => [o.of(1, 2, 3, 4, 5), o.of(3, 2, 2, 2, 2), o.of(3)] },
  { name: "conv_transpose1d", args: (o) => [o.of(2, 3, s2), o.of(3, 2, 3), o.of(2), [2], [1], [1]] },
  { name: "conv_transpose2d", args: (o) => [o.of(1, 4, s0, 5), o.of(4, 3, 3, 2), null, [2], [1]] },
  { name: "max_pool1d", gives: "exact", args: (o) => [o.of(2, s0, 8), [3], [2], [1]] },
  { name: "max_pool2d", gives: "exact", args: (o) => [o.of(2, 3, 7, 9), [3, 2], [2], [1]] },
  { name: "max_pool2d_with_indices", gives: "exact", args: (o) => [o.of(s0, 2, 8, 5), [2], [2]] },
  { name: "avg_pool1d", args: (o) => [o.of(2, s0, 8), [3], [2], [1]] },
  {
    name: "avg_pool2d",
    halves: true,
    args: (o, s) => [o.of(1, s0, 7, 9), [3], [2], [1], s.choices.once(2), s.choices.once(2)],
  },
  { name: "adaptive_avg_pool2d", args: (o) => [o.of(s0, 2, 7, 5), [3, 2]] },
  { name: "adaptive_max_pool2d", gives: "exact", args: (o) => [o.of(s0, 2, 7, 5), [3, 2]] },
  { name: "im2col", gives: "exact", args: (o) => [o.of(1, 2, 5, 6), [2, 3], [1, 1], [1, 0], [1, 2]] },
  { name: "col2im", args: (o) => [o.of(1, 8, 12), [4, 5], [2, 2], [1, 1], [0, 0], [1, 1]] },
  { name: "pixel_shuffle", gives: "exact", args: (o) => [o.of(s0, 8, 2, 3), 2] },
  { name: "upsample_nearest2d", gives: "exact", args: (o) => [o.of(1, s0, 4, 5), [7, 9]] },
  { name: "upsample_bilinear2d", args: (o, s) => [o.of(1, s0, 4, 5), [7, 9], s.choices.once(2)] },
  { name: "upsample_bicubic2d", args: (o, s) => [o.of(1, s0, 4, 5), [7, 3], s.choices.once(2)] },
  { name: "upsample_linear1d", args: (o) => [o.of(2, s0, 5), [9], false] },
  { name: "grid_sampler_2d", args: (o) => [o.finite(2, 3, 4, 5), o.finite(2, s0, 3, 2), 0, 0, false] },
  // norms and attention
  { name: "layer_norm", halves: true, args: (o) => [o.finite(s0, 3, s2), [o.size(s2)], o.of(s2), o.of(s2)] },
  { name: "layer_norm", args: (o) => [o.finite(s2, 3, 5), [3, 5]] },
  { name: "group_norm", args: (o) => [o.finite(s0, 6, 4), 3, o.of(6), o.of(6)] },
  { name: "rms_norm", halves: true, args: (o) => [o.finite(s0, s2), [o.size(s2)], o.of(s2)] },
  {
    name: "instance_norm",
    args: (o) => [o.finite(2, 3, 7), o.of(3), o.of(3), null, null, true, 0.1, 1e-5, false],
  },
  {
    name: "batch_norm",
    args: (o) => [o.of(s0, 3, 4), o.of(3), o.of(3), o.of(3), o.finite(3), false, 0.1, 1e-2, false],
  },
  {
    name: "scaled_dot_product_attention",
    args: (o, s) => [o.finite(2, s0, 4), o.finite(2, s2, 4), o.finite(2, s2, 4), null, 0, s.choices.once(2)],
  },
  { name: "softmax", halves: true, args: (o) => [o.of(s0, s2), -1] },
  { name: "cosine_similarity", args: (o) => [o.finite(s0, 5), o.finite(s0, 5)] },
  // losses
  { name: "mse_loss", args: (o, s) => [o.of(s0, 3), o.of(s0, 3), s.choices.below(3)] },
  { name: "smooth_l1_loss", args: (o, s) => [o.of(s0, 3), o.of(s0, 3), s.choices.below(3)] },
  { name: "huber_loss", args: (o) => [o.of(s0, 3), o.of(s0, 3), 1, 0.5] },
  {
    name: "cross_entropy_loss",
    args: (o, s) => [o.finite(s0, 5), o.classes(5, s0), null, s.choices.below(3)],
  },
  { name: "nll_loss", args: (o) => [o.finite(s0, 5), o.classes(5, s0)] },
  { name: "kl_div", args: (o) => [o.finite(s0, 3), o.finite(s0, 3), 2] },
  { name: "binary_cross_entropy_with_logits", args: (o) => [o.finite(s0, 3), o.finite(s0, 3)] },
  // orders and searches
  { name: "topk", gives: "exact", args: (o, s) => [o.of(s0, 9), 3, -1, s.choices.once(2)] },
  { name: "kthvalue", gives: "exact", args: (o) => [o.of(s0, 7), 3, -1] },
  { name: "searchsorted", args: (o) => [o.shop.b.cast(o.classes(90, 9), o.dtype), o.finite(s0, 4)] },
  { name: "bucketize", args: (o) => [o.of(s0, 4), o.shop.b.cast(o.classes(90, 9), o.dtype)] },
  { name: "bincount", args: (o) => [o.classes(7, s2)] },
  { name: "one_hot", args: (o) => [o.classes(4, s0), 4] },
  { name: "histc", gives: "exact", args: (o) => [o.finite(s0, 9), 5, 0, 4] },
  { name: "isin", args: (o) => [o.of(s0, 3), o.of(4)] },
  { name: "quantile", args: (o) => [o.finite(s0, 5), 0.25, 1] },
  { name: "renorm", args: (o) => [o.finite(s0, 4), 2, 0, 1] },
  { name: "gather", gives: "exact", args: (o) => [o.of(5, s0), 0, o.classes(5, 3, s0)] },
  { name: "scatter_add", args: (o) => [o.of(5, s0), 0, o.classes(5, 3, s0), o.of(3, s0)] },
  { name: "take_along_dim", gives: "exact", args: (o) => [o.of(s0, 6), o.classes(6, s0, 2), 1] },
  { name: "trapezoid", args: (o) => [o.of(s0, s2)] },
  { name: "cross", args: (o) => [o.of(s0, 3), o.of(s0, 3)] },
  { name: "vander", args: (o) => [o.finite(s0), 3] },
  { name: "cumulative_trapezoid", args: (o) => [o.of(s0, 4)] },
  { name: "diff", args: (o) => [o.of(s0, 6), 2] },
  { name: "segment_reduce", args: (o) => [o.of(6, 2), "sum", { lengths: o.classes(4, 3) }] },
  // linear algebra and transforms
  { name: "linalg_det", args: (o, s) => [o.regular(1 + s.choices.below(3))] },
  { name: "linalg_inv", args: (o, s) => [o.regular(1 + s.choices.below(3))] },
  { name: "linalg_solve", args: (o) => [o.regular(3), o.finite(3, 2)] },
  { name: "linalg_cholesky", args: (o) => [o.regular(3, true)] },
  { name: "linalg_eigvalsh", args: (o) => [o.regular(3, true)] },
  { name: "linalg_svdvals", args: (o) => [o.regular(3)] },
  { name: "linalg_matrix_exp", args: (o) => [o.shop.b.pointwise("tanh", o.finite(3, 3))] },
  { name: "linalg_solve_triangular", args: (o) => [o.regular(3), o.finite(3, 2), { upper: true }] },
  { name: "fft_rfft", args: (o, s) => [o.finite(s0, s.choices.pick([4, 7, 12]))] },
  { name: "fft_fft", args: (o) => [o.finite(2, s2)] },
  { name: "fft_irfft", args: (o) => [o.finite(s0, 5)] },
  { name: "stft", args: (o) => [o.finite(2, 16), 8, 4, 8, null, false, true, true] },
];

const shaped: Step = (shop) => {
  const row = shop.choices.pick(rows), types: DType[] = ["f32", "f32", "f64"];
  if (row.halves && shop.options.halves) types.push("bf16", "f16");
  const o = new Operands(shop, shop.choices.pick(types)), args = row.args(o, shop);
  call(shop, row.name, args, row.gives ?? "scale", o.from);
};

export const shapedSteps: readonly Step[] = [shaped, shaped, shaped, shaped];
