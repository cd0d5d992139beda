/**
 * Graph to Loops: values stay functions of their index until something needs them in memory.
 *
 * @module
 */
import type { DType } from "../base/mod.ts";
import { add, type Expr, int, type Sym } from "../ir/expr/mod.ts";
import type { Graph, GraphInput, GraphOutput, Node, OpOf, Region, Value } from "../ir/graph/mod.ts";
import {
  type Block,
  type Buffer,
  type Loops,
  type LoopsOutput,
  rowMajor,
  tempBuffer,
} from "../ir/loops/mod.ts";
import { computeType } from "../ir/scalar/mod.ts";
import { emitEinsum, sameShape } from "./contraction.ts";
import { lazyOf, lowerCast, lowerScatterIndex } from "./elementwise.ts";
import { fromBuffer, type Lazy } from "./lazy.ts";
import { operand, REUSE, settle } from "./settle.ts";
import { countUses, Lowering } from "./state.ts";

/** Bodies larger than this many loads or this costly are put into memory rather than inlined further. */
const LIMIT = { loads: 12, cost: 400 } as const;

/** Lowers a verified, functional graph. */
export function lower(graph: Graph): Loops {
  const tensors = graph.outputs.filter((o) => o.kind === "tensor").map((o) => o.value);
  const l = new Lowering(countUses(graph.nodes, [...tensors, ...graph.effects.map((e) => e.value)]));
  const inputs = graph.inputs.map((input) => {
    const { name, type } = input.value;
    const buffer: Buffer = { name: l.name(name), ...type, strides: input.strides, offset: 0, role: "input" };
    l.define(input.value, fromBuffer(buffer, l.scalars));
    return { buffer, input };
  });
  const constants = graph.constants.map((constant) => {
    const { name, type } = constant.value;
    const strides = constant.strides.map((s) => int(s));
    const buffer: Buffer = { name: l.name(name), ...type, strides, offset: 0, role: "constant" };
    l.define(constant.value, fromBuffer(buffer, l.scalars));
    return { buffer, constant };
  });
  const given = new Set<Value>([...graph.inputs, ...graph.constants].map((x) => x.value));
  let outputs: LoopsOutput[] = [], effects: Loops["effects"] = [];
  const body = l.block(() => {
    giveHomes(l, graph.outputs, given);
    lowerNodes(l, graph.nodes);
    const kept = graph.inputs.filter(({ value }) => !graph.effects.some((e) => e.target === value));
    outputs = graph.outputs.map((leaf) => lowerOutput(l, leaf, kept, graph.outputs));
    effects = graph.effects.map((effect) => ({
      effect,
      target: l.lazy(effect.target).buffer!,
      from: detached(l, effect.value, given),
    }));
    effects.forEach(({ target, from }) => l.store(fromBuffer(from, l.scalars), target));
  });
  const { name, symbols, guards, fixed, inSpec, outSpec } = graph;
  return { name, symbols, guards, fixed, inSpec, outSpec, inputs, constants, body, outputs, effects };
}

/** Memory for a value that replaces an input's or constant's content: never memory that a copy may overwrite. */
function detached(l: Lowering, value: Value, given: ReadonlySet<Value>): Buffer {
  const buffer = l.realise(value);
  if (!given.has(value)) return buffer;
  const copy = tempBuffer(l.name(`${value.name}_saved`), buffer.dtype, buffer.shape);
  l.store(fromBuffer(buffer, l.scalars), copy);
  return copy;
}

/** Tensor outputs that are computed get an output buffer as their home, once per value. */
function giveHomes(l: Lowering, outputs: readonly GraphOutput[], given: ReadonlySet<Value>): void {
  outputs.forEach((leaf, n) => {
    if (leaf.kind !== "tensor" || given.has(leaf.value) || l.homes.has(leaf.value)) return;
    l.homes.set(leaf.value, outputBuffer(l, leaf, n));
  });
}

