/** Buffers with state, tied constants, updates, several copies of a model. */
import { assertEquals } from "@std/assert";
import { unwrap } from "../../src/base/mod.ts";
import type { Graph } from "../../src/ir/graph/mod.ts";
import type { ModelBuilder } from "../../src/ops/mod.ts";
import { Model } from "../../src/run/mod.ts";
import { hasCompiler, tensor, toNumbers, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });

const counter = ({ input, constant, ops }: ModelBuilder) => {
  const x = input("x", { shape: [2] }), n = constant("steps", [0]), w = constant("w", [1, 2]);
  const more = ops.add(n, 1);
  return [more, ops.mul(ops.add(x, w), more)];
};
/** steps ← steps + 1 */
const counted = (graph: Graph): Graph => {
  const [first] = graph.outputs, target = graph.constants[0]!.value;
  return { ...graph, effects: first?.kind === "tensor" ? [{ target, value: first.value }] : [] };
};

Deno.test({
  name: "A buffer begins as exported, counts runs, can be read and set, and is each copy's own",
  ignore,
  fn: async () => {
    using m = await bench.build(counter, { edit: counted });
    using other = unwrap(Model.open(m.path, { weights: m.path.replace("model.so", "weights.bin") }));
    const x = tensor([2], [0, 0]);
    for (let n = 1; n <= 3; n++) assertEquals(m.numbers(x), [[n], [n, 2 * n]]);
    assertEquals(toNumbers(unwrap(m.model.constant("steps"))), [3]);
    assertEquals(unwrap(other.run([x])).map((t) => toNumbers(t!)), [[1], [1, 2]]);
    m.update(new Map([["steps", tensor([1], [10])]]));
    assertEquals(m.numbers(x), [[11], [11, 22]]);
  },
});

Deno.test({
  name: "What is folded from a buffer with state is not: every run sees the state",
  ignore,
  fn: async () => {
    using m = await bench.build(({ input, constant, ops }) => {
      const n = constant("steps", [0]), more = ops.add(n, 1);
      return [more, ops.add(ops.exp(ops.mul(n, 0)), input("x", { shape: [1] })), ops.mul(more, 2)];
    }, { edit: counted, flags: { use_runtime_constant_folding: true } });
    assertEquals(m.numbers(tensor([1], [0])), [[1], [1], [2]]);
    assertEquals(m.numbers(tensor([1], [0])), [[2], [1], [4]]);
  },
});

Deno.test({
  name: "Two views of one storage are stored once, and each is updated on its own",
  ignore,
  fn: async () => {
    const tied = (graph: Graph): Graph => {
      const [a, b] = graph.constants;
      return { ...graph, constants: [a!, { ...b!, data: a!.data, offset: 1, strides: [2] }] };
    };
    using m = await bench.build(({ input, constant, ops }) => {
      const a = constant("a", [1, 2, 3, 4]), b = constant("b", [0, 0]);
      return [ops.add(input("x", { shape: [1] }), a), ops.mul(b, 10)];
    }, { edit: tied });
    assertEquals(m.built.planned.weights.pieces.length, 1);
    assertEquals(m.numbers(tensor([1], [0])), [[1, 2, 3, 4], [20, 40]]);
    m.update(new Map([["b", tensor([2], [7, 8])]]));
    assertEquals(m.numbers(tensor([1], [0])), [[1, 2, 3, 4], [70, 80]]);
  },
});

Deno.test({
  name: "Many runs at once, each with sizes of its own, give each caller its own numbers",
  ignore,
  fn: async () => {
    using m = await bench.build(({ input, constant, ops }) => {
      const x = input("x", { shape: [{ kind: "dim", name: "n", min: 1, max: 64 }, 8] });
      return ops.softmax(ops.mm(x, constant("w", Array(64).fill(0.5), { shape: [8, 8] })), 1);
    });
    const calls = Array.from({ length: 8 }, (_, n) => {
      const call = m.model.call();
      call.bind(0, tensor([n + 1, 8], Array(8 * (n + 1)).fill(n)));
      return call;
    });
    for (let round = 0; round < 5; round++) {
      await Promise.all(calls.map((call) => call.runAsync()));
      calls.forEach((call, n) => assertEquals(toNumbers(call.output(0)!), Array(8 * (n + 1)).fill(0.125)));
    }
    calls.forEach((call) => call[Symbol.dispose]());
  },
});
