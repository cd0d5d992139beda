/** O08: the same model gives the same bytes, whatever was compiled before it. */
import { assertEquals } from "@std/assert";
import { cpuTarget } from "../../src/base/mod.ts";
import { buildUserGraph, type ModelBuilder } from "../../src/ops/mod.ts";
import { compileGraph } from "../../src/pipeline/mod.ts";

Deno.test("Texts do not depend on what the process compiled before", async () => {
  const model = (shift: number) => ({ input, constant, ops, cond }: ModelBuilder) => {
    const x = input("x", { shape: [{ kind: "dim", name: "n", min: 1 }, 8] }),
      w = constant("w", Array(64).fill(1), { shape: [8, 8] });
    const y = ops.softmax(ops.add(ops.mm(x, w), shift), 1);
    return cond(ops.gt(ops.sum(y), 0), () => ops.sort(y, 1)[0]!, () => ops.cumsum(y, 1));
  };
  const texts = async (shift: number) => {
    const { graph } = await buildUserGraph("model", model(shift));
    const { emitted } = compileGraph(graph, cpuTarget("x86-64-v3"), { flags: { freezing: true } });
    return [...emitted.kernels.map((k) => k.text), emitted.model];
  };
  const first = await texts(1);
  await texts(2);
  assertEquals(await texts(1), first);
});
