/** O16: one value as several outputs, each to be freed on its own. */
import { assertEquals } from "@std/assert";
import { hasCompiler, tensor, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });

Deno.test({
  name: "A value, an input and a constant returned twice",
  ignore,
  fn: async () => {
    using m = await bench.build(({ input, constant, ops }) => {
      const x = input("x", { shape: [2] }), w = constant("w", [5, 6]), y = ops.add(x, 1);
      return [y, y, x, x, w, w, ops.reshape(y, [2, 1])];
    });
    for (let n = 0; n < 50; n++) {
      assertEquals(m.numbers(tensor([2], [n, 2])), [[n + 1, 3], [n + 1, 3], [n, 2], [n, 2], [5, 6], [5, 6], [
        n + 1,
        3,
      ]]);
    }
    m.update(new Map([["w", tensor([2], [8, 9])]]));
    assertEquals(m.numbers(tensor([2], [1, 2])).slice(4, 6), [[8, 9], [8, 9]]);
  },
});

// Handles of door 1: tests/runtime/effects_test.c.
