/**
 * Grids of points for `grid_sampler`, and rows of tables scaled down in place.
 *
 * @module
 */
import { asInt, type Expr, int, lt } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { vectorNorm } from "../fold.ts";
import { atLeastVector, indexSelect } from "../indexing.ts";
import { inWide } from "../numeric.ts";
import { flattenDims, rankOf, select, unsqueezeAll } from "../views.ts";
import { unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { AtenOp } from "./types.ts";

/** `count` positions from -1 to 1: the outermost centres, or centres between the outer edges. */
function centres(g: GraphBuilder, count: Expr, corners: boolean, like: Value): Value {
  const m = calc(g), n = asInt(count), { dtype } = like.type;
  if (n === undefined) return unsupported("aten.affine_grid_generator", "a dynamic size");
  const i = g.iota([count], ([i]) => i!, dtype);
  if (n < 2) return m.mul(i, 0);
  const by = 2 / (n - 1), up = m.sub(m.mul(i, by), 1), down = m.sub(1, m.mul(m.sub(n - 1, i), by));
  const line = m.where(g.mask([count], ([i]) => lt(i!, Math.floor(n / 2))), up, down);
  return corners ? line : m.div(m.mul(line, n - 1), n);
}

/** Affine images of the points of a grid of `sizes`: `theta` [n, d, d+1] applied to (last dim, …, first dim, 1). */
function affineGrid(g: GraphBuilder, theta: Value, sizes: readonly Expr[], corners: boolean): Value {
  const d = sizes.length, m = calc(g), dims = [...sizes.keys()];
  return inWide(g, [theta], (wide) => {
    const columns = Array.from({ length: d + 1 }, (_, n) => {
      const column = select(g, wide!, 2, int(n));
      return unsqueezeAll(g, column, dims.map((dim) => dim + 1));
    });
    const terms = dims.map((n) => {
      const line = centres(g, sizes[d - 1 - n]!, corners, wide!);
      const shape = [...sizes, int(1)].map((size, dim) => dim === d - 1 - n ? size : int(1));
      return m.mul(columns[n]!, g.remap(line, shape, (axes) => [axes[d - 1 - n]!]));
    });
    return terms.reduce((sum, term) => m.add(sum, term), columns[d]!);
  });
}

/** The rows at `indices` scaled down to a norm of at most `limit`. */
function renormRows(g: GraphBuilder, table: Value, indices: Value, limit: number, p: number): Value {
  const index = flattenDims(g, atLeastVector(g, indices)), rows = indexSelect(g, table, 0, index);
  const scaled = inWide(g, [rows], (wide) => {
    const m = calc(g), norm = vectorNorm(g, wide!, p, { dims: [1], keep: true });
    return m.mul(wide!, m.where(m.gt(norm, limit), m.div(limit, m.add(norm, 1e-7)), 1));
  });
  const at = g.remap(index, scaled.type.shape, ([row]) => [row!]);
  const operands = [{ value: at, size: table.type.shape[0]!, wrap: false }];
  return g.scatter(table, scaled, operands, "set", ([, column], [row]) => [row!, column!]);
}

/** Rows of this family. */
export const gridOps: readonly AtenOp[] = [
  op("affine_grid_generator(Tensor theta, SymInt[] size, bool align_corners) -> Tensor", (g, a) => {
    const theta = a.tensor("theta");
    return affineGrid(g, theta, a.ints("size").slice(2), a.bool("align_corners"));
  }),
  op(
    "embedding_renorm(Tensor self, Tensor indices, float max_norm, float norm_type) -> Tensor",
    (g, a) =>
      rankOf(a.tensor("self")) === 2
        ? renormRows(g, a.tensor("self"), a.tensor("indices"), a.float("max_norm"), a.float("norm_type"))
        : unsupported("aten.embedding_renorm", "a table that is no matrix"),
  ),
];
