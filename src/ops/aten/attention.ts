/**
 * Attention operators.
 *
 * @module
 */
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { attend, type Attention } from "../attention.ts";
import { attendBackward } from "../attention_gradient.ts";
import { unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

function attention(g: GraphBuilder, a: Args): Attention {
  if (a.float("dropout_p") !== 0) {
    unsupported(a.schema.target, "dropout_p is not 0, which draws random numbers");
  }
  const grouped = a.schema.args.some((arg) => arg.name === "enable_gqa") && a.bool("enable_gqa");
  const options = {
    mask: a.tensorOrNone("attn_mask"),
    causal: a.bool("is_causal"),
    scale: a.floatOrNone("scale"),
    grouped,
  };
  return attend(g, a.tensor("query"), a.tensor("key"), a.tensor("value"), options);
}

function backward(g: GraphBuilder, a: Args): readonly Value[] {
  if (a.float("dropout_p") !== 0) unsupported(a.schema.target, "dropout_p is not 0");
  const [query, key, value, out, logSumExp] = ["query", "key", "value", "out", "logsumexp"].map((n) =>
    a.tensor(n)
  ) as [
    Value,
    Value,
    Value,
    Value,
    Value,
  ];
  return attendBackward(g, a.tensor("grad_out"), { query, key, value, out, logSumExp }, {
    mask: a.tensorOrNone("attn_mask"),
    causal: a.bool("is_causal"),
    scale: a.floatOrNone("scale"),
    grouped: false,
  });
}

/** Rows of this family. */
export const attentionOps: readonly AtenOp[] = [
  op(
    "scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float dropout_p=0.0, bool is_causal=False, *, float? scale=None, bool enable_gqa=False) -> Tensor",
    (g, a) => attention(g, a).out,
  ),
  op(
    "_scaled_dot_product_flash_attention_for_cpu(Tensor query, Tensor key, Tensor value, float dropout_p=0.0, bool is_causal=False, *, Tensor? attn_mask=None, float? scale=None) -> (Tensor output, Tensor logsumexp)",
    (g, a) => {
      const { out, logSumExp } = attention(g, a);
      return [out, logSumExp()];
    },
  ),
  op(
    "_scaled_dot_product_flash_attention_for_cpu_backward(Tensor grad_out, Tensor query, Tensor key, Tensor value, Tensor out, Tensor logsumexp, float dropout_p, bool is_causal, *, Tensor? attn_mask=None, float? scale=None) -> (Tensor grad_query, Tensor grad_key, Tensor grad_value)",
    backward,
  ),
  op(
    "_scaled_dot_product_attention_math(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float dropout_p=0.0, bool is_causal=False, Tensor? dropout_mask=None, *, float? scale=None, bool enable_gqa=False) -> (Tensor, Tensor)",
    (g, a) => {
      const { out, weights } = attention(g, a);
      return [out, weights()];
    },
  ),
];
