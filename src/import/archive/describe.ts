/**
 * What `inspect` shows of an archive: one plain summary, as a value for `--json` and as text.
 *
 * @module
 */
import { printable } from "./errors.ts";
import { countOf } from "./tensors.ts";
import type { Archive, ArchivedProgram, Argument, Graph, SymInt, TensorEntry } from "./types.ts";

/** One input or output, readable: `x: f32[s0, 3]`, `n: 3`. */
export interface ValueSummary {
  readonly name: string;
  readonly type: string;
}
/** Tensors of a role, counted. */
export interface TensorsSummary {
  readonly count: number;
  readonly elements: number;
  /** Bytes of the storages behind them, each counted once. */
  readonly bytes: number;
}
/** What `inspect` says of a program. */
export interface ProgramSummary {
  readonly name: string;
  readonly dialect: string;
  readonly inputs: readonly ValueSummary[];
  readonly outputs: readonly ValueSummary[];
  /** Symbol and its bounds; null is unbounded. */
  readonly dims: readonly {
    readonly symbol: string;
    readonly min: string | null;
    readonly max: string | null;
  }[];
  /** Most frequent first, subgraphs included. */
  readonly ops: readonly { readonly target: string; readonly count: number }[];
  readonly nodes: number;
  readonly weights: TensorsSummary;
  readonly constants: TensorsSummary;
  readonly objects: readonly string[];
  /** Buffers, parameters and inputs that a call changes. */
  readonly mutated: readonly string[];
}
/** What `inspect` says of an archive. */
export interface ArchiveSummary {
  readonly path: string;
  readonly layout: string;
  readonly torch: string;
  readonly schema: string | null;
  readonly programs: readonly ProgramSummary[];
  readonly extraFiles: readonly string[];
  readonly compiled: readonly string[];
  readonly warnings: readonly string[];
}

/** The summary of an archive and its text. */
export function describeArchive(archive: Archive): { readonly json: ArchiveSummary; readonly text: string } {
  const schema = archive.schemaVersion;
  const json: ArchiveSummary = {
    path: archive.path,
    layout: archive.layout,
    torch: archive.torchVersion,
    schema: schema && `${schema.major}.${schema.minor}`,
    programs: [...archive.programs.values()].map(describeProgram),
    extraFiles: archive.extraFiles,
    compiled: [...archive.aotinductor.keys()],
    warnings: archive.warnings.map(({ message }) => message),
  };
  return { json, text: print(json) };
}

function describeProgram(archived: ArchivedProgram): ProgramSummary {
  const { program, weights, constants, objects } = archived, ops = countOps(program.graph);
  return {
    name: archived.name,
    dialect: program.verifiers.join(", "),
    inputs: describeInputs(archived),
    outputs: describeOutputs(archived),
    dims: [...program.ranges].map(([symbol, { min, max }]) => ({ symbol, min: bound(min), max: bound(max) })),
    ops: [...ops].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([target, count]) => ({
      target,
      count,
    })),
    nodes: [...ops.values()].reduce((a, b) => a + b, 0),
    weights: summarize(weights.values()),
    constants: summarize(constants.values()),
    objects: [...objects.keys()],
    mutated: mutationsOf(archived),
  };
}

function describeInputs({ program }: ArchivedProgram): ValueSummary[] {
  const types = program.signature.inputs.flatMap((spec) => {
    if (spec.kind === "user-input") return [typeOf(spec.argument, program.graph)];
    return spec.kind === "constant-input" ? [typeOf(spec.value, program.graph)] : [];
  });
  return types.map((type, i) => ({ name: program.inputNames[i] ?? `arg${i}`, type }));
}

function describeOutputs({ program }: ArchivedProgram): ValueSummary[] {
  const types = program.signature.outputs.flatMap((spec) => {
    if (spec.kind === "user-output") return [typeOf(spec.argument, program.graph)];
    return spec.kind === "loss-output" ? [typeOf({ kind: "tensor", name: spec.name }, program.graph)] : [];
  });
  return types.map((type, i) => ({ name: program.outputNames[i] ?? `output${i}`, type }));
}

