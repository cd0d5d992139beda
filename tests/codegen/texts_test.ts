/** What the texts of a model look like: kernels say where they came from, headers are few and included once. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { ModelBuilder } from "../../src/ops/mod.ts";
import { hasCompiler, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile();

const net = ({ input, constant, ops }: ModelBuilder) => {
  const x = input("x", { shape: [{ kind: "dim", name: "n", min: 1, max: 8 }, 4] });
  const w = constant("w", [[1, 2, 3, 4], [5, 6, 7, 8], [1, 0, 1, 0], [2, 0, 2, 0]]);
  return ops.sum(ops.exp(ops.mm(x, w)), [1]);
};

Deno.test({
  name: "Kernels begin with the operators they came from, and include each header once",
  ignore,
  fn: async () => {
    using m = await bench.build(net);
    const texts = Object.values(m.kernelTexts);
    assert(texts.length >= 2);
    assert(
      texts.some((text) => /^\/\* .*aten\.mm/.test(text)) &&
        texts.some((text) => /^\/\* .*aten\.sum/.test(text)),
    );
    for (const text of texts) {
      const headers = text.match(/^#include .*$/gm)!;
      assertEquals(new Set(headers).size, headers.length, text);
    }
  },
});

Deno.test({
  name: "model.c includes two headers; sizes reach a launch as integers beside pointers",
  ignore,
  fn: async () => {
    using m = await bench.build(net);
    assertEquals(m.modelText.match(/^#include .*$/gm), ["#include <string.h>", '#include "aoti/model.h"']);
    assertMatch(
      m.modelText,
      /aoti_launch\(run, k_\w+, \(void\* const\[\]\)\{b_[^}]*\}, \(const int64_t\[\]\)\{\w+\}/,
    );
  },
});
