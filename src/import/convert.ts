/**
 * A program of an archive as a graph.
 *
 * @module
 */
import { attemptAsync, refuse, type Result } from "../base/mod.ts";
import type { Sym } from "../ir/expr/mod.ts";
import { GraphBuilder, type Guard, type Node } from "../ir/graph/mod.ts";
import { asPairs, type HostOp } from "../ops/mod.ts";
import type { Archive, ArchivedProgram, Graph as ExportedGraph, WeightRef } from "./archive/types.ts";
import { declareSymbols, planSymbols } from "./bind_symbols.ts";
import { type Live, liveNodes } from "./dead_code.ts";
import { type FormulaReader, readFormulas } from "./formula.ts";
import type { Frame, Session } from "./frame.ts";
import { readGuards } from "./guards_code.ts";
import { bindInputs, type Inputs } from "./inputs.ts";
import { importNodes } from "./nodes.ts";
import { withCustom } from "./operators.ts";
import { bindOutputs } from "./outputs.ts";
import { Report, shortTarget } from "./report.ts";
import { isSpecial } from "./special.ts";
import { symbolAlone } from "./srepr.ts";
import { Symbols } from "./symbols.ts";
import { printTreespec } from "./treespec.ts";
import type { Imported, ImportOptions } from "./types.ts";
import { writesInto } from "./writes.ts";

/**
 * Converts one program of an archive.
 *
 * @param archive what `readArchive` gave
 * @param programName which program; needed only where the archive holds several
 * @returns the graph and its weights, or everything that stands in the way, node by node
 */
export function importExport(
  archive: Archive,
  programName?: string,
  options: ImportOptions = {},
): Promise<Result<Imported>> {
  return attemptAsync(async () => {
    const archived = programOf(archive, programName), { graph } = archived.program;
    const formula = await readerOf([...new Set(formulasOf(graph))].sort(), options);
    const host = options.host ?? new Map<string, HostOp>();
    const session: Session = {
      symbols: new Symbols(archived.program.ranges, formula),
      report: new Report(),
      operators: options.operators ?? withCustom(options.custom ?? new Map()),
      host,
      fallback: options.fallback ?? false,
      writes: someNode(graph, (target) => writesOf(target, host)),
    };
    return convert(archive, archived, session, options);
  });
}

function programOf(archive: Archive, name: string | undefined): ArchivedProgram {
  const names = [...archive.programs.keys()], wanted = name ?? (names.length === 1 ? names[0]! : "model");
  const program = archive.programs.get(wanted);
  if (program) return program;
  return refuse({
    reason: "unknown-program",
    message: `Cannot import "${wanted}" of ${archive.path}: the archive holds ${
      names.length === 0 ? "no program" : names.join(", ")
    }`,
    ...(names.length > 0 && { help: `Name one of them: ${names.join(", ")}.` }),
  });
}

function convert(
  archive: Archive,
  archived: ArchivedProgram,
  session: Session,
  options: ImportOptions,
): Imported {
  const { program } = archived, { symbols, report } = session, { graph } = program;
  warnOfDevices([...devicesOf(graph)].filter((device) => device !== "cpu").sort(), report);
  const frame: Frame = { session, graph, g: new GraphBuilder(), names: new Map(), autocast: null };
  const plan = planSymbols(program, symbols, options);
  for (const [symbol, { name }] of plan.reads) symbols.declare({ sym: symbol, label: name });
  const given = bindInputs(frame, archived);
  declareSymbols(plan, symbols, given.targets);
  importNodes(frame);
  const { outputs, effects } = bindOutputs(frame, program, given);
  if (report.errors.length > 0) refuse(...report.errors);
  const guards: readonly Guard[] = [
    ...plan.guards,
    ...given.guards,
    ...readGuards(program.guards, given, report),
  ];
  for (const symbol of itemSymbols(frame.g.nodes)) symbols.declare({ sym: symbol, label: symbol.name });
  const { inputs, constants } = given, { nodes } = frame.g;
  const real = asPairs(frame.g, { inputs, constants, symbols: symbols.decls, nodes, outputs, effects });
  return {
    graph: { name: archived.name, guards, fixed: given.fixed, ...pruned(real), ...specsOf(program) },
    weights: { blobs: blobsOf(archive, given) },
    warnings: report.warnings,
  };
}

