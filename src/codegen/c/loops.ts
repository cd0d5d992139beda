/**
 * A loop kernel as a tree of C: outer iterations, stages, vector loops with their tails.
 *
 * @module
 */
import { bytesOf, type Target } from "../../base/mod.ts";
import { add, asInt, type Expr, int, mul } from "../../ir/expr/mod.ts";
import { type Axis, scalarsOf } from "../../ir/loops/mod.ts";
import type { Item, LoopKernel, Stage } from "../../ir/plan/mod.ts";
import { type Around, inPages, streamsOf } from "./ahead.ts";
import { Arguments, Names } from "./arguments.ts";
import { type Block, BlockBuilder } from "./block.ts";
import { BodyPrinter, KernelContext, type LocalPlace, type VectorLoop } from "./body.ts";
import { reducedOf, windowOf } from "./columns.ts";
import { printItems } from "./items.ts";
import { Dependences } from "./depends.ts";
import { isLarge, largeResults } from "./past.ts";
import { type Accumulator, across, declare, isArg, step } from "./reduce.ts";
import { canOverlap, printRows } from "./rows.ts";
import { hasStrips, isPlain, printStripsOf, stripsAt } from "./strips.ts";
import { printStrips, TILE_LANES } from "./tile_loops.ts";
import type { Tiling } from "./tiles.ts";
import { carried, elementType, vectorType } from "./types.ts";
import { nest, vectorLoop } from "./vector_loop.ts";
import { accumulatorsOf, printWindow, storeColumns } from "./windows.ts";

/** What the template of loop kernels needs. */
export interface LoopKernelText {
  readonly args: Arguments;
  readonly lanes: number;
  readonly mathTypes: readonly string[];
  readonly headers: readonly string[];
  readonly body: Block;
  /** `isInterleaved`: long functions are worth the compiler's effort to overlap them. */
  readonly view: { readonly isInterleaved: boolean };
}

/** Prints a kernel's loops, by tiles if it has a tiling. */
export function printLoops(
  kernel: LoopKernel,
  target: Target,
  tiling?: Tiling,
  givenSizes = false,
): LoopKernelText {
  const args = new Arguments(kernel.inPlace, givenSizes), locals = localPlaces(kernel);
  const context = new KernelContext(args, locals);
  const root = new BlockBuilder(), names = new Names(args);
  kernel.locals.filter((l) => l.kind === "scratch").forEach((l) => {
    const type = elementType(l.buffer.dtype);
    root.line(
      `${type}* ${locals.get(l.buffer.name)!.name} = (${type}*)((char*)args->scratch + ${l.offset});`,
    );
  });
  passCaches(kernel, context, root, names, !tiling && kernel.chunk === undefined);
  const full = lanesOf(kernel, target), lanes = tiling ? Math.min(TILE_LANES, full) : full;
  if (tiling) {
    context.headers.add("tile.h");
    printStrips(tiling, lanes, context, root, names);
  } else if (kernel.chunk !== undefined) printSplit(kernel, kernel.chunk, context, root, names);
  else {
    const all = streamsOf(kernel), axis = kernel.outer.at(-1), scratch = stripsAt(kernel);
    const isAwaited = canOverlap(kernel);
    printRows(kernel, context, root, names, (stage, n, block, inner) => {
      const streams = all[n]!.map((s) => (s.written && isAwaited ? { ...s, isAwaited } : s));
      printStage(stage, n, new BodyPrinter(context, block, inner), { streams, axis }, scratch);
    });
  }
  for (const { edge } of context.past.values()) if (edge) root.line(`aoti_edge_end(&${edge});`);
  if (context.past.size > 0) root.line("aoti_past_end();");
  return {
    args,
    lanes,
    mathTypes: [...context.mathTypes].sort(),
    headers: [...context.headers].sort(),
    body: root.pieces,
    view: { isInterleaved: context.mathTypes.size > 0 },
  };
}

/** Says on which condition results are stored past the caches, and where the ends of rows wait for what continues them. */
function passCaches(
  kernel: LoopKernel,
  context: KernelContext,
  root: BlockBuilder,
  names: Names,
  byRows: boolean,
): void {
  for (const [name, bytes] of largeResults(kernel)) {
    const n = context.past.size, condition = bytes ? `past${n}` : "1", edge = `edge${n}`;
    if (bytes) root.line(`const int ${condition} = ${isLarge(names.expr(bytes))};`);
    if (byRows) root.line(`aoti_edge ${edge} = {.size = 0};`);
    context.past.set(name, byRows ? { condition, edge } : { condition });
    context.headers.add("past.h");
  }
}

