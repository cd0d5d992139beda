/**
 * The aten table: schemas, arguments, rows.
 *
 * @module
 */
export * from "./types.ts";
export { op, parseSchema, viewOp } from "./schema.ts";
export { makeArgs } from "./args.ts";
export { defaultOf } from "./defaults.ts";
export { atenOp, atenTargets } from "./table.ts";
