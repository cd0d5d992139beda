/** O11: a branch may return one tensor twice, a constant, its operand, a view of another result. */
import { assertEquals } from "@std/assert";
import { hasCompiler, tensor, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });

Deno.test({
  name: "Results of a branch that are one another",
  ignore,
  fn: async () => {
    using m = await bench.build(({ input, constant, ops, cond }) => {
      const x = input("x", { shape: [2, 2] }), p = input("p", { shape: [], dtype: "bool" });
      const w = constant("w", [[7, 8], [9, 10]]);
      return cond(p, () => {
        const y = ops.add(x, 1);
        return [y, y, ops.transpose(y, 0, 1), w];
      }, () => [x, w, ops.transpose(x, 0, 1), x]);
    });
    const x = tensor([2, 2], [1, 2, 3, 4]), truth = (v: number) => tensor([], [v], "bool");
    assertEquals(m.numbers(x, truth(1)), [[2, 3, 4, 5], [2, 3, 4, 5], [2, 4, 3, 5], [7, 8, 9, 10]]);
    assertEquals(m.numbers(x, truth(0)), [[1, 2, 3, 4], [7, 8, 9, 10], [1, 3, 2, 4], [1, 2, 3, 4]]);
  },
});
