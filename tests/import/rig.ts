/**
 * What the tests of import share: programs written as values, archives around them, and a small evaluator.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { DType } from "../../src/base/mod.ts";
import type {
  Archive,
  Argument,
  ExportedProgram,
  Graph as ExportedGraph,
  InputSpec,
  NamedArgument,
  Node,
  OutputSpec,
  Range,
  SymInt,
  TensorEntry,
  TensorMeta,
} from "../../src/import/archive/types.ts";
import { type Imported, importExport, type ImportOptions } from "../../src/import/mod.ts";

/** A tensor's record; row-major unless strides are given. */
export function meta(sizes: readonly SymInt[], more: Partial<TensorMeta> = {}): TensorMeta {
  const strides = sizes.map((_, n) =>
    sizes.slice(n + 1).reduce<number>((p, s) => p * (typeof s === "number" ? s : 1), 1)
  );
  const device = { type: "cpu", index: null };
  return {
    dtype: "f32",
    sizes,
    strides,
    storageOffset: 0,
    requiresGrad: false,
    device,
    layout: "strided",
    ...more,
  };
}

/** `Symbol('s0', …)` as exports write it. */
export function symbol(name: string): SymInt {
  const facts = name.startsWith("u") ? "integer=True" : "positive=True, integer=True";
  return { expr: `Symbol('${name}', ${facts})`, hint: null };
}

export const t = (name: string): Argument => ({ kind: "tensor", name });
export const i = (value: number): Argument => ({ kind: "int", value });
export const ints = (...values: number[]): Argument => ({ kind: "ints", values });
export const sym = (name: string): Argument => ({ kind: "sym-int", value: { name } });
export const truth = (name: string): Argument => ({ kind: "sym-bool", value: { name } });

/** A node; arguments by name, results as they are bound. */
export function node(target: string, args: Readonly<Record<string, Argument>>, ...outputs: Argument[]): Node {
  const inputs = Object.entries(args).map(([name, argument]): NamedArgument => {
    return { name: name.startsWith("_") ? "" : name, argument, passed: "unknown" };
  });
  const origin = { file: "net.py", line: 7, function: "forward", code: "" };
  return {
    target: `torch.ops.${target}`,
    inputs,
    outputs,
    name: null,
    singleTensorReturn: null,
    origin,
    module: "",
  };
}

/** A node on Python scalars. */
export function scalarNode(target: string, args: readonly Argument[], output: Argument): Node {
  const named = Object.fromEntries(args.map((argument, n) => [String.fromCharCode(97 + n), argument]));
  return { ...node("", named, output), target };
}

/** A graph; everything but inputs, nodes and outputs may be left out. */
export function graph(parts: Partial<ExportedGraph>): ExportedGraph {
  return {
    inputs: [],
    outputs: [],
    nodes: [],
    tensors: new Map(),
    symInts: new Map(),
    symFloats: new Map(),
    symBools: new Map(),
    customObjects: new Map(),
    singleTensorReturn: false,
    ...parts,
  };
}

/** A program around a graph: every input is the user's unless `inputs` says otherwise. */
export interface ProgramParts {
  readonly graph: ExportedGraph;
  readonly inputs?: readonly InputSpec[];
  readonly outputs?: readonly OutputSpec[];
  readonly ranges?: Readonly<Record<string, Range>>;
  readonly guards?: readonly string[];
  readonly weights?: readonly TensorEntry[];
}

/** An archive of one program, without a file. */
export function archiveOf(parts: ProgramParts): Archive {
  const inputs = parts.inputs ??
    parts.graph.inputs.map((argument): InputSpec => ({ kind: "user-input", argument }));
  const outputs = parts.outputs ??
    parts.graph.outputs.map((argument): OutputSpec => ({ kind: "user-output", argument }));
  const leaves = inputs.filter((spec) => spec.kind === "user-input" || spec.kind === "constant-input");
  const program: ExportedProgram = {
    graph: parts.graph,
    signature: { inputs, outputs },
    calls: [],
    metadata: new Map(),
    schema: { major: 8, minor: 2 },
    torchVersion: "",
    opsets: new Map(),
    ranges: new Map(Object.entries(parts.ranges ?? {})),
    verifiers: [],
    guards: parts.guards ?? [],
    inputNames: leaves.map((spec) => {
      if (spec.kind !== "user-input") return "n";
      const { argument } = spec;
      if (argument.kind === "tensor") return argument.name;
      return argument.kind === "sym-int" && typeof argument.value === "object" && "name" in argument.value
        ? argument.value.name
        : "n";
    }),
    outputNames: parts.graph.outputs.map((_, n) => `output.${n}`),
  };
  const weights = new Map((parts.weights ?? []).map((entry) => [entry.fqn, entry]));
  const archived = {
    name: "model",
    program,
    weights,
    constants: weights,
    objects: new Map(),
    sampleInputs: null,
  };
  return {
    path: "model.pt2",
    layout: "new",
    torchVersion: "",
    schemaVersion: null,
    programs: new Map([["model", archived]]),
    storages: new Map(),
    extraFiles: [],
    aotinductor: new Map(),
    warnings: [],
  };
}

/** A stored tensor, row-major at the start of its storage. */
export function entry(fqn: string, sizes: readonly number[], more: Partial<TensorEntry> = {}): TensorEntry {
  const strides = sizes.map((_, n) => sizes.slice(n + 1).reduce((p, s) => p * s, 1));
  return {
    fqn,
    dtype: "f32" as DType,
    sizes,
    strides,
    storageOffset: 0,
    storage: `data/${fqn}`,
    storageBytes: 4 * sizes.reduce((p, s) => p * s, 1),
    requiresGrad: false,
    isParameter: true,
    conj: false,
    neg: false,
    device: "cpu",
    ...more,
  };
}

/** The import of a program that must succeed. */
export async function importGood(parts: ProgramParts, options?: ImportOptions): Promise<Imported> {
  const result = await importExport(archiveOf(parts), undefined, options);
  assert(result.ok, result.ok ? "" : result.diagnostics.map((d) => d.message).join("\n"));
  return result.value;
}

/** The reasons why a program does not import. */
export async function reasonsOf(parts: ProgramParts, options?: ImportOptions): Promise<readonly string[]> {
  const result = await importExport(archiveOf(parts), undefined, options);
  return result.ok ? [] : result.diagnostics.map((d) => d.reason);
}
