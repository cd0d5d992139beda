/**
 * Leaves out nodes that nothing needs: no output, effect or assertion, and no symbol that a needed node names.
 *
 * @module
 */
import { type Expr, type Pred, symbolsOf, symsOfPred } from "../ir/expr/mod.ts";
import type { Attr, Effect, GraphOutput, Node, Region, Value } from "../ir/graph/mod.ts";

/** What is needed so far: values, and symbols by name. */
class Needs {
  readonly values = new Set<Value>();
  readonly symbols = new Set<string>();

  expr(...exprs: readonly (Expr | undefined)[]): void {
    for (const e of exprs) if (e) { for (const name of symbolsOf(e)) this.symbols.add(name); }
  }
  pred(pred: Pred | undefined): void {
    if (pred) { for (const symbol of symsOfPred(pred)) this.symbols.add(symbol.name); }
  }
  value(value: Value): void {
    this.values.add(value);
    this.expr(...value.type.shape);
  }
  attr(attr: Attr): void {
    if (Array.isArray(attr)) { for (const item of attr) this.attr(item); }
    else if (typeof attr === "object" && attr !== null && "kind" in attr) this.expr(attr as Expr);
  }
}

/** What is left of a graph. */
export interface Live {
  /** The needed nodes, in order. */
  readonly nodes: readonly Node[];
  /** Names of the symbols they speak of, axes left out. */
  readonly symbols: ReadonlySet<string>;
  /** Names of the symbols they bind. */
  readonly bound: ReadonlySet<string>;
}

/** Leaves out what nothing needs. */
export function liveNodes(
  nodes: readonly Node[],
  outputs: readonly GraphOutput[],
  effects: readonly Effect[],
): Live {
  const needs = new Needs();
  for (const output of outputs) {
    if (output.kind === "tensor") {
      needs.value(output.value);
      needs.expr(...(output.strides ?? []));
    } else if (output.kind === "size") needs.expr(output.expr);
    else if (output.kind === "truth") needs.pred(output.pred);
  }
  for (const effect of effects) needs.value(effect.value);
  const live = sweep(nodes, needs);
  const symbols = [...needs.symbols].filter((name) => !/^[ix]\d+$/.test(name));
  return { nodes: live, symbols: new Set(symbols), bound: new Set(live.flatMap(boundBy)) };
}

/** Names of the symbols that a node binds, in its regions too. */
function boundBy(node: Node): readonly string[] {
  const own = node.op.kind === "item" ? [node.op.symbol, ...(node.binds ?? [])] : node.binds ?? [];
  return [
    ...own.map(({ name }) => name),
    ...(node.regions ?? []).flatMap(({ nodes }) => nodes.flatMap(boundBy)),
  ];
}

/** Uses come after definitions, so one pass from the end sees every use first. */
function sweep(nodes: readonly Node[], needs: Needs): readonly Node[] {
  const live: Node[] = [];
  for (let n = nodes.length - 1; n >= 0; n--) {
    const node = nodes[n]!;
    if (isNeeded(node, needs)) live.push(need(node, needs));
  }
  return live.reverse();
}

function isNeeded(node: Node, needs: Needs): boolean {
  if (node.op.kind === "assert" || node.outputs.some((value) => needs.values.has(value))) return true;
  if (node.op.kind === "item" && needs.symbols.has(node.op.symbol.name)) return true;
  if (node.binds?.some((symbol) => needs.symbols.has(symbol.name))) return true;
  return node.regions?.some((region) =>
    region.nodes.some((inner) => inner.op.kind === "assert" || hasAssert(inner))
  ) ?? false;
}

function hasAssert(node: Node): boolean {
  return node.regions?.some((region) => region.nodes.some((n) => n.op.kind === "assert" || hasAssert(n))) ??
    false;
}

/** Marks what a needed node needs; its regions lose their own dead nodes. */
function need(node: Node, needs: Needs): Node {
  for (const value of [...node.inputs, ...node.outputs]) needs.value(value);
  const { op } = node;
  switch (op.kind) {
    case "iota":
      needs.expr(op.expr);
      break;
    case "mask":
      needs.pred(op.pred);
      break;
    case "remap":
    case "lookup":
      needs.pred(op.valid);
      needs.expr(...op.index);
      break;
    case "scatter":
      needs.expr(...op.index);
      break;
    case "assert":
      needs.pred(op.pred);
      break;
    case "routine":
      for (const attr of Object.values(op.attrs)) needs.attr(attr);
  }
  if (op.kind === "lookup" || op.kind === "scatter") needs.expr(...op.bounds.map(({ size }) => size));
  return node.regions ? { ...node, regions: node.regions.map((region) => swept(region, needs)) } : node;
}

function swept(region: Region, needs: Needs): Region {
  for (const value of [...region.inputs, ...region.outputs]) needs.value(value);
  return { ...region, nodes: sweep(region.nodes, needs) };
}
