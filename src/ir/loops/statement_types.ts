/**
 * The statements of the loops level: nests, products, attention, routines, and what steers them.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import type { Expr, Pred, Sym } from "../expr/mod.ts";
import type { Attr, Origin } from "../graph/mod.ts";
import type { ReduceFn } from "../scalar/mod.ts";
import type { Axis, Buffer, Scalar, Store } from "./value_types.ts";

interface Statement {
  readonly name: string;
  readonly origin?: Origin;
}

/** `store[axes] = value(axes)`, or the reduction of `value(axes, over)` over `over`. */
export interface Nest extends Statement {
  readonly kind: "nest";
  readonly axes: readonly Axis[];
  readonly value: Scalar;
  readonly store: Store;
  /** Order of `over` is the order of positions for argmin/argmax and of the sum. */
  readonly reduce?: { readonly fn: ReduceFn; readonly over: readonly Axis[] };
}

/** `store[batch, m, n] = epilogue(Σ_k a(batch, m, k) · b(batch, k, n))`; accumulates in `accumulate`. */
export interface Contraction extends Statement {
  readonly kind: "contraction";
  readonly batch: readonly Axis[];
  readonly m: readonly Axis[];
  readonly n: readonly Axis[];
  readonly k: readonly Axis[];
  readonly a: Scalar;
  readonly b: Scalar;
  readonly accumulate: DType;
  readonly epilogue: Scalar;
  readonly store: Store;
}

/**
 * Attention, in one statement so that scores need no memory (Milakov and Gimelshein 2018, Dao et al. 2022):
 *
 * - score(batch, rows, columns) of the accumulator `Σ_depth q · k`: scale, mask, bias, whatever is elementwise
 * - highest(batch, rows): the largest score, nan if one is nan
 * - power(batch, rows, columns): `e^(score - highest)`; `blind` where the highest is minus infinity
 * - total(batch, rows): the sum of powers
 * - `store[batch, rows, values] = epilogue` of the accumulator `Σ_columns round(power) · v`, rounded to `weight`
 *
 * The epilogue may load `highest` and `total` where they are stored for the row.
 */
export interface Attention extends Statement {
  readonly kind: "attention";
  readonly batch: readonly Axis[];
  readonly rows: readonly Axis[];
  readonly columns: readonly Axis[];
  readonly depth: readonly Axis[];
  readonly values: readonly Axis[];
  readonly q: Scalar;
  readonly k: Scalar;
  readonly v: Scalar;
  readonly accumulate: DType;
  readonly score: Scalar;
  /** What powers are in a row without any score above minus infinity: PyTorch's softmax gives nan. */
  readonly blind: "nan" | "zero";
  readonly weight: DType;
  readonly highest: Store;
  readonly total: Store;
  readonly epilogue: Scalar;
  readonly store: Store;
}

/** `store.buffer[index(axes)] combine= value(axes)`, axes in row-major order; the buffer already holds its old values. */
export interface ScatterNest extends Statement {
  readonly kind: "scatter";
  readonly axes: readonly Axis[];
  readonly value: Scalar;
  readonly combine: "set" | "add" | "mul" | "min" | "max";
  readonly store: Store;
  /** Loaded indices in scope of `store.index`. */
  readonly bounds: readonly {
    readonly sym: Sym;
    readonly value: Scalar;
    readonly size: Expr;
    readonly wrap: boolean;
  }[];
}

/** A hand-written algorithm over whole, contiguous buffers. */
export interface RoutineCall extends Statement {
  readonly kind: "routine";
  readonly routine: string;
  readonly attrs: Readonly<Record<string, Attr>>;
  readonly inputs: readonly Buffer[];
  readonly outputs: readonly Buffer[];
  readonly binds: readonly Sym[];
}

/** Reads a 0-d integer buffer into a symbol. */
export interface ItemStatement extends Statement {
  readonly kind: "item";
  readonly buffer: Buffer;
  readonly sym: Sym;
}

/** Gives a symbol of the block around a branch its value, from symbols of the branch. */
export interface BindStatement extends Statement {
  readonly kind: "bind";
  readonly sym: Sym;
  readonly expr: Expr;
}

/** Fails the run unless the 0-d bool buffer, or the predicate, is true. */
export interface AssertStatement extends Statement {
  readonly kind: "assert";
  readonly message: string;
  readonly test: Buffer | Pred;
}

/** Runs one of two blocks; each writes all of `outputs`. */
export interface CondStatement extends Statement {
  readonly kind: "cond";
  readonly test: Buffer;
  readonly then: Block;
  readonly otherwise: Block;
}

/**
 * `while (condition block; test) { body; next → carried }`. `carried` buffers hold the initial values before, and the
 * results after. The body reads `carried` and writes `next`, which are then copied (or swapped) over.
 */
export interface WhileStatement extends Statement {
  readonly kind: "while";
  readonly carried: readonly Buffer[];
  readonly next: readonly Buffer[];
  readonly condition: Block;
  readonly test: Buffer;
  readonly body: Block;
}

/** What a block is made of. */
export type LoopStatement =
  | Nest
  | Contraction
  | Attention
  | ScatterNest
  | RoutineCall
  | ItemStatement
  | BindStatement
  | AssertStatement
  | CondStatement
  | WhileStatement;

/** Statements in an order that respects their dependences. */
export type Block = readonly LoopStatement[];
