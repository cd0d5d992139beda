/**
 * A group of nests to stages: nests with the same inner loops share them, and pass values in registers.
 *
 * @module
 */
import { type Expr, int, isInt } from "../ir/expr/mod.ts";
import { type Axis, type IndexMap, longAxes, type Nest, type Scalar, Scalars } from "../ir/loops/mod.ts";
import type { Item } from "../ir/plan/mod.ts";
import { contiguity, loadsOfNest, reducesColumns } from "./align.ts";
import { loopsOf } from "./flatten.ts";
import type { Group } from "./fuse.ts";

/** A stage under construction: axes are already the stage's own. */
export interface Draft {
  readonly axes: readonly Axis[];
  readonly over: readonly Axis[];
  readonly vector: "axes" | "over" | "none";
  readonly items: readonly Omit<Item, "stored">[];
}

/** The kernel's outer axes and the stages in order. */
export interface Staged {
  readonly outer: readonly Axis[];
  readonly drafts: readonly Draft[];
}

/** A nest whose outer axes are the kernel's and whose axes of one element are gone. */
function settle(nest: Nest, outer: readonly Axis[], scalars: Scalars): Nest {
  const map = new Map<string, Expr>();
  nest.axes.slice(0, outer.length).forEach((a, n) => map.set(a.sym.name, at(outer[n]!)));
  const inner = nest.axes.slice(outer.length), over = nest.reduce?.over ?? [];
  for (const a of [...inner, ...over]) if (isInt(a.extent, 1)) map.set(a.sym.name, int(0));
  const renamed = rename(nest, map, scalars);
  const { reduce: _, ...plain } = renamed, axes = longAxes(inner);
  if (!nest.reduce) return { ...plain, axes };
  const reduce = { fn: nest.reduce.fn, over: longAxes(over) };
  if (reduce.over.length > 0) return { ...plain, axes, reduce };
  const isPosition = reduce.fn === "argmin" || reduce.fn === "argmax"; // of the only element
  return { ...plain, axes, value: isPosition ? scalars.literal(0n, "i64") : plain.value };
}

function at(axis: Axis): Expr {
  return isInt(axis.extent, 1) ? int(0) : axis.sym;
}

function rename(nest: Nest, map: IndexMap, scalars: Scalars): Nest {
  if (map.size === 0) return nest;
  const store = { ...nest.store, index: Scalars.indices(nest.store.index, map) };
  return { ...nest, store, value: scalars.substitute(nest.value, map) };
}

/** Splits a group into stages. */
export function stage(group: Group, scalars: Scalars): Staged {
  const outer = group.nests[0]!.axes.slice(0, group.depth);
  const drafts: Draft[] = [];
  const madeIn = new Map<string, number>();
  for (const whole of group.nests) {
    const nest = settle(whole, outer, scalars);
    const index = place(drafts, nest, madeIn, scalars);
    if (index === undefined) {
      madeIn.set(nest.store.buffer.name, drafts.length);
      drafts.push(draftOf(nest));
      continue;
    }
    madeIn.set(nest.store.buffer.name, index);
    drafts[index] = merge(drafts[index]!, nest, scalars);
  }
  return { outer: longAxes(outer), drafts };
}

function draftOf(nest: Nest): Draft {
  const over = nest.reduce?.over ?? [];
  const { axes, vector } = lanes(nest, over);
  const item = {
    name: nest.name,
    value: nest.value,
    store: nest.store,
    ...(nest.reduce && { reduce: nest.reduce.fn }),
  };
  return { axes, over, vector, items: [item] };
}

/** Where vector lanes go; parallel axes may be reordered so that the last is the most contiguous one. */
function lanes(nest: Nest, over: readonly Axis[]): Pick<Draft, "axes" | "vector"> {
  const { axes } = nest;
  if (over.length > 0 && (axes.length === 0 || !reducesColumns(nest))) return { axes, vector: "over" };
  if (axes.length === 0) return { axes, vector: "none" };
  const scores = axes.map((a) => contiguity(nest, a));
  const best = scores.lastIndexOf(Math.max(...scores));
  return { axes: [...axes.filter((_, n) => n !== best), axes[best]!], vector: "axes" };
}

/** The stage that a nest may join: same loops, nothing it reads is made later, or in it at another element. */
function place(
  drafts: readonly Draft[],
  nest: Nest,
  madeIn: ReadonlyMap<string, number>,
  scalars: Scalars,
): number | undefined {
  const loads = loadsOfNest(nest);
  const after = Math.max(-1, ...loads.map((l) => madeIn.get(l.buffer.name) ?? -1));
  for (let n = Math.max(0, after); n < drafts.length; n++) {
    const draft = drafts[n]!, beside = n === after ? pairBeside(draft, nest, scalars) : undefined;
    const pairs = beside ?? pairUp(draft, nest) ?? pairAcross(draft, nest)?.map;
    if (!pairs) continue;
    const same = (l: typeof loads[number]) =>
      readsSame(draft, l.buffer.name, l.index, pairs, beside !== undefined);
    if (n !== after || loads.every(same)) return n;
  }
  return undefined;
}

/** True for items that are made of a stage's sums, beside these: lanes run along kept axes. */
export function isBeside(draft: Pick<Draft, "over" | "vector">, item: Pick<Item, "reduce">): boolean {
  return draft.over.length > 0 && draft.vector === "axes" && !item.reduce;
}

