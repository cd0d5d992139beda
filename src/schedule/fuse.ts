/**
 * Which nests share a kernel: one pass over a block, each nest joins an earlier group or opens one.
 *
 * A nest may join a group when its leading axes are the group's, and everything it reads from the group it reads in
 * the same outer iteration. It should when they share memory traffic.
 *
 * @module
 */
import { isInt, symsOf } from "../ir/expr/mod.ts";
import { type Axis, type Buffer, loadsOf, type LoopStatement, type Nest } from "../ir/loops/mod.ts";
import {
  alignedDepth,
  commonExtents,
  loadsOfNest,
  reducesColumns,
  staticSize,
  storesPlainly,
} from "./align.ts";
import { readsOf, writesOf } from "./dependence.ts";

/** Nests that run in one kernel, sharing `depth` outer axes. */
export interface Group {
  readonly kind: "group";
  readonly nests: readonly Nest[];
  readonly depth: number;
}

/** What a block becomes: groups and the statements that stand alone. */
export type Unit = Group | { readonly kind: "alone"; readonly statement: Exclude<LoopStatement, Nest> };

/** Outer iterations that are enough to keep cores busy. */
const ENOUGH = 16;
/** Outer iterations that are enough where each shares what it reads. */
const FEW_ROWS = 7;
/** Elements that one core may as well do alone. */
const SMALL = 1 << 13;
/** Elements of a row beside which one more is nothing. */
const LONG_ROW = 128;
/** Nests in one kernel; more only costs compile time. */
const MOST = 24;

/** Outer axes that a nest can give at most: map nests and column reductions keep one axis for vector lanes. */
function ownDepth(nest: Nest): number {
  if (nest.reduce && !reducesColumns(nest)) return nest.axes.length;
  return sharedDepth(nest) ?? Math.max(0, nest.axes.findLastIndex((a) => !isInt(a.extent, 1)));
}

/** The depth of a nest that keeps two axes, as windows along the outer one of these read much of the same. */
function sharedDepth(nest: Nest): number | undefined {
  const inner = nest.axes.findLastIndex((a) => !isInt(a.extent, 1));
  const beneath = nest.axes.findLastIndex((a, n) => n < inner && !isInt(a.extent, 1));
  return beneath > 0 && sharesWindow(nest, nest.axes[beneath]!, beneath) ? beneath : undefined;
}

/** True where windows along `axis` read much of the same, and the axes before it, as many as that, keep cores busy. */
function sharesWindow({ axes, reduce, value }: Nest, axis: Axis, before: number): boolean {
  if (!reduce || (staticSize(axes.slice(0, before)) ?? ENOUGH) < FEW_ROWS) return false;
  const over = new Set(reduce.over.filter((a) => !isInt(a.extent, 1)).map((a) => a.sym.name));
  return loadsOf(value).some(({ index }) =>
    index.some((e) => {
      const names = symsOf(e).map((s) => s.name);
      return names.includes(axis.sym.name) && names.some((name) => over.has(name));
    })
  );
}

/** A value for each of the group's outer iterations, beside rows so long that it counts for nothing: a norm's factor. */
function isOfRows({ nests, depth }: Group, nest: Nest): boolean {
  if (depth === 0 || nest.reduce || nest.axes.slice(depth).some((a) => !isInt(a.extent, 1))) return false;
  return nests.some((n) =>
    (staticSize([...n.axes.slice(depth), ...(n.reduce?.over ?? [])]) ?? 0) >= LONG_ROW
  );
}

/** Groups the nests of a block; order of units respects dependences. */
export function fuse(block: readonly LoopStatement[]): readonly Unit[] {
  const units: Unit[] = [];
  for (const statement of block) {
    if (statement.kind !== "nest") {
      units.push({ kind: "alone", statement });
      continue;
    }
    const place = findPlace(units, statement);
    if (place) units[place.at] = place.group;
    else {
      const group = { kind: "group", nests: [statement], depth: ownDepth(statement) } as const;
      if (isPreparation(units, statement)) units.unshift(group);
      else units.push(group);
    }
  }
  return units;
}

/** True for little that is made of constants alone: it comes first, so that nothing that reads it has to wait there. */
function isPreparation(units: readonly Unit[], nest: Nest): boolean {
  const loads = loadsOfNest(nest), { buffer } = nest.store;
  const work = staticSize([...nest.axes, ...(nest.reduce?.over ?? [])]) ?? Infinity;
  if (loads.length === 0 || buffer.role !== "temp" || work > SMALL) return false;
  if (loads.some((l) => l.buffer.role !== "constant")) return false;
  const used = new Set([buffer.name, ...loads.map((l) => l.buffer.name)]);
  return !units.some((unit) =>
    unit.kind === "group"
      ? unit.nests.some((n) => used.has(n.store.buffer.name))
      : !isPlain(unit.statement) || writesOf(unit.statement).some((b) => used.has(b.name))
  );
}

