/**
 * layer_norm, group_norm, batch_norm and their kin.
 *
 * @module
 */
import { int } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc, number } from "../calc.ts";
import { everyDim, vectorNorm } from "../fold.ts";
import {
  type Affine,
  batchNorm,
  batchNormWith,
  groupNorm,
  instanceNorm,
  layerNorm,
  type Normalised,
  rmsNorm,
  updated,
} from "../norms.ts";
import { wideType } from "../numeric.ts";
import { expand, reshape } from "../views.ts";
import { badArgument, unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp, OutValue } from "./types.ts";

function affineOf(a: Args): Affine {
  return { weight: a.tensorOrNone("weight"), bias: a.tensorOrNone("bias") };
}

function layer(g: GraphBuilder, a: Args): Normalised {
  return layerNorm(g, a.tensor("input"), a.ints("normalized_shape").length, a.float("eps"), affineOf(a));
}

function nativeGroup(g: GraphBuilder, a: Args): readonly OutValue[] {
  const x = a.tensor("input"), shape = [a.int("N"), a.int("group")];
  const { out, mean, rstd } = groupNorm(g, x, a.int("group"), a.float("eps"), affineOf(a));
  return [out, g.cast(reshape(g, mean, shape), x.type.dtype), g.cast(reshape(g, rstd, shape), x.type.dtype)];
}

function has(a: Args, name: string): boolean {
  return a.schema.args.some((arg) => arg.name === name);
}

/** Given statistics of the channels. */
function running(a: Args) {
  const mean = a.tensorOrNone("running_mean"), variance = a.tensorOrNone("running_var");
  if (!mean || !variance) {
    return badArgument(a.schema.target, "running_mean", "is None where statistics are not computed");
  }
  return { mean, variance };
}

function evaluated(g: GraphBuilder, a: Args): Value {
  return batchNormWith(g, a.tensor("input"), running(a), a.float("eps"), affineOf(a));
}

/** Statistics that nobody asked for: nothing, or zeros of the recorded shape. */
function unused(g: GraphBuilder, a: Args, ...outputs: readonly number[]): readonly OutValue[] {
  return outputs.map((n) => {
    const type = a.recorded[n], dtype = type?.dtype ?? wideType(a.tensor("input").type.dtype);
    return expand(g, number(g, 0, dtype), type?.shape ?? [int(0)]);
  });
}

function trained(g: GraphBuilder, a: Args): Normalised {
  const x = a.tensor("input"), other = has(a, "running_mean") ? a.tensorOrNone("running_mean") : undefined;
  const saved = (a.tensorOrNone("weight") ?? other ?? x).type.dtype;
  return batchNorm(g, x, a.float("eps"), affineOf(a), saved);
}

/** Output and saved statistics of a training step. */
function trainedOutputs(g: GraphBuilder, a: Args): readonly OutValue[] {
  const { out, mean, rstd } = trained(g, a);
  return [out, mean, rstd];
}

function byMode(g: GraphBuilder, a: Args): readonly OutValue[] {
  return a.bool("training") ? trainedOutputs(g, a) : [evaluated(g, a), ...unused(g, a, 1, 2)];
}

/** As `byMode`, with the new running statistics as further outputs. */
function withUpdate(g: GraphBuilder, a: Args, reserve: boolean): readonly OutValue[] {
  const old = running(a), extra = reserve ? [expand(g, number(g, 0, "u8"), [int(0)])] : [];
  if (!reserve && !a.bool("training")) return [...byMode(g, a), old.mean, old.variance];
  const batch = trained(g, a), now = updated(g, a.tensor("input"), batch, old, a.float("momentum"));
  return [batch.out, batch.mean, batch.rstd, ...extra, now.mean, now.variance];
}

function instance(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("input");
  if (!a.bool("use_input_stats")) return evaluated(g, a);
  if (a.tensorOrNone("running_mean")) unsupported("aten.instance_norm", "running statistics are updated");
  return instanceNorm(g, x, a.float("eps"), affineOf(a));
}

