/**
 * `torch.autocast` regions: the casts that PyTorch inserts before eligible operators (cpu's lists).
 *
 * @module
 */
import { type DType, isFloat } from "../base/mod.ts";
import type { Value } from "../ir/graph/mod.ts";
import type { ArgValue, AtenOp } from "../ops/mod.ts";
import type { Frame } from "./frame.ts";

/** Operators that compute in the region's type. */
const lower = new Set([
  "conv1d",
  "conv2d",
  "conv3d",
  "conv_transpose1d",
  "conv_transpose2d",
  "conv_transpose3d",
  "conv_tbc",
  "bmm",
  "mm",
  "linalg_vecdot",
  "baddbmm",
  "addmm",
  "addbmm",
  "linear",
  "_convolution",
  "matmul",
  "mkldnn_rnn_layer",
  "scaled_dot_product_attention",
  "_native_multi_head_attention",
]);

/** Operators that compute in f32. */
const upper = new Set([
  "avg_pool3d",
  "binary_cross_entropy",
  "grid_sampler",
  "polar",
  "prod",
  "quantile",
  "nanquantile",
  "stft",
  "cdist",
  "trace",
  "cholesky",
  "cholesky_inverse",
  "cholesky_solve",
  "inverse",
  "lu_solve",
  "orgqr",
  "ormqr",
  "pinverse",
  "max_pool3d",
  "max_unpool2d",
  "max_unpool3d",
  "adaptive_avg_pool3d",
  "reflection_pad1d",
  "reflection_pad2d",
  "replication_pad1d",
  "replication_pad2d",
  "replication_pad3d",
  "mse_loss",
  "cosine_embedding_loss",
  "nll_loss",
  "nll_loss2d",
  "hinge_embedding_loss",
  "poisson_nll_loss",
  "smooth_l1_loss",
  "cross_entropy_loss",
  "l1_loss",
  "huber_loss",
  "margin_ranking_loss",
  "soft_margin_loss",
  "triplet_margin_loss",
  "multi_margin_loss",
  "ctc_loss",
  "kl_div",
  "multilabel_margin_loss",
  "binary_cross_entropy_with_logits",
  "fft_fft",
  "fft_ifft",
  "linalg_cond",
  "linalg_matrix_rank",
  "linalg_solve",
  "linalg_cholesky",
  "linalg_svdvals",
  "linalg_eigvals",
  "linalg_inv",
]);

/** Operators whose operands take the widest type among them. */
const widest = new Set(["stack", "cat", "index_copy"]);

/** The arguments with the casts of the region applied. */
export function underAutocast(
  frame: Frame,
  op: AtenOp,
  given: Readonly<Record<string, ArgValue>>,
): Record<string, ArgValue> {
  const base = op.target.split(".")[1] ?? "", { autocast } = frame;
  const type = autocast === null
    ? undefined
    : lower.has(base)
    ? autocast
    : upper.has(base)
    ? "f32"
    : undefined;
  if (type) return mapTensors(given, (value) => cast(frame, value, type));
  return autocast !== null && widest.has(base) ? widened(frame, given) : { ...given };
}

function cast(frame: Frame, value: Value, type: DType): Value {
  const { dtype } = value.type;
  return isFloat(dtype) && dtype !== "f64" ? frame.g.cast(value, type) : value;
}

function widened(frame: Frame, given: Readonly<Record<string, ArgValue>>): Record<string, ArgValue> {
  const types = new Set<DType>();
  mapTensors(given, (value) => (types.add(value.type.dtype), value));
  if (types.size < 2) return { ...given };
  return mapTensors(given, (value) => cast(frame, value, "f32"));
}

function mapTensors(
  given: Readonly<Record<string, ArgValue>>,
  f: (value: Value) => Value,
): Record<string, ArgValue> {
  return Object.fromEntries(
    Object.entries(given).map(([name, arg]): [string, ArgValue] => {
      if (arg.kind === "tensor") return [name, { kind: "tensor", value: f(arg.value) }];
      if (arg.kind === "tensors") {
        return [name, {
          kind: "tensors",
          values: arg.values.map((v) => v && f(v)),
        }];
      }
      return [name, arg];
    }),
  );
}
