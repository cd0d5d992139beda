/** O22: no operator needs PyTorch when a model runs. */
import { assert, assertMatch } from "@std/assert";
import { hasCompiler, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile();

Deno.test({
  name: "A library of many operators needs libc and libm alone",
  ignore,
  fn: async () => {
    using m = await bench.build(({ input, constant, ops }) => {
      const x = input("x", { shape: [1, 3, 8, 8] }),
        w = constant("w", Array(27 * 4).fill(0.1), { shape: [4, 3, 3, 3] });
      const y = ops.max_pool2d(ops.conv2d(x, w), [2, 2]);
      const flat = ops.reshape(y, [4, 9]);
      return [
        ops.topk(flat, 3)[0]!,
        ops.cumsum(flat, 1),
        ops.erf(ops.tanh(flat)),
        ops.argsort(flat, 1),
        ops.logsumexp(flat, [1]),
      ];
    });
    for (const library of m.built.needed) assertMatch(library, /^lib[cm]\.so|^ld-linux/);
    assert(!m.built.imports.some((name) => /aoti_torch|c10|at::|_Z/.test(name)), m.built.imports.join());
  },
});
