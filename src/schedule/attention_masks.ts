/**
 * Masks of positions in attention: what was put into memory because several read it becomes part of the score again, so
 * that blocks of columns which it hides are left out, and nothing of it is read.
 *
 * @module
 */
import {
  type Attention,
  type Block,
  loadsOf,
  type LoopStatement,
  positionPred,
  type Scalar,
  type ScalarOf,
  type Scalars,
  scalarsOf,
} from "../ir/loops/mod.ts";
import { axesAt, elementwise } from "./attention_parts.ts";
import { readsOf, writesOf } from "./dependence.ts";

/** Scalars of a mask at most: a few comparisons cost less than what they hide. */
const SMALL = 16;

/** The attention with masks of positions in its score, from nests of the block that read nothing. */
export function withPositions(it: Attention, block: Block, scalars: Scalars): Attention {
  const makers = makersOf(block);
  const score = scalars.rebuild(
    it.score,
    (s) => s.kind === "load" ? ofPositions(s, makers, scalars) : undefined,
  );
  return { ...it, score };
}

/** The block without nests of positions whose readers are gone; `readers` counts those that there were. */
export function withoutIdleMasks(block: Block, before: Block, readers: ReadonlyMap<string, number>): Block {
  const count = (statements: Block, name: string) => {
    return statements.filter((s) => readsOf(s).some((b) => b.name === name)).length;
  };
  return block.filter((s) => {
    const nest = elementwise(s), name = nest?.store.buffer.name;
    if (!nest || name === undefined || nest.store.buffer.role !== "temp" || loadsOf(nest.value).length > 0) {
      return true;
    }
    return count(block, name) > 0 || count(before, name) !== readers.get(name);
  });
}

/** Temporaries by the one statement that makes each. */
function makersOf(block: Block): ReadonlyMap<string, LoopStatement | undefined> {
  const makers = new Map<string, LoopStatement | undefined>();
  for (const s of block) {
    for (const b of writesOf(s)) {
      if (b.role === "temp") makers.set(b.name, makers.has(b.name) ? undefined : s);
    }
  }
  return makers;
}

/** What is loaded, as a scalar of positions. */
function ofPositions(
  load: ScalarOf<"load">,
  makers: ReadonlyMap<string, LoopStatement | undefined>,
  scalars: Scalars,
): Scalar | undefined {
  const nest = elementwise(makers.get(load.buffer.name));
  if (!nest || loadsOf(nest.value).length > 0 || scalarsOf(nest.value).length > SMALL) return undefined;
  const value = scalars.substitute(nest.value, axesAt(nest.axes, nest.store, load.index));
  return scalars.rebuild(value, (s) => {
    const pred = s.dtype === "bool" ? positionPred(s) : undefined;
    return pred && scalars.truth(pred);
  });
}