/** `v · g / |v|`, the norm over every dim but one; with the norm, as the decomposed form gives both. */
function weightNorm(g: GraphBuilder, a: Args): readonly [Value, Value] {
  const direction = a.tensor("v"), dim = a.fixed("dim");
  const dims = everyDim(direction).filter((n) => n !== dim), m = calc(g);
  const norm = vectorNorm(g, direction, 2, { dims, keep: true });
  return [m.mul(direction, m.div(a.tensor("g"), norm)), norm];
}

const stats = "Tensor input, Tensor? weight, Tensor? bias, Tensor running_mean, Tensor running_var";

/** Rows of this family. */
export const normalizationOps: readonly AtenOp[] = [
  op("_weight_norm(Tensor v, Tensor g, int dim=0) -> Tensor", (g, a) => weightNorm(g, a)[0]),
  op("_weight_norm_interface(Tensor v, Tensor g, int dim=0) -> (Tensor, Tensor)", weightNorm),
  op(
    "layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, Tensor? bias=None, float eps=1e-05, bool cudnn_enable=True) -> Tensor",
    (g, a) => layer(g, a).out,
  ),
  op(
    "native_layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight, Tensor? bias, float eps) -> (Tensor, Tensor, Tensor)",
    (g, a) => {
      const { out, mean, rstd } = layer(g, a), dtype = a.tensor("input").type.dtype;
      return [out, g.cast(mean, dtype), g.cast(rstd, dtype)];
    },
  ),
  op(
    "group_norm(Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, float eps=1e-05, bool cudnn_enabled=True) -> Tensor",
    (g, a) => groupNorm(g, a.tensor("input"), int(a.fixed("num_groups")), a.float("eps"), affineOf(a)).out,
  ),
  op(
    "native_group_norm(Tensor input, Tensor? weight, Tensor? bias, SymInt N, SymInt C, SymInt HxW, int group, float eps) -> (Tensor, Tensor, Tensor)",
    nativeGroup,
  ),
  op(
    "instance_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool use_input_stats, float momentum, float eps, bool cudnn_enabled) -> Tensor",
    instance,
  ),
  op(
    "rms_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, float? eps=None) -> Tensor",
    (g, a) =>
      rmsNorm(
        g,
        a.tensor("input"),
        a.ints("normalized_shape").length,
        a.floatOrNone("eps"),
        a.tensorOrNone("weight"),
      ).out,
  ),
  op(
    "_fused_rms_norm(Tensor input, int[] normalized_shape, Tensor? weight, float? eps) -> (Tensor, Tensor)",
    (g, a) => {
      const count = a.ints("normalized_shape").length;
      const { out, rstd } = rmsNorm(
        g,
        a.tensor("input"),
        count,
        a.floatOrNone("eps"),
        a.tensorOrNone("weight"),
      );
      return [out, rstd];
    },
  ),
  op(
    "batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float momentum, float eps, bool cudnn_enabled) -> Tensor",
    (g, a) => byMode(g, a)[0]!,
  ),
  op(
    "native_batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor)",
    byMode,
  ),
  op(
    "_native_batch_norm_legit(Tensor input, Tensor? weight, Tensor? bias, Tensor running_mean, Tensor running_var, bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor)",
    byMode,
  ),
  op(
    "_native_batch_norm_legit.no_stats(Tensor input, Tensor? weight, Tensor? bias, bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor)",
    trainedOutputs,
  ),
  op(
    "_native_batch_norm_legit_no_training(Tensor input, Tensor? weight, Tensor? bias, Tensor running_mean, Tensor running_var, float momentum, float eps) -> (Tensor, Tensor, Tensor)",
    (g, a) => [evaluated(g, a), ...unused(g, a, 1, 2)],
  ),
  op(
    "_batch_norm_no_update(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, float momentum, float eps) -> (Tensor, Tensor, Tensor, Tensor)",
    (g, a) => [evaluated(g, a), ...unused(g, a, 1, 2, 3)],
  ),
  op(
    `_native_batch_norm_legit_functional(${stats}, bool training, float momentum, float eps) -> ` +
      "(Tensor, Tensor, Tensor, Tensor, Tensor)",
    (g, a) => withUpdate(g, a, false),
  ),
  op(
    `_batch_norm_with_update_functional(${stats}, float momentum, float eps) -> ` +
      "(Tensor, Tensor, Tensor, Tensor, Tensor, Tensor)",
    (g, a) => withUpdate(g, a, true),
  ),
];
