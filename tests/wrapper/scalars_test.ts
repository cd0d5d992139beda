/** Numbers that decide sizes, branches and assertions: given by the host, or read in mid-run. */
import { assertEquals, assertMatch } from "@std/assert";
import { add, ge, int, lt, mul, sym } from "../../src/ir/expr/mod.ts";
import { parseGraph, type TensorType } from "../../src/ir/graph/mod.ts";
import { coreGraph, hasCompiler, leaves, region, tensor, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });
const scalar: TensorType = { dtype: "i64", shape: [] };
const u = sym("u0", { min: 0, max: 100, unbacked: true });

Deno.test({
  name: "A number from the host decides sizes, in expressions too, and comes back as an output",
  ignore,
  fn: async () => {
    using m = await bench.buildGraph(coreGraph({ k: scalar }, (g, k) => {
      g.item(k, u);
      const ramp = g.iota([add(mul(2, u), 1)], ([i]) => i!);
      return [...leaves(ramp, g.reduce("sum", ramp, [0])), { kind: "size", expr: add(u, 1), label: "next" }];
    }));
    const k = (n: number) => tensor([], [n], "i64");
    assertEquals(m.numbers(k(2)), [[0, 1, 2, 3, 4], [10], [3]]);
    assertEquals(m.numbers(k(0)), [[0], [0], [1]]);
  },
});

Deno.test({
  name:
    "A Python number of the call is a size on entry: intermediates have room for it, it is checked by name",
  ignore,
  fn: async () => {
    const graph = parseGraph(`graph model
symbol n in 2..5000 "n" = %n
symbol s0 in 2..9000 "s0" = %x[0]
guard {n <= s0} "input \\"n\\" and dim 0 of input \\"x\\""
input %x : f32[s0] strides [1] "x" leaf 0
input %n : i64[] strides [] "n" leaf 1 number
%head : f32[n] = remap(%x) at [i0]
%sum : f32[n] = routine scan(%head) {fn: "max", dim: 0}
%y : f32[n] = exp(%sum)
output %y "y"
`);
    using m = await bench.buildGraph({ graph, storages: {}, data: new Uint8Array() });
    const x = tensor([6000], Array.from({ length: 6000 }, () => 0)),
      n = (k: number) => tensor([], [k], "i64");
    for (const k of [2, 4001]) assertEquals(m.numbers(x, n(k)), [Array(k).fill(1)]);
    assertEquals(m.failure(x, n(1)), 'input "n": 1 is not in 2..5000');
    assertEquals(m.failure(x, tensor([], [2], "f32")), 'input "n" is float32, the model takes int64');
    assertEquals(
      m.failure(tensor([3], [0, 0, 0]), n(4)),
      'input "n" and dim 0 of input "x": n <= s0 does not hold, n = 4, s0 = 3',
    );
    assertMatch(m.modelText, /\{"n", 4, 0, 1\}/); // a number to door 1
  },
});

Deno.test({
  name: "Assertions on such numbers fail the run with the model's message",
  ignore,
  fn: async () => {
    using m = await bench.buildGraph(coreGraph({ k: scalar }, (g, k) => {
      g.item(k, u);
      g.assert(ge(u, 3), "u0 must be 3 or more, 100% of the time");
      return leaves(g.iota([u], ([i]) => i!));
    }));
    assertEquals(m.failure(tensor([], [2], "i64")), "u0 must be 3 or more, 100% of the time");
    assertEquals(m.numbers(tensor([], [3], "i64")), [[0, 1, 2]]);
  },
});

