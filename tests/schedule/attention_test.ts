/** Products around a softmax are one attention, in whatever form a model has them; it gives what the interpreter gives. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  type Block,
  evaluateLoops,
  parseLoops,
  printLoops,
  Scalars,
  verifyLoops,
} from "../../src/ir/loops/mod.ts";
import { printKernel, verifyPlan } from "../../src/ir/plan/mod.ts";
import type { DenseTensor } from "../../src/ir/scalar/mod.ts";
import { lower } from "../../src/lower/mod.ts";
import { interpret } from "../../src/ops/mod.ts";
import { fuseAttention } from "../../src/schedule/attention.ts";
import { readersOf } from "../../src/schedule/dependence.ts";
import { schedule } from "../../src/schedule/mod.ts";
import { differences } from "../rig/dense.ts";
import { attentionForm, AttentionGraph } from "../rig/random_attention.ts";
import "../rig/seed.ts";

const runs = { numRuns: Number(Deno.env.get("AOTI_RUNS") ?? 40) };

function fused(body: Block): Block {
  return fuseAttention(body, new Scalars(), readersOf(body));
}

Deno.test("attention in any form becomes one statement, whose text reads back, and gives what the graph gives", () => {
  fc.assert(
    fc.property(attentionForm(), fc.nat(1000), (any, seed) => {
      const form = { ...any, rows: Math.min(any.rows, 17), columns: Math.min(any.columns, 33) };
      const model = new AttentionGraph();
      model.add(form, seed);
      const { graph, data } = model, loops = lower(graph);
      const joined = { ...loops, body: fused(loops.body) }, text = printLoops(joined);
      assertEquals(joined.body.filter((s) => s.kind === "attention").length, 1, text);
      assertEquals(printLoops(parseLoops(text)), text);
      assertEquals(verifyLoops(parseLoops(text)).map((d) => d.message), []);
      const wanted = interpret(graph, data, []).outputs[0] as DenseTensor;
      const found = evaluateLoops(parseLoops(text), data).outputs[0] as DenseTensor;
      const problem = differences(
        wanted,
        found,
        form.dtype === "bf16" ? 2e-2 : form.dtype === "f16" ? 2e-3 : 1e-5,
      );
      assert(problem === "", `${problem}\n${text}`);
    }),
    runs,
  );
});

Deno.test("a plan of attention is one kernel with its epilogue, and nothing is wrong with it", () => {
  fc.assert(
    fc.property(attentionForm(), fc.nat(1000), (form, seed) => {
      const model = new AttentionGraph();
      model.add(form, seed);
      const plan = schedule(lower(model.graph));
      assertEquals(verifyPlan(plan).map((d) => d.message), []);
      const kernels = plan.steps.flatMap((s) => (s.kind === "launch" ? [s.kernel] : []));
      assertEquals(kernels.map((k) => k.kind), ["attention"], kernels.flatMap(printKernel).join("\n"));
    }),
    runs,
  );
});

/** A softmax between two products by hand. */
const byHand = (extra = "", weights = "w") =>
  `loops g
input q : f32[4, 9, 16] = %q "q" leaf 0
input k : f32[4, 9, 16] = %k "k" leaf 1
input v : f32[4, 9, 16] = %v "v" leaf 2
temp s : f32[4, 9, 9]
temp m : f32[4, 9]
temp e : f32[4, 9, 9]
temp t : f32[4, 9]
temp w : f32[4, 9, 9]
temp o : f32[4, 9, 16]
output out0 : f32[9, 64]
output out1 : f32[4, 9]
contraction s batch [a0 < 4] m [a1 < 9] n [a2 < 9] k [a3 < 16] in f32
  a = q[a0, a1, a3]
  b = k[a0, a2, a3]
  s[a0, a1, a2] = sum:f32
nest m over [a4 < 4, a5 < 9]
  m[a4, a5] = max [a6 < 9] where(?{a6 <= a5}, mul(s[a4, a5, a6], 0.25:f32), -inf:f32)
nest e over [a7 < 4, a8 < 9, a9 < 9]
  e[a7, a8, a9] = exp(sub(where(?{a9 <= a8}, mul(s[a7, a8, a9], 0.25:f32), -inf:f32), m[a7, a8]))
nest t over [a10 < 4, a11 < 9]
  t[a10, a11] = sum [a12 < 9] e[a10, a11, a12]
nest w over [a13 < 4, a14 < 9, a15 < 9]
  w[a13, a14, a15] = div(e[a13, a14, a15], t[a13, a14])
contraction o batch [a16 < 4] m [a17 < 9] n [a18 < 16] k [a19 < 9] in f32
  a = ${weights}[a16, a17, a19]
  b = v[a16, a19, a18]
  o[a16, a17, a18] = sum:f32
nest out0 over [a20 < 9, a21 < 64]
  out0[a20, a21] = o[a21 // 16, a20, a21 % 16]
nest out1 over [a22 < 4, a23 < 9]
  out1[a22, a23] = ${extra || "q[a22, a23, 0]"}
result %o : f32[9, 64] "o" = out0
result %p : f32[4, 9] "p" = out1
`;

