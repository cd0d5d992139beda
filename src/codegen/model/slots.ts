/**
 * Where buffers lie in the memory that a run asks for at once.
 *
 * @module
 */
import { bytesOf } from "../../base/mod.ts";
import { asInt } from "../../ir/expr/mod.ts";
import { numel } from "../../ir/loops/mod.ts";
import type { Plan } from "../../ir/plan/mod.ts";
import { sizeText } from "./symbols.ts";

/** Declarations of the arena's offsets, and its size in bytes as an expression; no lines where there is no arena. */
export function slotLines(plan: Plan): { readonly lines: readonly string[]; readonly bytes: string } {
  const lines: string[] = [];
  let bytes = "0";
  plan.slots.forEach((slot, n) => {
    lines.push(`const int64_t slot_${n} = ${bytes};`);
    bytes = `slot_${n} + ${sizeText(slot.bytes)}`;
  });
  return { lines, bytes };
}

/** Where output `index` of a fold lies, in bytes: one after another, each at a cache line. */
export function foldOffset(fold: Plan, index: number): number {
  return fold.outputs.slice(0, index).reduce((sum, { buffer }) => {
    const count = asInt(numel(buffer!.shape)) ?? 0;
    return sum + Math.ceil((count * bytesOf(buffer!.dtype)) / 64) * 64;
  }, 0);
}
