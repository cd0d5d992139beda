/** O17: names with equals signs, percent signs, quotes and line breaks go through, and into messages as they are. */
import { assertEquals } from "@std/assert";
import { hasCompiler, tensor, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });

Deno.test({
  name: "Users' names are data",
  ignore,
  fn: async () => {
    const name = 'a=b=%d "q" \\ ünï ?? \n%s';
    using m = await bench.build(({ input, constant, ops }) => {
      const x = input(name, { shape: [{ kind: "dim", name: "n", min: 2, max: 4 }, 2] });
      return { [name]: ops.add(x, constant(name + "w", [1, 2])) };
    });
    assertEquals(m.numbers(tensor([2, 2], [1, 2, 3, 4])), [[2, 4, 4, 6]]);
    assertEquals(
      m.failure(tensor([5, 2], Array(10).fill(0))),
      `dim "n" of input "${name}": 5 is not in 2..4`,
    );
    assertEquals(m.failure(tensor([2, 3], Array(6).fill(0))), `dimension 1 of input "${name}": 3 is not 2`);
    assertEquals(m.model.description.outputs.map((o) => o.name), [name]);
    m.update(new Map([[name + "w", tensor([2], [0, 0])]]));
    assertEquals(m.numbers(tensor([2, 2], [1, 2, 3, 4])), [[1, 2, 3, 4]]);
  },
});
