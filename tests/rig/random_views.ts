/**
 * Views of random graphs: index maps of all shapes.
 *
 * @module
 */
import { isFloat } from "../../src/base/mod.ts";
import { add, and, type Expr, floorDiv, ge, int, lt, mod, mul, rangeOf, sub } from "../../src/ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../src/ir/graph/mod.ts";
import type { Workshop } from "./random_graph.ts";

/** A view of a value of at least one dim, if it has one of this kind. */
type View = (b: GraphBuilder, x: Value, shop: Workshop) => Value | undefined;

export const randomViews: readonly View[] = [
  (b, x) => { // transposed
    const shape = x.type.shape.toReversed();
    return b.remap(x, shape, (axes) => axes.toReversed());
  },
  (b, x, { choices }) => { // flipped
    const dim = choices.below(x.type.shape.length), size = x.type.shape[dim]!;
    return b.remap(x, x.type.shape, (axes) => axes.map((a, n) => (n === dim ? sub(sub(size, 1), a) : a)));
  },
  (b, x, { choices }) => { // every other one from the second on
    const dim = choices.below(x.type.shape.length), size = x.type.shape[dim]!;
    const shape = x.type.shape.map((e, n) => (n === dim ? floorDiv(size, 2) : e));
    return b.remap(x, shape, (axes) => axes.map((a, n) => (n === dim ? add(mul(a, 2), 1) : a)));
  },
  (b, x, { choices }) => { // padded
    const dim = choices.below(x.type.shape.length), size = x.type.shape[dim]!;
    const shape = x.type.shape.map((e, n) => (n === dim ? add(size, 3) : e));
    const inside = (a: Expr) => and(ge(a, 1), lt(a, add(size, 1)));
    const fill = x.type.dtype === "bool" ? true : isFloat(x.type.dtype) ? 0.5 : 1;
    return b.remap(x, shape, (axes) => axes.map((a, n) => (n === dim ? sub(a, 1) : a)), {
      valid: (axes) => inside(axes[dim]!),
      fill,
    });
  },
  (b, x) => { // flattened
    const [rows, columns] = x.type.shape;
    if (!columns || rangeOf(columns).min < 1) return undefined;
    const shape = [mul(rows!, columns), ...x.type.shape.slice(2)];
    return b.remap(x, shape, ([i, ...rest]) => [floorDiv(i!, columns), mod(i!, columns), ...rest]);
  },
  (b, x) => { // stretched by a new dim
    const shape = [int(2), ...x.type.shape];
    return b.remap(x, shape, ([, ...rest]) => rest);
  },
  (b, x, { choices }) => { // rolled
    const dim = choices.below(x.type.shape.length), size = x.type.shape[dim]!;
    if (rangeOf(size).min < 1) return undefined;
    return b.remap(
      x,
      x.type.shape,
      (axes) => axes.map((a, n) => (n === dim ? mod(sub(add(a, size), 1), size) : a)),
    );
  },
  (b, x) => { // diagonal
    const [rows, columns] = x.type.shape;
    if (!columns || rows !== columns) return undefined;
    return b.remap(x, x.type.shape.slice(1), ([i, ...rest]) => [i!, i!, ...rest]);
  },
  (b, x) => { // windows of two
    const last = x.type.shape.at(-1)!;
    if (rangeOf(last).min < 2) return undefined;
    const shape = [...x.type.shape.slice(0, -1), sub(last, 1), int(2)];
    return b.remap(x, shape, (axes) => [...axes.slice(0, -2), add(axes.at(-2)!, axes.at(-1)!)]);
  },
];
