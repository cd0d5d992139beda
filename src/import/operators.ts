/**
 * The aten table as import sees it.
 *
 * @module
 */
import { type AtenOp, atenOp, atenTargets } from "../ops/mod.ts";
import type { OperatorTable } from "./types.ts";

/** All operators that are declared. */
export const atenTable: OperatorTable = { find: atenOp, names: atenTargets };

/** The aten table with operators of the config's own in front. */
export function withCustom(custom: ReadonlyMap<string, AtenOp>): OperatorTable {
  if (custom.size === 0) return atenTable;
  return {
    find: (target) => custom.get(target) ?? atenOp(target),
    names: [...custom.keys(), ...atenTargets],
  };
}
