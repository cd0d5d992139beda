/**
 * The symbols that a graph's shapes, index maps and predicates mention.
 *
 * @module
 */
import { type Expr, type Pred, type Sym, symsOf, symsOfPred } from "../expr/mod.ts";
import type { Attr, Graph, GraphOutput, Node, Op, Value } from "./types.ts";
import { isExpr } from "./words.ts";

/** Collects symbols in order of first appearance; bounds of symbols are looked into, before the symbol itself. */
export class SymbolSet {
  readonly found = new Set<Sym>();

  /** Adds a symbol. */
  sym(s: Sym): void {
    if (this.found.has(s)) return;
    if (s.below) this.exprs(s.below);
    this.found.add(s);
  }

  /** Adds those of expressions. */
  exprs(...exprs: readonly Expr[]): void {
    for (const e of exprs) symsOf(e).forEach((s) => this.sym(s));
  }

  /** Adds those of a predicate. */
  pred(pred: Pred | undefined): void {
    if (pred) symsOfPred(pred).forEach((s) => this.sym(s));
  }

  /** Adds those of an attribute. */
  attr(attr: Attr): void {
    if (attr === null || typeof attr !== "object") return;
    if (isExpr(attr)) this.exprs(attr);
    else attr.forEach((a) => this.attr(a));
  }
}

/** Every expression and predicate of an operation that is written in axis symbols. */
export function indexParts(op: Op): { readonly exprs: readonly Expr[]; readonly preds: readonly Pred[] } {
  switch (op.kind) {
    case "iota":
      return { exprs: [op.expr], preds: [] };
    case "mask":
      return { exprs: [], preds: [op.pred] };
    case "remap":
      return { exprs: op.index, preds: op.valid ? [op.valid] : [] };
    case "lookup":
      return { exprs: [...op.index, ...op.bounds.map((b) => b.size)], preds: op.valid ? [op.valid] : [] };
    case "scatter":
      return { exprs: [...op.index, ...op.bounds.map((b) => b.size)], preds: [] };
    default:
      return { exprs: [], preds: [] };
  }
}

/** True for a name that stands for an axis or a loaded index in index maps. */
export function isAxisName(name: string): boolean {
  return /^[ix]\d+$/.test(name);
}

function ofNode(set: SymbolSet, node: Node): void {
  const { op } = node, { exprs, preds } = indexParts(op);
  const own = (s: Sym) => isAxisName(s.name) || set.sym(s);
  exprs.forEach((e) => symsOf(e).forEach(own));
  preds.forEach((p) => symsOfPred(p).forEach(own));
  if (op.kind === "routine") Object.values(op.attrs).forEach((a) => set.attr(a));
  if (op.kind === "item") set.sym(op.symbol);
  if (op.kind === "assert") set.pred(op.pred);
  node.binds?.forEach((s) => set.sym(s));
  node.outputs.forEach((v) => ofValue(set, v));
  for (const region of node.regions ?? []) {
    region.inputs.forEach((v) => ofValue(set, v));
    region.nodes.forEach((n) => ofNode(set, n));
  }
}

function ofValue(set: SymbolSet, value: Value): void {
  set.exprs(...value.type.shape);
}

function ofOutput(set: SymbolSet, leaf: GraphOutput): void {
  if (leaf.kind === "tensor") set.exprs(...(leaf.strides ?? []));
  if (leaf.kind === "size") set.exprs(leaf.expr);
  if (leaf.kind === "truth") set.pred(leaf.pred);
}

/** Symbols of a graph in order of first appearance: those it declares first. */
export function symbolsOfGraph(graph: Graph): readonly Sym[] {
  const set = new SymbolSet();
  graph.symbols.forEach((decl) => set.sym(decl.sym));
  graph.guards.forEach((guard) => set.pred(guard.pred));
  graph.inputs.forEach((input) => {
    ofValue(set, input.value);
    set.exprs(...input.strides);
  });
  graph.constants.forEach((constant) => ofValue(set, constant.value));
  graph.nodes.forEach((node) => ofNode(set, node));
  graph.outputs.forEach((leaf) => ofOutput(set, leaf));
  return [...set.found];
}
