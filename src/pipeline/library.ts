/**
 * One model from its archive or graph to a linked library, as tasks.
 *
 * @module
 */
import { type Target, unwrap } from "../base/mod.ts";
import { linkTask, type ObjectTask, runtimeTask, unitTask } from "../compile/mod.ts";
import { callsText, Templates } from "../codegen/mod.ts";
import type { Flags } from "../config/mod.ts";
import type { NamedDim } from "../import/mod.ts";
import type { OpGiven } from "../ops/mod.ts";
import { weightsTask } from "../package/mod.ts";
import { type File, task } from "../task/mod.ts";
import type { Choices } from "../tune/mod.ts";
import { type ModelSource, openSource } from "./source.ts";
import { tunedChoices, type Tuning } from "./tune.ts";
import { planArchive, planGraph, type PlannedModel, type PlanSettings, type StorageRange } from "./tasks.ts";
import { featuresOf, type Workshop } from "./workshop.ts";

/** What to compile: an archive, or a printed graph with the bytes of its constants. */
export type LibrarySource =
  | { readonly kind: "archive"; readonly path: string }
  | {
    readonly kind: "graph";
    readonly text: string;
    readonly storages: Readonly<Record<string, StorageRange>>;
    readonly data?: Uint8Array;
  };

/** What to build. */
export interface LibraryRequest {
  readonly name: string;
  readonly source: LibrarySource;
  readonly target: Target;
  readonly dims?: Readonly<Record<string, Readonly<Record<number, NamedDim>>>>;
  /** Flags that planning reads. */
  readonly flags?: Readonly<Partial<Flags>>;
  /** An archive's custom operators, by name. */
  readonly ops?: Readonly<Record<string, OpGiven>>;
  readonly embedWeights?: boolean;
  /** Present when products are computed as was measured. */
  readonly tuning?: Tuning;
  readonly debug?: boolean;
  /** What runs the kernels: a module that is stepped through, beside a library of kernels alone; else what flags say. */
  readonly wrapper?: "typescript";
  /** Told how many kernels there are, once that is known. */
  readonly onPlanned?: (planned: PlannedModel) => void;
}

/** Everything that a package is made of. */
export interface BuiltLibrary {
  readonly planned: PlannedModel;
  /** Measured ways to compute products, when any were asked for. */
  readonly choices?: Choices;
  /** Digest of what went in. */
  readonly source: string;
  readonly library: File;
  readonly needed: readonly string[];
  readonly imports: readonly string[];
  readonly weights: File | undefined;
  readonly modelText: File;
  readonly kernelTexts: Readonly<Record<string, File>>;
  readonly objects: Readonly<Record<string, File>>;
}

/** Builds the library; refuses with the diagnostics of whatever failed. */
export async function buildLibrary(shop: Workshop, request: LibraryRequest): Promise<BuiltLibrary> {
  const { target, debug = false } = request;
  if (kindOf(request) !== "c") return await linked(shop, request, undefined);
  const { promise: begun, resolve: onBegun } = Promise.withResolvers<void>();
  const runtime = runtimeTask({ ...shop, target, debug, onBegun });
  const compiled = shop.engine.run(runtime); // planning leaves all cores but one idle
  return await beside(compiled, async () => {
    await soon(begun, compiled); // planning leaves this thread no time to start a compiler
    return await linked(shop, request, runtime);
  });
}

/** Waits for the first of these, but not for long: another model's build may be what does the work. */
async function soon(...events: readonly Promise<unknown>[]): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>(), timer = setTimeout(resolve, 100);
  await Promise.race([...events, late]);
  clearTimeout(timer);
}

/** Does `work`, and ends no sooner than what was begun before it, so that nothing outlives its engine. */
async function beside<T>(begun: Promise<unknown> | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await begun;
  }
}

/** Names of objects and what makes them. */
type Units = readonly (readonly [key: string, task: ObjectTask])[];

async function linked(
  shop: Workshop,
  request: LibraryRequest,
  runtime: ObjectTask | undefined,
): Promise<BuiltLibrary> {
  const source = await openSource(shop, request.source);
  return await beside(source.quiet, () => linkedFrom(source, shop, request, runtime));
}

