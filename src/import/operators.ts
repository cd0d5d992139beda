/**
 * The aten table as import sees it.
 *
 * @module
 */
import { atenOp, atenTargets } from "../ops/mod.ts";
import type { OperatorTable } from "./types.ts";

/** All operators that are declared. */
export const atenTable: OperatorTable = { find: atenOp, names: atenTargets };
