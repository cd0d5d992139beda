/**
 * Distinct elements and membership: unique in all its forms, isin.
 *
 * @module
 */
import { add, asInt, type Expr, gt, int, isInt, lt, sub } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc, numOf } from "../calc.ts";
import { fold } from "../fold.ts";
import { indexSelect } from "../indexing.ts";
import { asTensor, type Mixed, resultType, sizeAs } from "../numeric.ts";
import { countTrue, dataSize, pick, positions, recordedSize, sizeOfData, zeros } from "../positions.ts";
import { numel, wrapDim } from "../shapes.ts";
import * as v from "../views.ts";
import { scan, sort } from "./scans.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** A list in which equals stand together: where runs of equals begin, and where each entry came from. */
interface Runs {
  /** bool, true at the first of each run. */
  readonly starts: Value;
  /** Original positions, unless the list is in its original order. */
  readonly order?: Value;
}

/** True where entry `i` is not what entry `i - 1` is; entries are what is left of `x` without dim 0. */
function runStarts(g: GraphBuilder, x: Value): Value {
  const { shape, dtype } = x.type;
  const before = g.remap(x, shape, ([i, ...rest]) => [sub(i!, 1), ...rest], {
    valid: ([i]) => gt(i!, 0),
    fill: numOf(0, dtype),
  });
  const differs = calc(g).ne(x, before), first = g.mask(shape.slice(0, 1), ([i]) => lt(i!, 1));
  const rows = shape.length > 1
    ? fold(g, "any", differs, { dims: shape.map((_, n) => n).slice(1) })
    : differs;
  return calc(g).or(rows, first);
}

/** Position of each run's first entry, run of each original entry, length of each run. */
function describeRuns(
  g: GraphBuilder,
  a: Args,
  { starts, order }: Runs,
  outputs: readonly number[],
  dim = 0,
) {
  const size = starts.type.shape[0]!, m = calc(g);
  const known = outputs.map((n) => dataSize(a, n === 0 ? dim : 0, [n])).find((d) => d.size !== undefined);
  const count = sizeOfData(g, countTrue(g, starts), known ?? { size: undefined, fresh: [] });
  const first = positions(g, starts, count);
  return {
    first,
    inverse: (): Value => {
      const run = m.sub(scan(g, "sum", g.cast(starts, "i64"), 0), 1);
      if (!order) return run;
      const operands = [{ value: order, size, wrap: false }];
      return g.scatter(zeros(g, [size], "i64"), run, operands, "set", (_, [k]) => [k!]);
    },
    counts: (): Value => {
      const ends = g.remap(first, [count], ([i]) => [add(i!, 1)], {
        valid: ([i]) => inner(i!, count),
        fill: 0n,
      });
      const isInner = g.mask([count], ([i]) => inner(i!, count));
      return m.sub(m.where(isInner, ends, sizeAs(g, size, "i64")), first);
    },
  };
}

function inner(i: Expr, count: Expr) {
  return lt(add(i, 1), count);
}

/** Result `output` if it was asked for; PyTorch gives it for slices in any case, else an empty one. */
function asked(g: GraphBuilder, a: Args, output: number, value: () => Value): Value {
  const name = output === 1 ? "return_inverse" : "return_counts", size = recordedSize(a, output, 0);
  const wanted = a.schema.args.some((arg) => arg.name === name) && a.bool(name);
  return wanted || (size && !isInt(size, 0)) ? value() : zeros(g, [int(0)], "i64");
}

/** Distinct elements of a whole tensor. */
function unique(g: GraphBuilder, a: Args, sorted: boolean): Value[] {
  const x = a.tensor("self"), flat = v.flattenDims(g, x);
  const [values, order] = sorted ? sort(g, flat, 0, false, true) : [flat, undefined];
  const runs = describeRuns(g, a, { starts: runStarts(g, values), ...(order && { order }) }, [0, 2]);
  return [
    pick(g, values, runs.first),
    asked(g, a, 1, () => v.reshape(g, runs.inverse(), x.type.shape)),
    asked(g, a, 2, runs.counts),
  ];
}

