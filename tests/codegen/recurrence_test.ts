/** Recurrent layers, compiled, against their reference. */
import { assert } from "@std/assert";
import type { DType } from "../../src/base/mod.ts";
import { denseOf, type DenseTensor, elementsOf, roundFloat } from "../../src/ir/scalar/mod.ts";
import { routineReferences } from "../../src/ops/mod.ts";
import { nativeTarget } from "../rig/native_kernel.ts";
import { compileRoutines, type RoutineSpec } from "../rig/native_routines.ts";

const target = await nativeTarget();
if (!target) console.warn("recurrence_test: skipped, no C compiler here");

type Row = readonly [dtype: DType, kind: string, gates: number, reverse: boolean, project: boolean];
const rows: readonly Row[] = [
  ["f32", "tanh", 1, false, false],
  ["f32", "relu", 1, true, false],
  ["f32", "gru", 3, true, false],
  ["f32", "lstm", 4, false, false],
  ["f32", "lstm", 4, true, true],
  ["f64", "gru", 3, false, false],
  ["f64", "lstm", 4, true, false],
];
const layers = rows.map(([dtype, kind, gates, reverse, project]) => ({
  dtype,
  kind,
  gates,
  reverse,
  project,
}));

/** Numbers of a sine with an odd step, small enough that states do not saturate. */
function wavy(dtype: DType, shape: readonly number[], seed: number): DenseTensor {
  const count = shape.reduce((p, s) => p * s, 1), scale = 1 / Math.sqrt(shape.at(-1)! + 1);
  const values = Array.from(
    { length: count },
    (_, n) => roundFloat(2 * scale * Math.sin(n * 1.7 + seed), dtype),
  );
  return denseOf(dtype, shape, values);
}

Deno.test({
  name: "recurrent layers: every kind, both directions, projected or not, any batch and width",
  ignore: !target,
  fn: async () => {
    const specs = layers.map(({ dtype, kind, reverse, project }): RoutineSpec => ({
      routine: "recurrence",
      attrs: { kind, reverse, project },
      inputs: [
        [dtype, "steps", "batch", "width"],
        [dtype, "outs", "width"],
        [dtype, "batch", "outs"],
        ...(kind === "lstm" ? [[dtype, "batch", "size"] as const] : []),
        ...(kind === "gru" ? [[dtype, "size"] as const] : []),
        ...(project ? [[dtype, "size", "outs"] as const] : []),
      ],
      outputs: [
        [dtype, "steps", "batch", "outs"],
        [dtype, "batch", "outs"],
        ...(kind === "lstm" ? [[dtype, "batch", "size"] as const] : []),
      ],
    }));
    const { run, close } = await compileRoutines(specs, target!);
    layers.forEach(({ dtype, kind, gates, reverse, project }, n) => {
      for (const [steps, batch, size] of [[1, 1, 1], [5, 1, 48], [3, 7, 19], [2, 4, 130], [0, 2, 3]]) {
        const outs = project ? Math.ceil(size! / 2) : size!;
        const sizes = { steps: steps!, batch: batch!, size: size!, outs, width: gates * size! };
        const inputs = specs[n]!.inputs.map(([, ...dims], k) =>
          wavy(dtype, dims.map((d) => sizes[d as keyof typeof sizes]), k)
        );
        const wanted = routineReferences.recurrence!(inputs, { kind, reverse, project });
        const { outputs } = run[n]!(inputs, sizes);
        wanted.forEach((want, k) => {
          const got = elementsOf(outputs[k]!), bound = dtype === "f32" ? 3e-6 : 1e-14;
          elementsOf(want).forEach((e, at) => {
            const far = Math.abs(Number(got[at]) - Number(e));
            assert(far <= bound, `${kind} ${dtype} [${steps}, ${batch}, ${size}]: ${got[at]}, not ${e}`);
          });
        });
      }
    });
    close();
  },
});
