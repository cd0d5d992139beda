/**
 * Scalars: the functions of loop bodies as rows, and what they mean (`evaluateScalar`, the oracle's arithmetic).
 *
 * @module
 */
export * from "./types.ts";
export { castScalar, evaluateScalar, literalOf } from "./evaluate.ts";
export { bf16Bits, f16Bits, fromBf16Bits, fromF16Bits, roundFloat, roundHalfEven } from "./round.ts";
export * from "./dense.ts";
export { type FailureReason, RunFailure } from "./failure.ts";
export { reductionIdentity } from "./identity.ts";
export { heldAs } from "./integers.ts";
