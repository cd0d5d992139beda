/** O10: whole-tensor kernels inside and outside of branches are each the right one. */
import { assertEquals } from "@std/assert";
import { hasCompiler, tensor, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });

Deno.test({
  name: "Sorts, sums and selections in a branch, its sibling and after both",
  ignore,
  fn: async () => {
    using m = await bench.build(({ input, ops, cond }) => {
      const x = input("x", { shape: [4] }), p = input("p", { shape: [], dtype: "bool" });
      const [y] = cond(p, () => ops.sort(x)[0]!, () => ops.cumsum(x, 0));
      return [y!, ops.sort(y!, 0, true)[0]!, ops.cumprod(y!, 0)];
    });
    const x = tensor([4], [3, 1, 2, 1]), truth = (v: number) => tensor([], [v], "bool");
    assertEquals(m.numbers(x, truth(1)), [[1, 1, 2, 3], [3, 2, 1, 1], [1, 1, 2, 6]]);
    assertEquals(m.numbers(x, truth(0)), [[3, 4, 6, 7], [7, 6, 4, 3], [3, 12, 72, 504]]);
  },
});
