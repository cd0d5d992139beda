/**
 * Pages asked for before loops come to them.
 *
 * A processor's own prefetching ends with a page of memory: where the next one begins, a loop waits for its address to be
 * translated, and then for its first lines. So vector loops ask for one line of every page of large buffers, some pages
 * ahead of where they stand.
 *
 * @module
 */
import { bytesOf } from "../../base/mod.ts";
import { asInt, int, linear, mul } from "../../ir/expr/mod.ts";
import { alwaysLoaded, type Axis, type Buffer, numel, scalarsOf, type Store } from "../../ir/loops/mod.ts";
import type { LoopKernel, Stage } from "../../ir/plan/mod.ts";
import type { BodyPrinter } from "./body.ts";
import { isShort } from "./kernel_context.ts";

/** Bytes ahead; bytes of a small page; bytes of which one line is asked for where results are awaited. */
const AHEAD = 1 << 15, PAGE = 1 << 12, PART = 1 << 9;
/** Buffers below this stay in second-level caches. */
const LARGE = 1 << 21;
/** Buffers from this on, in bytes, surely come from memory. */
const HUGE = 1 << 23;
/** Bytes of a cache line: shorter rows pass too fast for a question. */
const LINE = 64;
/** Elements of an outer iteration that later stages still find in second-level caches. */
const NEAR = 1 << 16;
/**
 * Cycles in which memory brings or takes a vector, and those of a function of many instructions. Where work takes longer, the
 * processor's own prefetching is ahead, and questions only disturb it: then results alone are asked for.
 */
const ARRIVAL = 6, LONG = 10;
/** Buffers that a loop asks for at most. */
const MOST = 8;

/** What a vector loop reads or writes side by side, at a flat index. */
export interface Stream extends Store {
  readonly written: boolean;
  /** The cache that its lines are asked into. */
  readonly level: Level;
  /** Rows wait to be written until the next one is read: of rows about as long as a page each part is asked for. */
  readonly isAwaited?: boolean;
}

/** First-level where the kernel writes large results: what waits in the second is then lost on some processors. */
type Level = "first" | "second";

/** What a stage comes to in memory, before other stages do, and the innermost loop outside. */
export interface Around {
  readonly streams: readonly Stream[];
  readonly axis?: Axis | undefined;
}

/** For every stage of a kernel, the large buffers that it is the first to come to. */
export function streamsOf(kernel: LoopKernel): readonly (readonly Stream[])[] {
  const known = new Set(kernel.locals.map((l) => l.buffer.name)), found = kernel.stages.map(accessesIn);
  const level = found.some((stage) => stage.some((a) => a.written)) ? "first" : "second";
  const isBusy = workOf(kernel) > ARRIVAL * new Set(found.flat().map((a) => a.buffer.name)).size;
  return kernel.stages.map((stage, n) => {
    const wanted = found[n]!.filter(({ written }) => written || !isBusy);
    const streams = wanted.filter(({ buffer }) => !known.has(buffer.name)).slice(0, MOST);
    if (elementsOf(stage) <= NEAR) streams.forEach(({ buffer }) => known.add(buffer.name));
    return streams.map((stream) => ({ ...stream, level }));
  });
}

/** Cycles that a kernel takes for a vector of each stage, roughly. */
function workOf({ stages }: LoopKernel): number {
  const values = stages.filter((s) => s.vector !== "none").map((s) =>
    scalarsOf(...s.items.map((i) => i.value))
  );
  return values.flat().reduce((sum, s) => sum + (s.kind !== "apply" ? 0 : isShort(s.fn) ? 1 : LONG), 0);
}

/** The accesses of a stage that run along its lanes in large buffers. */
function accessesIn(stage: Stage): readonly Omit<Stream, "level">[] {
  const lane = (stage.vector === "over" ? stage.over : stage.axes).at(-1);
  if (!lane || stage.vector === "none") return [];
  const loads = alwaysLoaded(...stage.items.map((i) => i.value)).map(({ buffer, index }) => {
    return { buffer, index, written: false };
  });
  const stores = stage.items.filter((i) => i.stored).map((i) => ({ ...i.store, written: true }));
  return [...loads, ...stores].filter(({ buffer, index }) => {
    const along = linear(index[0]!, lane.sym.name);
    return along !== undefined && asInt(along.coef) === 1 && isLarge(buffer);
  });
}

/** True for a buffer that second-level caches do not hold, or may not. */
export function isLarge({ shape, dtype }: Buffer): boolean {
  const count = asInt(numel(shape));
  return count === undefined || count * bytesOf(dtype) >= LARGE;
}

/** True for a buffer that surely comes from memory. */
export function isHuge({ shape, dtype }: Buffer): boolean {
  return (asInt(numel(shape)) ?? 0) * bytesOf(dtype) >= HUGE;
}

