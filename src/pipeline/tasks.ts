/**
 * From a model to texts, as tasks: archives and graphs written in TypeScript take the same road.
 *
 * @module
 */
import { refuse, type Target, unwrap } from "../base/mod.ts";
import { defaultFlags, type Flags } from "../config/mod.ts";
import type { EmittedKernel, ModelDescription } from "../codegen/mod.ts";
import {
  formulaParser,
  type Formulas,
  importExport,
  type NamedDim,
  readArchive,
  readFormulas,
} from "../import/mod.ts";
import { print } from "../ir/expr/mod.ts";
import { type Graph, parseGraph, verifyGraph } from "../ir/graph/mod.ts";
import type { Plan } from "../ir/plan/mod.ts";
import { customOps, hostOps, type OpGiven } from "../ops/mod.ts";
import type { WeightsPlan } from "../package/mod.ts";
import { type Box, defineTask, type File, json, task } from "../task/mod.ts";
import type { Choices, Problem } from "../tune/mod.ts";
import { compileGraph, compilePlans, packOptions } from "./compile_graph.ts";
import { tuneProblems } from "./tune_problems.ts";

/** A kernel without its text. */
export type KernelHead = Omit<EmittedKernel, "text">;

/** Where the bytes of a storage lie: a range of the archive. */
export interface StorageRange {
  readonly offset: number;
  readonly bytes: number;
}

/** What planning says besides texts. */
export interface PlannedModel {
  readonly kernels: readonly KernelHead[];
  readonly description: ModelDescription;
  readonly weights: WeightsPlan;
  readonly storages: Readonly<Record<string, StorageRange>>;
  /** Bytes of the arena, an expression where they depend on dims. */
  readonly arena: number | string;
  readonly warnings: readonly string[];
  /** Nodes of operators that the host computes: the text of the `.json` beside the library. */
  readonly hostNodes?: string;
}

/** Settings that are part of a plan's key. */
export interface PlanSettings {
  readonly name: string;
  readonly target: Target;
  readonly cpuFeatures: string | null;
  readonly dims: Readonly<Record<string, Readonly<Record<number, NamedDim>>>>;
  readonly flags: Readonly<Partial<Flags>>;
  /** Operators of the config's own; those of graphs are in the graph already. */
  readonly ops: Readonly<Record<string, OpGiven>>;
  /** The wrapper that is stepped through, instead of the one that flags ask for. */
  readonly wrapper?: "typescript";
  /** Measured ways to compute products. */
  readonly choices?: Choices;
}

const outputs = { model: "file", kernels: "files", planned: json<PlannedModel>() } as const;

/** Archive to texts. `tool` is the digest of our own sources. */
export const planArchive = defineTask({
  name: "plan-archive",
  version: 1,
  inputs: { archive: "file", settings: json<PlanSettings>(), tool: "text" },
  outputs,
  run: async ({ archive, settings, tool }, box) => {
    const imported = await importedFrom(archive, settings, tool, box), { path } = await box.locate(archive);
    const blobs = [...imported.weights.blobs].filter(([, ref]) => ref.bytes > 0);
    const stray = blobs.find(([, ref]) => ref.file !== path);
    if (stray) {
      refuse({
        reason: "deflated-weights",
        message: `Cannot use the weights of this archive: ${stray[0]} is compressed`,
        help: "Save the archive again with torch.export.save, which stores weights as they are.",
      });
    }
    const storages = Object.fromEntries(blobs.map(([id, { offset, bytes }]) => [id, { offset, bytes }]));
    const warnings = imported.warnings.map((d) => d.message);
    return await texts({ ...imported.graph, name: settings.name }, settings, storages, warnings, box);
  },
});

/** The formulas of a program, which are the same from one edit of a model to the next. */
const formulasRead = defineTask({
  name: "read-formulas",
  version: 1,
  inputs: { texts: json<readonly string[]>(), parser: "text", tool: "text" },
  outputs: { formulas: json<Formulas>() },
  run: async ({ texts }) => ({ formulas: await readFormulas(texts) }),
});

