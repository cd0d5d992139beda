/**
 * Calls of aten operators in random graphs: what they give is added with what is known of its numbers.
 *
 * @module
 */
import { isFloat, Refused } from "../../src/base/mod.ts";
import type { Value } from "../../src/ir/graph/mod.ts";
import { type Argument, callOperator, type Named } from "../../src/ops/user/call.ts";
import { type Known, moved, type Workshop } from "./random_graph.ts";

/** Arguments of a call, keywords last. */
export type Arguments = readonly (Argument | Named)[];

/** What becomes of an operator's float results. */
export type Gives = "moved" | "exact" | "element" | "scale";

const isValue = (x: unknown): x is Value => typeof x === "object" && x !== null && "type" in x && "name" in x;

/** Operators that may name any of equal elements: what they name is compared, not its place. */
const places = new Set(["kthvalue", "topk", "median", "nanmedian", "mode"]);

/** Calls an operator on values `from`; calls that are refused leave nothing behind. */
export function call(
  shop: Workshop,
  name: string,
  args: Arguments,
  gives: Gives,
  from: readonly Known[],
): void {
  const results = built(shop, name, args);
  for (const value of places.has(name) ? named(shop, args, results) : results) {
    if (gives === "moved") shop.add(value, { ...moved(...from), grid: gridOf(from) });
    else if (!isFloat(value.type.dtype)) shop.add(value);
    else if (gives === "exact") shop.add(value, { wild: true });
    else shop.add(value, { loose: true, final: gives });
  }
}

/** Values, and the elements at the places given, in place of the places. */
function named(shop: Workshop, [x, ...rest]: Arguments, [values, at]: readonly Value[]): readonly Value[] {
  if (!values || !at || !isValue(x)) return values ? [values] : [];
  const dim = rest.findLast((arg) => typeof arg === "number") ?? -1, { length } = x.type.shape;
  const where = at.type.shape.length === length ? at : built(shop, "unsqueeze", [at, dim])[0]!;
  return [values, ...built(shop, "take_along_dim", [x, where, dim])];
}

/** The tensors that an operator gives, if it takes the arguments. */
export function built(shop: Workshop, name: string, args: Arguments): readonly Value[] {
  try {
    const results = callOperator(shop.b, name, args);
    return [results].flat(2).filter(isValue).map((value) => real(shop, value));
  } catch (error) {
    if (error instanceof Refused) return [];
    throw error;
  } finally {
    shop.b.at(undefined);
  }
}

function real(shop: Workshop, value: Value): Value {
  return value.type.dtype.startsWith("c") ? callOperator(shop.b, "view_as_real", [value]) as Value : value;
}

/** The coarsest grid that holds all, zeros and ones included. */
function gridOf(from: readonly Known[]) {
  const grids = from.map((k) => k.grid);
  if (grids.some((g) => !g)) return undefined;
  return { unit: Math.min(0, ...grids.map((g) => g!.unit)), top: Math.max(1, ...grids.map((g) => g!.top)) };
}
