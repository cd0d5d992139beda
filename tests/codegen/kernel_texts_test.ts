/** Kernels of one shape are printed once: what the first one's text gives is what each would have been printed as. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import "../rig/seed.ts";
import { cpuTarget } from "../../src/base/mod.ts";
import { shapeOf } from "../../src/codegen/kernel_shape.ts";
import { type KernelText, kernelText } from "../../src/codegen/kernel_text.ts";
import { printedOnce } from "../../src/codegen/kernel_texts.ts";
import { kernelsOf } from "../../src/codegen/model/run_lines.ts";
import { Templates } from "../../src/codegen/render.ts";
import { int, print } from "../../src/ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../src/ir/graph/mod.ts";
import type { Kernel } from "../../src/ir/plan/mod.ts";
import { lower } from "../../src/lower/mod.ts";
import { calc } from "../../src/ops/calc.ts";
import { softmax } from "../../src/ops/fold.ts";
import { schedule } from "../../src/schedule/mod.ts";
import { AttentionGraph } from "../rig/random_attention.ts";
import { randomGraph } from "../rig/random_graph.ts";

const runs = { numRuns: Number(Deno.env.get("AOTI_RUNS") ?? 150) };
const templates = new Templates(), target = cpuTarget("x86-64-v4");
const printed = (kernel: Kernel): KernelText => kernelText(kernel, target, templates);

/** All that launches take from a text. */
function factsOf({ symbol, text, buffers, sizes, total, grain, scratch }: KernelText): unknown {
  const exprs = [...sizes, total, grain, scratch].map((e) => print(e));
  return { symbol, text, buffers: buffers.map(({ name }) => name), exprs };
}

/** The kernels of one stage that computes `of` of an input. */
function kernelsOfModel(
  sizes: readonly number[],
  of: (g: GraphBuilder, x: Value) => Value,
): readonly Kernel[] {
  const model = new AttentionGraph();
  model.output(of(model.g, model.input("f32", sizes.map((n) => int(n)), [0], () => 0)));
  return kernelsOf(schedule(lower(model.graph)).steps);
}

Deno.test("kernels of random graphs, all under one memory, get the texts that they would be printed as", () => {
  let fresh = 0, asked = 0;
  const once = printedOnce((kernel) => (fresh++, printed(kernel)), () => false);
  fc.assert(
    fc.property(randomGraph(), ({ graph }) => {
      for (const kernel of kernelsOf(schedule(lower(graph)).steps)) {
        asked++;
        assertEquals(factsOf(once(kernel)), factsOf(printed(kernel)));
      }
    }),
    runs,
  );
  assert(fresh < asked, "random graphs repeat no kernel, so this test shows nothing");
});

Deno.test("layers that differ in their buffers alone are printed once, each with buffers of its own", () => {
  const layers = kernelsOfModel(
    [64, 64],
    (g, x) => [1, 0, 1, 0, 1, 0].reduce((y, dim) => softmax(g, y, dim), x),
  );
  let fresh = 0;
  const once = printedOnce((kernel) => (fresh++, printed(kernel)), () => false);
  const texts = layers.map(once);
  assert(fresh < layers.length, `${fresh} of ${layers.length}`);
  assertEquals(texts.map(factsOf), layers.map((kernel) => factsOf(printed(kernel))));
});

Deno.test("a size, a number, a type, a function and a zero's sign each make another shape", () => {
  const variants: readonly (readonly Kernel[])[] = [
    kernelsOfModel([64], (g, x) => calc(g).mul(x, 2)),
    kernelsOfModel([65], (g, x) => calc(g).mul(x, 2)),
    kernelsOfModel([64], (g, x) => calc(g).mul(x, 3)),
    kernelsOfModel([64], (g, x) => calc(g).add(x, 2)),
    kernelsOfModel([64], (g, x) => calc(g).add(x, 0)),
    kernelsOfModel([64], (g, x) => calc(g).add(x, -0)),
  ];
  const keys = variants.map(([kernel]) => shapeOf(kernel!)!.key);
  assertEquals(new Set(keys).size, keys.length);
});
