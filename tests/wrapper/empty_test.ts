/** Tensors without elements, at build time and at run time. */
import { assertEquals } from "@std/assert";
import type { ModelBuilder, Tensor } from "../../src/ops/mod.ts";
import { hasCompiler, tensor, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });

/** Operators over `[n, 3]`, with what they give for no rows. */
const net = ({ input, constant, ops }: ModelBuilder) => {
  const x = input("x", { shape: [{ kind: "dim", name: "n", min: 0, max: 8 }, 3] });
  const w = constant("w", [[1, 0], [0, 1], [1, 1]]);
  const y = ops.mm(x, w);
  return [
    y,
    ops.relu(x),
    ops.sum(x),
    ops.sum(x, [0]),
    ops.mean(y),
    ops.cumsum(y, 0),
    ops.sort(x, 1)[0]!,
    ops.softmax(x, 1),
    ops.cat([x, constant("row", [[7, 8, 9]])], 0),
    ops.mm(ops.transpose(x, 0, 1), x), // sums over nothing
    ops.all(ops.gt(x, 0)),
  ];
};

Deno.test({
  name: "No rows: kernels do nothing, sums are zero, and the next run has rows again",
  ignore,
  fn: async () => {
    using m = await bench.build(net);
    const empty = [[], [], [0], [0, 0, 0], [NaN], [], [], [], [7, 8, 9], Array(9).fill(0), [1]];
    assertEquals(m.numbers(tensor([0, 3], [])), empty);
    const one = m.numbers(tensor([1, 3], [1, 2, 3]));
    assertEquals([one[0], one[2], one[8], one[10]], [[4, 5], [6], [1, 2, 3, 7, 8, 9], [1]]);
    assertEquals(m.numbers(tensor([0, 3], [])), empty);
  },
});

Deno.test({
  name: "Static sizes of zero: inputs, constants, results in between",
  ignore,
  fn: async () => {
    using m = await bench.build(({ input, constant, ops }) => {
      const x = input("x", { shape: [2, 0] }), w = constant("w", new Float32Array(), { shape: [0, 3] });
      return [ops.mm(x, w), ops.cat([w, ops.ones([1, 3])], 0), w, ops.sum(x, [1])];
    });
    assertEquals(m.numbers(tensor([2, 0], [])), [[0, 0, 0, 0, 0, 0], [1, 1, 1], [], [0, 0]]);
  },
});

Deno.test({
  name: "Sizes that data decides may be zero",
  ignore,
  fn: async () => {
    using m = await bench.build(({ input, ops, call }) => {
      const x = input("x", { shape: [4] }), picked = call("masked_select", x, ops.gt(x, 0)) as Tensor;
      return [picked, ops.sum(picked), call("nonzero", x) as Tensor, ops.add(picked, 1)];
    });
    assertEquals(m.numbers(tensor([4], [0, 2, 0, 3])), [[2, 3], [5], [1, 3], [3, 4]]);
    assertEquals(m.numbers(tensor([4], [0, 0, 0, 0])), [[], [0], [], []]);
    assertEquals(m.numbers(tensor([4], [1, 2, 3, 4])), [[1, 2, 3, 4], [10], [0, 1, 2, 3], [2, 3, 4, 5]]);
  },
});
