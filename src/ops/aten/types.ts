/**
 * What a row of the aten table is: a PyTorch schema and a composition of core operations.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import type { Expr, Pred, Sym } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Region, Value } from "../../ir/graph/mod.ts";

/**
 * An argument as import hands it over. Ints (symbolic or not) are `Expr`; a float is `{ float }`, or a 0-d f64 tensor
 * when it is only known at run time; a bool is a boolean, or a `Pred` over symbols.
 */
export type ArgValue =
  | { readonly kind: "tensor"; readonly value: Value }
  | { readonly kind: "tensors"; readonly values: readonly (Value | null)[] }
  | { readonly kind: "int"; readonly expr: Expr }
  | { readonly kind: "ints"; readonly exprs: readonly Expr[] }
  | { readonly kind: "float"; readonly float: number }
  | { readonly kind: "floats"; readonly floats: readonly number[] }
  | { readonly kind: "bool"; readonly truth: boolean | Pred }
  | { readonly kind: "bools"; readonly truths: readonly boolean[] }
  | { readonly kind: "complex"; readonly re: number; readonly im: number }
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "dtype"; readonly dtype: DType }
  | { readonly kind: "none" }
  /** Device, layout, memory format, generator: no effect on values. */
  | { readonly kind: "ignored" };

/** A Scalar argument: a number with the category that promotion sees. */
export type ScalarArg =
  | { readonly kind: "int"; readonly expr: Expr }
  | { readonly kind: "float"; readonly float: number }
  | { readonly kind: "bool"; readonly truth: boolean }
  | { readonly kind: "complex"; readonly re: number; readonly im: number };

/** Typed access to one call's arguments by schema name; defaults filled in. Wrong kinds are refused. */
export interface Args {
  readonly schema: Schema;
  /** The argument as it was given. */
  given(name: string): ArgValue;
  tensor(name: string): Value;
  tensorOrNone(name: string): Value | undefined;
  tensors(name: string): readonly Value[];
  optionalTensors(name: string): readonly (Value | undefined)[];
  int(name: string): Expr;
  intOrNone(name: string): Expr | undefined;
  ints(name: string): readonly Expr[];
  intsOrNone(name: string): readonly Expr[] | undefined;
  /** An int that must be known now (a dim, a flag). */
  fixed(name: string): number;
  fixedOrNone(name: string): number | undefined;
  fixeds(name: string): readonly number[];
  float(name: string): number;
  floatOrNone(name: string): number | undefined;
  floats(name: string): readonly number[];
  floatsOrNone(name: string): readonly number[] | undefined;
  bool(name: string): boolean;
  boolOrNone(name: string): boolean | undefined;
  /** A list of bools known now, such as `output_mask`. */
  bools(name: string): readonly boolean[];
  string(name: string): string;
  stringOrNone(name: string): string | undefined;
  dtypeOrNone(name: string): DType | undefined;
  /** A Scalar argument, or a Tensor|Scalar one. */
  scalar(name: string): ScalarArg | Value;
  scalarOrNone(name: string): ScalarArg | Value | undefined;
  /** What the export recorded of the node's outputs: shapes with unbacked symbols come from here. */
  readonly recorded: readonly RecordedOutput[];
  /** The export's strides of a tensor argument in elements, row-major if unknown (for `as_strided`, `empty_like`). */
  stridesOf(value: Value): readonly Expr[];
}

/** Meta of an output as the export recorded it. */
export interface RecordedOutput {
  readonly dtype: DType;
  readonly shape: readonly Expr[];
  /** Unbacked symbols seen here first. */
  readonly fresh: readonly Sym[];
}

/** What an operator gives: tensors, ints (as expressions), bools, lists of tensors, None. */
export type OutValue = Value | Expr | Pred | null | readonly Value[];

/** One aten operator. */
export interface AtenOp {
  /** e.g. `aten.add.Tensor`. */
  readonly target: string;
  readonly schema: Schema;
  /**
   * True when outputs are views of the first tensor argument: built of unmasked remaps only, so that import can track
   * aliases and write through them.
   */
  readonly view: boolean;
  readonly build: (g: GraphBuilder, args: Args) => OutValue | readonly OutValue[];
  /** Arguments (tensors or lists of them) that the in-place form writes, in the order of the results; else the first. */
  readonly writes?: readonly string[];
}

/** A parsed PyTorch schema. */
export interface Schema {
  readonly target: string;
  readonly args: readonly SchemaArg[];
  /** Number of results; `Tensor[]` counts as one. */
  readonly results: number;
}

/** An argument of a schema. */
export interface SchemaArg {
  readonly name: string;
  /** As PyTorch writes it, without alias marks: `Tensor`, `Tensor?`, `int[2]`, `Scalar`, `ScalarType?`, … */
  readonly type: string;
  readonly default?: string;
}

export type { Region };
