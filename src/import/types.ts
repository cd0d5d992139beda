/**
 * What import gives: a graph, and where the bytes of its constants lie.
 *
 * @module
 */
import type { Diagnostic } from "../base/mod.ts";
import type { Graph } from "../ir/graph/mod.ts";
import type { AtenOp, HostOp } from "../ops/mod.ts";
import type { WeightRef } from "./archive/types.ts";
import type { Formulas } from "./formula.ts";

/** Stored blobs by the ids that `GraphConstant.data` names; a blob of 0 bytes stands for zeros. */
export interface WeightsTable {
  readonly blobs: ReadonlyMap<string, WeightRef>;
}

/** An imported program. */
export interface Imported {
  readonly graph: Graph;
  readonly weights: WeightsTable;
  /** What could not be taken over but does not change results. */
  readonly warnings: readonly Diagnostic[];
}

/** The operators that import may use: the aten table, or a part of it in tests. */
export interface OperatorTable {
  find(target: string): AtenOp | undefined;
  /** All targets, for suggestions. */
  readonly names: readonly string[];
}

/** A dimension as the user names it in a config; `min` and `max` must lie within the export's range. */
export interface NamedDim {
  readonly name: string;
  readonly min?: number;
  readonly max?: number;
}

/** What an import may be told beside the archive. */
export interface ImportOptions {
  /** Reads the formulas of these texts. Default: mathjs does, each time. */
  readonly formulas?: (texts: readonly string[]) => Promise<Formulas>;
  /** Default: the whole aten table. */
  readonly operators?: OperatorTable;
  /** Operators of the config's own, which win over the table's. */
  readonly custom?: ReadonlyMap<string, AtenOp>;
  /** Operators that the host computes, by target; they win over both. */
  readonly host?: ReadonlyMap<string, HostOp>;
  /** Whether the host computes what the table lacks. */
  readonly fallback?: boolean;
  /** Dimensions by input label and axis. */
  readonly dims?: Readonly<Record<string, Readonly<Record<number, NamedDim>>>>;
}
