/** The wrapper on `at::Tensor`: the same kernels and the same order as in C, tensors in place of pointers. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cpuTarget } from "../../src/base/mod.ts";
import { buildUserGraph, type ModelBuilder } from "../../src/ops/mod.ts";
import { compileGraph } from "../../src/pipeline/compile_graph.ts";

const batch = { kind: "dim", name: "batch", min: 1, max: 64 } as const;

const model = ({ input, ops, cond }: ModelBuilder) => {
  const x = input("x", { shape: [batch, 4] }), flag = input("flag", { shape: [], dtype: "bool" });
  const both = ops.logical_and(flag, ops.gt(ops.sum(x), 0));
  const [y] = cond(
    both,
    () => ops.mm(x, ops.transpose(x, 0, 1)),
    () => ops.mm(ops.exp(x), ops.transpose(x, 0, 1)),
  );
  return { y: y!, x };
};

async function emitted(abi_compatible: boolean) {
  const { graph } = await buildUserGraph("gate", model);
  return compileGraph(graph, cpuTarget("x86-64-v3"), { flags: { abi_compatible } }).emitted;
}

Deno.test("Both wrappers launch the same kernels in the same order", async () => {
  const [c, torch] = await Promise.all([emitted(true), emitted(false)]);
  assertEquals(torch.kernels, c.kernels);
  const launches = (text: string) => [...text.matchAll(/launch\(run, (k_\w+),/g)].map(([, symbol]) => symbol);
  assert(launches(c.model).length >= 3);
  assertEquals(launches(torch.model), launches(c.model));
});

Deno.test("A condition is a tensor's item here, a byte there; outputs are tensors of PyTorch's", async () => {
  const [c, torch] = await Promise.all([emitted(true), emitted(false)]);
  assert(/if \(\*\(const uint8_t\*\)b_\w+\) \{/.test(c.model));
  assert(/if \(b_\w+\.item<bool>\(\)\) \{/.test(torch.model));
  assert(!torch.model.includes("aoti_launch") && !torch.model.includes("aoti_output"));
  assertStringIncludes(torch.model, "outputs[1] = given[0];"); // the very tensor
  assert(/const at::Tensor b_\w+ = empty\(\{d_\w+, d_\w+\}, \{d_\w+, 1\}, at::kFloat\);/.test(torch.model));
});

Deno.test("The processor is asked for what kernels were built for, once", async () => {
  const { graph } = await buildUserGraph("gate", model), flags = { abi_compatible: false };
  const options = { flags, cpuFeatures: "avx2,fma" };
  const text = compileGraph(graph, cpuTarget("x86-64-v3"), options).emitted.model;
  assertEquals([...text.matchAll(/__builtin_cpu_supports\("(\w+)"\)/g)].map(([, name]) => name), [
    "avx2",
    "fma",
  ]);
  assert(!(await emitted(false)).model.includes("fits_processor"));
});

Deno.test("Guards have the same words in both", async () => {
  const [c, torch] = await Promise.all([emitted(true), emitted(false)]);
  const messages = (text: string) =>
    [...text.matchAll(/fail\((?:run, )?("(?:[^"\\]|\\.)*")/g)].map(([, m]) => m);
  assertEquals(messages(c.model), messages(torch.model));
  assertStringIncludes(torch.model, 'fail("dimension 1 of input \\"x\\": %lld is not %lld"');
});
