/**
 * Reductions whose lanes run along a kept axis: windows of few elements unrolled, with guards that hold away from the
 * borders left out there.
 *
 * @module
 */
import { add, asInt, type Expr, int, type Pred, symsOf, symsOfPred } from "../../ir/expr/mod.ts";
import {
  type Axis,
  loadsOf,
  operandsOf,
  type Scalar,
  type ScalarOf,
  scalarParts,
  Scalars,
  scalarsOf,
} from "../../ir/loops/mod.ts";
import type { Stage } from "../../ir/plan/mod.ts";
import { apart, assuming, guardParts } from "./guards.ts";

/** Elements of a window, and scalars of all elements that are printed one by one. */
const TAPS = 64, SCALARS = 512;
/** Elements of rows beneath one another that stay near while lanes go down them. */
const PLANE = 1 << 14;
/** Rows at a time; rows of a plane that are printed all. */
const STEP = 4, FEW = 8, MOST_ROWS = 7;
/** Share of loads that rows have to have in common. */
const SHARED = 0.75;

/** One element of a window: its position, and the value of every item there that is reduced. */
export interface Tap {
  readonly position: Expr;
  readonly values: readonly (Scalar | undefined)[];
}

/** A row of windows: their elements, and the items of the stage there. */
export interface Row {
  readonly taps: readonly Tap[];
  readonly items: Stage["items"];
}

/** Rows without guards that hold wherever `conditions` do. */
export interface Rows {
  readonly conditions: readonly Pred[];
  readonly rows: readonly Row[];
}

/** A window's elements. */
export interface Window {
  /** What no loop of the stage changes, and no guard hides. */
  readonly steady: readonly Scalar[];
  /** A row, everywhere and where guards that no lane decides hold. */
  readonly one: { readonly anywhere: Row; readonly inside?: Rows };
  /** Rows beneath one another that read much of the same. */
  readonly several?: Group;
  /** All rows, when they are few. */
  readonly whole?: Group;
}

/** Rows that are made together where guards that no lane decides hold, and `anywhere` if that is no longer code. */
export interface Group {
  readonly anywhere?: readonly Row[];
  readonly inside: Rows;
}

/** The elements of a stage's window, when there are few. */
export function windowOf(stage: Stage): Window | undefined {
  const extents = stage.over.map((a) => asInt(a.extent));
  if (extents.some((e) => e === undefined)) return undefined;
  const count = extents.reduce<number>((n, e) => n * e!, 1), values = reducedOf(stage.items);
  const size = count * scalarsOf(...values).length;
  if (count > TAPS || size > SCALARS || values.some(isBound)) return undefined;
  const scalars = new Scalars(), lane = stage.axes.at(-1)!.sym.name;
  const row = rowOf(stage, extents as readonly number[], scalars), all = valuesOf([row]);
  const conditions = guardParts(all, (p) => !symsOfPred(p).some((s) => s.name === lane));
  const anywhere = mapRow(row, (v) => apart(v, (name) => name === lane, scalars));
  const steady = steadyOf(
    [...all, ...row.items.filter((i) => !i.reduce).map((i) => i.value)],
    new Set(stage.axes.map((a) => a.sym.name)),
  );
  const inside = (rows: readonly Row[], facts: readonly Pred[]): Rows => {
    return { conditions: facts, rows: rows.map((r) => mapRow(r, (v) => assuming(v, facts, scalars))) };
  };
  const one = { anywhere, ...(conditions.length > 0 && { inside: inside([row], conditions) }) };
  const alone = size > SCALARS / 2 || stage.items.some((i) => isBound(i.value)); // loaded indices are of one row
  const many = alone ? undefined : rowsBeneath(stage, row, lane, scalars);
  if (!many) return { steady, one };
  const within = inside(many.rows, many.conditions), isMasked = hasLaneGuards(stage);
  const group = { inside: within, ...(!isMasked && { anywhere: many.rows }) };
  return { steady, one, ...(many.isAll ? { whole: group } : { several: group }) };
}

/** Rows that are worth making together, and what their guards ask of no lane; `isAll` when these are all rows. */
function rowsBeneath(stage: Stage, row: Row, lane: string, scalars: Scalars) {
  const down = stage.axes.at(-2), extent = down && asInt(down.extent);
  if (!down || extent === 1) return undefined;
  const few = extent !== undefined && extent <= FEW;
  const rows = Array.from({ length: few ? extent : stepOf(stage, extent) }, (_, n) => {
    return shifted(row, down, few ? int(n) : add(down.sym, int(n)), scalars);
  });
  const loads = (of: readonly Row[]) => loadsOf(...valuesOf(of)).filter((l) => !isSteady(l, stage)).length;
  if (loads(rows) > SHARED * rows.length * loads([row])) return undefined;
  const conditions = guardParts(valuesOf(rows), (p) => !symsOfPred(p).some((s) => s.name === lane));
  if (few && conditions.length > 0 && hasLaneGuards(stage)) return undefined;
  return { rows, conditions, isAll: few };
}