/** Distinct slices along `dim`. */
function uniqueSlices(g: GraphBuilder, a: Args, dim: number, sorted: boolean): Value[] {
  const x = a.tensor("self"), at = wrapDim(dim, v.rankOf(x)), moved = v.moveDims(g, x, [at], [0]);
  const [size, ...rest] = moved.type.shape as [Expr, ...Expr[]];
  const rows = v.reshape(g, moved, [size, numel(rest)]);
  const order = sorted ? g.routine("order_rows", [rows], [{ dtype: "i64", shape: [size] }])[0]! : undefined;
  const inOrder = order ? indexSelect(g, rows, 0, order) : rows;
  const runs = describeRuns(g, a, { starts: runStarts(g, inOrder), ...(order && { order }) }, [0, 2], at);
  const distinct = indexSelect(g, inOrder, 0, runs.first), count = runs.first.type.shape[0]!;
  return [
    v.moveDims(g, v.reshape(g, distinct, [count, ...rest]), [0], [at]),
    asked(g, a, 1, runs.inverse),
    asked(g, a, 2, runs.counts),
  ];
}

/** Tests against more elements than this are searches in a sorted list. */
const FEW = 16;

/** True where an element of `x` is among the elements of `test`. */
function isIn(g: GraphBuilder, a: Args, x: Mixed, test: Mixed): Value {
  const dtype = resultType(x, test), m = calc(g);
  const values = asTensor(g, x, dtype), flat = v.flattenDims(g, asTensor(g, test, dtype));
  const size = asInt(flat.type.shape[0]!);
  const found = size !== undefined && size <= FEW ? compareAll(g, values, flat) : member(g, values, flat);
  return a.bool("invert") ? m.not(found) : found;
}

function compareAll(g: GraphBuilder, values: Value, tests: Value): Value {
  if (isInt(tests.type.shape[0]!, 0)) return zeros(g, values.type.shape, "bool");
  const equal = calc(g).eq(v.unsqueeze(g, values, -1), tests);
  return fold(g, "any", equal, { dims: [v.rankOf(equal) - 1] });
}

function member(g: GraphBuilder, values: Value, tests: Value): Value {
  const [sorted] = sort(g, tests, 0, false, true), { shape } = values.type;
  return g.routine("member", [values, sorted], [{ dtype: "bool", shape }])[0]!;
}

/** Rows of this family. */
export const setOps: readonly AtenOp[] = [
  op("_unique(Tensor self, bool sorted=True, bool return_inverse=False) -> (Tensor, Tensor)", (g, a) => {
    return unique(g, a, true).slice(0, 2);
  }),
  op(
    "_unique2(Tensor self, bool sorted=True, bool return_inverse=False, bool return_counts=False) -> (Tensor, Tensor, Tensor)",
    (g, a) => unique(g, a, true),
  ),
  op(
    "unique_consecutive(Tensor self, bool return_inverse=False, bool return_counts=False, int? dim=None) -> (Tensor, Tensor, Tensor)",
    (g, a) => {
      const dim = a.fixedOrNone("dim");
      return dim === undefined ? unique(g, a, false) : uniqueSlices(g, a, dim, false);
    },
  ),
  op(
    "unique_dim(Tensor self, int dim, bool sorted=True, bool return_inverse=False, bool return_counts=False) -> (Tensor, Tensor, Tensor)",
    (g, a) => uniqueSlices(g, a, a.fixed("dim"), true),
  ),
  op(
    "unique_dim_consecutive(Tensor self, int dim, bool return_inverse=False, bool return_counts=False) -> (Tensor, Tensor, Tensor)",
    (g, a) => uniqueSlices(g, a, a.fixed("dim"), false),
  ),
  op(
    "isin.Tensor_Tensor(Tensor elements, Tensor test_elements, *, bool assume_unique=False, bool invert=False) -> Tensor",
    (g, a) => isIn(g, a, a.tensor("elements"), a.tensor("test_elements")),
  ),
  op(
    "isin.Tensor_Scalar(Tensor elements, Scalar test_element, *, bool assume_unique=False, bool invert=False) -> Tensor",
    (g, a) => isIn(g, a, a.tensor("elements"), a.scalar("test_element")),
  ),
  op(
    "isin.Scalar_Tensor(Scalar element, Tensor test_elements, *, bool assume_unique=False, bool invert=False) -> Tensor",
    (g, a) => isIn(g, a, a.scalar("element"), a.tensor("test_elements")),
  ),
];
