/**
 * Running and timing what was built.
 *
 * @module
 */
import { attemptAsync, refuse, type Result, unwrap } from "../base/mod.ts";
import type { ResolvedConfig } from "../config/mod.ts";
import {
  measure,
  type Model,
  openModel,
  readSafetensors,
  runModel,
  type Tensor,
  writeSafetensors,
} from "../run/mod.ts";
import type { BenchOptions, BenchReport, RunOptions, RunReport } from "./face.ts";

/** Runs a built model on stored tensors. */
export async function run(options: RunOptions): Promise<Result<RunReport>> {
  return await attemptAsync(async () => {
    using model = unwrap(
      await openModel(options.folder, { ...(options.threads && { threads: options.threads }) }),
    );
    const inputs = unwrap(readSafetensors(options.inputs));
    const { outputs, ms } = unwrap(runModel(model, inputs, { repeat: options.repeat }));
    writeSafetensors(options.outputs, outputs);
    const shown = [...outputs].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
    return { outputs: shown, ms };
  });
}

/** Times a built model on made-up inputs, each dim at its smallest useful size. */
export async function bench(
  config: ResolvedConfig | undefined,
  options: BenchOptions,
): Promise<Result<BenchReport>> {
  return await attemptAsync(async () => {
    const folder = config ? `${config.outDir}/${options.what}` : options.what;
    const threads = options.threads ?? 0;
    using model = unwrap(await openModel(folder, { threads }));
    const timed = unwrap(measure(model, madeUp(model), { threads, kernels: true, budgetMs: 1000 }));
    const { median_ms, min_ms, p90_ms, kernels } = timed;
    const rows = kernels.map(({ name, ms }) => ({ name, ms, gflops: 0, gbps: 0, of_roof: 0 }));
    return { model: model.description.name, threads, median_ms, min_ms, p90_ms, kernels: rows };
  });
}

/** Inputs full of small numbers; integers are zeros, valid as indices. */
function madeUp(model: Model): ReadonlyMap<string, Tensor> {
  const { dims, inputs } = model.description;
  const sizes = new Map(dims.map((d) => [d.symbol, Math.min(Math.max(d.min, 8), d.max ?? Infinity)]));
  return new Map(inputs.map(({ leaf, dtype, shape, name }) => {
    const concrete = shape.map((size) =>
      typeof size === "number" ? size : sizes.get(size) ?? unknownSize(name, size)
    );
    const count = concrete.reduce((a, b) => a * b, 1);
    return [String(leaf), filled(dtype as Tensor["dtype"], concrete, count)];
  }));
}

function unknownSize(name: string, size: string): never {
  return refuse({
    reason: "bench-inputs",
    message: `Cannot make inputs for "${name}": its size ${size} is not a single dim`,
    help: "Time the model with `run --repeat` on tensors of your own.",
  });
}

function filled(dtype: Tensor["dtype"], shape: readonly number[], count: number): Tensor {
  if (dtype === "f32") {
    return {
      dtype,
      shape,
      data: new Uint8Array(Float32Array.from({ length: count }, (_, i) => (i % 17) / 17 - 0.5).buffer),
    };
  }
  if (dtype === "f64") {
    return {
      dtype,
      shape,
      data: new Uint8Array(Float64Array.from({ length: count }, (_, i) => (i % 17) / 17 - 0.5).buffer),
    };
  }
  const bytes = { f16: 2, bf16: 2, i64: 8, u64: 8, i32: 4, u32: 4, i16: 2, u16: 2 } as Record<string, number>;
  return { dtype, shape, data: new Uint8Array(count * (bytes[dtype] ?? 1)) };
}
