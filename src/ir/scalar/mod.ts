/**
 * Scalars: the functions of loop bodies as rows, and what they mean (`evaluateScalar`, the oracle's arithmetic).
 *
 * @module
 */
export * from "./types.ts";
