/**
 * Timing what was built, beside what the machine could do at most.
 *
 * @module
 */
import { attempt, attemptAsync, type Result, unwrap } from "../base/mod.ts";
import type { ResolvedConfig } from "../config/mod.ts";
import { evaluate, parse, sym, symsOf } from "../ir/expr/mod.ts";
import { type KernelFacts, readManifest } from "../package/mod.ts";
import { measure, type Model, openModel, readSafetensors, type Tensor } from "../run/mod.ts";
import type { BenchOptions, BenchReport } from "./face.ts";
import { chosenSizes, madeUp, type Sizes } from "./made_up.ts";
import { roofOf } from "./roof.ts";
import { openWorkshop } from "./workshop.ts";

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
    const sizes = given ? sizesOf(model, given) : chosenSizes(model.description, options.dims);
    const inputs = given ?? madeUp(model.description, sizes);
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
