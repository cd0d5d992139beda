/**
 * Loops to Plan: which nests share a kernel, in what order kernels run, where buffers lie.
 *
 * Comes in: `Loops`. Goes out: a `Plan`. Nothing here knows C, a device by name, or a clock.
 *
 * @module
 */
export { schedule, type ScheduleOptions } from "./schedule.ts";
export type { MemoryMode } from "./memory.ts";
export { slotBytes } from "./slots.ts";
export { type PackOptions, packWeights } from "./pack.ts";
export type { Folded } from "./packed_constants.ts";
