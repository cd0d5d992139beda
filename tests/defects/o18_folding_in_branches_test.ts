/** O18: constant work inside branches is folded as well, and the constant part is only made, not run, by the build. */
import { assert, assertEquals } from "@std/assert";
import { hasCompiler, tensor, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });

Deno.test({
  name: "Work in both branches is done when weights are loaded",
  ignore,
  fn: async () => {
    using m = await bench.build(({ input, constant, ops, cond }) => {
      const x = input("x", { shape: [2] }), w = constant("w", [0, 1]);
      return cond(ops.gt(ops.sum(x), 0), () => ops.add(x, ops.exp(w)), () => ops.sub(x, ops.cos(w)));
    }, { flags: { use_runtime_constant_folding: true } });
    const fold = m.modelText.slice(
      m.modelText.indexOf("fold_model"),
      m.modelText.indexOf("static const int64_t"),
    );
    assert((fold.match(/aoti_launch/g) ?? []).length >= 1);
    const names = new Set(m.modelText.match(/_FOLDED_CONST_\w+/g));
    assertEquals(names.size, 2, [...names].join(" "));
    const near = (a: readonly number[] | null | undefined, b: number[]) =>
      assert(a?.every((v, n) => Math.abs(v - b[n]!) < 1e-6), `${a} beside ${b}`);
    near(m.numbers(tensor([2], [1, 1]))[0], [2, 1 + Math.E]);
    near(m.numbers(tensor([2], [-1, -1]))[0], [-2, -1 - Math.cos(1)]);
    m.update(new Map([["w", tensor([2], [0, 0])]]));
    near(m.numbers(tensor([2], [1, 1]))[0], [2, 2]);
    near(m.numbers(tensor([2], [-1, -1]))[0], [-2, -2]);
  },
});