/** Rows at a time: more where lanes need no masks, and as many as leave few over. */
function stepOf(stage: Stage, extent: number | undefined): number {
  if (hasLaneGuards(stage) || extent === undefined) return STEP;
  const steps = Array.from({ length: MOST_ROWS - STEP + 1 }, (_, n) => MOST_ROWS - n);
  return steps.reduce((best, n) => (extent % n < extent % best ? n : best));
}

/** All taps of the stage at its own axes. */
function rowOf(stage: Stage, extents: readonly number[], scalars: Scalars): Row {
  const taps = positionsOf(extents).map((at, n): Tap => {
    const map = new Map(stage.over.map((a, k) => [a.sym.name, int(at[k]!) as Expr]));
    const values = stage.items.map((i) => i.reduce && scalars.substitute(i.value, map));
    return { position: int(n), values };
  });
  const items = stage.items.map((i) => ({ ...i, value: scalars.substitute(i.value, new Map()) }));
  return { taps, items };
}

/** The row at another position of `axis`. */
function shifted(row: Row, axis: Axis, to: Expr, scalars: Scalars): Row {
  const map = new Map([[axis.sym.name, to]]);
  const items = row.items.map((i) => ({
    ...i,
    value: scalars.substitute(i.value, map),
    store: { ...i.store, index: Scalars.indices(i.store.index, map) },
  }));
  return { ...mapRow(row, (v) => scalars.substitute(v, map)), items };
}

function mapRow({ taps, items }: Row, change: (value: Scalar) => Scalar): Row {
  return { items, taps: taps.map((t) => ({ ...t, values: t.values.map((v) => v && change(v)) })) };
}

function valuesOf(rows: readonly Row[]): readonly Scalar[] {
  return rows.flatMap((r) => r.taps.flatMap((t) => t.values.filter((v) => v !== undefined)));
}

/** The values that a stage reduces. */
export function reducedOf(items: Stage["items"]): readonly Scalar[] {
  return items.filter((i) => i.reduce).map((i) => i.value);
}

function isSteady(load: ScalarOf<"load">, stage: Stage): boolean {
  const loops = new Set(stage.axes.map((a) => a.sym.name));
  return !load.index.some((e) => symsOf(e).some((x) => loops.has(x.name)));
}

/** The largest parts of `values` that depend on none of `loops`, that no guard hides and no loaded index leads to. */
function steadyOf(values: readonly Scalar[], loops: ReadonlySet<string>): readonly Scalar[] {
  const found = new Set<Scalar>();
  const visit = (s: Scalar): void => {
    if (s.kind === "literal" || found.has(s)) return;
    const { exprs, preds } = scalarParts(s);
    const symbols = [...exprs.flatMap(symsOf), ...preds.flatMap(symsOfPred)];
    if (!symbols.some((x) => loops.has(x.name)) && !isBound(s)) found.add(s);
    else if (s.kind !== "guarded" && s.kind !== "bound") operandsOf(s).forEach(visit);
  };
  values.forEach(visit);
  return [...found];
}

function isBound(value: Scalar): boolean {
  return scalarsOf(value).some((s) => s.kind === "bound");
}

/** All positions of axes with these extents, row-major. */
function positionsOf(extents: readonly number[]): readonly (readonly number[])[] {
  return extents.reduce<readonly (readonly number[])[]>(
    (all, extent) => all.flatMap((at) => Array.from({ length: extent }, (_, n) => [...at, n])),
    [[]],
  );
}

/** True when lanes should stay and rows pass: masks of the lanes are then made once. */
export function goesDown(stage: Stage): boolean {
  if (!hasLaneGuards(stage)) return false;
  const plane = stage.axes.reduce((n, a: Axis) => n * (asInt(a.extent) ?? PLANE), 1);
  return plane <= PLANE;
}

/** True where guards ask for the lane. */
function hasLaneGuards(stage: Stage): boolean {
  const lane = stage.axes.at(-1)?.sym.name, { preds } = scalarParts(...stage.items.map((i) => i.value));
  return preds.some((p) => symsOfPred(p).some((s) => s.name === lane));
}
