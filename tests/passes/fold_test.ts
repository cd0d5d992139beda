/** What follows from constants alone is computed once for each set of them: at the first run, after updates and swaps. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { printGraph } from "../../src/ir/graph/mod.ts";
import { buildUserGraph, type ModelBuilder } from "../../src/ops/mod.ts";
import { runPasses, splitConstants } from "../../src/passes/mod.ts";
import { hasCompiler, tensor, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });

const shifted = ({ input, constant, ops }: ModelBuilder) => {
  const x = input("x", { shape: [2, 2] }), w = constant("w", [[1, 2], [3, 4]]);
  return ops.mm(x, ops.exp(ops.mul(ops.transpose(w, 0, 1), 0)));
};

async function split(define: (b: ModelBuilder) => unknown, freeze = false) {
  const { graph } = await buildUserGraph("model", define);
  const { main, fold } = splitConstants(runPasses(graph, { freeze }));
  return { main: printGraph(main), fold: fold && printGraph(fold) };
}

Deno.test("splitConstants() leaves views, what is large and cheap, and graphs without such work alone", async () => {
  const views = await split(({ input, constant, ops }) => {
    const w = constant("w", [[1, 2], [3, 4]]);
    return ops.mm(input("x", { shape: [2, 2] }), ops.transpose(w, 0, 1));
  });
  assertEquals(views.fold, undefined);
  const large = await split(({ input, constant, ops }) => {
    const w = ops.expand(constant("w", [1, 2]), [1 << 20, 2]);
    return ops.add(input("x", { shape: [1 << 20, 2] }), ops.exp(w));
  });
  assertEquals(large.fold, undefined);
  assertEquals(
    (await split(({ input, ops }) => ops.add(input("x", { shape: [2] }), ops.ones([2])))).fold,
    undefined,
  );
});

Deno.test("splitConstants() takes the last value worth keeping, and leaves the view on it to runs", async () => {
  const { main, fold } = await split(({ input, constant, ops }) => {
    const w = ops.transpose(ops.add(ops.exp(constant("w", [[1, 2], [3, 4]])), 1), 0, 1);
    return ops.mm(input("x", { shape: [2, 2] }), w);
  });
  assertMatch(fold!, /exp\(%w\)[^]*add\(/);
  assertMatch(main, /"_FOLDED_CONST_\w+" folded/);
  assert(!main.includes("exp("));
  assertMatch(main, /remap\(%add/);
});

Deno.test("splitConstants() finds work inside branches, nested ones too", async () => {
  const { main, fold } = await split(({ input, constant, ops, cond }) => {
    const x = input("x", { shape: [2] }), p = input("p", { shape: [], dtype: "bool" });
    const w = constant("w", [1, 2]);
    return cond(p, () => cond(p, () => ops.add(x, ops.exp(w)), () => x)[0]!, () => ops.sub(x, ops.sin(w)));
  });
  assertMatch(fold!, /exp\(%w\)/);
  assertMatch(fold!, /sin\(%w\)/);
  assert(!/exp\(|sin\(/.test(main));
});

Deno.test("freezing leaves one sum after a convolution with a batch norm", async () => {
  const { main } = await split(({ input, constant, ops }) => {
    const c = (name: string, values: number[]) => constant(name, values);
    const x = input("x", { shape: [1, 1, 3, 3] }), w = constant("w", [1, 2, 3, 4], { shape: [1, 1, 2, 2] });
    const y = ops.conv2d(x, w, c("b", [1]));
    return ops.batch_norm(y, c("g", [2]), c("h", [3]), c("m", [4]), c("v", [5]), false, 0.1, 1e-5, false);
  }, true);
  assertEquals(main.match(/= \w+\(/g), ["= remap(", "= einsum(", "= add("]);
});

Deno.test({
  name: "Folded constants follow an update, and a library with them runs as one without",
  ignore,
  fn: async () => {
    const x = tensor([2, 2], [1, 2, 3, 4]);
    using plain = await bench.build(shifted);
    using folded = await bench.build(shifted, { flags: { use_runtime_constant_folding: true } });
    assert(Object.keys(folded.kernelTexts).length >= 2);
    assertMatch(folded.modelText, /static int32_t fold_model[^]*aoti_folded\(run\)/);
    assertEquals(folded.numbers(x), plain.numbers(x));
    folded.update(new Map([["w", tensor([2, 2], [0, 0, 0, NaN])]]));
    assertEquals(folded.numbers(x), [[3, NaN, 7, NaN]]);
    folded.update(new Map([["w", tensor([2, 2], [0, 0, 0, 0])]]));
    assertEquals(folded.numbers(x), [[3, 3, 7, 7]]);
  },
});

Deno.test({
  name: "A frozen convolution with batch norm gives what the plain one gives",
  ignore,
  fn: async () => {
    const net = ({ input, constant, ops }: ModelBuilder) => {
      const ramp = (n: number, by: number) => Array.from({ length: n }, (_, i) => 1 + by * i);
      const x = input("x", { shape: [2, 3, 5, 5] });
      const w = constant("w", ramp(4 * 27, -0.01), { shape: [4, 3, 3, 3] });
      const c = (name: string) => constant(name, ramp(4, 0.25));
      const y = ops.conv2d(x, w, c("b"), [1, 1], [1, 1]);
      return ops.relu(ops.batch_norm(y, c("g"), c("h"), c("m"), c("v"), false, 0.1, 1e-5, false));
    };
    const x = tensor([2, 3, 5, 5], Array.from({ length: 150 }, (_, i) => Math.sin(i)));
    using plain = await bench.build(net);
    using frozen = await bench.build(net, { flags: { freezing: true } });
    const [a, b] = [plain.numbers(x)[0]!, frozen.numbers(x)[0]!];
    a.forEach((value, n) => assert(Math.abs(b[n]! - value) <= 1e-4 * Math.max(1, Math.abs(value))));
  },
});
