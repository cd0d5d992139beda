/**
 * Timing what was built, beside what the machine could do at most.
 *
 * @module
 */
import { attempt, attemptAsync, refuse, type Result, unwrap } from "../base/mod.ts";
import type { ResolvedConfig } from "../config/mod.ts";
import { evaluate, parse, sym, symsOf } from "../ir/expr/mod.ts";
import { type KernelFacts, readManifest } from "../package/mod.ts";
import { measure, type Model, openModel, readSafetensors, type Tensor } from "../run/mod.ts";
import type { BenchOptions, BenchReport } from "./face.ts";
import { roofOf } from "./roof.ts";
import { openWorkshop } from "./workshop.ts";

/** Numbers of dims by their symbols. */
type Sizes = ReadonlyMap<string, number>;

/** Bytes of a launch that caches may hold: its memory traffic has no roof that is measured. */
const CACHED = 16 << 20;

/** Times a built model on stored tensors, or on made-up ones with each dim as asked for or small. */
export async function bench(
  config: ResolvedConfig | undefined,
  options: BenchOptions,
): Promise<Result<BenchReport>> {
  return await attemptAsync(async () => {
    const folder = config ? `${config.outDir}/${options.what}` : options.what;
    const threads = options.threads ?? 0;
    using model = unwrap(await openModel(folder, { threads }));
    const given = options.inputs ? unwrap(readSafetensors(options.inputs)) : undefined;
    const sizes = given ? sizesOf(model, given) : chosenSizes(model, options.dims ?? {});
    const inputs = given ?? madeUp(model, sizes);
    const timed = unwrap(measure(model, inputs, { threads, kernels: true, budgetMs: 1000 }));
    const { kernels: facts } = unwrap(await readManifest(folder));
    await using shop = unwrap(await openWorkshop({ cacheDir: options.cacheDir }));
    const roof = await roofOf(shop, options.cacheDir);
    const { median_ms, min_ms, p90_ms } = timed,
      cores = Math.max(1, threads || navigator.hardwareConcurrency);
    const kernels = timed.kernels.map(({ name, ms, launches }) => {
      const work = workOf(facts.find((k) => k.symbol === name), sizes);
      const gflops = work.flops * launches / ms / 1e6, gbps = work.bytes * launches / ms / 1e6;
      const streams = work.bytes > CACHED ? gbps / roof.gbps : 0;
      const of_roof = Math.max(gflops / roof.gflops, streams) / cores;
      return { name, ms, gflops, gbps, of_roof };
    });
    return { model: model.description.name, threads: cores, median_ms, min_ms, p90_ms, roof, kernels };
  });
}

/** Operations and bytes of a launch; none where a size is known in mid-run only. */
function workOf(facts: KernelFacts | undefined, sizes: Sizes): { flops: number; bytes: number } {
  const value = (size: number | string | undefined): number => {
    if (typeof size !== "string") return size ?? 0;
    const expr = attempt(() => parse(size, (name) => sym(name, {})));
    const known = expr.ok && symsOf(expr.value).every((s) => sizes.has(s.name));
    return known ? evaluate(expr.value, Object.fromEntries(sizes)) : 0;
  };
  return { flops: value(facts?.work?.flops), bytes: value(facts?.work?.bytes) };
}

/** Dims as the given tensors have them. */
function sizesOf(model: Model, given: ReadonlyMap<string, Tensor>): Sizes {
  const pairs = model.description.inputs.flatMap(({ leaf, name, shape }) => {
    const found = given.get(String(leaf)) ?? given.get(name);
    return shape.flatMap((
      size,
      d,
    ) => (typeof size === "string" && found ? [[size, found.shape[d]!] as const] : []));
  });
  return new Map(pairs);
}

/** Dims by name as asked for; others are 8, or as near as the model allows. */
function chosenSizes(model: Model, asked: Readonly<Record<string, number>>): Sizes {
  const { dims } = model.description;
  const unknown = Object.keys(asked).filter((name) => !dims.some((d) => d.name === name));
  if (unknown.length > 0) {
    refuse({
      reason: "bench-dims",
      message: `Cannot set dim ${unknown.join(", ")}: "${model.description.name}" has ${
        dims.map((d) => d.name).join(", ") || "none"
      }`,
      help: "Name the dims as the config or the export does.",
    });
  }
  return new Map(
    dims.map((d) => [d.symbol, asked[d.name] ?? Math.min(Math.max(d.min, 8), d.max ?? Infinity)]),
  );
}

/** Inputs full of small numbers; integers are zeros, valid as indices. */
function madeUp(model: Model, sizes: Sizes): ReadonlyMap<string, Tensor> {
  const { inputs } = model.description;
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
    help: "Time the model on tensors of your own: --inputs FILE.safetensors.",
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
