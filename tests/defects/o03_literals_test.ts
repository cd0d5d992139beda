/** O03: nan and infinities as literals. */
import { assertEquals } from "@std/assert";
import { hasCompiler, tensor, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });

Deno.test({
  name: "masked_fill with nan, inf, -inf and -0 stores exactly these",
  ignore,
  fn: async () => {
    const values = [NaN, Infinity, -Infinity, -0, 1e-7, 3.4028234663852886e38];
    using m = await bench.build(({ input, ops }) => {
      const x = input("x", { shape: [2] }), mask = ops.gt(x, 0);
      const wide = ops.to(x, "float64"), half = ops.to(x, "float16");
      return values.flatMap((v) => [
        ops.masked_fill(x, mask, v),
        ops.masked_fill(wide, mask, v),
        ops.to(ops.masked_fill(half, mask, v), "float32"),
      ]);
    });
    const found = m.numbers(tensor([2], [1, -1]));
    values.forEach((v, n) => {
      assertEquals(found[3 * n], [Math.fround(v), -1]);
      assertEquals(found[3 * n + 1], [v, -1]);
      if (v < 1) assertEquals(found[3 * n + 2]![0], v === 1e-7 ? 2 ** -23 : v);
    });
  },
});
