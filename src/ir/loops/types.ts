/**
 * The loops level: nests that each compute a buffer (or a part of one) from loads at index expressions.
 *
 * Views are index maps here, never copies. Memory is still named, not placed: that is the plan's work.
 *
 * @module
 */
import type {
  Effect,
  FixedLeaf,
  GraphConstant,
  GraphInput,
  GraphOutput,
  Guard,
  SymbolDecl,
} from "../graph/mod.ts";
import type { Block } from "./statement_types.ts";
import type { Buffer } from "./value_types.ts";

export type * from "./statement_types.ts";
export type * from "./value_types.ts";

/** An output leaf with the buffer that holds it (`tensor` kind), written by the body or given. */
export interface LoopsOutput {
  readonly leaf: GraphOutput;
  /** Where the value is: an output buffer, or an input/constant/other output that is handed out as it is. */
  readonly buffer?: Buffer;
}

/** After the body, the target's memory takes over what `from` holds. Copies come last, in order. */
export interface LoopsEffect {
  readonly target: Buffer;
  readonly from: Buffer;
  readonly effect: Effect;
}

/** A whole model at this level. */
export interface Loops {
  readonly name: string;
  readonly symbols: readonly SymbolDecl[];
  readonly guards: readonly Guard[];
  readonly inputs: readonly { readonly buffer: Buffer; readonly input: GraphInput }[];
  readonly constants: readonly { readonly buffer: Buffer; readonly constant: GraphConstant }[];
  readonly fixed: readonly FixedLeaf[];
  readonly body: Block;
  readonly outputs: readonly LoopsOutput[];
  readonly effects: readonly LoopsEffect[];
  readonly inSpec: string;
  readonly outSpec: string;
}
