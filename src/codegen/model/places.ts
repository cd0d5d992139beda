/**
 * Where the memory of each buffer is from.
 *
 * @module
 */
import { bytesOf } from "../../base/mod.ts";
import { asInt } from "../../ir/expr/mod.ts";
import { type Buffer, numel } from "../../ir/loops/mod.ts";
import type { Plan } from "../../ir/plan/mod.ts";
import type { StepContext } from "./context.ts";
import { isLate } from "./entry.ts";
import { hostTensorOf } from "./host.ts";
import type { Line, Source } from "./lines.ts";

/** Declares every buffer that the steps touch. */
export function placeLines(c: StepContext): readonly Line[] {
  const slots = c.plan.slots.map((slot) => slot.bytes);
  const arena: readonly Line[] = slots.length > 0 ? [{ kind: "arena", slots }] : [];
  const buffers = [...c.buffers.values()];
  return [
    ...arena,
    ...buffers.map((buffer): Line => ({ kind: "buffer", buffer, source: sourceOf(c, buffer) })),
  ];
}

function sourceOf({ plan, isFold }: StepContext, buffer: Buffer): Source {
  const place = plan.placements.get(buffer.name);
  if (!place) throw new RangeError(`buffer ${buffer.name} has no place`);
  switch (place.kind) {
    case "arena":
    case "late":
    case "constant":
      return place;
    case "input": {
      const mutated = plan.effects.some((e) => e.target.name === buffer.name);
      return { kind: "input", index: place.index, strides: hostTensorOf(plan, buffer).strides, mutated };
    }
    case "output": {
      const { index } = place, tensor = hostTensorOf(plan, buffer);
      if (isFold) return { kind: "folded", index, offset: foldOffset(plan, index), tensor };
      return buffer.shape.some(isLate) ? { kind: "late" } : { kind: "output", index, tensor };
    }
  }
}

/** Where output `index` of a fold lies, in bytes: one after another, each at a cache line. */
export function foldOffset(fold: Plan, index: number): number {
  return fold.outputs.slice(0, index).reduce((sum, { buffer }) => {
    const count = asInt(numel(buffer!.shape)) ?? 0;
    return sum + Math.ceil((count * bytesOf(buffer!.dtype)) / 64) * 64;
  }, 0);
}
