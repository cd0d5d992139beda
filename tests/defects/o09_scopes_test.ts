/** O09: a predicate read in one branch may be read again in its sibling and after both. */
import { assertEquals } from "@std/assert";
import { hasCompiler, tensor, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });

Deno.test({
  name: "One predicate in many scopes",
  ignore,
  fn: async () => {
    using m = await bench.build(({ input, ops, cond }) => {
      const x = input("x", { shape: [2] }), p = input("p", { shape: [], dtype: "bool" });
      const q = input("q", { shape: [], dtype: "bool" });
      const inner = (by: number) => () => cond(p, () => ops.add(x, by), () => ops.sub(x, by))[0]!;
      const [y] = cond(q, inner(1), inner(10));
      return cond(p, () => ops.mul(y!, 2), () => y!);
    });
    const truth = (v: boolean) => tensor([], [Number(v)], "bool"), x = tensor([2], [1, 2]);
    assertEquals(m.numbers(x, truth(true), truth(true)), [[4, 6]]);
    assertEquals(m.numbers(x, truth(true), truth(false)), [[22, 24]]);
    assertEquals(m.numbers(x, truth(false), truth(true)), [[0, 1]]);
    assertEquals(m.numbers(x, truth(false), truth(false)), [[-9, -8]]);
  },
});
