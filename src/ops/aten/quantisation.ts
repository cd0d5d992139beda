/**
 * Arguments of operators that quantise: scales and zero points, as numbers or as data.
 *
 * @module
 */
import { int } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { isTensor, type Mixed } from "../numeric.ts";
import { wrapDim } from "../shapes.ts";
import { rankOf, reshape } from "../views.ts";
import type { Args } from "./types.ts";

/** A parameter: a number, or a tensor of one element as the number that it holds. */
export function single(g: GraphBuilder, a: Args, name: string): Mixed {
  const x = a.scalar(name);
  return isTensor(x) ? reshape(g, x, []) : x;
}

/** A scale as the f64 that Python makes of it. */
export function scaleOf(g: GraphBuilder, a: Args, name = "scale"): Mixed {
  const x = single(g, a, name);
  return isTensor(x) ? g.cast(x, "f64") : x;
}

/** A number beside `x`: 0-d data keeps the type of `x` whatever its own. */
export function beside(g: GraphBuilder, x: Value, by: Mixed): Mixed {
  return isTensor(by) ? g.cast(by, x.type.dtype) : by;
}

/** A vector of channels beside `x`. */
export function alongAxis(g: GraphBuilder, a: Args, x: Value, name: string): Value {
  const axis = wrapDim(a.fixed("axis"), rankOf(x)), values = a.tensor(name);
  return reshape(g, values, x.type.shape.map((_, n) => n === axis ? values.type.shape[0]! : int(1)));
}