/** The kernels of a plan of the text. */
function planned(text: string): readonly string[] {
  const plan = schedule(parseLoops(text));
  assertEquals(verifyPlan(plan).map((d) => d.message), []);
  return plan.steps.flatMap((s) => (s.kind === "launch" ? [printKernel(s.kernel).join("\n")] : []));
}

Deno.test("weights divided before the product are divided after it, and heads are merged as the result is stored", () => {
  assertEquals(
    planned(byHand())[0],
    `launch out0 = attention out0 batch [a16 < 4] rows [a17 < 9] columns [a19 < 9] depth [a3 < 16] values [a18 < 16] in f32 weight f32 blind nan
  q = q[a16, a17, a3]
  k = k[a16, a19, a3]
  v = v[a16, a19, a18]
  score = where(?{a19 <= a17}, mul(sum:f32, 0.25:f32), -inf:f32)
  highest = m[a16, a17]
  total = t[a16, a17]
  out0[a17, 16*a16 + a18] = div(sum:f32, t[a16, a17])`,
  );
});

Deno.test("statistics of rows that are read elsewhere are stored", () => {
  const [attention] = planned(byHand("add(log(t[a22, a23]), m[a22, a23])"));
  assert(attention!.includes("stored highest\\n  stored total".replace("\\n", "\n")), attention);
});

Deno.test("weights that are read elsewhere are made as before", () => {
  const kernels = planned(byHand("w[a22, a23, 0]"));
  assert(kernels.every((k) => !k.includes("= attention")));
});

Deno.test("the softmax of other columns than those of the product is no attention", () => {
  const kernels = planned(byHand("", "s"));
  assert(kernels.every((k) => !k.includes("= attention")));
});

Deno.test("a mask of positions that several read is part of the score, and gone where nobody else reads it", () => {
  const masked = (extra?: string) =>
    byHand(extra).replace("temp e :", "temp mask : bool[9, 9]\ntemp e :")
      .replace(
        "nest m over",
        `nest mask over [b0 < 9, b1 < 9]
  mask[b0, b1] = and(ge({b0}:i64, {b1}:i64), lt(sub({b0}:i64, {b1}:i64), 4:i64))
nest m over`,
      )
      .replace("?{a6 <= a5}", "mask[a5, a6]").replace("?{a9 <= a8}", "mask[a8, a9]");
  const [attention, ...others] = planned(masked());
  assert(attention!.includes("score = where(?{a19 <= a17 and a17 < a19 + 4}, mul("), attention);
  assert(others.every((k) => !k.includes("mask[")));
  const kept = planned(masked("f32(mask[a23, 0])"));
  assert(kept.some((k) => k.includes("mask[") && !k.includes("= attention")), kept.join("\n"));
});
