/** O01: weights are part of what a build is; work that is the same is done once. */
import { assert, assertEquals } from "@std/assert";
import type { ModelBuilder } from "../../src/ops/mod.ts";
import { hasCompiler, type OpenedModel, tensor, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile();

Deno.test({
  name: "Models with the same code and other weights share kernels, and are different libraries",
  ignore,
  fn: async () => {
    const scaled = (by: number) => ({ input, constant, ops }: ModelBuilder) =>
      ops.mul(input("x", { shape: [2] }), constant("w", [by, by]));
    using two = await bench.build(scaled(2));
    using three = await bench.build(scaled(3));
    assertEquals(Object.keys(two.kernelTexts), Object.keys(three.kernelTexts));
    assertEquals(objects(two), objects(three));
    assert(two.built.library.digest !== three.built.library.digest);
    assert(two.built.weights?.digest !== three.built.weights?.digest);
    assertEquals(two.numbers(tensor([2], [1, 2])), [[2, 4]]);
    assertEquals(three.numbers(tensor([2], [1, 2])), [[3, 6]]);
    using again = await bench.build(scaled(2));
    assertEquals(again.built.library.digest, two.built.library.digest);
  },
});

function objects({ built }: OpenedModel): readonly string[] {
  return Object.entries(built.objects).filter(([name]) => name !== "model.o").map(([, { digest }]) => digest);
}
