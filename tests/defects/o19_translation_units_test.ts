/** O19: a file for each kernel and a short one for the model; the runtime is not in them. */
import { assert, assertEquals } from "@std/assert";
import type { ModelBuilder } from "../../src/ops/mod.ts";
import { hasCompiler, type OpenedModel, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile();

Deno.test({
  name: "A changed operator recompiles its kernel and the model file, nothing else",
  ignore,
  fn: async () => {
    const net = (last: "sin" | "cos") => ({ input, ops }: ModelBuilder) => {
      const x = input("x", { shape: [32, 32] }), y = ops.mm(x, ops.softmax(x, 1));
      return ops[last](ops.sum(y, [1]));
    };
    using one = await bench.build(net("sin"));
    using other = await bench.build(net("cos"));
    const digests = ({ built }: OpenedModel) => Object.values(built.objects).map((o) => o.digest);
    const shared = digests(one).filter((d) => digests(other).includes(d));
    assertEquals(shared.length, digests(one).length - 2, "all but one kernel and model.o");
    assert(one.modelText.length < 1 << 14, `${one.modelText.length} bytes of model.c`);
    assert(!one.modelText.includes("softmax("));
  },
});
