/**
 * Nodes that need memory: products, reductions, concatenations, scatters, routines.
 *
 * @module
 */
import type { DType } from "../base/mod.ts";
import { add, type Expr, int } from "../ir/expr/mod.ts";
import type { Node, OpOf, Value } from "../ir/graph/mod.ts";
import { type Buffer, tempBuffer } from "../ir/loops/mod.ts";
import { computeType } from "../ir/scalar/mod.ts";
import { emitEinsum } from "./contraction.ts";
import { lowerCast, lowerScatterIndex } from "./elementwise.ts";
import { fromBuffer } from "./lazy.ts";
import { finish, settle } from "./settle.ts";
import { from, type Lowering } from "./state.ts";

/** A contraction of operands that packing may read several times. */
export function lowerEinsum(l: Lowering, node: Node, op: OpOf<"einsum">): void {
  for (const value of node.inputs) settle(l, node, value, 3);
  const out = node.outputs[0]!, wide = computeType(out.type.dtype);
  defineThrough(l, node, out, wide, (buffer) => emitEinsum(l, node, op, buffer));
  finish(l, node, out);
}

/** Emits into a buffer of type `wide`; a narrower value is a cast on top. */
function defineThrough(
  l: Lowering,
  node: Node,
  out: Value,
  wide: DType,
  emit: (buffer: Buffer) => void,
): void {
  const direct = wide === out.type.dtype;
  const buffer = direct ? l.place(out) : tempBuffer(l.name(`${out.name}_wide`), wide, out.type.shape);
  emit(buffer);
  const lazy = fromBuffer(buffer, l.scalars);
  l.define(out, direct ? lazy : lowerCast(l.scalars, out.type, lazy));
  if (l.homes.has(out)) l.realise(out, node.origin);
}

/** A nest over the kept dims that runs over the others; half types add up in f32. */
export function lowerReduce(l: Lowering, node: Node, op: OpOf<"reduce">): void {
  const x = l.lazy(node.inputs[0]!), out = node.outputs[0]!;
  const arg = op.fn === "argmin" || op.fn === "argmax";
  const wide = arg ? "i64" : computeType(out.type.dtype);
  defineThrough(l, node, out, wide, (buffer) => {
    const axes = l.axes(x.type.shape);
    const kept = axes.filter((_, n) => !op.dims.includes(n)),
      over = axes.filter((_, n) => op.dims.includes(n));
    const element = x.at(axes.map((a) => a.sym));
    const value = l.scalars.cast(
      element,
      op.fn === "any" || op.fn === "all" ? "bool" : computeType(element.dtype),
    );
    const store = { buffer, index: kept.map((a) => a.sym) };
    l.emit({
      kind: "nest",
      name: buffer.name,
      ...from(node),
      axes: kept,
      value,
      store,
      reduce: { fn: op.fn, over },
    });
  });
}

/** A store for each part, at its place. */
export function lowerConcat(l: Lowering, node: Node, op: OpOf<"concat">): void {
  const out = node.outputs[0]!, buffer = l.place(out);
  let start: Expr = int(0);
  for (const value of node.inputs) {
    const offset = value.type.shape.map((_, n) => (n === op.dim ? start : int(0)));
    l.store(l.lazy(value), buffer, node.origin, offset);
    start = add(start, value.type.shape[op.dim]!);
  }
  l.define(out, fromBuffer(buffer, l.scalars));
}

/** The values that updates go into, then the updates one after the other. */
export function lowerScatter(l: Lowering, node: Node, op: OpOf<"scatter">): void {
  const [into, updates, ...operands] = node.inputs as [Value, Value, ...Value[]];
  const out = node.outputs[0]!, buffer = l.place(out);
  l.store(l.lazy(into), buffer, node.origin);
  const axes = l.axes(updates.type.shape), at = axes.map((a) => a.sym);
  const lookup = lowerScatterIndex(l, op, at, operands.map((v) => l.lazy(v)));
  const value = l.lazy(updates).at(at);
  const store = { buffer, index: lookup.index };
  l.emit({
    kind: "scatter",
    name: buffer.name,
    ...from(node),
    axes,
    value,
    combine: op.combine,
    store,
    bounds: lookup.bounds,
  });
  l.define(out, fromBuffer(buffer, l.scalars));
}

/** A call on dense memory, with buffers of its own for all results. */
export function lowerRoutine(l: Lowering, node: Node, op: OpOf<"routine">): void {
  const inputs = node.inputs.map((v) => l.contiguous(v, node.origin));
  const outputs = node.outputs.map((v) => tempBuffer(l.name(v.name), v.type.dtype, v.type.shape));
  const { routine, attrs } = op;
  l.emit({
    kind: "routine",
    name: routine,
    routine,
    attrs,
    inputs,
    outputs,
    binds: node.binds ?? [],
    ...from(node),
  });
  node.outputs.forEach((v, n) => l.define(v, fromBuffer(outputs[n]!, l.scalars)));
}