Deno.test({
  name: "Branches on sizes, and results whose size the branch decides",
  ignore,
  fn: async () => {
    const n = sym("n", { min: 1, max: 9 }), f32: TensorType = { dtype: "f32", shape: [n] };
    using m = await bench.buildGraph(coreGraph({ x: f32 }, (g, x) => {
      const few = g.mask([], () => lt(n, 3));
      const then = region(g, "then", [x], (b, y) => [b.concat([y!, y!], 0)]);
      const otherwise = region(g, "else", [x], (b, y) => [b.remap(y!, [int(1)], () => [int(0)])]);
      const [y] = g.control({ kind: "cond" }, [few, x], [then, otherwise], [{ dtype: "f32", shape: [u] }]);
      const bound = g.nodes.at(-1)!;
      (bound as { binds?: readonly unknown[] }).binds = [u];
      return [...leaves(y!), { kind: "size", expr: u, label: "rows" }];
    }));
    assertEquals(m.numbers(tensor([2], [1, 2])), [[1, 2, 1, 2], [4]]);
    assertEquals(m.numbers(tensor([3], [5, 6, 7])), [[5], [1]]);
  },
});

Deno.test({
  name: "item() of every type of number",
  ignore,
  fn: async () => {
    const types = ["i64", "i32", "u8", "bool"] as const;
    for (const dtype of types) {
      using m = await bench.buildGraph(coreGraph({ k: { dtype, shape: [] } }, (g, k) => {
        g.item(k, u);
        return [{ kind: "size", expr: mul(3, u), label: "three" }];
      }));
      assertEquals(m.numbers(tensor([], [1], dtype)), [[3]], dtype);
    }
  },
});

Deno.test({
  name: "Loops: none, one and many rounds; nested; a branch inside; what they read of the outside",
  ignore,
  fn: async () => {
    const f32: TensorType = { dtype: "f32", shape: [int(2)] };
    const made = coreGraph({ x: f32, n: scalar, by: f32 }, (g, x, n, by) => {
      const zero = g.constant(0n, "i64"), one = g.constant(1n, "i64");
      const test = region(g, "test", [x, zero, n, by], (b, _, i, limit) => [b.pointwise("lt", i!, limit!)]);
      const body = region(g, "body", [x, zero, n, by], (b, y, i, _, step) => {
        const inner = region(
          b,
          "inner",
          [y!, i!, step!],
          (c, z, left) => [c.pointwise("lt", c.constant(0n, "i64"), left!), z!].slice(0, 1),
        );
        const innerBody = region(b, "inner body", [y!, i!, step!], (c, z, left, by2) => {
          const odd = c.pointwise(
            "eq",
            c.pointwise("sub", left!, c.constant(1n, "i64")),
            c.constant(0n, "i64"),
          );
          const [w] = c.control({ kind: "cond" }, [odd, z!, by2!], [
            region(c, "odd", [z!, by2!], (d, p, q) => [d.pointwise("add", p!, q!)]),
            region(c, "even", [z!, by2!], (d, p) => [d.pointwise("mul", p!, d.constant(2, "f32"))]),
          ], [f32]);
          return [w!, c.pointwise("sub", left!, c.constant(1n, "i64"))];
        });
        const [z] = b.control({ kind: "while", carried: 2 }, [y!, i!, step!], [inner, innerBody], [
          f32,
          scalar,
        ]);
        return [z!, b.pointwise("add", i!, b.constant(1n, "i64"))];
      });
      const [y, i] = g.control({ kind: "while", carried: 2 }, [x, zero, n, by], [test, body], [f32, scalar]);
      return leaves(y!, i!, g.pointwise("add", by, by), one);
    });
    using m = await bench.buildGraph(made);
    const run = (n: number) => m.numbers(tensor([2], [1, 2]), tensor([], [n], "i64"), tensor([2], [10, 20]));
    /** The same in plain numbers. */
    const wanted = (n: number) => {
      let y = [1, 2];
      for (let i = 0; i < n; i++) {
        for (let left = i; left > 0; left--) y = left === 1 ? [y[0]! + 10, y[1]! + 20] : y.map((v) => 2 * v);
      }
      return [y, [n], [20, 40], [1]];
    };
    for (const n of [0, 1, 2, 5]) assertEquals(run(n), wanted(n));
  },
});
