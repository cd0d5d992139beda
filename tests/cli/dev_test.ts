import { assertEquals, assertStringIncludes } from "@std/assert";
import { ok } from "../../src/base/mod.ts";
import type { DevOptions, DevReport, Pipeline } from "../../src/pipeline/mod.ts";
import { configOf, inProject } from "./rig.ts";

const report: DevReport = {
  model: "mlp",
  script: "/nowhere/mlp.ts",
  buildMs: 12,
  ms: [3, 2],
  kernels: [
    { name: "k_add_1f", launches: 1, ms: 0.25, place: "model.py:3" },
    { name: "k_mul_2e", launches: 4, ms: 0.75, place: "aten.mul.Tensor" },
  ],
  outputs: [{ name: "0", dtype: "f32", shape: [2, 3] }],
};

/** A pipeline that notes what it is asked for. */
function noting(asked: DevOptions[], changes: Partial<DevReport> = {}): Pick<Pipeline, "dev"> {
  return { dev: (_, options) => (asked.push(options), Promise.resolve(ok({ ...report, ...changes }))) };
}

Deno.test("dev --once runs the model that is named and prints a row for each kernel", async () => {
  await inProject({ "aoti.config.ts": configOf("mlp", "cnn") }, async ({ call, folder }) => {
    const asked: DevOptions[] = [];
    const { code, out } = await call(["dev", "mlp", "--once", "--repeat", "2"], {}, noting(asked));
    const files = { inputs: undefined, outputs: undefined };
    assertEquals([code, asked], [0, [{
      model: "mlp",
      folder: `${folder}/.aoti/dev/mlp`,
      repeat: 2,
      ...files,
    }]]);
    assertEquals(
      out,
      `kernel    launches     µs  share  of
k_add_1f         1  250.0   25 %  model.py:3
k_mul_2e         4  750.0   75 %  aten.mul.Tensor
0: f32[2, 3]
mlp: 2 runs, the last 2.0 ms, kernels 1.000 ms; step through it in /nowhere/mlp.ts
`,
    );
  });
});

Deno.test("dev takes an archive, files of tensors, and shows values on request", async () => {
  await inProject({}, async ({ call, folder }) => {
    const asked: DevOptions[] = [], said = ["0 k_add_1f: y f32[2]: min 0, max 1, mean 0.5, 0 not finite"];
    const words = ["dev", "a/gpt.pt2", "--once", "--inputs", "x.safetensors", "--outputs", "y.safetensors"];
    const shown = await call([...words, "--values", "-o", "out"], {}, noting(asked, { said }));
    assertStringIncludes(shown.out, `${said[0]}\nkernel `);
    await call([...words, "--values=v.safetensors", "--json"], {}, noting(asked));
    const files = { inputs: `${folder}/x.safetensors`, outputs: `${folder}/y.safetensors`, repeat: 1 };
    assertEquals(asked, [
      { model: "gpt", folder: `${folder}/out`, ...files, values: { said: true } },
      {
        model: "gpt",
        folder: `${folder}/.aoti/dev/gpt`,
        ...files,
        values: { file: `${folder}/v.safetensors` },
      },
    ]);
  });
});

Deno.test("dev runs again when the inputs change, until it is interrupted", async () => {
  await inProject({ "aoti.config.ts": configOf("mlp"), "x.safetensors": "" }, async ({ call, folder }) => {
    const controller = new AbortController(), asked: DevOptions[] = [];
    // The watcher starts some time after the first run, so the change is made until it is seen.
    const touch = setInterval(
      () => Deno.writeTextFileSync(`${folder}/x.safetensors`, `${Math.random()}`),
      200,
    );
    const dev: Pipeline["dev"] = (_, options) => {
      if (asked.push(options) === 2) controller.abort();
      return Promise.resolve(ok(report));
    };
    const words = ["dev", "mlp", "--inputs", "x.safetensors"];
    const { code } = await call(words, { signal: controller.signal }, { dev });
    clearInterval(touch);
    assertEquals([code, asked.length], [130, 2]);
  });
});

Deno.test("dev names the model that was meant", async () => {
  await inProject({ "aoti.config.ts": configOf("mlp") }, async ({ call }) => {
    const { code, err } = await call(["dev", "mpl", "--once"]);
    assertEquals(code, 2);
    assertStringIncludes(err, 'dev: no model is called "mpl"; did you mean "mlp"?');
  });
});
