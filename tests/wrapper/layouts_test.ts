/** Inputs as hosts may lay them out: unaligned, expanded, overlapping, transposed, shared. */
import { assertEquals } from "@std/assert";
import type { Graph } from "../../src/ir/graph/mod.ts";
import type { ModelBuilder } from "../../src/ops/mod.ts";
import type { Tensor } from "../../src/run/mod.ts";
import { hasCompiler, type OpenedModel, tensor, toNumbers, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });

const net = ({ input, ops }: ModelBuilder) => {
  const x = input("x", { shape: [{ kind: "dim", name: "n", min: 1, max: 64 }, 33] });
  return [ops.add(x, 1), ops.sum(x, [1]), ops.mm(x, ops.transpose(x, 0, 1))];
};

const count = 3 * 33, values = Array.from({ length: count }, (_, i) => (i % 13) - 6);

Deno.test({
  name: "Memory at any byte: results are those of aligned memory",
  ignore,
  fn: async () => {
    using m = await bench.build(net, { fast: true });
    const plain = tensor([3, 33], values), wanted = m.numbers(plain);
    for (const offset of [1, 2, 4, 12, 60]) {
      const room = new Uint8Array(plain.data.length + offset);
      room.set(plain.data, offset);
      assertEquals(m.numbers({ ...plain, data: room.subarray(offset) }), wanted, `at byte ${offset}`);
    }
  },
});

Deno.test({
  name: "Transposed, expanded and overlapping inputs are read as their strides say",
  ignore,
  fn: async () => {
    using m = await bench.build(net);
    const strided = (strides: readonly [number, number], length: number) => {
      const memory = Array.from({ length }, (_, i) => (i % 11) - 5);
      const seen = Array.from({ length: count }, (_, i) => {
        return memory[Math.floor(i / 33) * strides[0] + (i % 33) * strides[1]]!;
      });
      assertEquals(
        m.numbers(tensor([3, 33], memory, "f32", strides)),
        m.numbers(tensor([3, 33], seen)),
        `${strides}`,
      );
    };
    strided([1, 3], count); // transposed
    strided([0, 1], 33); // expanded
    strided([1, 1], 35); // sliding
    strided([0, 0], 1); // one number
    strided([66, 2], 3 * 66); // every second
  },
});

/** x ← x + 1, y as it was: `y` may be the same memory. */
const bump = ({ input, ops }: ModelBuilder) => {
  const x = input("x", { shape: [2, 2] }), y = input("y", { shape: [2, 2] });
  return [ops.add(x, 1), ops.mul(y, 2), x];
};

const bumped = (graph: Graph): Graph => {
  const [first] = graph.outputs, target = graph.inputs[0]!.value;
  return { ...graph, effects: first?.kind === "tensor" ? [{ target, value: first.value }] : [] };
};

function called(m: OpenedModel, ...inputs: readonly Tensor[]): readonly (readonly number[])[] {
  using call = m.model.call();
  inputs.forEach((t, n) => call.bind(n, t));
  call.run();
  return [0, 1, 2].map((n) => toNumbers(call.output(n)!));
}

Deno.test({
  name: "A mutated input is written in its own layout, after everything is read",
  ignore,
  fn: async () => {
    using m = await bench.build(bump, { edit: bumped });
    const shared = tensor([2, 2], [1, 2, 3, 4]);
    assertEquals(called(m, shared, shared), [[2, 3, 4, 5], [2, 4, 6, 8], [1, 2, 3, 4]]); // x as it was
    assertEquals(toNumbers(shared), [2, 3, 4, 5]);
    const columns = tensor([2, 2], [1, 3, 2, 4], "f32", [1, 2]);
    assertEquals(called(m, columns, tensor([2, 2], [0, 0, 0, 0]))[0], [2, 3, 4, 5]);
    assertEquals(toNumbers({ ...columns, strides: undefined }), [2, 4, 3, 5]);
    const gaps = tensor([2, 2], [1, 9, 2, 9, 3, 9, 4, 9], "f32", [4, 2]);
    called(m, gaps, tensor([2, 2], [0, 0, 0, 0]));
    assertEquals(toNumbers({ ...gaps, strides: undefined }), [2, 9, 3, 9, 4, 9, 5, 9]);
  },
});

Deno.test({
  name: "A run that fails leaves mutated inputs as they were",
  ignore,
  fn: async () => {
    using m = await bench.build(({ input, ops }) => {
      const x = input("x", { shape: [2] }), at = input("at", { shape: [1], dtype: "int64" });
      return [ops.add(x, 1), ops.index_select(x, 0, at)];
    }, { edit: bumped });
    const x = tensor([2], [1, 2]);
    m.failure(x, tensor([1], [5], "i64"));
    assertEquals(toNumbers(x), [1, 2]);
    m.numbers(x, tensor([1], [1], "i64"));
    assertEquals(toNumbers(x), [2, 3]);
  },
});