function findPlace(units: readonly Unit[], nest: Nest): { at: number; group: Group } | undefined {
  const reads = new Set(loadsOfNest(nest).map((l) => l.buffer.name));
  for (let at = units.length - 1; at >= 0 && at >= units.length - 64; at--) {
    const unit = units[at]!;
    const group = unit.kind === "group" ? join(unit, nest, reads) : undefined;
    if (group) return { at, group };
    if (mustFollow(unit, nest, reads)) return undefined;
  }
  return undefined;
}

/** True for statements that other statements may pass, their memory apart. */
function isPlain({ kind }: LoopStatement): boolean {
  return kind === "contraction" || kind === "attention" || kind === "scatter" || kind === "routine";
}

/** True when the nest cannot run before `unit` is done. */
function mustFollow(unit: Unit, nest: Nest, reads: ReadonlySet<string>): boolean {
  if (unit.kind === "alone") {
    const { statement } = unit;
    if (!isPlain(statement)) return true;
    return writesOf(statement).some((b) => reads.has(b.name)) ||
      [...readsOf(statement), ...writesOf(statement)].some((b) => b.name === nest.store.buffer.name) ||
      (statement.kind === "routine" && statement.binds.length > 0);
  }
  return unit.nests.some((n) =>
    reads.has(n.store.buffer.name) || n.store.buffer.name === nest.store.buffer.name ||
    loadsOfNest(n).some((l) => l.buffer.name === nest.store.buffer.name)
  );
}

/** The group with the nest in it, if that is legal and worth it. */
function join(group: Group, nest: Nest, reads: ReadonlySet<string>): Group | undefined {
  if (group.nests.length >= MOST) return undefined;
  const first = group.nests[0]!;
  const most = isOfRows(group, nest) ? group.depth : ownDepth(nest);
  let depth = Math.min(group.depth, most, commonExtents(first.axes, nest.axes));
  const own = new Map(group.nests.map((n) => [n.store.buffer.name, n]));
  if (own.has(nest.store.buffer.name)) return undefined; // parts of one buffer (concat) stay apart
  const target = nest.store.buffer.name;
  if (group.nests.some((n) => loadsOfNest(n).some((l) => l.buffer.name === target))) return undefined;
  for (const load of loadsOfNest(nest)) {
    const producer = own.get(load.buffer.name);
    if (!producer) continue;
    if (!storesPlainly(producer)) return undefined;
    depth = Math.min(depth, alignedDepth(load, nest.axes));
  }
  return worthwhile(group, nest, depth, reads)
    ? { ...group, nests: [...group.nests, nest], depth }
    : undefined;
}

/** True when sharing a kernel saves memory traffic and leaves both sides the iterations that keep cores busy. */
function worthwhile(group: Group, nest: Nest, depth: number, reads: ReadonlySet<string>): boolean {
  const shared = group.nests.some((n) =>
    reads.has(n.store.buffer.name) || loadsOfNest(n).some((l) => reads.has(l.buffer.name))
  );
  const work = (n: Nest) => staticSize([...n.axes, ...(n.reduce?.over ?? [])]) ?? Infinity;
  const total = group.nests.reduce((sum, n) => sum + work(n), work(nest));
  if (depth === 0) return total <= SMALL;
  if (!shared) return total <= SMALL && sameAxes(group.nests[0]!, nest);
  const rows = (n: number, axes = nest.axes) => staticSize(axes.slice(0, n)) ?? Infinity;
  const enough = group.nests.some((n) => n.reduce && sharedDepth(n) !== undefined) ? FEW_ROWS : ENOUGH;
  const alone = Math.min(enough, rows(ownDepth(nest)));
  const loses = rows(depth) < rows(group.depth, group.nests[0]!.axes) || rows(depth) < alone;
  return rows(depth) >= enough || !loses || total <= SMALL;
}

function sameAxes(a: Nest, b: Nest): boolean {
  return a.axes.length === b.axes.length && commonExtents(a.axes, b.axes) === a.axes.length;
}

/** Buffers that a unit reads. */
export function readsOfUnit(unit: Unit): readonly Buffer[] {
  return unit.kind === "alone"
    ? readsOf(unit.statement)
    : unit.nests.flatMap((n) => loadsOfNest(n).map((l) => l.buffer));
}
