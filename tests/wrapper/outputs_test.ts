/** Leaves of a result that are no freshly computed tensor. */
import { assertEquals } from "@std/assert";
import { add, type Expr, int, lt, mul, sym } from "../../src/ir/expr/mod.ts";
import type { TensorType } from "../../src/ir/graph/mod.ts";
import { coreGraph, hasCompiler, leaves, tensor, toNumbers, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });
const f32 = (...shape: Expr[]): TensorType => ({ dtype: "f32", shape });

Deno.test({
  name: "Sizes, truths, numbers, None, inputs, repeated and derived outputs keep their places",
  ignore,
  fn: async () => {
    const n = sym("n", { min: 0, max: 9 });
    const fixed = (value: null | number | bigint | boolean) =>
      ({ kind: "fixed", value, label: "fixed" }) as const;
    using m = await bench.buildGraph(coreGraph({ x: f32(n, int(2)) }, (g, x) => [
      { kind: "size", expr: add(mul(2, n), 1), label: "twice" },
      { kind: "truth", pred: lt(n, 3), label: "few" },
      fixed(null),
      fixed(7n),
      fixed(1.5),
      fixed(NaN),
      fixed(-Infinity),
      fixed(true),
      ...leaves(x, g.pointwise("add", x, x), x),
    ]));
    const x = tensor([2, 2], [1, 2, 3, 4]), y = [2, 4, 6, 8];
    assertEquals(m.numbers(x), [[5], [1], null, [7], [1.5], [NaN], [-Infinity], [1], [1, 2, 3, 4], y, [
      1,
      2,
      3,
      4,
    ]]);
    assertEquals(m.numbers(tensor([0, 2], [])).slice(0, 2), [[1], [1]]);
    assertEquals(m.numbers(tensor([3, 2], [1, 2, 3, 4, 5, 6])).slice(0, 2), [[7], [0]]);
  },
});

Deno.test({
  name: "A model of constants alone, of its input alone, and of nothing",
  ignore,
  fn: async () => {
    using constant = await bench.build(({ constant, ops }) => {
      const w = constant("w", [[1, 2], [3, 4]]);
      return [w, ops.transpose(w, 0, 1), ops.select(w, 0, 1)];
    });
    assertEquals(constant.numbers(), [[1, 2, 3, 4], [1, 3, 2, 4], [3, 4]]);
    using identity = await bench.build(({ input }) => input("x", { shape: [2] }));
    assertEquals(identity.numbers(tensor([2], [1, 2])), [[1, 2]]);
    using nothing = await bench.buildGraph(coreGraph({ x: f32(int(2)) }, () => [
      { kind: "fixed", value: null, label: "none" },
    ]));
    assertEquals(nothing.numbers(tensor([2], [1, 2])), [null]);
  },
});

Deno.test({
  name: "An output that is a constant is a copy: later runs and updates leave it alone",
  ignore,
  fn: async () => {
    using m = await bench.build(({ input, constant, ops }) => {
      const w = constant("w", [1, 2]);
      return [w, ops.add(w, input("x", { shape: [2] }))];
    });
    using call = m.model.call();
    call.bind(0, tensor([2], [1, 1]));
    call.run();
    const first = call.output(0)!;
    first.data.fill(0);
    call.run();
    assertEquals(toNumbers(call.output(0)!), [1, 2]);
    assertEquals(m.numbers(tensor([2], [1, 1])), [[1, 2], [2, 3]]);
  },
});