function outputBuffer(l: Lowering, leaf: GraphOutput & { kind: "tensor" }, n: number): Buffer {
  const { dtype, shape } = leaf.value.type;
  const strides = leaf.strides ?? rowMajor(shape);
  return { name: l.name(`out${n}`), dtype, shape, strides, offset: 0, role: "output" };
}

/** A leaf's memory: the input that it is, its value's home, or a copy where a host must see another element type. */
function lowerOutput(
  l: Lowering,
  leaf: GraphOutput,
  kept: readonly GraphInput[],
  leaves: readonly GraphOutput[],
): LoopsOutput {
  if (leaf.kind !== "tensor") return { leaf };
  const lazy = l.lazy(leaf.value), input = kept.find(({ value }) => value === leaf.value);
  if (input && input.complex === leaf.complex && lazy.buffer?.role === "input") {
    return { leaf, buffer: lazy.buffer };
  }
  const first = leaves.find((other) => other.kind === "tensor" && other.value === leaf.value);
  const isFirst = first?.kind === "tensor" && first.complex === leaf.complex;
  const home = isFirst ? l.homes.get(leaf.value) : undefined;
  if (home && lazy.buffer === home) return { leaf, buffer: home };
  const buffer = home ?? outputBuffer(l, leaf, l.homes.size);
  l.store(lazy, buffer, l.origins.get(leaf.value));
  if (home) l.define(leaf.value, fromBuffer(home, l.scalars));
  return { leaf, buffer };
}

function lowerNodes(l: Lowering, nodes: readonly Node[]): void {
  for (const node of nodes) {
    if (node.origin) { for (const v of node.outputs) l.origins.set(v, node.origin); }
    lowerNode(l, node);
  }
}

function lowerNode(l: Lowering, node: Node): void {
  const { op } = node;
  switch (op.kind) {
    case "einsum":
      return lowerEinsum(l, node, op);
    case "reduce":
      return lowerReduce(l, node, op);
    case "concat":
      return lowerConcat(l, node, op);
    case "scatter":
      return lowerScatter(l, node, op);
    case "item":
      return l.emit({
        kind: "item",
        name: op.symbol.name,
        buffer: l.realise(node.inputs[0]!),
        sym: op.symbol,
      });
    case "assert": {
      const test = op.pred ?? l.realise(node.inputs[0]!, node.origin);
      return l.emit({ kind: "assert", name: "assert", message: op.message, test, ...from(node) });
    }
    case "routine":
      return lowerRoutine(l, node, op);
    case "cond":
      return lowerCond(l, node);
    case "while":
      return lowerWhile(l, node, op);
    default:
      return lowerLazily(l, node);
  }
}

/** Pointwise and index operations: stay functions, unless that would compute much again. */
function lowerLazily(l: Lowering, node: Node): void {
  const out = node.outputs[0]!, xs = node.inputs.map((v) => operand(l, node, v));
  const lazy = lazyOf(l.scalars, node, xs);
  l.define(out, lazy);
  if (node.op.kind === "remap") l.views.set(out, node);
  const again = (l.uses.get(out) ?? 0) > 1 && lazy.cost >= REUSE;
  if (again || lazy.loads > LIMIT.loads || lazy.cost > LIMIT.cost || l.homes.has(out)) {
    l.realise(out, node.origin);
  }
}

