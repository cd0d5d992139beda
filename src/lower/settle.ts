/**
 * Which operands are put into memory before they are read: what is costly or awkward to compute more than once.
 *
 * @module
 */
import { bytesOf } from "../base/mod.ts";
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

/**
 * Follows what is made of a product's result, one to one: where more than one reads it, it is put into memory, as the
 * product's epilogue, in place of the result itself. So a residual stream is added up once, and half types are rounded once.
 */
export function finish(l: Lowering, node: Node, value: Value): void {
  const isNext = (v: Value) => {
    const { shape } = v.type, own = value.type.shape;
    return l.finishing.has(v) && !growsBeyond(shape, own) && !growsBeyond(own, shape);
  };
  const { op } = node, isView = op.kind === "remap";
  if (op.kind !== "einsum" && (!node.inputs.some(isNext) || (isView && op.valid))) return;
  if ((l.uses.get(value) ?? 0) <= 1) l.finishing.add(value);
  else if (isView) settleBeneath(l, node, value, true);
  else keep(l, node);
}

/** Puts the node's result into memory, or what it only widens. */
export function keep(l: Lowering, node: Node): void {
  const [from] = node.inputs, value = node.outputs[0]!;
  const widens = node.op.kind === "cast" && bytesOf(from!.type.dtype) < bytesOf(value.type.dtype);
  if (!widens || l.homes.has(value)) return void l.realise(value, node.origin);
  l.realise(from!, node.origin);
  l.define(value, lazyOf(l.scalars, node, [l.lazy(from!)]));
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

/** Puts a value into memory, or what it is a larger view of; with `always`, of any size. */
function settleBeneath(l: Lowering, node: Node, value: Value, always = false): void {
  const views = viewsOf(l, value), seen = views[0]?.inputs[0] ?? value;
  const grows = always || growsBeyond(value.type.shape, seen.type.shape);
  l.realise(grows ? seen : value, node.origin);
  if (grows) again(l, views);
}
