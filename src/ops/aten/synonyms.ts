/**
 * Operators that are another one under a second name, or with some of its arguments fixed.
 *
 * @module
 */
import { int } from "../../ir/expr/mod.ts";
import { type Find, type Renaming, synonym } from "./derived.ts";
import type { ArgValue, AtenOp } from "./types.ts";

const truth = (value: boolean): ArgValue => ({ kind: "bool", truth: value });
const ints = (...values: readonly number[]): ArgValue => ({ kind: "ints", exprs: values.map((n) => int(n)) });
const dtype = (name: "u8" | "i8" | "f64" | "f32" | "f16" | "i32" | "i64" | "i16"): ArgValue => ({
  kind: "dtype",
  dtype: name,
});

const slow = (d: number) =>
  `Tensor self, Tensor weight, SymInt[${d}] kernel_size, Tensor? bias=None, SymInt[${d}] stride=1, SymInt[${d}] padding=0`;
const fromSelf: Renaming = { names: { self: "input" } };
const full =
  "Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, SymInt[] padding, SymInt[] dilation, bool transposed, SymInt[] output_padding, SymInt groups";

/** [schema, target, renaming] */
const rows: readonly (readonly [string, string, Renaming?])[] = [
  // convolutions: kernels of one back end
  [`thnn_conv2d(${slow(2)}) -> Tensor`, "conv2d.default", fromSelf],
  [`_slow_conv2d_forward(${slow(2)}) -> Tensor`, "conv2d.default", fromSelf],
  [`slow_conv3d(${slow(3)}) -> Tensor`, "conv3d.default", fromSelf],
  [`slow_conv3d_forward(${slow(3)}) -> Tensor`, "conv3d.default", fromSelf],
  [`slow_conv_dilated2d(${slow(2)}, SymInt[2] dilation=1) -> Tensor`, "conv2d.default", fromSelf],
  [`slow_conv_dilated3d(${slow(3)}, SymInt[3] dilation=1) -> Tensor`, "conv3d.default", fromSelf],
  [
    `slow_conv_transpose2d(${slow(2)}, SymInt[2] output_padding=0, SymInt[2] dilation=1) -> Tensor`,
    "conv_transpose2d.input",
    fromSelf,
  ],
  [
    `slow_conv_transpose3d(${slow(3)}, SymInt[3] output_padding=0, SymInt[3] dilation=1) -> Tensor`,
    "conv_transpose3d.input",
    fromSelf,
  ],
  [
    "_nnpack_spatial_convolution(Tensor input, Tensor weight, Tensor? bias, SymInt[2] padding, SymInt[2] stride=1) -> Tensor",
    "conv2d.default",
  ],
  [
    `_convolution.deprecated(${full}, bool benchmark, bool deterministic, bool cudnn_enabled) -> Tensor`,
    "convolution.default",
  ],
  [`convolution_overrideable(${full}) -> Tensor`, "convolution.default"],
  [
    "mkldnn_convolution(Tensor self, Tensor weight, Tensor? bias, SymInt[] padding, SymInt[] stride, SymInt[] dilation, SymInt groups) -> Tensor",
    "convolution.default",
    { ...fromSelf, fixed: { transposed: truth(false), output_padding: ints(0) } },
  ],
  // conversions
  ...([["Byte", "u8"], ["Char", "i8"], ["Double", "f64"], ["Float", "f32"], ["Half", "f16"], ["Int", "i32"], [
    "Long",
    "i64",
  ], ["Short", "i16"]] as const)
    .map(([name, to]) =>
      [`_cast_${name}(Tensor self, bool non_blocking=False) -> Tensor`, "to.dtype", {
        fixed: { dtype: dtype(to) },
      }] as const
    ),
  ["view_copy.dtype(Tensor self, ScalarType dtype) -> Tensor", "view.dtype"],
  ["_reshape_copy(Tensor self, SymInt[] size) -> Tensor", "reshape.default"],
  ["_conj_copy(Tensor self) -> Tensor", "conj.default"],
  ["_conj_physical(Tensor self) -> Tensor", "conj_physical.default"],
  ["_neg_view_copy(Tensor self) -> Tensor", "neg.default"],
  ["_lazy_clone(Tensor self) -> Tensor", "clone.default"],
  ["cpu(Tensor self) -> Tensor", "clone.default"],
  ["pin_memory(Tensor self, Device? device=None) -> Tensor", "clone.default"],
  ["_pin_memory(Tensor self, Device? device=None) -> Tensor", "clone.default"],
  ["to_dense(Tensor self, ScalarType? dtype=None, *, bool? masked_grad=None) -> Tensor", "_to_copy.default"],
  ["zero(Tensor self) -> Tensor", "zeros_like.default"],
  // reductions and scans
  ["_is_all_true(Tensor self) -> Tensor", "all.default"],
  ["_is_any_true(Tensor self) -> Tensor", "any.default"],
  ["_aminmax(Tensor self) -> (Tensor, Tensor)", "aminmax.default"],
  ["_aminmax.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor, Tensor)", "aminmax.default"],
  ["_logcumsumexp(Tensor self, int dim) -> Tensor", "logcumsumexp.default"],
  ["trapz.x(Tensor y, Tensor x, *, int dim=-1) -> Tensor", "trapezoid.x"],
  ["trapz.dx(Tensor y, *, float dx=1, int dim=-1) -> Tensor", "trapezoid.dx"],
  ["native_norm(Tensor self, Scalar p=2) -> Tensor", "norm.Scalar"],
  [
    "native_norm.ScalarOpt_dim_dtype(Tensor self, Scalar? p, int[1] dim, bool keepdim, ScalarType? dtype) -> Tensor",
    "norm.ScalarOpt_dim_dtype",
  ],
  // joining and indexing
  ["_stack(Tensor[] tensors, int dim=0) -> Tensor", "stack.default"],
  [
    "_index_put_impl(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False, bool unsafe=False) -> Tensor",
    "index_put.default",
  ],
  ["index.Tensor_hacked_twin(Tensor self, Tensor[] indices) -> Tensor", "index.Tensor"],
  ["_unsafe_index.Tensor_hacked_twin(Tensor self, Tensor[] indices) -> Tensor", "index.Tensor"],
  [
    "index_put.hacked_twin(Tensor self, Tensor[] indices, Tensor values, bool accumulate=False) -> Tensor",
    "index_put.default",
  ],
  [
    "_unsafe_index_put.hacked_twin(Tensor self, Tensor[] indices, Tensor values, bool accumulate=False) -> Tensor",
    "index_put.default",
  ],
  [
    "_grid_sampler_2d_cpu_fallback(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners) -> Tensor",
    "grid_sampler_2d.default",
  ],
];

/** Rows of this family; `find` gives the rows that they are other names of. */
export function synonymOps(find: Find): readonly AtenOp[] {
  return rows.map(([schema, target, renaming]) => synonym(find, schema, `aten.${target}`, renaming));
}
