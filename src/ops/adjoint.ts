/**
 * Gradients of maps that are linear along single dims: what the map makes of unit vectors is its matrix.
 *
 * @module
 */
import { eq, type Expr } from "../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import { labels } from "./contract.ts";
import { rankOf } from "./views.ts";

/**
 * The gradient of a tensor with `size` elements along `dim`, which `map` turned into `grad`'s. `map` gets a square of unit
 * vectors and works on its dim 1.
 */
export function adjointAlong(
  g: GraphBuilder,
  grad: Value,
  dim: number,
  size: Expr,
  map: (units: Value) => Value,
): Value {
  const units = g.cast(g.mask([size, size], ([i, j]) => eq(i!, j!)), grad.type.dtype);
  const matrix = g.cast(map(units), grad.type.dtype), names = labels(rankOf(grad) + 1);
  const given = names.slice(1), made = `${given.slice(0, dim)}${names[0]}${given.slice(dim + 1)}`;
  return g.einsum(`${given},${names[0]}${given[dim]}->${made}`, grad, matrix);
}
