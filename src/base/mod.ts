/**
 * What every room speaks of: results, diagnostics, digests, element types, targets. Imports nothing.
 *
 * @module
 */
export * from "./result.ts";
export * from "./diagnostic.ts";
export * from "./digest.ts";
export * from "./dtype.ts";
export * from "./layout.ts";
export * from "./target.ts";
