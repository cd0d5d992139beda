/**
 * Many elements become one.
 *
 * @module
 */
import { type DType, isFloat } from "../../base/mod.ts";
import { int } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import type { ReduceFn } from "../../ir/scalar/mod.ts";
import { calc } from "../calc.ts";
import {
  everyDim,
  fold,
  logSoftmax,
  logSumExp,
  mean,
  type Over,
  safeSoftmax,
  softmax,
  sum,
  total,
  variance,
} from "../fold.ts";
import { floatOf, type Mixed, toFloat } from "../numeric.ts";
import { dimsOrAll, wrapDim } from "../shapes.ts";
import { diagonal } from "../windows.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** Dims of a call, whatever way its schema names them. */
export function over(a: Args, x: Value, dimName = "dim"): Over {
  const rank = x.type.shape.length,
    asked = has(a, dimName) ? a.intsOrNone(dimName) && a.fixeds(dimName) : undefined;
  return { dims: dimsOrAll(asked, rank), keep: has(a, "keepdim") && a.bool("keepdim") };
}

function has(a: Args, name: string): boolean {
  return a.schema.args.some((arg) => arg.name === name);
}

/** Reduces argument `self` over `dim`, all dims where it is absent or empty. */
function reduction(schema: string, body: (g: GraphBuilder, x: Value, o: Over, a: Args) => Value): AtenOp {
  return op(schema, (g, a) => body(g, a.tensor("self"), over(a, a.tensor("self")), a));
}

const dtypeOf = (a: Args): DType | undefined => a.dtypeOrNone("dtype");

/** Any or all of them; for u8 the answer is u8. */
function truths(fn: "any" | "all"): AtenOp[] {
  const schemas = fn === "any"
    ? [
      "any(Tensor self) -> Tensor",
      "any.dim(Tensor self, int dim, bool keepdim=False) -> Tensor",
      "any.dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor",
    ]
    : [
      "all(Tensor self) -> Tensor",
      "all.dim(Tensor self, int dim, bool keepdim=False) -> Tensor",
      "all.dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor",
    ];
  return schemas.map((schema) =>
    reduction(schema, (g, x, o) => {
      const answer = fold(g, fn, g.cast(x, "bool"), o);
      return x.type.dtype === "u8" ? g.cast(answer, "u8") : answer;
    })
  );
}

/** Largest or smallest with its position. */
function extremumAt(fn: "max" | "min") {
  return (g: GraphBuilder, a: Args) => {
    const x = a.tensor("self"), o = over(a, x), at = fn === "max" ? "argmax" : "argmin";
    return [fold(g, fn, x, o), fold(g, at, x, o)];
  };
}

const best = (fn: ReduceFn) => (g: GraphBuilder, x: Value, o: Over) => fold(g, fn, x, o);

/** `correction` of var and std: the argument, or what `unbiased` means. */
function correctionOf(a: Args): Mixed {
  if (has(a, "unbiased")) return { kind: "int", expr: int(a.bool("unbiased") ? 1 : 0) };
  return a.scalarOrNone("correction") ?? { kind: "int", expr: int(1) };
}

function spread(name: "var" | "std", withMean: boolean): AtenOp[] {
  const result = withMean ? "(Tensor, Tensor)" : "Tensor", full = withMean ? `${name}_mean` : name;
  const tail = [
    "(Tensor self, bool unbiased=True)",
    ".dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False)",
    ".correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False)",
  ];
  return tail.map((rest) =>
    op(`${full}${rest} -> ${result}`, (g, a) => {
      const x = toFloat(g, a.tensor("self")), v = variance(g, x, over(a, x), correctionOf(a));
      const first = g.cast(name === "std" ? calc(g).sqrt(v.variance) : v.variance, x.type.dtype);
      return withMean ? [first, g.cast(v.mean, x.type.dtype)] : first;
    })
  );
}

/** Nan counts as zero, and in the mean not at all. */
function nanSum(g: GraphBuilder, x: Value, o: Over, dtype?: DType): Value {
  const m = calc(g);
  return sum(g, isFloat(x.type.dtype) ? m.where(m.isnan(x), 0, x) : x, o, dtype);
}

function nanMean(g: GraphBuilder, x: Value, o: Over, dtype?: DType): Value {
  const m = calc(g), known = m.not(m.isnan(x));
  const count = sum(g, g.cast(known, "f32"), o);
  return g.cast(m.div(nanSum(g, g.cast(x, "f32"), o), count), dtype ?? x.type.dtype);
}

/** Nonzero elements as i64. */
function countNonzero(g: GraphBuilder, x: Value, o: Over): Value {
  return sum(g, g.cast(x, "bool"), o);
}

