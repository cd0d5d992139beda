/**
 * Which buffers hold values that are still wanted, backwards through the steps: what may not share memory.
 *
 * @module
 */
import type { Buffer } from "../loops/mod.ts";
import { inPlaceOf } from "./in_place.ts";
import { buffersOfKernel, buffersOfStep, writtenByKernel } from "./touch.ts";
import type { Plan, Step } from "./types.ts";

type Names = ReadonlySet<string>;

/** Pairs of buffers that share a slot of the arena while both are wanted, each once. */
export function clashes(plan: Plan): readonly (readonly [string, string])[] {
  const found = new Map<string, readonly [string, string]>();
  const slotOf = (name: string) => {
    const place = plan.placements.get(name);
    return place?.kind === "arena" ? place.slot : undefined;
  };
  /** `writes` come to be while all of `wanted` must stay. */
  const meet = (writes: readonly string[], wanted: Names): void => {
    for (const a of writes) {
      const slot = slotOf(a);
      if (slot === undefined) continue;
      for (const b of wanted) {
        if (a === b || slotOf(b) !== slot) continue;
        const [x, y] = a < b ? [a, b] : [b, a];
        found.set(`${x}\n${y}`, [x, y]);
      }
    }
  };
  back(plan.steps, new Set(plan.effects.map((e) => e.from.name)), new Set(), meet);
  return [...found.values()];
}

type Meet = (writes: readonly string[], wanted: Names) => void;

/** What is wanted before `steps`, given what is wanted after them and what was touched before them. */
function back(steps: readonly Step[], after: Names, before: Names, meet: Meet): Names {
  const touched: Names[] = [];
  let known = before;
  for (const step of steps) {
    touched.push(known);
    known = new Set([...known, ...names(buffersOfStep(step))]);
  }
  return steps.reduceRight((wanted, step, n) => backStep(step, wanted, touched[n]!, meet), after);
}

function backStep(step: Step, after: Names, before: Names, meet: Meet): Names {
  switch (step.kind) {
    case "launch": {
      const writes = names(writtenByKernel(step.kernel)), all = names(buffersOfKernel(step.kernel));
      const over = new Map(inPlaceOf(step.kernel).map(({ result, operand }) => [result, operand]));
      for (const w of writes) meet([w], new Set([...after, ...all.filter((b) => b !== over.get(w))]));
      // What something has written to before may hold a part of its value already.
      const made = new Set(writes.filter((w) => !before.has(w)));
      return new Set([...[...after].filter((b) => !made.has(b)), ...all.filter((b) => !made.has(b))]);
    }
    case "cond": {
      const inside = [step.then, step.otherwise].map((branch) => back(branch, after, before, meet));
      return new Set([...inside[0]!, ...inside[1]!, step.test.name]);
    }
    case "while": {
      const carried = names(step.carried), next = names(step.next), test = step.test.name;
      let wanted: Names = new Set([...after, ...carried]);
      for (let size = -1; size !== wanted.size;) { // until another round wants nothing more
        size = wanted.size;
        const known = new Set([...before, ...carried]);
        const copied = new Set([...wanted, ...carried, ...next]);
        meet(carried, copied);
        const body = back(step.body, copied, new Set([...known, test]), meet);
        const condition = back(step.condition, new Set([...body, ...after, ...carried, test]), known, meet);
        wanted = new Set([...wanted, ...[...condition].filter((b) => known.has(b))]);
      }
      return wanted;
    }
    case "allocate":
    case "bind":
      return after;
    default:
      return new Set([...after, ...names(buffersOfStep(step))]);
  }
}

function names(buffers: readonly Buffer[]): readonly string[] {
  return buffers.map((b) => b.name);
}
