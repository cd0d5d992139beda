/**
 * Epilogues: an elementwise nest that is the only reader of a contraction's result moves into the contraction.
 *
 * @module
 */
import {
  type Attention,
  type Block,
  type Contraction,
  loadsOf,
  type LoopStatement,
  type Nest,
  type Scalar,
  Scalars,
} from "../ir/loops/mod.ts";
import { readsOf, writesOf } from "./dependence.ts";
import { matchAxes } from "./match_axes.ts";

/** Moves every nest it can into the contraction before it; `readers` counts the statements that read each buffer. */
export function fuseEpilogues(block: Block, scalars: Scalars, readers: ReadonlyMap<string, number>): Block {
  let statements: Block = block;
  for (let at = 0; at < statements.length;) {
    const fused = fuseOne(statements, at, scalars, readers);
    if (fused) statements = fused;
    else at++;
  }
  return statements;
}

/** The block with the reader of the contraction at `at` in it; the two meet where one of them is. */
function fuseOne(
  statements: Block,
  at: number,
  scalars: Scalars,
  readers: ReadonlyMap<string, number>,
): Block | undefined {
  const statement = statements[at]!;
  if (statement.kind !== "contraction" && statement.kind !== "attention") return undefined;
  if (statement.store.buffer.role !== "temp") return undefined;
  if (readers.get(statement.store.buffer.name) !== 1) return undefined;
  const { name } = statement.store.buffer; // which a concatenation may have others write parts of
  if (statements.some((s) => s !== statement && writesOf(s).some((b) => b.name === name))) return undefined;
  const reader = statements.findIndex((s, n) => n > at && reads(s, statement.store.buffer.name));
  const nest = statements[reader];
  if (nest?.kind !== "nest") return undefined;
  const early = isFree(statements, at, reader, nest);
  if (!early && !mayWait(statements, at, reader)) return undefined;
  const merged = mergeEpilogue(statement, nest, scalars);
  if (!merged) return undefined;
  const [stays, gone] = early ? [at, reader] : [reader, at];
  return statements.with(stays, merged).filter((_, n) => n !== gone);
}

function reads(s: LoopStatement, buffer: string): boolean {
  return readsOf(s).some((b) => b.name === buffer);
}

/** True when nothing between the contraction and the nest writes what the nest reads, or touches what it writes. */
function isFree(statements: readonly LoopStatement[], from: number, to: number, nest: Nest): boolean {
  const needed = new Set(readsOf(nest).map((b) => b.name));
  const target = nest.store.buffer.name;
  return statements.slice(from + 1, to).every((s) => {
    if (s.kind === "item" || s.kind === "bind" || (s.kind === "routine" && s.binds.length > 0)) return false;
    return !writesOf(s).some((b) => needed.has(b.name) || b.name === target) && !reads(s, target);
  });
}

/** True when the product can run where its reader is: nothing in between writes what it reads, or reads it. */
function mayWait(statements: readonly LoopStatement[], from: number, to: number): boolean {
  const needed = new Set(readsOf(statements[from]!).map((b) => b.name));
  const made = writesOf(statements[from]!).map((b) => b.name);
  return statements.slice(from + 1, to).every((s) => {
    return !writesOf(s).some((b) => needed.has(b.name)) && !made.some((name) => reads(s, name));
  });
}

/** The product with the nest's value as its epilogue, when the nest visits the result one to one. */
function mergeEpilogue<P extends Contraction | Attention>(c: P, nest: Nest, scalars: Scalars): P | undefined {
  if (nest.reduce) return undefined;
  const loads = loadsOf(nest.value).filter((l) => l.buffer.name === c.store.buffer.name);
  const index = loads[0]?.index;
  if (!index || loads.length !== 1) return undefined;
  const map = matchAxes(nest, index, c.store.index, c.store.buffer.shape);
  if (!map) return undefined;
  const epilogue = scalars.rewrite(nest.value, map, (leaf) => {
    return leaf.kind === "load" && leaf.buffer.name === c.store.buffer.name ? c.epilogue : undefined;
  });
  if (c.kind === "attention" && !readsOwnRow(c, epilogue)) return undefined;
  const store = { buffer: nest.store.buffer, index: Scalars.indices(nest.store.index, map) };
  return { ...c, name: nest.name, epilogue, store, origin: c.origin ?? nest.origin };
}

/** True when statistics of rows are read of the row that the epilogue is in. */
function readsOwnRow(c: Attention, epilogue: Scalar): boolean {
  return loadsOf(epilogue).every((l) => {
    const own = [c.highest, c.total].find((s) => s.buffer.name === l.buffer.name);
    return !own || l.index.every((e, n) => e === own.index[n]);
  });
}
