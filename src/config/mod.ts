/**
 * Config file, flags and environment become one frozen value.
 *
 * @module
 */
export * from "./define.ts";
export * from "./flags.ts";
export * from "./resolved.ts";
