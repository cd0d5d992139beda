import { assert, assertEquals, assertMatch } from "@std/assert";
import { unwrap } from "../../src/base/mod.ts";
import {
  measure,
  openModel,
  readSafetensors,
  runModel,
  type Tensor,
  Worker,
  writeSafetensors,
} from "../../src/run/mod.ts";
import { hasCompiler, inFolder } from "../compile/rig.ts";
import { packDemo } from "../package/rig.ts";

const ignore = !hasCompiler;

function f32(shape: readonly number[], values: readonly number[]): Tensor {
  return { dtype: "f32", shape, data: new Uint8Array(new Float32Array(values).buffer) };
}

function i64(value: bigint): Tensor {
  return { dtype: "i64", shape: [], data: new Uint8Array(new BigInt64Array([value]).buffer) };
}

const flag: Tensor = { dtype: "bool", shape: [], data: new Uint8Array([1]) };

function numbers({ data }: Tensor): readonly number[] {
  return [...new Float32Array(data.buffer, data.byteOffset, data.length / 4)];
}

Deno.test({
  name: "A built model runs on tensors by name, keeps its state, and is measured",
  ignore,
  fn: () =>
    inFolder(async (folder, store) => {
      await packDemo(store, "effects", `${folder}/dist/effects`);
      const x = f32([2, 2], [1, 2, 3, 4]);
      {
        using model = unwrap(await openModel(`${folder}/dist`, { threads: 1 }));
        const inputs = new Map([["0", x], ["1", flag], ["2", i64(3n)]]);
        const { outputs } = unwrap(runModel(model, inputs));
        assertEquals([...outputs.keys()], ["0", "1", "3", "4", "5"]);
        assertEquals(numbers(outputs.get("0")!), [2, 3, 4, 5]);
        assertEquals(numbers(x), [2, 3, 4, 5]); // the model writes to its input
        assertEquals(numbers(outputs.get("1")!), [24]);
        assertEquals(numbers(unwrap(model.constant("state.total"))), [24]);
        unwrap(model.update(new Map([["state.total", f32([1], [100])]])));
        assertEquals(numbers(unwrap(model.constant("state.total"))), [100]);
        const timing = unwrap(measure(model, inputs, { budgetMs: 20, kernels: true }));
        assert(timing.min_ms > 0 && timing.min_ms <= timing.median_ms && timing.median_ms <= timing.p90_ms);
        assertEquals(timing.kernels.map(({ name }) => name).sort(), ["add_one", "lookup", "sum"]);
        const missing = runModel(model, new Map([["0", x]]));
        assert(!missing.ok);
        assertMatch(
          missing.diagnostics[0]!.message,
          /input 1 \("flag"\) is missing; there is "0" f32\[2, 2\]$/,
        );
        const wrong = runModel(model, new Map([["0", i64(1n)], ["1", flag], ["2", i64(0n)]]));
        assert(!wrong.ok);
        assertMatch(wrong.diagnostics[0]!.message, /"x"/);
      }
      using again = unwrap(await openModel(`${folder}/dist/effects`));
      assertEquals(numbers(unwrap(again.constant("state.total"))), [10]);
    }),
});

Deno.test({
  name: "A worker runs jobs, and goes on after one that crashed or took too long",
  ignore,
  fn: () =>
    inFolder(async (folder, store) => {
      const dir = `${folder}/effects`, inputsFile = `${folder}/in.safetensors`;
      await packDemo(store, "effects", dir);
      writeSafetensors(inputsFile, { x: f32([2, 2], [1, 2, 3, 4]), i: i64(1n) });
      const outputsFile = `${folder}/out.safetensors`;
      const inputs = [{ key: "x", strides: [1, 2] }, { value: true }, { key: "i" }];
      const job = { dir, inputsFile, outputsFile, inputs, mutatedInputs: [0], state: ["state.total"] };
      await using worker = new Worker({ timeoutMs: 5000 });
      const done = unwrap(await worker.run(job));
      assertEquals(done.outputs.map(({ name, dtype, shape }) => `${name} ${dtype} ${shape}`), [
        ...["0 f32 2,2", "1 f32 1", "3 i64 ", "4 f32 1", "5 f32 "],
      ]);
      const written = unwrap(readSafetensors(outputsFile));
      assertEquals(numbers(written.get("0")!), [2, 3, 4, 5]);
      assertEquals(numbers(written.get("input.0")!), [2, 3, 4, 5]);
      assertEquals(numbers(written.get("state.state.total")!), [24]);

      const nowhere = await worker.run({ ...job, dir: `${folder}/nowhere` });
      assert(!nowhere.ok && nowhere.diagnostics[0]!.reason === "package-not-found");

      const broken = `${folder}/broken`;
      await packDemo(store, "effects", broken, (text) => text.replace("{\n", "{\n  __builtin_trap();\n"));
      const crash = await worker.run({ ...job, dir: broken });
      assert(!crash.ok && crash.diagnostics[0]!.reason === "model-crashed");
      assertMatch(crash.diagnostics[0]!.message, /its process ended with SIG/);
      const [again, more] = await Promise.all([worker.run(job), worker.run(job)]);
      assert(again.ok && more.ok);

      await using hasty = new Worker({ timeoutMs: 1 });
      const late = await hasty.run(job);
      assert(!late.ok && late.diagnostics[0]!.reason === "model-timeout");
    }),
});