function elementsOf({ axes, over }: Stage): number {
  return asInt(mul(int(1), ...[...axes, ...over].map((a) => a.extent))) ?? Infinity;
}

/** Elements of a loop along which `streams` go that lie in one page, for the widest of them: infinite without any. */
export function pageOf(streams: readonly Stream[]): number {
  return streams.length === 0
    ? Infinity
    : PAGE / Math.max(...streams.map(({ buffer }) => bytesOf(buffer.dtype)));
}

/** A loop's index, where it begins and ends, and the elements before its first boundary if that matters. */
export interface Range {
  readonly index: string;
  readonly from: string;
  readonly count: string;
  readonly head?: string | undefined;
}

/** A loop in parts: what lies before its first boundary, then a page each, asked for before. `work` is told where to stop. */
export function inPages(
  printer: BodyPrinter,
  axis: Axis,
  around: Around,
  { index, from, count, head }: Range,
  work: (stop: string) => void,
): void {
  const page = pageOf(around.streams),
    isLong = (asInt(axis.extent) ?? Infinity) > page,
    stop = `${index}_stop`;
  printer.block.line(`int64_t ${index} = ${from};`);
  if (!isLong) askAhead(printer, around, axis, index);
  if (!isLong && head === undefined) return work(count);
  const first = head === undefined ? String(page) : `(${head})`;
  printer.block.line(`int64_t ${stop} = AOTI_MIN(${count}, ${index} + ${first});`);
  const inner = printer.inBlock(() => {
    if (isLong) askAhead(printer, around, axis, index);
    work(stop);
    printer.block.line(`${index} = ${stop};`);
  });
  const step = `${stop} = ${isLong ? `AOTI_MIN(${count}, ${stop} + ${page})` : count}`;
  printer.block.push({ kind: "while", condition: `${index} < ${count}`, step, body: inner.pieces });
}

/** Asks ahead of where `axis` stands, at `index` (C text): along it, or of short rows along the loop outside. */
export function askAhead(
  printer: BodyPrinter,
  { streams, axis: outside }: Around,
  axis: Axis,
  index: string,
): void {
  const extent = asInt(axis.extent) ?? Infinity, lane = axis.sym.name;
  for (const stream of streams) {
    const bytes = bytesOf(stream.buffer.dtype), ahead = AHEAD / bytes;
    if (extent >= ahead) ask(printer, stream, new Map([[lane, `(${index} + ${ahead})`]]));
    else if (outside && extent >= LINE / bytes) {
      askForRows(printer, stream, { axis: outside, lane, index, extent });
    }
  }
}

/** A short row: its loop's symbol and where that stands, its elements, and the loop outside. */
interface ShortRow {
  readonly axis: Axis;
  readonly lane: string;
  readonly index: string;
  readonly extent: number;
}

/** Rows that follow one another are asked for once a page; of rows that lie apart and are read, each line of the next. */
function askForRows(printer: BodyPrinter, stream: Stream, { axis, lane, index, extent }: ShortRow): void {
  const step = linear(stream.index[0]!, axis.sym.name)?.coef, at = printer.names.expr(axis.sym);
  const bytes = bytesOf(stream.buffer.dtype), size = extent * bytes;
  if (step === undefined || asInt(step) === 0) return;
  const lines = (most: number, shift: string, to: Stream) => {
    const where = new Map([
      [axis.sym.name, `(${at} + ${Math.max(1, Math.round(most / size))})`],
      [lane, `(${index}${shift})`],
    ]);
    return printer.inBlock(() => ask(printer, to, where)).pieces;
  };
  if (!stream.written && Math.abs(asInt(step) ?? 0) >= 2 * extent && isHuge(stream.buffer)) {
    const body = lines(PAGE, " + line", { ...stream, level: "second" });
    const range = { index: "line", from: "0", count: String(extent), step: String(LINE / bytes) };
    return printer.block.push({ kind: "loop", ...range, body });
  }
  const every = Math.floor(PAGE / size), parts = stream.isAwaited && every === 1 ? Math.ceil(size / PART) : 1;
  const one = Array.from({ length: parts }, (_, n) => {
    return lines(AHEAD, n === 0 ? "" : ` + ${n * PART / bytes}`, stream);
  }).flat();
  if (every <= 1) one.forEach((piece) => printer.block.push(piece));
  else printer.block.push({ kind: "choice", condition: `${at} % ${every} == 0`, then: one, otherwise: [] });
}

/** Asks for the line of a stream where loops stand `at`. */
export function ask(printer: BodyPrinter, stream: Stream, at: ReadonlyMap<string, string>): void {
  const near = stream.level === "first" ? 3 : 2;
  printer.block.line(`__builtin_prefetch(${printer.addressOf(stream, at)}, 0, ${near});`);
}
