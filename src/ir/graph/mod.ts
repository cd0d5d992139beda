/**
 * The graph level: types, builder, printer, parser, verifier. Evaluation is in room `ops` (`interpret`).
 *
 * @module
 */
export * from "./types.ts";
export * from "./axes.ts";
export * from "./infer.ts";
export * from "./build.ts";