function normalised(schema: string, body: (g: GraphBuilder, x: Value, dim: number) => Value): AtenOp {
  return op(schema, (g, a) => {
    const given = a.tensor("self");
    const x = g.cast(given, (has(a, "dtype") ? dtypeOf(a) : undefined) ?? floatOf(given.type.dtype));
    const wide = has(a, "half_to_float") && a.bool("half_to_float") ? g.cast(x, "f32") : x;
    return body(g, wide, wrapDim(a.fixed("dim"), x.type.shape.length));
  });
}

/** Rows of this family. */
export const reductionOps: readonly AtenOp[] = [
  ...[
    "sum(Tensor self, *, ScalarType? dtype=None) -> Tensor",
    "sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
  ].map((s) => reduction(s, (g, x, o, a) => sum(g, x, o, dtypeOf(a)))),
  ...[
    "prod(Tensor self, *, ScalarType? dtype=None) -> Tensor",
    "prod.dim_int(Tensor self, int dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
  ].map((s) => reduction(s, (g, x, o, a) => total(g, "prod", x, o, dtypeOf(a)))),
  ...[
    "mean(Tensor self, *, ScalarType? dtype=None) -> Tensor",
    "mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
  ].map((s) => reduction(s, (g, x, o, a) => mean(g, x, o, dtypeOf(a)))),
  reduction(
    "nansum(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    (g, x, o, a) => nanSum(g, x, o, dtypeOf(a)),
  ),
  reduction(
    "nanmean(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    (g, x, o, a) => nanMean(g, x, o, dtypeOf(a)),
  ),
  reduction("amax(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor", best("max")),
  reduction("amin(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor", best("min")),
  reduction("max(Tensor self) -> Tensor", best("max")),
  reduction("min(Tensor self) -> Tensor", best("min")),
  reduction("argmax(Tensor self, int? dim=None, bool keepdim=False) -> Tensor", best("argmax")),
  reduction("argmin(Tensor self, int? dim=None, bool keepdim=False) -> Tensor", best("argmin")),
  op(
    "max.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
    extremumAt("max"),
  ),
  op(
    "min.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
    extremumAt("min"),
  ),
  op("aminmax(Tensor self, *, int? dim=None, bool keepdim=False) -> (Tensor min, Tensor max)", (g, a) => {
    const x = a.tensor("self"), o = over(a, x);
    return [fold(g, "min", x, o), fold(g, "max", x, o)];
  }),
  ...truths("any"),
  ...truths("all"),
  ...spread("var", false),
  ...spread("std", false),
  ...spread("var", true),
  ...spread("std", true),
  reduction(
    "logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor",
    (g, x, o) => logSumExp(g, toFloat(g, x), o),
  ),
  reduction(
    "special_logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor",
    (g, x, o) => logSumExp(g, toFloat(g, x), o),
  ),
  reduction("count_nonzero(Tensor self, int? dim=None) -> Tensor", countNonzero),
  reduction("count_nonzero.dim_IntList(Tensor self, int[] dim) -> Tensor", countNonzero),
  op("trace(Tensor self) -> Tensor", (g, a) => {
    const line = diagonal(g, a.tensor("self"));
    return sum(g, line, { dims: everyDim(line) });
  }),
  op("sum_to_size(Tensor self, SymInt[] size) -> Tensor", (g, a) => sumTo(g, a.tensor("self"), a)),
  ...[
    "softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
    "_softmax(Tensor self, int dim, bool half_to_float) -> Tensor",
    "special_softmax(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
  ].map((s) => normalised(s, softmax)),
  ...[
    "log_softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
    "_log_softmax(Tensor self, int dim, bool half_to_float) -> Tensor",
    "special_log_softmax(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
  ].map((s) => normalised(s, logSoftmax)),
  normalised("_safe_softmax(Tensor self, int dim, ScalarType? dtype=None) -> Tensor", safeSoftmax),
];

/** Sums the dims that `size` has as one, or not at all. No size at all is a sum even of a 0-d tensor. */
function sumTo(g: GraphBuilder, x: Value, a: Args): Value {
  const size = a.ints("size"), lead = x.type.shape.length - size.length;
  const stretched = everyDim(x).filter((n) => n >= lead && size[n - lead] !== x.type.shape[n]);
  const kept = stretched.length > 0 ? sum(g, x, { dims: stretched, keep: true }) : x;
  return lead > 0 || size.length === 0 ? sum(g, kept, { dims: everyDim(x).slice(0, lead) }) : kept;
}
