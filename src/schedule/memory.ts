/**
 * Where temporaries lie: one arena of slots; a slot is handed on when its buffer is dead.
 *
 * @module
 */
import { bytesOf } from "../base/mod.ts";
import { asInt, ceilDiv, type Expr, lessEqual, mul, symsOf } from "../ir/expr/mod.ts";
import { type Buffer, numel } from "../ir/loops/mod.ts";
import type { Loops } from "../ir/loops/mod.ts";
import { buffersOfStep, type Placement, type Slot, type Step } from "../ir/plan/mod.ts";

/** A slot may be this much larger than what is put into it. */
const WASTE = 4;

/** Result of placing: slots in order, a place for each buffer, steps with allocations of late buffers. */
export interface Placed {
  readonly slots: readonly Slot[];
  readonly placements: ReadonlyMap<string, Placement>;
  readonly steps: readonly Step[];
}

interface Life {
  readonly buffer: Buffer;
  first: number;
  last: number;
}

/**
 * How temporaries get memory: `shared` hands a dead buffer's slot of the arena on, `apart` gives each buffer a slot of
 * its own, `separate` gives each an allocation of its own in every run, so that tools which watch memory see it.
 */
export type MemoryMode = "shared" | "apart" | "separate";

/** Places every buffer of the steps. */
export function placeBuffers(loops: Loops, steps: readonly Step[], mode: MemoryMode = "shared"): Placed {
  const placements = new Map<string, Placement>();
  loops.inputs.forEach((x, index) => placements.set(x.buffer.name, { kind: "input", index }));
  loops.constants.forEach((x, index) => placements.set(x.buffer.name, { kind: "constant", index }));
  loops.outputs.forEach((x, index) => {
    if (x.buffer?.role === "output" && !placements.has(x.buffer.name)) {
      placements.set(x.buffer.name, { kind: "output", index });
    }
  });
  const { lives, end } = livesOf(steps, loops);
  const isLate = (b: Buffer) => b.role === "temp" && (mode === "separate" || hasUnbacked(b));
  const early = lives.filter((l) => !isLate(l.buffer));
  const slots = assignSlots(early, end, placements, mode === "shared");
  const late = lives.filter((l) => isLate(l.buffer) || isLateOutput(l.buffer));
  late.filter((l) => l.buffer.role === "temp").forEach((l) =>
    placements.set(l.buffer.name, { kind: "late" })
  );
  return { slots, placements, steps: withAllocations(steps, late.map((l) => l.buffer)) };
}

function isLateOutput(buffer: Buffer): boolean {
  return buffer.role === "output" && hasUnbacked(buffer);
}

/** True for a buffer whose size is known only in mid-run. */
function hasUnbacked(buffer: Buffer): boolean {
  return buffer.shape.some((size) => symsOf(size).some((s) => s.unbacked));
}

/** From the first to the last touch of each buffer; steps count one after another, those of branches and loops too. */
function livesOf(
  steps: readonly Step[],
  loops: Loops,
): { readonly lives: readonly Life[]; readonly end: number } {
  const lives = new Map<string, Life>();
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
    }
  };
  walk(steps);
  const kept = [...lives.values()].filter((l) => l.buffer.role === "temp" || isLateOutput(l.buffer));
  return { lives: kept, end: now };
}

/** Bytes of a buffer, rounded up to a cache line. */
export function slotBytes(buffer: Buffer): Expr {
  return mul(64, ceilDiv(mul(numel(buffer.shape), bytesOf(buffer.dtype)), 64));
}

function assignSlots(
  lives: readonly Life[],
  end: number,
  placements: Map<string, Placement>,
  reuse: boolean,
): Slot[] {
  const slots: { bytes: Expr; free: boolean }[] = [];
  for (let at = 0; at <= end; at++) {
    for (const life of lives.filter((l) => l.first === at && l.buffer.role === "temp")) {
      const bytes = slotBytes(life.buffer);
      const slot = reuse ? pick(slots, bytes) : undefined;
      const index = slot ?? slots.push({ bytes, free: false }) - 1;
      slots[index]!.free = false;
      placements.set(life.buffer.name, { kind: "arena", slot: index });
    }
    for (const life of lives.filter((l) => l.last === at && l.buffer.role === "temp")) {
      const place = placements.get(life.buffer.name);
      if (place?.kind === "arena") slots[place.slot]!.free = true;
    }
  }
  return slots.map(({ bytes }) => ({ bytes }));
}

/** The tightest free slot that provably fits. */
function pick(
  slots: readonly { readonly bytes: Expr; readonly free: boolean }[],
  bytes: Expr,
): number | undefined {
  let best: number | undefined;
  const want = asInt(bytes);
  slots.forEach((slot, n) => {
    if (!slot.free) return;
    if (slot.bytes === bytes) best = n;
    else if (best !== undefined && slots[best]!.bytes === bytes) return;
    else if (want !== undefined) {
      const size = asInt(slot.bytes);
      const fits = size !== undefined && size >= want && size <= Math.max(want * WASTE, 1 << 14);
      if (fits && (best === undefined || size < asInt(slots[best]!.bytes)!)) best = n;
    } else if (best === undefined && lessEqual(bytes, slot.bytes) && asInt(slot.bytes) === undefined) {
      best = n;
    }
  });
  return best;
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
