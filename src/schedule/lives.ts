/**
 * From when to when buffers are wanted.
 *
 * @module
 */
import { symsOf } from "../ir/expr/mod.ts";
import type { Buffer, Loops } from "../ir/loops/mod.ts";
import { buffersOfStep, type Kernel, type Step } from "../ir/plan/mod.ts";

/** From the first to the last touch of a buffer. */
export interface Life {
  readonly buffer: Buffer;
  first: number;
  last: number;
}

/** True for an output whose size is known only in mid-run. */
export function isLateOutput(buffer: Buffer): boolean {
  return buffer.role === "output" && hasUnbacked(buffer);
}

/** True for a buffer whose size is known only in mid-run. */
export function hasUnbacked(buffer: Buffer): boolean {
  return buffer.shape.some((size) => symsOf(size).some((s) => s.unbacked));
}

/** Lives of temporaries and late outputs, kernels by the time of their launch, and the time after the last step. */
export interface Lives {
  readonly lives: readonly Life[];
  readonly launches: ReadonlyMap<number, Kernel>;
  readonly end: number;
}

/** Lives of buffers; steps count one after another, those of branches and loops too. */
export function livesOf(steps: readonly Step[], loops: Loops): Lives {
  const lives = new Map<string, Life>(), launches = new Map<number, Kernel>();
  // Kernels see runs of elements, whose length may not show a size that is data: [u0, 0] has none.
  const whole = new Map(
    loops.outputs.flatMap(({ buffer }) => buffer ? [[buffer.name, buffer] as const] : []),
  );
  const touch = (flat: Buffer, from: number, to = from) => {
    const life = lives.get(flat.name), buffer = whole.get(flat.name) ?? flat;
    if (!life) lives.set(buffer.name, { buffer, first: from, last: to });
    else [life.first, life.last] = [Math.min(life.first, from), Math.max(life.last, to)];
  };
  let now = 0;
  const walk = (list: readonly Step[]): void => {
    for (const step of list) {
      const start = now++;
      if (step.kind === "cond") {
        touch(step.test, start);
        walk(step.then);
        walk(step.otherwise);
      } else if (step.kind === "while") {
        walk(step.condition);
        walk(step.body);
        const kept = [step.test, ...step.carried, ...step.next];
        kept.forEach((b) => touch(b, start, now));
        // What the loop reads of the block around it is read again; what only the loop knows, it makes anew.
        for (const b of buffersOfStep(step)) if (lives.get(b.name)!.first < start) touch(b, start, now);
      } else buffersOfStep(step).forEach((b) => touch(b, start));
      if (step.kind === "launch") launches.set(start, step.kernel);
    }
  };
  walk(steps);
  const kept = [...lives.values()].filter((l) => l.buffer.role === "temp" || isLateOutput(l.buffer));
  return { lives: kept, launches, end: now };
}
