/**
 * The graph level: types, builder, printer, parser, verifier. Evaluation is in room `ops` (`interpret`).
 *
 * @module
 */
export * from "./types.ts";
export * from "./axes.ts";
export * from "./infer.ts";
export * from "./build.ts";
export * from "./words.ts";
export { Cursor } from "./cursor.ts";
export * from "./symbols.ts";
export * from "./print.ts";
export {
  Declarations,
  type Line,
  linesOf,
  parseComplex,
  parseLeafKind,
  parseStored,
  parseType,
} from "./declarations.ts";
export { parseGraph } from "./parse.ts";
export { compileIndex, compilePred, forEachPosition } from "./compile.ts";
export { verifyGraph } from "./verify.ts";