async function linkedFrom(
  source: ModelSource,
  shop: Workshop,
  request: LibraryRequest,
  runtime: ObjectTask | undefined,
): Promise<BuiltLibrary> {
  const { engine } = shop;
  const { planned, model, kernels, choices } = await plan(shop, request, source.head);
  request.onPlanned?.(planned);
  const units = await kernelUnits(shop, request, planned, kernels);
  const longestFirst = units.map(([, unit]) => unit).toSorted((a, b) => b.weight - a.weight);
  const compiled = engine.runAll(longestFirst); // weights are copied meanwhile
  return await beside(compiled, async () => {
    const weights = await weightsOf(shop, request.name, source, planned);
    const all = [...units, await wrapperUnit(shop, request, planned, model, weights?.digest)] as const;
    const { library, needed, imports } = unwrap(
      await engine.run(linkOf(shop, request, all, runtime, weights)),
    );
    const objects = unwrap(await engine.runAll(all.map(([, unit]) => unit)));
    return {
      ...{ planned, source: await source.digest(), library, needed, imports, weights },
      ...(choices && { choices }),
      modelText: model,
      kernelTexts: kernels,
      objects: Object.fromEntries(all.map(([key], n) => [key, objects[n]!.object])),
    };
  });
}

function linkOf(
  shop: Workshop,
  request: LibraryRequest,
  units: Units,
  runtime: ObjectTask | undefined,
  weights: File | undefined,
) {
  return linkTask({
    toolchain: shop.toolchain,
    objects: Object.fromEntries(units.map(([key, unit]) => [key, unit.output("object")])),
    ...(kindOf(request) === "torch" && { libtorch: shop.torch() }),
    ...(runtime && { runtime: runtime.output("object") }),
    ...(request.embedWeights && weights && { weights }),
    name: `${request.name}/library`,
    named: request.flags?.enable_kernel_profile ?? false,
    ...(request.debug && { debug: true }),
  });
}

/** What runs the kernels: C on the runtime, C++ on `at::Tensor`, or TypeScript. */
function kindOf({ flags, wrapper }: LibraryRequest): "c" | "torch" | "typescript" {
  return wrapper ?? (flags?.abi_compatible === false ? "torch" : "c");
}

async function plan(shop: Workshop, request: LibraryRequest, file: File) {
  const { name, target, source } = request, { tool } = shop;
  const untuned: PlanSettings = {
    name,
    target,
    cpuFeatures: featuresOf(target) ?? null,
    dims: request.dims ?? {},
    flags: request.flags ?? {},
    ops: request.ops ?? {},
    ...(request.wrapper && { wrapper: request.wrapper }),
  };
  const choices = request.tuning && await tunedChoices(shop, request, file, untuned, request.tuning);
  const settings: PlanSettings = { ...untuned, ...(choices && { choices }) };
  const shown = { label: `${name}/plan`, weight: 10 };
  const made = source.kind === "archive"
    ? task(planArchive, { archive: file, settings, tool }, shown)
    : task(planGraph, { graph: source.text, storages: source.storages, settings, tool }, shown);
  return { ...unwrap(await shop.engine.run(made)), ...(choices && { choices }) };
}

async function weightsOf(
  shop: Workshop,
  name: string,
  source: ModelSource,
  planned: PlannedModel,
): Promise<File | undefined> {
  if (planned.weights.bytes === 0) return undefined;
  const sources = await source.weights(planned.storages);
  const made = weightsTask(planned.weights, sources, { label: `${name}/weights` });
  return unwrap(await shop.engine.run(made)).weights;
}

async function kernelUnits(
  shop: Workshop,
  request: LibraryRequest,
  planned: PlannedModel,
  kernels: Readonly<Record<string, File>>,
): Promise<Units> {
  const { name, target } = request, { toolchain, runtime } = shop;
  const common = { toolchain, runtime, target, ...(request.debug && { debug: true }) };
  return await Promise.all(planned.kernels.map(async ({ symbol, origins }) => {
    const text = await shop.store.readText(kernels[`${symbol}.c`]!);
    const label = `${name}/kernel ${symbol}`;
    return [`${symbol}.o`, unitTask({ ...common, kind: "kernel", text, name: label, origins })] as const;
  }));
}

/** What is compiled beside the kernels: the wrapper, or what lets one in TypeScript call them. */
async function wrapperUnit(
  shop: Workshop,
  request: LibraryRequest,
  planned: PlannedModel,
  model: File,
  weights: string | undefined,
) {
  const { name, target } = request, { toolchain, runtime } = shop, kind = kindOf(request);
  const common = { toolchain, runtime, target, ...(request.debug && { debug: true }) };
  if (kind === "typescript") {
    const text = callsText(name, planned.kernels.map((k) => k.symbol), new Templates());
    return ["calls.o", unitTask({ ...common, kind: "model", text, name: `${name}/calls` })] as const;
  }
  const text = await shop.store.readText(model), unit = { ...common, text, name: `${name}/model` };
  if (kind === "torch") return ["model.o", unitTask({ ...unit, kind, libtorch: shop.torch() })] as const;
  const flags = weights ? [`-DAOTI_WEIGHTS_DIGEST="${weights}"`] : [];
  return ["model.o", unitTask({ ...unit, kind: "model", flags })] as const;
}