/** The type of a value, or the value itself where it is fixed. */
function typeOf(argument: Argument, graph: Graph): string {
  switch (argument.kind) {
    case "none":
      return "None";
    case "tensor": {
      const meta = graph.tensors.get(argument.name);
      return meta ? `${meta.dtype}[${meta.sizes.map(readable).join(", ")}]` : "tensor";
    }
    case "sym-int": {
      if (typeof argument.value !== "object") return String(argument.value);
      const value = graph.symInts.get(argument.value.name);
      return value === undefined ? "int" : `int ${typeof value === "object" ? readable(value) : value}`;
    }
    case "int":
    case "float":
    case "bool":
      return String(argument.value);
    case "string":
      return JSON.stringify(argument.value);
    default:
      return argument.kind;
  }
}

/** SymPy's `srepr` without its wrappers: `Mul(Integer(2), Symbol('s0', …))` is `Mul(2, s0)`. */
function readable(size: SymInt | { readonly expr: string }): string {
  if (typeof size === "number") return String(size);
  if (size.expr.length > 2000) return "…";
  return size.expr.replace(/Symbol\('([^']*)'[^)]*\)/g, "$1").replace(/Integer\((-?\d+)\)/g, "$1");
}

function countOps(graph: Graph, counts = new Map<string, number>()): Map<string, number> {
  for (const node of graph.nodes) {
    counts.set(node.target, (counts.get(node.target) ?? 0) + 1);
    for (const { argument } of node.inputs) if (argument.kind === "graph") countOps(argument.graph, counts);
  }
  return counts;
}

function summarize(entries: Iterable<TensorEntry>): TensorsSummary {
  const all = [...entries], storages = new Map(all.map((e) => [e.storage, e.storageBytes]));
  const elements = all.reduce((n, entry) => n + countOf(entry.sizes), 0);
  return { count: all.length, elements, bytes: [...storages.values()].reduce((a, b) => a + b, 0) };
}

function mutationsOf({ program }: ArchivedProgram): string[] {
  return program.signature.outputs.flatMap((spec) => {
    if (spec.kind === "buffer-mutation") return [`buffer ${spec.buffer}`];
    if (spec.kind === "parameter-mutation") return [`parameter ${spec.parameter}`];
    return spec.kind === "user-input-mutation" ? [`input ${spec.input}`] : [];
  });
}

function bound(value: number | bigint | null): string | null {
  return value === null ? null : String(value);
}

function print(summary: ArchiveSummary): string {
  const { path, layout, torch, schema } = summary;
  const about = [`${layout} layout`, schema && `schema ${schema}`, torch && `torch ${torch}`].filter(Boolean);
  return [
    `${path}: ${about.join(", ")}`,
    ...summary.programs.flatMap(printProgram),
    ...section("extra files", summary.extraFiles),
    ...section("compiled packages", summary.compiled),
    ...section("warnings", summary.warnings),
  ].map(printable).join("\n");
}

function printProgram(program: ProgramSummary): string[] {
  const tensors = (t: TensorsSummary) => `${t.count} tensors, ${t.elements} elements, ${t.bytes} bytes`;
  return [
    `program ${program.name}${program.dialect && ` (${program.dialect})`}`,
    ...section("inputs", program.inputs.map(({ name, type }) => `${name}: ${type}`)),
    ...section("outputs", program.outputs.map(({ name, type }) => `${name}: ${type}`)),
    ...section("dims", program.dims.map((d) => `${d.min ?? "-inf"} <= ${d.symbol} <= ${d.max ?? "inf"}`)),
    ...section("mutates", program.mutated),
    `  weights: ${tensors(program.weights)}`,
    `  constants: ${tensors(program.constants)}`,
    ...section("objects", program.objects),
    ...section(
      `operators (${program.nodes} nodes)`,
      program.ops.map(({ target, count }) => `${count} × ${target}`),
    ),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`  ${title}:`, ...lines.map((line) => `    ${line}`)];
}
