/**
 * What a family of routines says of its calls, a row each.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import { asInt, type Expr } from "../../ir/expr/mod.ts";
import type { CallPrinter } from "./routine_call.ts";

/** What a row makes of a call. */
export interface Printed {
  readonly element: DType;
  readonly defines?: readonly string[];
  readonly lines: readonly string[];
  /** Parallel iterations; without it the routine runs on one core. */
  readonly total?: Expr;
  /** Rough operations per iteration. */
  readonly work?: number;
  readonly scratch?: Expr;
}

/** How a routine is printed: its header in `routine/`, and its call. */
export interface RoutineRow {
  readonly header: string;
  readonly print: (c: CallPrinter) => Printed;
}

/** Types of memory that are f32 in arithmetic. */
export const halves: readonly DType[] = ["f16", "bf16"];

/** The iterations of a worker, as its C function calls them. */
export const range = "begin, end";

/** A size for estimates where it is not known. */
export function roughly(size: Expr): number {
  return asInt(size) ?? 256;
}

/** The constant of a C enum for the call's attribute `name`. */
export function enumOf(c: CallPrinter, name: string, prefix: string): string {
  return `${prefix}_${c.word(name).toUpperCase()}`;
}
