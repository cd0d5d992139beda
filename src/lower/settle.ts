/**
 * Which operands are put into memory before they are read: what is costly or awkward to compute more than once.
 *
 * @module
 */
import { asInt, type Expr, numel } from "../ir/expr/mod.ts";
import { isBent, isWindow, type Node, type Value } from "../ir/graph/mod.ts";
import { lazyOf } from "./elementwise.ts";
import type { Lazy } from "./lazy.ts";
import type { Lowering } from "./state.ts";

/** Cost from which an operand is not computed again; beneath windows, even less. */
export const REUSE = 10;
const WINDOWS = 2;

/** An operand; a costly one that would be computed more often than once per element is put into memory first. */
export function operand(l: Lowering, node: Node, value: Value): Lazy {
  const lazy = l.lazy(value);
  const limit = readsWindows(node) ? WINDOWS : REUSE;
  const repeated = !lazy.buffer && lazy.cost >= limit &&
    growsBeyond(node.outputs[0]!.type.shape, value.type.shape);
  if (repeated) settleBeneath(l, node, value);
  return l.lazy(value);
}

/** Windows read an element once per tap, and what is put into memory beneath them may be a product's epilogue. */
function readsWindows({ op }: Node): boolean {
  return op.kind === "remap" && isWindow(op.index);
}

/** True unless `out` provably has no more elements than `from`. */
function growsBeyond(out: readonly Expr[], from: readonly Expr[]): boolean {
  const a = numel(out), b = numel(from);
  const [x, y] = [asInt(a), asInt(b)];
  return x !== undefined && y !== undefined ? x > y : a !== b;
}

/**
 * Reads a value for a contraction: packing reads an element several times, so only cheap ones stay lazy. Of a view
 * with more elements than what it looks at (the windows of a convolution), that is put into memory; so is a border
 * that reflects or an image whose pixels are repeated, since lanes that read it lie anywhere.
 */
export function settle(l: Lowering, node: Node, value: Value, limit: number): void {
  const lazy = l.lazy(value);
  if (lazy.buffer) return;
  if (lazy.cost > limit || lazy.loads > 2) return settleBeneath(l, node, value);
  const views = viewsOf(l, value);
  const at = views.findLastIndex(({ op }) => op.kind === "remap" && isBent(op.index));
  const windows = views.slice(at + 1), beneath = views[at]?.outputs[0];
  if (!beneath || !windows.some(readsWindows) || !growsBeyond(value.type.shape, beneath.type.shape)) return;
  l.realise(beneath, node.origin);
  again(l, windows);
}

/** The views between a value and what lies in memory or is computed, innermost first. */
function viewsOf(l: Lowering, value: Value): readonly Node[] {
  const view = l.lazy(value).buffer ? undefined : l.views.get(value);
  return view ? [...viewsOf(l, view.inputs[0]!), view] : [];
}

/** Defines views once more on what has been put into memory beneath them. */
function again(l: Lowering, views: readonly Node[]): void {
  for (const view of views) l.define(view.outputs[0]!, lazyOf(l.scalars, view, [l.lazy(view.inputs[0]!)]));
}

/** Puts a value into memory, or what it is a larger view of. */
function settleBeneath(l: Lowering, node: Node, value: Value): void {
  const views = viewsOf(l, value), seen = views[0]?.inputs[0] ?? value;
  const grows = growsBeyond(value.type.shape, seen.type.shape);
  l.realise(grows ? seen : value, node.origin);
  if (grows) again(l, views);
}
