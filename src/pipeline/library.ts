/**
 * One model from its archive to a linked library, as tasks.
 *
 * @module
 */
import type { Target } from "../base/mod.ts";
import { unwrap } from "../base/mod.ts";
import type { NamedDim } from "../import/mod.ts";
import { linkTask, runtimeTask, unitTask } from "../compile/mod.ts";
import { type File, task } from "../task/mod.ts";
import { planModel, type PlannedModel } from "./tasks.ts";
import { assembleWeights } from "./weights_task.ts";
import { featuresOf, type Workshop } from "./workshop.ts";

/** What to build. */
export interface LibraryRequest {
  readonly name: string;
  /** Path of the archive. */
  readonly archive: string;
  readonly target: Target;
  readonly dims?: Readonly<Record<string, Readonly<Record<number, NamedDim>>>>;
  /** Flags that planning reads. */
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly embedWeights?: boolean;
  readonly debug?: boolean;
  /** Told how many kernels there are, once that is known. */
  readonly onPlanned?: (planned: PlannedModel) => void;
}

/** Everything that a package is made of. */
export interface BuiltLibrary {
  readonly planned: PlannedModel;
  readonly library: File;
  readonly needed: readonly string[];
  readonly weights: File | undefined;
  readonly modelText: File;
  readonly kernelTexts: Readonly<Record<string, File>>;
  readonly objects: Readonly<Record<string, File>>;
}

/** Builds the library; refuses with the diagnostics of whatever failed. */
export async function buildLibrary(shop: Workshop, request: LibraryRequest): Promise<BuiltLibrary> {
  const { engine } = shop, { name, target } = request;
  const archive = unwrap(await engine.importFile(request.archive));
  const settings = {
    name,
    target,
    cpuFeatures: featuresOf(target) ?? null,
    dims: request.dims ?? {},
    flags: request.flags ?? {},
  };
  const plan = task(planModel, { archive, settings, tool: shop.tool }, { label: `${name}/plan`, weight: 10 });
  const { planned, model, kernels } = unwrap(await engine.run(plan));
  request.onPlanned?.(planned);
  const weights = await weightsOf(shop, name, archive, planned);
  const tasks = await compileTasks(shop, request, planned, kernels, model, weights);
  const runtime = runtimeTask({ ...shop, target, ...(request.debug && { debug: true }) });
  const link = linkTask({
    toolchain: shop.toolchain,
    objects: Object.fromEntries(tasks.map(([key, t]) => [key, t.output("object")])),
    runtime: runtime.output("object"),
    ...(request.embedWeights && weights && { weights }),
    name: `${name}/library`,
    ...(request.debug && { debug: true }),
  });
  const [linked, ...objects] = await Promise.all([engine.run(link), ...tasks.map(([, t]) => engine.run(t))]);
  const { library, needed } = unwrap(linked);
  return {
    planned,
    library,
    needed,
    weights,
    modelText: model,
    kernelTexts: kernels,
    objects: Object.fromEntries(objects.map((o, n) => [tasks[n]![0], unwrap(o).object])),
  };
}

async function weightsOf(
  shop: Workshop,
  name: string,
  archive: File,
  planned: PlannedModel,
): Promise<File | undefined> {
  const { bytes, pieces } = planned.weights;
  if (bytes === 0) return undefined;
  const made = task(assembleWeights, { archive, bytes, pieces }, { label: `${name}/weights` });
  return unwrap(await shop.engine.run(made)).weights;
}

async function compileTasks(
  shop: Workshop,
  request: LibraryRequest,
  planned: PlannedModel,
  kernels: Readonly<Record<string, File>>,
  model: File,
  weights: File | undefined,
) {
  const { name, target } = request;
  const common = { ...shop, target, ...(request.debug && { debug: true }) };
  const units = await Promise.all(planned.kernels.map(async ({ symbol, origins }) => {
    const text = await shop.store.readText(kernels[`${symbol}.c`]!);
    const label = `${name}/kernel ${symbol}`;
    const origin = origins.map((o) => ({ ...o }));
    return [
      `${symbol}.o`,
      unitTask({ ...common, kind: "kernel", text, name: label, origins: origin }),
    ] as const;
  }));
  const flags = weights ? [`-DAOTI_WEIGHTS_DIGEST="${weights.digest}"`] : [];
  const text = await shop.store.readText(model);
  return [
    ...units,
    ["model.o", unitTask({ ...common, kind: "model", text, name: `${name}/model`, flags })] as const,
  ];
}
