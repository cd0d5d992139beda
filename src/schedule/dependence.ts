/**
 * What statements read and write.
 *
 * @module
 */
import { type Block, type Buffer, loadsOf, type LoopStatement, type Scalar } from "../ir/loops/mod.ts";

/** Buffers loaded by scalars. */
function loaded(...scalars: readonly Scalar[]): readonly Buffer[] {
  return loadsOf(...scalars).map((l) => l.buffer);
}

/** Buffers that a statement reads, with those of its blocks. */
export function readsOf(s: LoopStatement): readonly Buffer[] {
  switch (s.kind) {
    case "nest":
      return loaded(s.value);
    case "contraction":
      return loaded(s.a, s.b, s.epilogue);
    case "attention": {
      const own = new Set([s.highest.buffer.name, s.total.buffer.name]);
      return loaded(s.q, s.k, s.v, s.score, s.epilogue).filter((b) => !own.has(b.name));
    }
    case "scatter":
      return [s.store.buffer, ...loaded(s.value, ...s.bounds.map((b) => b.value))];
    case "routine":
      return s.inputs;
    case "bind":
      return [];
    case "item":
      return [s.buffer];
    case "assert":
      return "strides" in s.test ? [s.test] : [];
    case "cond":
      return [s.test, ...s.then.flatMap(readsOf), ...s.otherwise.flatMap(readsOf)];
    case "while":
      return [s.test, ...s.carried, ...s.next, ...s.condition.flatMap(readsOf), ...s.body.flatMap(readsOf)];
  }
}

/** Buffers that a statement writes, with those of its blocks. */
export function writesOf(s: LoopStatement): readonly Buffer[] {
  switch (s.kind) {
    case "nest":
    case "contraction":
    case "scatter":
      return [s.store.buffer];
    case "attention":
      return [s.store.buffer, s.highest.buffer, s.total.buffer];
    case "routine":
      return s.outputs;
    case "item":
    case "bind":
    case "assert":
      return [];
    case "cond":
      return [...s.then.flatMap(writesOf), ...s.otherwise.flatMap(writesOf)];
    case "while":
      return [...s.carried, ...s.next, s.test, ...s.condition.flatMap(writesOf), ...s.body.flatMap(writesOf)];
  }
}

/** How many statements of a block (with blocks inside) read each buffer, by name. */
export function readersOf(block: Block): Map<string, number> {
  const count = new Map<string, number>();
  for (const s of block) {
    for (const name of new Set(readsOf(s).map((b) => b.name))) {
      count.set(name, (count.get(name) ?? 0) + 1);
    }
  }
  return count;
}