async function importedFrom(archive: File, { name, dims, ops, flags }: PlanSettings, tool: string, box: Box) {
  const { path, without } = await box.locate(archive), fallback = flags.implicit_fallbacks ?? false;
  const read = unwrap(await readArchive(path, { closed: without }));
  const formulas = async (texts: readonly string[]) => {
    const given = { texts, parser: formulaParser, tool };
    return (await box.recall(task(formulasRead, given, { label: `${name}/formulas` }))).formulas;
  };
  const options = { dims, custom: customOps(ops), host: hostOps(ops), fallback, formulas };
  return unwrap(await importExport(read, undefined, options));
}

const problems = { problems: json<readonly Problem[]>() } as const;

/** Archive to the products that are worth measuring. */
export const problemsOfArchive = defineTask({
  name: "tune-archive",
  version: 1,
  inputs: { archive: "file", settings: json<PlanSettings>(), tool: "text" },
  outputs: problems,
  run: async ({ archive, settings, tool }, box) => {
    return problemsOf((await importedFrom(archive, settings, tool, box)).graph, settings);
  },
});

/** A printed graph to the products that are worth measuring. */
export const problemsOfGraph = defineTask({
  name: "tune-graph",
  version: 1,
  inputs: { graph: "text", settings: json<PlanSettings>(), tool: "text" },
  outputs: problems,
  run: ({ graph, settings }) => Promise.resolve(problemsOf(wellFormed(graph), settings)),
});

function problemsOf(graph: Graph, settings: PlanSettings) {
  const flags = { ...defaultFlags, ...settings.flags };
  const planned = compilePlans({ ...graph, name: settings.name }, flags);
  return { problems: tuneProblems(planned, settings.target, packOptions(flags)) };
}

/** A printed graph to texts; `storages` are ranges of the blob that travels with it. */
export const planGraph = defineTask({
  name: "plan-graph",
  version: 1,
  inputs: {
    graph: "text",
    storages: json<Readonly<Record<string, StorageRange>>>(),
    settings: json<PlanSettings>(),
    tool: "text",
  },
  outputs,
  run: async ({ graph, storages, settings }, box) => {
    return await texts({ ...wellFormed(graph), name: settings.name }, settings, storages, [], box);
  },
});

/** The graph of a text that people wrote, by hand or by calls of operators; refuses what no stage could compile. */
export function wellFormed(text: string): Graph {
  const graph = parseGraph(text), problems = verifyGraph(graph);
  if (problems.length > 0) refuse(...problems);
  return graph;
}

async function texts(
  graph: Graph,
  settings: PlanSettings,
  storages: Readonly<Record<string, StorageRange>>,
  warnings: readonly string[],
  box: Box,
) {
  const { cpuFeatures, flags, wrapper, choices } = settings;
  const { plan, emitted, weights } = compileGraph(graph, settings.target, {
    flags,
    ...(cpuFeatures && { cpuFeatures }),
    ...(wrapper && { wrapper }),
    ...(choices && { choices }),
  });
  const kernels: [string, File][] = [];
  for (const k of emitted.kernels) kernels.push([`${k.symbol}.c`, await box.writeText(k.text)]);
  return {
    model: await box.writeText(emitted.model),
    kernels: Object.fromEntries(kernels),
    planned: {
      kernels: emitted.kernels.map(({ text: _text, ...head }) => head),
      description: emitted.description,
      weights,
      storages,
      arena: arenaOf(plan),
      warnings,
      ...(emitted.hostNodes !== undefined && { hostNodes: emitted.hostNodes }),
    },
  };
}

function arenaOf(plan: Plan): number | string {
  const sizes = plan.slots.map((slot) => slot.bytes);
  const total = sizes.reduce((sum, e) => sum + (e.kind === "int" ? e.value : NaN), 0);
  return Number.isNaN(total) ? sizes.map((e) => print(e)).join(" + ") : total;
}
