/**
 * Complex tensors: how operators build them, and the pass that makes real pairs of them.
 *
 * @module
 */
export * from "./parts.ts";
export { complexNumber } from "./number.ts";
export { asPairs } from "./pairs.ts";
export { complexRow } from "./rows.ts";
