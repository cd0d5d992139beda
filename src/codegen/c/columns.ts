/**
 * Reductions whose lanes run along a kept axis: windows of few elements unrolled, with guards that hold away from the
 * borders left out there.
 *
 * @module
 */
import { asInt, type Expr, int, type Pred, symsOf, symsOfPred } from "../../ir/expr/mod.ts";
import { type Axis, operandsOf, type Scalar, Scalars, scalarsOf } from "../../ir/loops/mod.ts";
import type { Stage } from "../../ir/plan/mod.ts";
import { apart, assuming, guardParts } from "./guards.ts";

/** Elements of a window, and scalars of all its elements, that are printed one by one. */
const TAPS = 64, SCALARS = 512;
/** Elements of rows beneath one another that stay near while lanes go down them. */
const PLANE = 1 << 16;

/** One element of a window: its position, and the value of every item there. */
export interface Tap {
  readonly position: Expr;
  readonly values: readonly Scalar[];
}

/** A window's elements, everywhere and where guards that no lane decides hold. */
export interface Window {
  /** What no loop of the stage changes, and no guard hides. */
  readonly steady: readonly Scalar[];
  readonly anywhere: readonly Tap[];
  readonly inside?: { readonly conditions: readonly Pred[]; readonly taps: readonly Tap[] };
}

/** The elements of a stage's window, when there are few. */
export function windowOf(stage: Stage): Window | undefined {
  const extents = stage.over.map((a) => asInt(a.extent));
  if (extents.some((e) => e === undefined)) return undefined;
  const count = extents.reduce<number>((n, e) => n * e!, 1), values = stage.items.map((i) => i.value);
  if (count > TAPS || count * scalarsOf(...values).length > SCALARS || values.some(isBound)) return undefined;
  const scalars = new Scalars(), lane = stage.axes.at(-1)!.sym.name;
  const taps = positionsOf(extents as readonly number[]).map((at, n): Tap => {
    const map = new Map(stage.over.map((a, k) => [a.sym.name, int(at[k]!) as Expr]));
    return { position: int(n), values: values.map((v) => scalars.substitute(v, map)) };
  });
  const all = taps.flatMap((t) => t.values);
  const conditions = guardParts(all, (p) => !symsOfPred(p).some((s) => s.name === lane));
  const anywhere = taps.map((t) => ({
    ...t,
    values: t.values.map((v) => apart(v, (name) => name === lane, scalars)),
  }));
  const steady = steadyOf(all, new Set(stage.axes.map((a) => a.sym.name)));
  if (conditions.length === 0) return { steady, anywhere };
  const inner = taps.map((t) => ({ ...t, values: t.values.map((v) => assuming(v, conditions, scalars)) }));
  return { steady, anywhere, inside: { conditions, taps: inner } };
}

/** Loads in `values` that depend on none of `loops`. */
function steadyOf(values: readonly Scalar[], loops: ReadonlySet<string>): readonly Scalar[] {
  const found = new Set<Scalar>();
  const visit = (s: Scalar): void => {
    if (s.kind === "load" && !s.index.some((e) => symsOf(e).some((x) => loops.has(x.name)))) found.add(s);
    else if (s.kind !== "guarded") operandsOf(s).forEach(visit);
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
  const plane = stage.axes.reduce((n, a: Axis) => n * (asInt(a.extent) ?? PLANE), 1);
  return plane <= PLANE;
}