function localPlaces(kernel: LoopKernel): Map<string, LocalPlace> {
  const count = { register: 0, scratch: 0 };
  return new Map(kernel.locals.map((l) => {
    const name = `${l.kind === "register" ? "r" : "q"}${count[l.kind]++}`;
    return [l.buffer.name, { kind: l.kind, name }];
  }));
}

/** Lanes that fill a machine vector with the widest element that varies along a vector axis. */
function lanesOf(kernel: LoopKernel, target: Target): number {
  const depends = new Dependences();
  let widest = 1;
  for (const stage of kernel.stages) {
    const axis = (stage.vector === "over" ? stage.over : stage.axes).at(-1)?.sym.name;
    if (axis === undefined) continue;
    for (const item of stage.items) {
      if (item.reduce && isArg(item.reduce)) widest = 8;
      depends.of(item.value); // the whole first: what a loaded index leads to is known by where it is loaded
      for (const s of scalarsOf(item.value)) {
        if (depends.of(s).has(axis)) widest = Math.max(widest, bytesOf(carried(s.dtype)));
      }
    }
  }
  if (widest === 1) widest = kernel.stages.some((s) => s.vector !== "none") ? 1 : 4;
  return Math.max(1, Math.min(64, target.vectorBytes / widest));
}

/** The parallel range counts pieces of the only axis. */
function printSplit(
  kernel: LoopKernel,
  chunk: number,
  context: KernelContext,
  root: BlockBuilder,
  names: Names,
): void {
  const stage = kernel.stages[0]!, axis = stage.axes[0]!;
  const printer = new BodyPrinter(context, root, names), around = { streams: streamsOf(kernel)[0]! };
  root.line(`const int64_t last = AOTI_MIN(end * ${chunk}, ${names.expr(axis.extent)});`);
  mapLoop(printer, stage, around, "i0", `begin * ${chunk}`, "last");
}

/** One stage: loops over its other axes, then lanes along its vector axis; `scratch` is where free scratch begins. */
function printStage(
  stage: Stage,
  n: number,
  printer: BodyPrinter,
  around: Around,
  scratch: number,
): void {
  const serial = stage.vector === "axes" ? stage.axes.slice(0, -1) : stage.axes;
  const window = stage.over.length > 0 && stage.vector === "axes" && !isPlain(stage)
    ? windowOf(stage)
    : undefined;
  if (window) return printWindow(stage, n, printer, window);
  const inside = { ...around, axis: serial.at(-1) ?? around.axis };
  nest(printer, serial, `a${n}_`, () => {
    if (hasStrips(stage)) printStripsOf(stage, n, scratch, printer, around.streams);
    else if (stage.over.length > 0) printReduction(stage, n, printer, inside);
    else if (stage.vector === "none") {
      stage.items.forEach((item) => storeScalar(printer, item, printer.emit(item.value)));
    } else {
      mapLoop(printer, stage, inside, `v${n}`, "0", printer.names.expr(stage.axes.at(-1)!.extent));
    }
  });
}

/** Extents below this are not worth a vector that only leads to a boundary. */
const LONG = 256;

/** Lanes along a stage's last axis; where results go past the caches, from a boundary of theirs on. */
function mapLoop(
  printer: BodyPrinter,
  stage: Stage,
  around: Around,
  index: string,
  from: string,
  count: string,
): void {
  const axis = stage.axes.at(-1)!, size = asInt(axis.extent), work = () => printItems(printer, stage.items);
  const heads = (size ?? LONG) < LONG ? [] : stage.items.filter((i) => i.stored).map(({ store }) => {
    return printer.headOf(store.buffer, store.index[0]!, axis.sym.name, new Map([[axis.sym.name, index]]));
  });
  const head = heads.find((text) => text !== undefined);
  inPages(printer, axis, around, { index, from, count, head }, (whole) => {
    vectorLoop(printer, axis, index, undefined, whole, head === undefined ? size : undefined, work);
  });
}

/** A result that is the same in all lanes. */
function storeScalar(printer: BodyPrinter, item: Item, value: string): void {
  if (item.stored) printer.storeOne(item.store.buffer, item.store.index[0]!, value);
}

