/**
 * Operators: every aten operator as a composition of core operations.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { atenOp } from "./mod.ts";
 *
 * assert.equal(atenOp("aten.add.Tensor")?.schema.args.length, 3);
 * ```
 * @module
 */
export * from "./aten/mod.ts";
export { customOps, type OpGiven, type OpSource } from "./custom/mod.ts";
export { type HostArg, type HostOp, hostOps, type HostResult } from "./host/mod.ts";
export {
  asPairs,
  complexRow,
  conj,
  fromPairs,
  isComplexValue,
  marks,
  pairType,
  toPairs,
} from "./complex/mod.ts";
export * from "./interpret.ts";
export * from "./user.ts";