/** What the outputs and effects need: nodes, and symbols that are given or that such a node binds. */
function pruned(real: ReturnType<typeof asPairs>) {
  const { inputs, constants, outputs, effects } = real, live = liveNodes(real.nodes, outputs, effects);
  const symbols = real.symbols.filter(({ from, sym }) => from !== undefined || live.bound.has(sym.name));
  checkBound(live, new Set(symbols.map(({ sym }) => sym.name)));
  return { symbols, inputs, constants, nodes: live.nodes, outputs, effects };
}

/** How the call's arguments and results nest. */
function specsOf({ calls }: ArchivedProgram["program"]) {
  const signature = calls.find((call) => call.fqn === "")?.signature;
  return {
    inSpec: signature ? printTreespec(signature.inTree) : "",
    outSpec: signature ? printTreespec(signature.outTree) : "",
  };
}

function warnOfDevices(devices: readonly string[], report: Report): void {
  if (devices.length === 0) return;
  report.warn({
    reason: "other-device",
    message: `The model was exported on ${devices.join(", ")}: everything in it is computed on the cpu here`,
    data: { devices },
  });
}

/** Symbols that nodes read from data, in regions too: compositions have some that the export does not name. */
function itemSymbols(nodes: readonly Node[]): readonly Sym[] {
  return nodes.flatMap(({ op, regions }) => [
    ...(op.kind === "item" ? [op.symbol] : []),
    ...(regions ?? []).flatMap((region) => itemSymbols(region.nodes)),
  ]);
}

/** Refuses a graph that speaks of a symbol that no input and no node gives a value. */
function checkBound(live: Live, bound: ReadonlySet<string>): void {
  const open = [...live.symbols].filter((name) => !bound.has(name));
  if (open.length === 0) return;
  refuse({
    reason: "unbound-symbol",
    message: `Cannot import the program: nothing gives a value to ${open.join(", ")}`,
    help: "A size depends on data through an operator that does not tell it; please report this.",
  });
}

function blobsOf(archive: Archive, given: Inputs): ReadonlyMap<string, WeightRef> {
  const ids = new Set(given.constants.map(({ data }) => data));
  return new Map([...ids].flatMap((id) => {
    const ref = archive.storages.get(id);
    return ref ? [[id, ref] as const] : [];
  }));
}

function writesOf(target: string, host: ReadonlyMap<string, HostOp>): boolean {
  const op = host.get(target);
  return op ? op.args.some((arg) => arg.writes) : writesInto(target) && !isSpecial(target);
}

function subgraphs(graph: ExportedGraph): readonly ExportedGraph[] {
  return graph.nodes.flatMap((node) =>
    node.inputs.flatMap(({ argument }) => argument.kind === "graph" ? [argument.graph] : [])
  );
}

function someNode(graph: ExportedGraph, holds: (target: string) => boolean): boolean {
  return graph.nodes.some((node) => holds(shortTarget(node.target))) ||
    subgraphs(graph).some((g) => someNode(g, holds));
}

/** Devices of all tensors, as `cpu` or `cuda:0`. */
function devicesOf(graph: ExportedGraph): ReadonlySet<string> {
  const own = [...graph.tensors.values()].map(({ device: { type, index } }) =>
    index === null || type === "cpu" ? type : `${type}:${index}`
  );
  return new Set([...own, ...subgraphs(graph).flatMap((g) => [...devicesOf(g)])]);
}

/** Sizes and scalars that are more than a number or a symbol, as SymPy writes them. */
function formulasOf(graph: ExportedGraph): readonly string[] {
  const formulaOf = (value: unknown) => {
    const text = typeof value === "object" && value !== null && "expr" in value
      ? String(value.expr)
      : undefined;
    return text === undefined || symbolAlone(text) ? [] : [text];
  };
  const scalars = [...graph.symInts.values(), ...graph.symBools.values(), ...graph.symFloats.values()];
  const places = [...graph.tensors.values()].flatMap(({ sizes, strides, storageOffset }) => {
    return [...sizes, ...strides, storageOffset];
  });
  return [...[...scalars, ...places].flatMap(formulaOf), ...subgraphs(graph).flatMap(formulasOf)];
}

/** What reads these texts; nothing is loaded where there are none. */
async function readerOf(
  texts: readonly string[],
  { formulas = readFormulas }: ImportOptions,
): Promise<FormulaReader | undefined> {
  if (texts.length === 0) return undefined;
  const read = await formulas(texts);
  return (text) => {
    const formula = read[text];
    if (!formula) throw new Error(`A formula that is no size, stride or scalar: ${text}`);
    return formula;
  };
}
