/**
 * Reductions in C: accumulators, their steps, the last step across lanes.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import type { ReduceFn } from "../../ir/scalar/mod.ts";
import { carried, limitsOf, vectorType } from "./types.ts";

/** What accumulates values of `dtype`. */
export interface Accumulator {
  readonly fn: ReduceFn;
  readonly name: string;
  /** Carried type of the values. */
  readonly type: DType;
}

const steps = { sum: "add", prod: "mul", min: "min", max: "max", any: "or", all: "and" } as const;

/** True for reductions that give a position. */
export function isArg(fn: ReduceFn): fn is "argmin" | "argmax" {
  return fn === "argmin" || fn === "argmax";
}

/** The value that changes nothing, as a C literal. */
export function identityOf(fn: ReduceFn, type: DType): string {
  switch (fn) {
    case "sum":
    case "any":
      return "0";
    case "prod":
    case "all":
      return "1";
    case "min":
    case "argmin":
      return limitsOf(type)[1];
    case "max":
    case "argmax":
      return limitsOf(type)[0];
  }
}

/** Declarations of an accumulator. */
export function declare(a: Accumulator): readonly string[] {
  const first = `${vectorType(a.type)} ${a.name} = aoti_set1_${a.type}(${identityOf(a.fn, a.type)});`;
  return isArg(a.fn) ? [first, `vi64 ${a.name}_at = aoti_set1_i64(-1);`] : [first];
}

/** Takes one vector of values in; `live` is a mask of lanes that exist, or nothing when all do. */
export function step(a: Accumulator, value: string, position: string, live: string | undefined): string {
  if (isArg(a.fn)) {
    return `aoti_${a.fn}_step_${a.type}(&${a.name}, &${a.name}_at, ${value}, ${position}, ${
      live ?? "aoti_set1_bool(1)"
    });`;
  }
  const identity = `aoti_set1_${a.type}(${identityOf(a.fn, a.type)})`;
  const safe = live ? `aoti_select_${a.type}(${live}, ${value}, ${identity})` : value;
  return `${a.name} = aoti_${steps[a.fn]}_${a.type}(${a.name}, ${safe});`;
}

/** The whole reduction in every lane, when lanes ran along what is reduced. */
export function across(a: Accumulator): string {
  if (isArg(a.fn)) return `aoti_set1_i64(aoti_${a.fn}_last_${a.type}(${a.name}, ${a.name}_at))`;
  const bool = { sum: "any", prod: "all", min: "all", max: "any", any: "any", all: "all" } as const;
  const how = a.type === "bool" ? bool[a.fn] : a.fn;
  return `aoti_set1_${a.type}(aoti_h${how}_${a.type}(${a.name}))`;
}

/** The result per lane, when lanes ran along kept axes. */
export function perLane(a: Accumulator): string {
  return isArg(a.fn) ? `aoti_max_i64(${a.name}_at, aoti_set1_i64(0))` : a.name;
}

/** Carried type that a reduction of values of `dtype` works in. */
export function accumulatorType(dtype: DType): DType {
  return carried(dtype);
}
