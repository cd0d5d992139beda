/**
 * Where temporaries lie: one arena of slots; a slot is handed on when its buffer is dead, or to a result that its
 * last reader may write over it.
 *
 * @module
 */
import type { Buffer, Loops } from "../ir/loops/mod.ts";
import {
  buffersOfStep,
  canOverwrite,
  type InPlace,
  type Kernel,
  type Placement,
  type Slot,
  type Step,
} from "../ir/plan/mod.ts";
import { hasUnbacked, isLateOutput, livesOf } from "./lives.ts";
import { assignSlots } from "./slots.ts";

/** Result of placing: slots in order, a place for each buffer, steps with allocations of late buffers. */
export interface Placed {
  readonly slots: readonly Slot[];
  readonly placements: ReadonlyMap<string, Placement>;
  readonly steps: readonly Step[];
}

/**
 * How temporaries get memory: `shared` hands a dead buffer's slot of the arena on, `apart` gives each buffer a slot of
 * its own, `separate` gives each an allocation of its own in every run, so that tools which watch memory see it.
 */
export type MemoryMode = "shared" | "apart" | "separate";

/** How buffers are placed. */
export interface PlaceOptions {
  /** Default `shared`. */
  readonly mode?: MemoryMode;
  /** Results may take over the slots of operands that die with them; only where slots are shared. Default true. */
  readonly inPlace?: boolean;
}

/** Places every buffer of the steps. */
export function placeBuffers(loops: Loops, steps: readonly Step[], options: PlaceOptions = {}): Placed {
  const { mode = "shared", inPlace = true } = options;
  const placements = new Map<string, Placement>();
  loops.inputs.forEach((x, index) => placements.set(x.buffer.name, { kind: "input", index }));
  loops.constants.forEach((x, index) => placements.set(x.buffer.name, { kind: "constant", index }));
  loops.outputs.forEach((x, index) => {
    if (x.buffer?.role === "output" && !placements.has(x.buffer.name)) {
      placements.set(x.buffer.name, { kind: "output", index });
    }
  });
  const all = livesOf(steps, loops), { lives } = all;
  const isLate = (b: Buffer) => b.role === "temp" && (mode === "separate" || hasUnbacked(b));
  const early = lives.filter((l) => l.buffer.role === "temp" && !isLate(l.buffer));
  const effects = new Set(loops.effects.map((e) => e.from.name));
  const { slots, places, taken } = assignSlots({ ...all, lives: early }, {
    reuse: mode === "shared",
    over: (kernel, pair) =>
      mode === "shared" && inPlace && !effects.has(pair.operand) && canOverwrite(kernel, pair),
  });
  places.forEach((slot, name) => placements.set(name, { kind: "arena", slot }));
  const late = lives.filter((l) => isLate(l.buffer) || isLateOutput(l.buffer));
  late.filter((l) => l.buffer.role === "temp").forEach((l) =>
    placements.set(l.buffer.name, { kind: "late" })
  );
  const marked = taken.size > 0 ? markKernels(steps, taken) : steps;
  return { slots, placements, steps: withAllocations(marked, late.map((l) => l.buffer)) };
}

/** Kernels with what they do in place. */
function markKernels(
  steps: readonly Step[],
  taken: ReadonlyMap<Kernel, readonly InPlace[]>,
): readonly Step[] {
  return steps.map((step): Step => {
    switch (step.kind) {
      case "launch": {
        const inPlace = taken.get(step.kernel), { kernel } = step;
        if (!inPlace || (kernel.kind !== "loops" && kernel.kind !== "contraction")) return step;
        return { kind: "launch", kernel: { ...kernel, inPlace } };
      }
      case "cond":
        return {
          ...step,
          then: markKernels(step.then, taken),
          otherwise: markKernels(step.otherwise, taken),
        };
      case "while":
        return {
          ...step,
          condition: markKernels(step.condition, taken),
          body: markKernels(step.body, taken),
        };
      default:
        return step;
    }
  });
}

/** Announces each late buffer just before the first step (at any depth) that touches it. */
function withAllocations(steps: readonly Step[], late: readonly Buffer[]): readonly Step[] {
  if (late.length === 0) return steps;
  return allocateIn(steps, new Map(late.map((b) => [b.name, b])));
}

/** Takes what it has announced out of `pending`; branches announce each for itself. */
function allocateIn(steps: readonly Step[], pending: Map<string, Buffer>): readonly Step[] {
  return steps.flatMap((step): readonly Step[] => {
    if (step.kind === "while") {
      const condition = allocateIn(step.condition, pending);
      return [{ ...step, condition, body: allocateIn(step.body, pending) }];
    }
    if (step.kind === "cond") {
      const [left, right] = [new Map(pending), new Map(pending)];
      const both = {
        ...step,
        then: allocateIn(step.then, left),
        otherwise: allocateIn(step.otherwise, right),
      };
      for (const name of [...pending.keys()]) if (!left.has(name) || !right.has(name)) pending.delete(name);
      return [both];
    }
    const ready = step.kind === "launch" ? buffersOfStep(step).filter((b) => pending.delete(b.name)) : [];
    return [...ready.map((buffer): Step => ({ kind: "allocate", buffer })), step];
  });
}