/** Maps a map's axes to those of a stage whose sums it reads, when the stage's loops stay as they are with it. */
function pairBeside(draft: Draft, nest: Nest, scalars: Scalars): Map<string, Expr> | undefined {
  if (nest.reduce || draft.over.length === 0 || draft.vector !== "axes") return undefined;
  const order = nest.axes.length === draft.axes.length ? matchOrder(draft, nest) : undefined;
  if (!order) return undefined;
  const map = new Map(nest.axes.map((a, n) => [a.sym.name, order[n]!.sym as Expr]));
  const own = lanes(nest, []).axes.at(-1);
  if (own && map.get(own.sym.name) !== draft.axes.at(-1)!.sym) return undefined;
  const both = { ...draft, items: [...draft.items, mapped(nest, map, scalars)] };
  return loopsOf(both, scalars) === loopsOf(draft, scalars) ? map : undefined;
}

/** The nest's item with its axes renamed. */
function mapped(nest: Nest, map: IndexMap, scalars: Scalars): Draft["items"][number] {
  const store = { ...nest.store, index: Scalars.indices(nest.store.index, map) };
  return { name: nest.name, value: scalars.substitute(nest.value, map), store };
}

/** Maps the nest's axes to the stage's when their loops are the same. */
function pairUp(draft: Draft, nest: Nest): Map<string, Expr> | undefined {
  const over = nest.reduce?.over ?? [];
  if ((over.length === 0) !== (draft.over.length === 0) || over.length !== draft.over.length) {
    return undefined;
  }
  if (draft.axes.length !== nest.axes.length || draft.items.some((i) => isBeside(draft, i))) return undefined;
  const map = new Map<string, Expr>();
  if (over.some((a, n) => a.extent !== draft.over[n]!.extent)) return undefined;
  over.forEach((a, n) => map.set(a.sym.name, draft.over[n]!.sym));
  const sorted = lanes(nest, over);
  if (sorted.vector !== draft.vector && nest.reduce) return undefined;
  const order = matchOrder(draft, nest);
  if (!order) return undefined;
  nest.axes.forEach((a, n) => map.set(a.sym.name, order[n]!.sym));
  return map;
}

/** A stage that makes elements while it reduces them, and how a nest's axes are its loops. */
interface Across {
  readonly map: Map<string, Expr>;
  readonly axes: readonly Axis[];
  readonly over: readonly Axis[];
}

/**
 * Elements and their reduction in one pass: a reduction over the last axes of a map stage, or a map over all axes of
 * a stage that reduces the last of them.
 */
function pairAcross(draft: Draft, nest: Nest): Across | undefined {
  const loops = [...nest.axes, ...nest.reduce?.over ?? []];
  const order = draft.over.length > 0
    ? [...draft.axes, ...draft.over]
    : matchOrder(draft, { ...nest, axes: loops });
  if (!order || order.length !== loops.length || loops.some((a, n) => a.extent !== order[n]!.extent)) {
    return undefined;
  }
  const kept = nest.reduce ? nest.axes.length : draft.axes.length;
  if (nest.reduce ? !isMapAlong(draft, order.at(-1)) : draft.over.length === 0 || draft.vector !== "over") {
    return undefined;
  }
  if (lanes(nest, nest.reduce?.over ?? []).vector !== (nest.reduce ? "over" : "axes")) return undefined;
  const map = new Map(loops.map((a, n) => [a.sym.name, order[n]!.sym as Expr]));
  return { map, axes: order.slice(0, kept), over: order.slice(kept) };
}

/** True for a stage of elements whose lanes run along `last`. */
function isMapAlong(draft: Draft, last: Axis | undefined): boolean {
  return draft.over.length === 0 && draft.vector === "axes" && draft.axes.at(-1) === last;
}

/** The stage's axes in the nest's order: by what the stage's first item stores at each position. */
function matchOrder(draft: Draft, nest: Nest): readonly Axis[] | undefined {
  const byName = new Map(draft.axes.map((a) => [a.sym.name, a]));
  const original = draft.items[0]!.store.index
    .map((e) => (e.kind === "sym" ? byName.get(e.name) : undefined)).filter((a) => a !== undefined);
  const order = original.length === draft.axes.length ? original : draft.axes;
  return nest.axes.every((a, n) => a.extent === order[n]?.extent) ? order : undefined;
}

/** True when a load of something made in this stage reads the element that the stage is making; sums, only `beside`. */
function readsSame(
  draft: Draft,
  buffer: string,
  index: readonly Expr[],
  map: IndexMap,
  beside: boolean,
): boolean {
  const item = draft.items.find((i) => i.store.buffer.name === buffer);
  if (!item) return true;
  if (item.reduce && !beside) return false;
  const here = Scalars.indices(index, map);
  return here.every((e, n) => e === item.store.index[n]);
}

function merge(draft: Draft, nest: Nest, scalars: Scalars): Draft {
  const plain = pairBeside(draft, nest, scalars) ?? pairUp(draft, nest);
  const across = plain ? undefined : pairAcross(draft, nest)!, map = plain ?? across!.map;
  const made = new Map(draft.items.filter((i) => !i.reduce).map((i) => [i.store.buffer.name, i]));
  const value: Scalar = scalars.rewrite(nest.value, map, (leaf) => {
    if (leaf.kind !== "load") return undefined;
    return made.get(leaf.buffer.name)?.value;
  });
  const store = { ...nest.store, index: Scalars.indices(nest.store.index, map) };
  const item = { name: nest.name, value, store, ...(nest.reduce && { reduce: nest.reduce.fn }) };
  const loops = across && { axes: across.axes, over: across.over, vector: "over" as const };
  return { ...draft, ...loops, items: [...draft.items, item] };
}
