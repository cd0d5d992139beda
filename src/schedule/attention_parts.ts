/**
 * What attention is put together from: sums of products, elementwise nests, reductions of rows.
 *
 * @module
 */
import { type Expr, int, isInt } from "../ir/expr/mod.ts";
import type { Origin } from "../ir/graph/mod.ts";
import {
  type Axis,
  type Buffer,
  longAxes,
  type LoopStatement,
  type Nest,
  type Scalar,
  type Scalars,
  type Store,
} from "../ir/loops/mod.ts";

/** `store[axes] = epilogue(Σ_over x · y)`, by whatever statement. */
export interface Product {
  readonly statement: LoopStatement;
  readonly name: string;
  readonly origin: Origin | undefined;
  readonly axes: readonly Axis[];
  readonly over: readonly Axis[];
  readonly x: Scalar;
  readonly y: Scalar;
  readonly accumulate: Buffer["dtype"];
  readonly epilogue: Scalar;
  readonly store: Store;
}

/** The statement as a sum of products, its scalars of the table `scalars`. */
export function productOf(s: LoopStatement, scalars: Scalars): Product | undefined {
  const own = (x: Scalar) => scalars.substitute(x, new Map());
  if (s.kind === "contraction") {
    const { name, origin, batch, m, n, k, accumulate, store } = s, axes = [...batch, ...m, ...n];
    const common = { statement: s, name, origin, axes, over: k, accumulate, store };
    return { ...common, x: own(s.a), y: own(s.b), epilogue: own(s.epilogue) };
  }
  if (s.kind !== "nest" || s.reduce?.fn !== "sum") return undefined;
  const value = own(s.value), { name, origin, axes, store, reduce: { over } } = s;
  if (value.kind !== "apply" || value.fn !== "mul") return undefined;
  const [x, y] = value.args as readonly [Scalar, Scalar], accumulate = value.dtype;
  const common = { statement: s, name, origin, axes, over, accumulate, store };
  return { ...common, x, y, epilogue: scalars.accumulator(accumulate) };
}

/** The nest, when it computes each element of a buffer from nothing but its position. */
export function elementwise(s: LoopStatement | undefined): Nest | undefined {
  return s?.kind === "nest" && !s.reduce && storesAxes(s.axes, s.store) ? s : undefined;
}

/** The nest, when it reduces rows. */
export function reduction(s: LoopStatement | undefined, fn: "max" | "sum" | "any"): Nest | undefined {
  return s?.kind === "nest" && s.reduce?.fn === fn && storesAxes(s.axes, s.store) ? s : undefined;
}

/** True when every position is one of the axes, each once, or an axis of one element. */
export function storesAxes(axes: readonly Axis[], store: Store): boolean {
  const found = store.index.map((e) => axes.find((a) => a.sym === e));
  const named = found.filter((a) => a !== undefined);
  if (found.some((a, n) => !a && !isInt(store.index[n]!, 0))) return false;
  return new Set(named).size === named.length &&
    axes.every((a) => named.includes(a) || isInt(a.extent, 1));
}

/** What stands for the axes where the store's buffer is read at `index`. */
export function axesAt(axes: readonly Axis[], store: Store, index: readonly Expr[]): Map<string, Expr> {
  const map = new Map<string, Expr>();
  for (const a of axes) {
    const at = store.index.indexOf(a.sym);
    map.set(a.sym.name, at < 0 || isInt(a.extent, 1) ? int(0) : index[at]!);
  }
  return map;
}

/** What stands for axes that run as `others` do, axes of one element apart. */
export function alike(axes: readonly Axis[], others: readonly Axis[]): Map<string, Expr> | undefined {
  const [mine, theirs] = [longAxes(axes), longAxes(others)], map = new Map<string, Expr>();
  if (mine.length !== theirs.length || mine.some((a, n) => a.extent !== theirs[n]!.extent)) return undefined;
  for (const a of axes) map.set(a.sym.name, int(0));
  mine.forEach((a, n) => map.set(a.sym.name, theirs[n]!.sym));
  return map;
}
