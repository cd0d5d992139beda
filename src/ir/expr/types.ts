/**
 * The nouns of index algebra: expressions over integers and predicates on them.
 * Nodes are interned: two equal expressions are the same object, so `===` is equality.
 *
 * @module
 */

/** What every node carries. */
interface Node {
  /** Number of the node in this process; never order or print by it. */
  readonly id: number;
  /** Canonical text with the facts of symbols; equal in every process for equal expressions. */
  readonly key: string;
}

/** A constant. */
export interface Int extends Node {
  readonly kind: "int";
  readonly value: number;
}

/** A size or a loop index. Symbols of one name with different facts are different symbols. */
export interface Sym extends Node {
  readonly kind: "sym";
  readonly name: string;
  /** Smallest value, maybe `-Infinity`. */
  readonly min: number;
  /** Largest value, maybe `Infinity`. */
  readonly max: number;
  /** Strict symbolic bound of a loop axis: `0 <= sym < below`. */
  readonly below?: Expr;
  /** True for a value that is known only while the model runs (`u0` of torch.export). */
  readonly unbacked?: boolean;
}

/** `constant + terms`; a term is an atom or a `Mul`, terms are sorted and differ in more than the coefficient. */
export interface Add extends Node {
  readonly kind: "add";
  readonly constant: number;
  readonly terms: readonly Expr[];
}

/** `coef * factors`; factors are sorted atoms, a power is a repeated factor; sums are multiplied out. */
export interface Mul extends Node {
  readonly kind: "mul";
  readonly coef: number;
  readonly factors: readonly Expr[];
}

/** `floor(a / b)`, as Python's `//`. */
export interface FloorDiv extends Node {
  readonly kind: "floordiv";
  readonly a: Expr;
  readonly b: Expr;
}

/** `a - b * floor(a / b)`, as Python's `%`. */
export interface Mod extends Node {
  readonly kind: "mod";
  readonly a: Expr;
  readonly b: Expr;
}

/** The smallest of at least two arguments. */
export interface Min extends Node {
  readonly kind: "min";
  readonly args: readonly Expr[];
}

/** The largest of at least two arguments. */
export interface Max extends Node {
  readonly kind: "max";
  readonly args: readonly Expr[];
}

/** An integer expression in canonical form. */
export type Expr = Int | Sym | Add | Mul | FloorDiv | Mod | Min | Max;

/** What builders accept. */
export type Dim = Expr | number;

/** Closed interval; either end may be infinite. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** A truth value. */
export interface Bool {
  readonly kind: "bool";
  readonly value: boolean;
}

/** How two expressions are compared; `gt` and `ge` are swapped `lt` and `le`. */
export type CmpOp = "eq" | "ne" | "lt" | "le";

/** A comparison that could not be decided. */
export interface Cmp {
  readonly kind: "cmp";
  readonly op: CmpOp;
  readonly a: Expr;
  readonly b: Expr;
}

/** All of at least two arguments. */
export interface And {
  readonly kind: "and";
  readonly args: readonly Pred[];
}

/** Any of at least two arguments. */
export interface Or {
  readonly kind: "or";
  readonly args: readonly Pred[];
}

/** The opposite; only of `and` and `or` (comparisons are turned round). */
export interface Not {
  readonly kind: "not";
  readonly arg: Pred;
}

/** A predicate on integers. */
export type Pred = Bool | Cmp | And | Or | Not;