/** Independent accumulators of a reduction: additions wait for one another otherwise. */
const CHAINS = 4;
/** Bodies beyond this many scalars have work enough to hide latencies. */
const SHORT_BODY = 24;

function chainsOf(stage: Stage, size: number | undefined): number {
  const short = scalarsOf(...reducedOf(stage.items)).length <= SHORT_BODY;
  const plain = stage.items.every((i) => !i.reduce || !isArg(i.reduce));
  return short && plain && (size === undefined || size >= 2 * CHAINS * 16) ? CHAINS : 1;
}

function copyOf(a: Accumulator, u: number): Accumulator {
  return u === 0 ? a : { ...a, name: `${a.name}_${u}` };
}

function printReduction(stage: Stage, n: number, printer: BodyPrinter, around: Around): void {
  const accumulators = accumulatorsOf(stage, n);
  if (stage.vector === "over") reduceAcross(stage, n, printer, accumulators, around);
  else reduceColumns(stage, n, printer, accumulators);
}

/** Lanes run along the last reduced axis. */
function reduceAcross(
  stage: Stage,
  n: number,
  printer: BodyPrinter,
  accumulators: readonly (Accumulator | undefined)[],
  around: Around,
): void {
  const last = stage.over.at(-1)!, size = asInt(last.extent), chains = chainsOf(stage, size);
  const copies = Array.from({ length: chains }, (_, u) => accumulators.map((a) => a && copyOf(a, u)));
  copies.flat().flatMap((a) => (a ? declare(a) : [])).forEach((line) => printer.block.line(line));
  nest(printer, stage.over.slice(0, -1), `k${n}_`, () => {
    const work = (vector: VectorLoop, copy: number) => {
      const live = vector.partial ? `aoti_firstn_bool(${vector.count})` : undefined;
      takeIn(stage, printer, copies[copy]!, live, true);
    };
    const range = { index: `k${n}`, from: "0", count: printer.names.expr(last.extent) };
    inPages(printer, last, { ...around, axis: stage.over.at(-2) ?? around.axis }, range, (stop) => {
      vectorLoop(printer, last, range.index, undefined, stop, size, work, chains);
    });
  });
  for (const copy of copies.slice(1)) {
    accumulators.forEach((a, k) => a && printer.block.line(step(a, copy[k]!.name, "", undefined)));
  }
  stage.items.forEach((item, k) => {
    if (!item.stored || !accumulators[k]) return;
    const name = `sum${n}_${k}`;
    printer.block.line(`const ${vectorType(item.store.buffer.dtype)} ${name} = ${across(accumulators[k]!)};`);
    storeScalar(printer, item, name);
  });
}

/** Lanes run along the last kept axis; each has accumulators of its own. */
function reduceColumns(
  stage: Stage,
  n: number,
  printer: BodyPrinter,
  accumulators: readonly (Accumulator | undefined)[],
): void {
  const axis = stage.axes.at(-1)!, extent = printer.names.expr(axis.extent), size = asInt(axis.extent);
  vectorLoop(printer, axis, `v${n}`, "0", extent, size, () => {
    accumulators.flatMap((a) => (a ? declare(a) : [])).forEach((line) => printer.block.line(line));
    nest(printer, stage.over, `k${n}_`, () => takeIn(stage, printer, accumulators, undefined, false));
    storeColumns(stage.items, printer, accumulators);
  });
}

function takeIn(
  stage: Stage,
  printer: BodyPrinter,
  accumulators: readonly (Accumulator | undefined)[],
  live: string | undefined,
  across: boolean,
): void {
  stage.items.forEach((item, k) => {
    const a = accumulators[k];
    if (!a && (!item.stored || !across)) return; // beside columns, items are made of whole sums
    const value = printer.emit(item.value);
    if (!a) return printer.storeLanes(item.store.buffer, item.store.index[0]!, value);
    const position = isArg(a.fn) ? positionText(printer, stage.over, across) : "";
    printer.block.line(step(a, value, position, live));
  });
}

/** Position in row-major order of the reduced axes, per lane. */
function positionText(printer: BodyPrinter, over: readonly Axis[], across: boolean): string {
  const position = over.reduce<Expr>((sum, axis) => add(mul(sum, axis.extent), axis.sym), int(0));
  return `aoti_iota_i64(${printer.names.expr(position)}, ${across ? 1 : 0})`;
}
