/** `aoti dev` for real: a model built with its wrapper, run in a process of its own, and built again. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { unwrap } from "../../src/base/mod.ts";
import { graph, resolveConfig } from "../../src/config/mod.ts";
import type { ModelBuilder } from "../../src/ops/mod.ts";
import { type DevOptions, pipeline } from "../../src/pipeline/mod.ts";
import { readSafetensors, writeSafetensors } from "../../src/run/mod.ts";
import { hasCompiler, tensor, toNumbers } from "../rig/user_model.ts";

/** exp(x) times a factor. */
function config(folder: string, factor: number) {
  const source = graph(({ input, ops }: ModelBuilder) =>
    ops.mul(ops.exp(input("x", { shape: [2] })), factor)
  );
  const around = { cwd: folder, cores: 2, env: () => undefined };
  return unwrap(
    resolveConfig({ models: { net: { source } } }, { root: folder, locate: () => ({}) }, {}, around),
  );
}

Deno.test({
  name: "dev builds, runs on what is given or made up, shows values, and runs what was changed",
  ignore: !hasCompiler,
  fn: async () => {
    const root = await Deno.makeTempDir(), folder = `${root}/net`, signal = new AbortController().signal;
    try {
      const first = unwrap(
        await pipeline.dev(
          config(root, 2),
          { model: "net", folder, repeat: 2, values: { said: true } },
          signal,
        ),
      );
      assertEquals([first.script, first.ms.length, first.kernels.length], [`${folder}/net.ts`, 2, 1]);
      assertEquals(first.said?.length, 1);
      assertMatch(
        first.said![0]!,
        /^0 k_\w+: out0 f32\[2\]: min \d\S+, max \d\S+, mean \d\S+, 0 not finite$/,
      );
      writeSafetensors(`${root}/x.safetensors`, new Map([["0", tensor([2], [0, 1])]]));
      const options: DevOptions = {
        ...{ model: "net", folder, repeat: 1, inputs: `${root}/x.safetensors` },
        ...{ outputs: `${root}/y.safetensors`, values: { file: `${root}/v.safetensors` } },
      };
      for (const factor of [2, 3]) {
        unwrap(await pipeline.dev(config(root, factor), options, signal));
        const [y] = [...unwrap(readSafetensors(`${root}/y.safetensors`)).values()].map(toNumbers);
        assert(Math.abs(y![0]! - factor) < 1e-5 && Math.abs(y![1]! - factor * Math.E) < 1e-5, `${y}`);
        const values = [...unwrap(readSafetensors(`${root}/v.safetensors`))];
        assertMatch(values[0]![0], /^0\.k_\w+\.out0$/);
        assertEquals(toNumbers(values[0]![1]), y);
      }
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
});
