/**
 * What a nest computes at one point of its axes, from which memory, and where it stores it.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import type { Expr, Pred, Sym } from "../expr/mod.ts";
import type { Num, ScalarFn } from "../scalar/mod.ts";

/** One loop: `sym` runs over [0, extent). Symbol names are unique in a whole `Loops`. */
export interface Axis {
  readonly sym: Sym;
  readonly extent: Expr;
}

/** Named memory. Element (j0, j1, …) lies at `offset + Σ j·stride` elements. */
export interface Buffer {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly Expr[];
  readonly strides: readonly Expr[];
  /** Elements before the first; only constants that are views of a bigger storage have one. */
  readonly offset: number;
  /** input, constant: given; output: the host's; temp: the arena's. */
  readonly role: "input" | "constant" | "temp" | "output";
}

/**
 * A scalar computation at one point of the axes: an immutable DAG, interned by `Scalars` so that equal means same.
 */
export type Scalar =
  | { readonly kind: "literal"; readonly id: number; readonly dtype: DType; readonly value: Num }
  /** An index expression as data. */
  | { readonly kind: "index"; readonly id: number; readonly dtype: DType; readonly expr: Expr }
  | { readonly kind: "truth"; readonly id: number; readonly dtype: "bool"; readonly pred: Pred }
  | {
    readonly kind: "load";
    readonly id: number;
    readonly dtype: DType;
    readonly buffer: Buffer;
    readonly index: readonly Expr[];
  }
  | {
    readonly kind: "apply";
    readonly id: number;
    readonly dtype: DType;
    readonly fn: ScalarFn;
    readonly args: readonly Scalar[];
  }
  | { readonly kind: "cast"; readonly id: number; readonly dtype: DType; readonly arg: Scalar }
  /** `value` where `pred` holds, else `other`; loads inside `value` happen only where it holds. */
  | {
    readonly kind: "guarded";
    readonly id: number;
    readonly dtype: DType;
    readonly pred: Pred;
    readonly value: Scalar;
    readonly other: Scalar;
  }
  /** Index expressions inside `body` may use `sym`, the integer `value` wrapped and checked against `size`. */
  | {
    readonly kind: "bound";
    readonly id: number;
    readonly dtype: DType;
    readonly sym: Sym;
    readonly value: Scalar;
    readonly size: Expr;
    readonly wrap: boolean;
    readonly body: Scalar;
  }
  /** The contraction's sum, in an epilogue; attention's, in its score, too. */
  | { readonly kind: "accumulator"; readonly id: number; readonly dtype: DType };

/** The kind of a node of a scalar DAG. */
export type ScalarKind = Scalar["kind"];
/** The scalars of one kind. */
export type ScalarOf<K extends ScalarKind> = Extract<Scalar, { kind: K }>;

/** Where a nest writes: `index` over its axes. */
export interface Store {
  readonly buffer: Buffer;
  readonly index: readonly Expr[];
}
