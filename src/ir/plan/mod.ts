/**
 * The plan level: what code generation prints.
 *
 * @module
 */
export * from "./types.ts";