function lowerEinsum(l: Lowering, node: Node, op: OpOf<"einsum">): void {
  for (const value of node.inputs) settle(l, node, value, 3);
  const out = node.outputs[0]!, wide = computeType(out.type.dtype);
  defineThrough(l, node, out, wide, (buffer) => emitEinsum(l, node, op, buffer));
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

function lowerReduce(l: Lowering, node: Node, op: OpOf<"reduce">): void {
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

function lowerConcat(l: Lowering, node: Node, op: OpOf<"concat">): void {
  const out = node.outputs[0]!, buffer = l.place(out);
  let start: Expr = int(0);
  for (const value of node.inputs) {
    const offset = value.type.shape.map((_, n) => (n === op.dim ? start : int(0)));
    l.store(l.lazy(value), buffer, node.origin, offset);
    start = add(start, value.type.shape[op.dim]!);
  }
  l.define(out, fromBuffer(buffer, l.scalars));
}

function lowerScatter(l: Lowering, node: Node, op: OpOf<"scatter">): void {
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

function lowerRoutine(l: Lowering, node: Node, op: OpOf<"routine">): void {
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

/**
 * Binds a region's inputs, lowers it and writes its results to `into`, straight from where they are computed if that
 * is inside the region.
 */
function lowerRegion(
  l: Lowering,
  region: Region,
  operands: readonly Lazy[],
  into: readonly Buffer[],
  binds: readonly Sym[] = [],
): Block {
  return l.block(() => {
    region.inputs.forEach((v, n) => l.define(v, operands[n]!));
    const own = new Set(region.nodes.flatMap((node) => node.outputs));
    region.outputs.forEach((v, n) => {
      if (own.has(v) && !l.homes.has(v) && sameShape(v.type.shape, into[n]!.shape)) l.homes.set(v, into[n]!);
    });
    lowerNodes(l, region.nodes);
    bindSizes(l, region, into, binds);
    region.outputs.forEach((v, n) => {
      if (l.lazy(v).buffer !== into[n]!) l.store(l.lazy(v), into[n]!, l.origins.get(v));
    });
  });
}

/** Sizes that a branch decides: symbols of the result get the values that this branch's results have. */
function bindSizes(l: Lowering, region: Region, into: readonly Buffer[], binds: readonly Sym[]): void {
  for (const sym of binds) {
    for (const [n, buffer] of into.entries()) {
      const axis = buffer.shape.findIndex((size) => size === sym);
      if (axis < 0) continue;
      l.emit({ kind: "bind", name: sym.name, sym, expr: region.outputs[n]!.type.shape[axis]! });
      break;
    }
  }
}

function lowerCond(l: Lowering, node: Node): void {
  const [pred, ...captured] = node.inputs as [Value, ...Value[]];
  const test = l.realise(pred, node.origin);
  captured.forEach((v) => l.realise(v, node.origin));
  const operands = captured.map((v) => l.lazy(v));
  const results = node.outputs.map((v) => l.place(v));
  const [then, otherwise] = node.regions!.map((r) => lowerRegion(l, r, operands, results, node.binds));
  l.emit({ kind: "cond", name: "cond", test, then: then!, otherwise: otherwise!, ...from(node) });
  node.outputs.forEach((v, n) => l.define(v, fromBuffer(results[n]!, l.scalars)));
}

function lowerWhile(l: Lowering, node: Node, op: OpOf<"while">): void {
  const [condition, loop] = node.regions as [Region, Region];
  const captured = node.inputs.slice(op.carried);
  captured.forEach((v) => l.realise(v, node.origin));
  const temp = (v: Value, suffix: string) =>
    tempBuffer(l.name(`${v.name}${suffix}`), v.type.dtype, v.type.shape);
  const carried = node.outputs.map((v) => temp(v, "_carried")),
    next = node.outputs.map((v) => temp(v, "_next"));
  node.inputs.slice(0, op.carried).forEach((v, n) => l.store(l.lazy(v), carried[n]!, node.origin));
  const operands = [...carried.map((b) => fromBuffer(b, l.scalars)), ...captured.map((v) => l.lazy(v))];
  const test = tempBuffer(l.name("test"), "bool", []);
  const before = lowerRegion(l, condition, operands, [test]);
  const body = lowerRegion(l, loop, operands, next);
  l.emit({ kind: "while", name: "while", carried, next, condition: before, test, body, ...from(node) });
  node.outputs.forEach((v, n) => l.define(v, fromBuffer(carried[n]!, l.scalars)));
}

function from(node: Node): { origin: NonNullable<Node["origin"]> } | Record<never, never> {
  return node.origin ? { origin: node.origin } : {};
}
