/** O02: every call that can fail is looked at, and its message reaches the caller. */
import { assertEquals, assertMatch } from "@std/assert";
import { hasCompiler, tensor, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile();

Deno.test({
  name: "A bad index in a branch or a scatter fails the run, and the next run is fine",
  ignore,
  fn: async () => {
    using m = await bench.build(({ input, ops, cond }) => {
      const x = input("x", { shape: [4] }), at = input("at", { shape: [2], dtype: "int64" });
      const p = input("p", { shape: [], dtype: "bool" });
      return cond(
        p,
        () => ops.index_select(x, 0, at),
        () => ops.gather(ops.scatter(x, 0, at, ops.full([2], 9.5)), 0, at),
      );
    });
    for (const service of ["launch", "arena", "output", "input_data"]) {
      const calls = m.modelText.match(new RegExp(`.*aoti_${service}\\(.*\\n.*`, "g")) ?? [];
      for (const call of calls) assertMatch(call, /if \(aoti_launch|=[^]*if \(!\w+\)/, call);
    }
    const x = tensor([4], [1, 2, 3, 4]), truth = (v: number) => tensor([], [v], "bool");
    const at = (a: number, b: number) => tensor([2], [a, b], "i64");
    assertMatch(m.failure(x, at(1, 4), truth(1)), /index out of range in kernel k_\w*index_select/);
    assertMatch(m.failure(x, at(-5, 1), truth(0)), /index out of range in kernel k_\w*scatter/);
    assertEquals(m.numbers(x, at(1, 3), truth(1)), [[2, 4]]);
    assertEquals(m.numbers(x, at(1, 3), truth(0)), [[9.5, 9.5]]);
  },
});
