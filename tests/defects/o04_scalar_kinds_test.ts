/** O04: a bool among scalars is a bool, not an int; a float without fraction is no int. */
import { assertEquals } from "@std/assert";
import { hasCompiler, tensor, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });

Deno.test({
  name: "full and where keep the kind of a scalar",
  ignore,
  fn: async () => {
    using m = await bench.build(({ input, ops }) => {
      const x = input("x", { shape: [2] });
      const kinds = [ops.full([2], true), ops.full([2], 1), ops.full([2], 1.5)];
      return [...kinds, ops.full_like(x, true), ops.add(ops.gt(x, 0), ops.full([2], true))];
    });
    assertEquals(m.model.description.outputs.map((o) => "dtype" in o && o.dtype), [
      "bool",
      "i64",
      "f32",
      "f32",
      "bool",
    ]);
    assertEquals(m.numbers(tensor([2], [1, -1])), [[1, 1], [1, 1], [1.5, 1.5], [1, 1], [1, 1]]);
  },
});
