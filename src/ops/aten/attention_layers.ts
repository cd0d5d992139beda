/**
 * Whole layers of transformers as one operator: what `nn.MultiheadAttention` and `nn.TransformerEncoderLayer` call when
 * they take their fast path.
 *
 * @module
 */
import { asInt, type Expr, floorDiv, int } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc, number } from "../calc.ts";
import { linear, matmul } from "../contract.ts";
import { fold, softmax } from "../fold.ts";
import { layerNorm } from "../norms.ts";
import { inWide } from "../numeric.ts";
import { wrapDim } from "../shapes.ts";
import * as v from "../views.ts";
import { buildRow, type Find } from "./derived.ts";
import { unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** What a mask forbids (true) beside scores `[batch, heads, queries, keys]`: 0 each query, 1 keys of a batch, 2 all. */
function beside(g: GraphBuilder, mask: Value, scores: Value, type: number | undefined): Value {
  const [batch, heads, queries, keys] = scores.type.shape as [Expr, Expr, Expr, Expr];
  const rank = v.rankOf(mask);
  if (v.rankOf(scores) === 4) {
    if (type === 0 && rank === 2) return v.reshape(g, mask, [int(1), int(1), queries, keys]);
    if (type === 1 && rank === 2) return v.reshape(g, mask, [batch, int(1), int(1), keys]);
    if (rank === 3) return v.reshape(g, mask, [batch, int(1), queries, keys]);
    if (type === 2 && rank === 4) return v.expand(g, mask, [batch, heads, queries, keys]);
  }
  return mask;
}

/** Softmax over what the mask leaves; zero under the mask, nan where it leaves nothing. */
function maskedSoftmax(g: GraphBuilder, x: Value, mask: Value, dim: number, type: number | undefined): Value {
  const hidden = g.cast(beside(g, mask, x, type), "bool");
  return inWide(g, [x], (wide) => {
    const m = calc(g), over = { dims: [dim], keep: true }, low = m.where(hidden, -Infinity, wide!);
    const highest = fold(g, "max", low, over);
    const powers = m.where(hidden, 0, m.exp(m.sub(low, m.where(m.eq(highest, -Infinity), 0, highest))));
    return m.div(powers, fold(g, "sum", powers, over));
  });
}

/** Queries, keys and values in their heads: `[batch, heads, length, size]`; queries scaled by `1/√size`. */
function intoHeads(g: GraphBuilder, parts: readonly Value[], heads: Expr): readonly [Value, Value, Value] {
  const m = calc(g);
  const [q, k, value] = parts.map((x) => {
    const [batch, length, width] = x.type.shape as [Expr, Expr, Expr];
    return v.transpose(g, v.reshape(g, x, [batch, length, heads, floorDiv(width, heads)]), 1, 2);
  }) as [Value, Value, Value];
  const size = asInt(q.type.shape[3]!) ??
    unsupported("aten._native_multi_head_attention", "the width is dynamic");
  return [inWide(g, [q], (x) => m.mul(x!, number(g, 1 / Math.sqrt(size), x!.type.dtype))), k, value];
}

/** Rows of a weight or bias for queries, keys and values. */
function thirds(g: GraphBuilder, x: Value): Value[] {
  const size = floorDiv(x.type.shape[0]!, 3);
  return v.splitInto(g, x, [size, size, size], 0);
}

interface Layer {
  readonly weight: Value;
  readonly bias: Value;
}

interface MultiHead {
  readonly heads: Expr;
  readonly into: Layer;
  readonly out: Layer;
  readonly mask: Value | undefined;
  readonly maskType: number | undefined;
}

/** The layer's output, and the weights of its heads. */
function multiHead(g: GraphBuilder, inputs: readonly Value[], o: MultiHead): { out: Value; weights: Value } {
  const [weights, biases] = [thirds(g, o.into.weight), thirds(g, o.into.bias)], { dtype } = inputs[0]!.type;
  const parts = inputs.map((x, n) => linear(g, x, weights[n]!, g.cast(biases[n]!, dtype)));
  const [q, k, value] = intoHeads(g, parts, o.heads), scores = matmul(g, q, v.transpose(g, k, -2, -1));
  const shares = o.mask ? maskedSoftmax(g, scores, o.mask, 3, o.maskType) : softmax(g, scores, 3);
  const joined = v.reshape(g, v.transpose(g, matmul(g, shares, value), 1, 2), inputs[0]!.type.shape);
  return { out: linear(g, joined, o.out.weight, o.out.bias), weights: shares };
}

const layer = (a: Args, name: string): Layer => ({
  weight: a.tensor(`${name}_weight`),
  bias: a.tensor(`${name}_bias`),
});

function masks(a: Args): Pick<MultiHead, "mask" | "maskType"> {
  return { mask: a.tensorOrNone("mask"), maskType: a.fixedOrNone("mask_type") };
}

function nativeMultiHead(g: GraphBuilder, a: Args) {
  const inputs = ["query", "key", "value"].map((name) => a.tensor(name));
  const options = { heads: a.int("num_head"), into: layer(a, "qkv"), out: layer(a, "proj"), ...masks(a) };
  const { out, weights } = multiHead(g, inputs, options);
  if (!a.bool("need_weights")) return [out, null];
  if (!a.bool("average_attn_weights")) return [out, weights];
  const mean = inWide(g, [weights], (x) => {
    const m = calc(g), heads = asInt(a.int("num_head"))!;
    return m.div(fold(g, "sum", x!, { dims: [1] }), heads);
  });
  return [out, mean];
}

/** Attention and two linear layers, each with a residual and a norm before or behind it. */
function encoderLayer(g: GraphBuilder, a: Args, find: Find): Value {
  const m = calc(g), first = a.bool("norm_first"), src = a.tensor("src");
  const norm = (x: Value, n: number) => {
    const by = { weight: a.tensor(`norm_weight_${n}`), bias: a.tensor(`norm_bias_${n}`) };
    return layerNorm(g, x, 1, a.float("eps"), by).out;
  };
  const options = { heads: a.int("num_heads"), into: layer(a, "qkv"), out: layer(a, "proj"), ...masks(a) };
  const x = first ? norm(src, 1) : src, mixed = m.add(multiHead(g, [x, x, x], options).out, src);
  const middle = first ? mixed : norm(mixed, 1), given = first ? norm(middle, 2) : middle;
  const wide = linear(g, given, a.tensor("ffn_weight_1"), a.tensor("ffn_bias_1"));
  const bent = a.bool("use_gelu")
    ? buildRow(g, find("aten.gelu.default"), { self: { kind: "tensor", value: wide } })
    : m.max(wide, 0);
  const out = m.add(linear(g, bent, a.tensor("ffn_weight_2"), a.tensor("ffn_bias_2")), middle);
  return first ? out : norm(out, 2);
}

/** Rows of this family; `find` gives the rows that they are made of. */
export function attentionLayerOps(find: Find): readonly AtenOp[] {
  const projections = "Tensor qkv_weight, Tensor qkv_bias, Tensor proj_weight, Tensor proj_bias";
  const norms = "Tensor norm_weight_1, Tensor norm_bias_1, Tensor norm_weight_2, Tensor norm_bias_2";
  const feedForward = "Tensor ffn_weight_1, Tensor ffn_bias_1, Tensor ffn_weight_2, Tensor ffn_bias_2";
  return [
    op(
      `_native_multi_head_attention(Tensor query, Tensor key, Tensor value, int embed_dim, int num_head, ${projections}, Tensor? mask=None, bool need_weights=True, bool average_attn_weights=True, int? mask_type=None) -> (Tensor, Tensor)`,
      nativeMultiHead,
    ),
    op(
      `_transformer_encoder_layer_fwd(Tensor src, int embed_dim, int num_heads, ${projections}, bool use_gelu, bool norm_first, float eps, ${norms}, ${feedForward}, Tensor? mask=None, int? mask_type=None) -> Tensor`,
      (g, a) => encoderLayer(g, a, find),
    ),
    op(
      "_masked_softmax(Tensor self, Tensor mask, int? dim=None, int? mask_type=None) -> Tensor",
      (g, a) => {
        const x = a.tensor("self"), dim = wrapDim(a.fixedOrNone("dim") ?? -1, v.rankOf(x));
        return maskedSoftmax(g, x, a.tensor("mask"), dim, a.fixedOrNone("mask_type"));
      },
    ),
    op(
      "_transform_bias_rescale_qkv(Tensor qkv, Tensor qkv_bias, int num_heads) -> (Tensor, Tensor, Tensor)",
      (g, a) => {
        const whole = calc(g).add(a.tensor("qkv"), a.tensor("qkv_bias"));
        const size = floorDiv(whole.type.shape[2]!, 3);
        return intoHeads(g, v.splitInto(g, whole, [size, size, size], 2), a.int("num_heads"));
      },
    ),
  ];
}
