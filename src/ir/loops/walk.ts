/**
 * What statements consist of: axes, scalars, expressions, buffers, blocks.
 *
 * @module
 */
import { type Expr, type Pred, type Sym, symsOf, symsOfPred } from "../expr/mod.ts";
import { SymbolSet } from "../graph/mod.ts";
import { scalarsOf } from "./scalars.ts";
import type { Axis, Block, Buffer, Loops, LoopStatement, Scalar, Store } from "./types.ts";

/** The scalars that a statement computes. */
export function rootsOf(s: LoopStatement): readonly Scalar[] {
  switch (s.kind) {
    case "nest":
      return [s.value];
    case "contraction":
      return [s.a, s.b, s.epilogue];
    case "attention":
      return [s.q, s.k, s.v, s.score, s.epilogue];
    case "scatter":
      return [...s.bounds.map((b) => b.value), s.value];
    default:
      return [];
  }
}

/** The loops of a statement, outermost first. */
export function axesOfStatement(s: LoopStatement): readonly Axis[] {
  switch (s.kind) {
    case "nest":
      return [...s.axes, ...(s.reduce?.over ?? [])];
    case "contraction":
      return [...s.batch, ...s.m, ...s.n, ...s.k];
    case "attention":
      return [...s.batch, ...s.rows, ...s.columns, ...s.depth, ...s.values];
    case "scatter":
      return s.axes;
    default:
      return [];
  }
}

/** Where a statement of loops writes its result. */
export function storeOf(s: LoopStatement): Store | undefined {
  switch (s.kind) {
    case "nest":
    case "contraction":
    case "attention":
    case "scatter":
      return s.store;
    default:
      return undefined;
  }
}

/** Everywhere a statement of loops writes. */
export function storesOf(s: LoopStatement): readonly Store[] {
  const store = storeOf(s);
  if (!store) return [];
  return s.kind === "attention" ? [store, s.highest, s.total] : [store];
}

/** Blocks inside a statement. */
export function blocksOf(s: LoopStatement): readonly Block[] {
  if (s.kind === "cond") return [s.then, s.otherwise];
  return s.kind === "while" ? [s.condition, s.body] : [];
}

/** Expressions and predicates of scalars. */
export function scalarParts(...roots: readonly Scalar[]): { exprs: Expr[]; preds: Pred[] } {
  const exprs: Expr[] = [], preds: Pred[] = [];
  for (const s of scalarsOf(...roots)) {
    if (s.kind === "load") exprs.push(...s.index);
    else if (s.kind === "index") exprs.push(s.expr);
    else if (s.kind === "truth" || s.kind === "guarded") preds.push(s.pred);
    else if (s.kind === "bound") exprs.push(s.size);
  }
  return { exprs, preds };
}

/** The loaded indices of a statement, by name. */
export function loadedIndices(s: LoopStatement): ReadonlyMap<string, Sym> {
  const found = new Map<string, Sym>();
  if (s.kind === "scatter") s.bounds.forEach((b) => found.set(b.sym.name, b.sym));
  for (const x of scalarsOf(...rootsOf(s))) if (x.kind === "bound") found.set(x.sym.name, x.sym);
  return found;
}

/** Symbols of a statement's expressions, its own axes and loaded indices included. */
export function symbolsOfStatement(s: LoopStatement): SymbolSet {
  const set = new SymbolSet(), { exprs, preds } = scalarParts(...rootsOf(s));
  const stored = storesOf(s).flatMap((store) => store.index);
  set.exprs(...axesOfStatement(s).map((a) => a.extent), ...stored, ...exprs);
  preds.forEach((p) => set.pred(p));
  if (s.kind === "scatter") set.exprs(...s.bounds.map((b) => b.size));
  if (s.kind === "routine") {
    Object.values(s.attrs).forEach((attr) => set.attr(attr));
    s.binds.forEach((b) => set.sym(b));
  }
  if (s.kind === "item" || s.kind === "bind") set.sym(s.sym);
  if (s.kind === "bind") set.exprs(s.expr);
  if (s.kind === "assert" && !("strides" in s.test)) set.pred(s.test);
  return set;
}

/** Buffers that a statement names, in order of appearance, with those of its blocks. */
export function buffersOfStatement(s: LoopStatement): readonly Buffer[] {
  const loads = scalarsOf(...rootsOf(s)).flatMap((x) => (x.kind === "load" ? [x.buffer] : []));
  const stored = storesOf(s).map((store) => store.buffer),
    inner = blocksOf(s).flatMap((block) => block.flatMap(buffersOfStatement));
  switch (s.kind) {
    case "routine":
      return [...s.inputs, ...s.outputs];
    case "item":
      return [s.buffer];
    case "assert":
      return "strides" in s.test ? [s.test] : [];
    case "cond":
      return [s.test, ...inner];
    case "while":
      return [...s.carried, ...s.next, s.test, ...inner];
    default:
      return [...loads, ...stored];
  }
}

/** All buffers of the loops by name, in order of first appearance. */
export function buffersOfLoops(loops: Loops): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>(), note = (b: Buffer) => found.has(b.name) || found.set(b.name, b);
  [...loops.inputs, ...loops.constants].forEach((x) => note(x.buffer));
  loops.body.flatMap(buffersOfStatement).forEach(note);
  loops.outputs.forEach((o) => o.buffer && note(o.buffer));
  loops.effects.forEach((e) => [e.target, e.from].forEach(note));
  return found;
}

/** Symbols that the loops mention, but for axes and loaded indices of statements. */
export function symbolsOfLoops(loops: Loops): SymbolSet {
  const set = new SymbolSet();
  loops.symbols.forEach((decl) => set.sym(decl.sym));
  loops.guards.forEach((guard) => set.pred(guard.pred));
  for (const b of buffersOfLoops(loops).values()) set.exprs(...b.shape, ...b.strides);
  const walk = (block: Block) => {
    for (const s of block) {
      const own = new Set([...axesOfStatement(s).map((a) => a.sym.name), ...loadedIndices(s).keys()]);
      for (const x of symbolsOfStatement(s).found) if (!own.has(x.name)) set.sym(x);
      blocksOf(s).forEach(walk);
    }
  };
  walk(loops.body);
  for (const { leaf } of loops.outputs) {
    if (leaf.kind === "size") symsOf(leaf.expr).forEach((s) => set.sym(s));
    if (leaf.kind === "truth") symsOfPred(leaf.pred).forEach((s) => set.sym(s));
    if (leaf.kind === "tensor") set.exprs(...leaf.value.type.shape, ...(leaf.strides ?? []));
  }
  return set;
}
