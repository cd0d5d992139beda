/**
 * Branches and loops: regions become blocks of their statement, which write into buffers of the node.
 *
 * @module
 */
import type { Sym } from "../ir/expr/mod.ts";
import type { Node, OpOf, Region, Value } from "../ir/graph/mod.ts";
import { type Block, type Buffer, tempBuffer } from "../ir/loops/mod.ts";
import { sameShape } from "./contraction.ts";
import { fromBuffer, type Lazy } from "./lazy.ts";
import { from, type Lowering } from "./state.ts";

/** Lowers the nodes of a region, regions inside it too. */
export type LowerNodes = (l: Lowering, nodes: readonly Node[]) => void;

/**
 * Binds a region's inputs, lowers it and writes its results to `into`, straight from where they are computed if that
 * is inside the region.
 */
function lowerRegion(
  l: Lowering,
  lowerNodes: LowerNodes,
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

/** Both branches write into the same buffers; what they capture is memory before either runs. */
export function lowerCond(l: Lowering, node: Node, lowerNodes: LowerNodes): void {
  const [pred, ...captured] = node.inputs as [Value, ...Value[]];
  const test = l.realise(pred, node.origin);
  captured.forEach((v) => l.realise(v, node.origin));
  const operands = captured.map((v) => l.lazy(v));
  const results = node.outputs.map((v) => l.place(v));
  const [then, otherwise] = node.regions!.map((r) =>
    lowerRegion(l, lowerNodes, r, operands, results, node.binds)
  );
  l.emit({ kind: "cond", name: "cond", test, then: then!, otherwise: otherwise!, ...from(node) });
  node.outputs.forEach((v, n) => l.define(v, fromBuffer(results[n]!, l.scalars)));
}

/** Carried values lie in one set of buffers, those of the next round in another. */
export function lowerWhile(l: Lowering, node: Node, op: OpOf<"while">, lowerNodes: LowerNodes): void {
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
  const before = lowerRegion(l, lowerNodes, condition, operands, [test]);
  const body = lowerRegion(l, lowerNodes, loop, operands, next);
  l.emit({ kind: "while", name: "while", carried, next, condition: before, test, body, ...from(node) });
  node.outputs.forEach((v, n) => l.define(v, fromBuffer(carried[n]!, l.scalars)));
}
