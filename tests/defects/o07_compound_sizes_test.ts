/** O07: an input of size 2*s0 + 1 alone tells s0; a size that cannot be is refused. */
import { assertEquals, assertMatch } from "@std/assert";
import { eq, floorDiv, mod, mul, sub, sym } from "../../src/ir/expr/mod.ts";
import { coreGraph, hasCompiler, leaves, tensor, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });

Deno.test({
  name: "A symbol is solved from a linear size, with its divisibility as a guard",
  ignore,
  fn: async () => {
    const d = sym("x_d0", { min: 3, max: 17 }), half = floorDiv(sub(d, 1), 2);
    const made = coreGraph({ x: { dtype: "f32", shape: [d] } }, (g, x) => [
      ...leaves(g.remap(x, [half], ([i]) => [mul(2, i!)])),
      { kind: "size", expr: half, label: "s0" },
    ]);
    const guard = { pred: eq(mod(sub(d, 1), 2), 0), subject: 'dim 0 of input "x"' };
    using m = await bench.buildGraph({ ...made, graph: { ...made.graph, guards: [guard] } });
    assertEquals(m.numbers(tensor([5], [1, 2, 3, 4, 5])), [[1, 3], [2]]);
    assertMatch(m.failure(tensor([4], [1, 2, 3, 4])), /^dim 0 of input "x": .* does not hold, x_d0 = 4$/);
  },
});

// That the importer solves such sizes is in tests/import/symbols_test.ts.
