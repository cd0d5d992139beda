/**
 * Tensors from numbers: constants, ranges, identity matrices.
 *
 * @module
 */
import { type DType, isComplex, isFloat, isInteger } from "../../base/mod.ts";
import { add, asInt, ceilDiv, eq, type Expr, floorDiv, int, lt, max, mul, sub } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc, number } from "../calc.ts";
import { asTensor, defaultFloat, isHalf, isTensor, type Mixed, scalarType, wideType } from "../numeric.ts";
import { expand } from "../views.ts";
import { stack } from "../windows.ts";
import { unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** A tensor of one value. */
export function full(g: GraphBuilder, shape: readonly Expr[], value: Mixed, dtype: DType): Value {
  return expand(g, asTensor(g, value, dtype), shape);
}

const asInteger = (n: number): Mixed => ({ kind: "int", expr: int(n) });

/** `zeros`, `ones` and `empty` in their three forms: sizes, like a tensor, new beside a tensor. */
function filled(value: 0 | 1, names: readonly [string, string, string]): AtenOp[] {
  const [sizes, like, beside] = names;
  return [
    op(sizes, (g, a) => full(g, a.ints("size"), asInteger(value), a.dtypeOrNone("dtype") ?? defaultFloat)),
    op(like, (g, a) => {
      const { shape, dtype } = a.tensor("self").type;
      return full(g, shape, asInteger(value), a.dtypeOrNone("dtype") ?? dtype);
    }),
    op(
      beside,
      (g, a) =>
        full(g, a.ints("size"), asInteger(value), a.dtypeOrNone("dtype") ?? a.tensor("self").type.dtype),
    ),
  ];
}

function typeOf(x: Mixed): DType {
  return isTensor(x) ? x.type.dtype : scalarType(x);
}

/** `start, start + step, …` below `end`. */
function arange(g: GraphBuilder, a: Args, start: Mixed, end: Mixed, step: Mixed): Value {
  const all = [start, end, step];
  const dtype = a.dtypeOrNone("dtype") ?? (all.every((x) => isInteger(typeOf(x))) ? "i64" : defaultFloat);
  const exprs = all.map((x) => !isTensor(x) && x.kind === "int" ? x.expr : undefined);
  const [from, to, by] = exprs;
  if (from && to && by) {
    return g.iota([max(ceilDiv(sub(to, from), by), 0)], ([i]) => add(from, mul(i!, by)), dtype);
  }
  const given = all.map((x) => floatOf(a, x));
  // whole numbers are counted in whole numbers: start and step are cut first
  const [f, t, b] = (isInteger(dtype) ? given.map(Math.trunc) : given) as [number, number, number];
  const length = int(Math.max(Math.ceil((t - f) / b), 0));
  if (isInteger(dtype)) return g.iota([length], ([i]) => add(int(f), mul(i!, int(b))), dtype);
  const m = calc(g), i = g.iota([length], ([i]) => i!, "f64");
  return g.cast(m.add(m.mul(i, b), f), dtype);
}

function floatOf(a: Args, x: Mixed): number {
  if (isTensor(x) || x.kind === "complex") {
    return unsupported(a.schema.target, "a bound is only known at run time");
  }
  if (x.kind === "float") return x.float;
  const known = x.kind === "int" ? asInt(x.expr) : Number(x.truth);
  return known ?? unsupported(a.schema.target, "a float bound is mixed with a dynamic size");
}

/**
 * Evenly spaced, counted from whichever end is nearer, in the computing type. PyTorch takes the ends and the step in
 * the result's own type (steps of whole numbers in f64); `round` is done to every product and sum.
 */
function spaced(g: GraphBuilder, a: Args, round: (x: Value) => Value): Value {
  const steps = a.int("steps"), m = calc(g), own = rounding(g, a), wide = computing(a);
  const [start, end] = ["start", "end"].map((name) => own(asTensor(g, a.scalar(name), wide))) as [
    Value,
    Value,
  ];
  if (asInt(steps) === 1) return expand(g, start, [steps]);
  const gap = m.div(m.sub(end, start), asTensor(g, { kind: "int", expr: sub(steps, 1) }, wide));
  const step = isFloat(target(a)) ? own(gap) : gap;
  const i = g.iota([steps], ([i]) => i!, wide), back = g.iota([steps], ([i]) => sub(sub(steps, 1), i!), wide);
  const first = g.mask([steps], ([i]) => lt(i!, floorDiv(steps, 2)));
  const by = (n: Value) => round(m.mul(step, n));
  return m.where(first, round(m.add(start, by(i))), round(m.sub(end, by(back))));
}

const target = (a: Args): DType => a.dtypeOrNone("dtype") ?? defaultFloat;

/** The type that evenly spaced numbers are computed in. */
const computing = (a: Args): DType => isFloat(target(a)) ? wideType(target(a)) : "f64";

/** Numbers of the computing type made numbers of the result's. */
function rounding(g: GraphBuilder, a: Args): (x: Value) => Value {
  return (x) => isComplex(target(a)) ? x : g.cast(g.cast(x, target(a)), computing(a));
}

function linspace(g: GraphBuilder, a: Args): Value {
  return g.cast(spaced(g, a, isHalf(target(a)) ? rounding(g, a) : (x) => x), target(a));
}

/** Powers of `base` at evenly spaced exponents, which are not rounded again. */
function logspace(g: GraphBuilder, a: Args): Value {
  const x = spaced(g, a, (x) => x);
  return g.cast(g.pointwise("pow", number(g, a.float("base"), x.type.dtype), x), target(a));
}

function eye(g: GraphBuilder, a: Args, rows: Expr, columns: Expr): Value {
  return g.cast(g.mask([rows, columns], ([i, j]) => eq(i!, j!)), a.dtypeOrNone("dtype") ?? defaultFloat);
}

/** Rows and columns of a triangle in row-major order. */
function triangleIndices(g: GraphBuilder, a: Args, lower: boolean): Value {
  const rows = a.fixed("row"), columns = a.fixed("col"), offset = a.fixed("offset");
  const clip = (n: number) => Math.min(Math.max(n, 0), columns);
  const spans = Array.from(
    { length: rows },
    (_, r) => lower ? [0, clip(r + offset + 1)] : [clip(r + offset), columns],
  )
    .map(([from, to]) => [from!, to!] as const);
  const used = spans.map((span, row) => ({ row, span })).filter(({ span }) => span[1] > span[0]);
  const dtype = a.dtypeOrNone("dtype") ?? "i64";
  const line = (of: (row: number, from: number, j: Expr) => Expr) =>
    g.concat(
      used.map(({ row, span: [from, to] }) => g.iota([int(to - from)], ([j]) => of(row, from, j!), dtype)),
      0,
    );
  if (used.length === 0) return full(g, [int(2), int(0)], asInteger(0), dtype);
  return stack(g, [line((row) => int(row)), line((_, from, j) => add(from, j))], 0);
}

function fillLike(g: GraphBuilder, a: Args): Value {
  const { shape, dtype } = a.tensor("self").type;
  return full(g, shape, a.scalar(a.schema.args[1]!.name), dtype);
}

/** Rows of this family. */
export const creationOps: readonly AtenOp[] = [
  ...filled(0, [
    "zeros(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    "zeros_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
    "new_zeros(Tensor self, SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
  ]),
  ...filled(1, [
    "ones(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    "ones_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
    "new_ones(Tensor self, SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
  ]),
  ...filled(0, [
    "empty.memory_format(SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
    "empty_like(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
    "new_empty(Tensor self, SymInt[] size, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
  ]),
  op(
    "empty_strided(SymInt[] size, SymInt[] stride, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    (g, a) => full(g, a.ints("size"), asInteger(0), a.dtypeOrNone("dtype") ?? defaultFloat),
  ),
  op(
    "new_empty_strided(Tensor self, SymInt[] size, SymInt[] stride, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    (g, a) => full(g, a.ints("size"), asInteger(0), a.dtypeOrNone("dtype") ?? a.tensor("self").type.dtype),
  ),
  op(
    "empty_permuted(SymInt[] size, int[] physical_layout, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    (g, a) => full(g, a.ints("size"), asInteger(0), a.dtypeOrNone("dtype") ?? defaultFloat),
  ),
  op(
    "full(SymInt[] size, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    (g, a) => {
      const value = a.scalar("fill_value");
      return full(g, a.ints("size"), value, a.dtypeOrNone("dtype") ?? typeOf(value));
    },
  ),
  op(
    "full_like(Tensor self, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None) -> Tensor",
    (g, a) => {
      const { shape, dtype } = a.tensor("self").type;
      return full(g, shape, a.scalar("fill_value"), a.dtypeOrNone("dtype") ?? dtype);
    },
  ),
  op(
    "new_full(Tensor self, SymInt[] size, Scalar fill_value, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    (g, a) =>
      full(g, a.ints("size"), a.scalar("fill_value"), a.dtypeOrNone("dtype") ?? a.tensor("self").type.dtype),
  ),
  op("fill.Scalar(Tensor self, Scalar value) -> Tensor", fillLike),
  op("fill.Tensor(Tensor self, Tensor value) -> Tensor", fillLike),
  op(
    "copy(Tensor self, Tensor src, bool non_blocking=False) -> Tensor",
    (g, a) => expand(g, g.cast(a.tensor("src"), a.tensor("self").type.dtype), a.tensor("self").type.shape),
  ),
  op(
    "scalar_tensor(Scalar s, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    (g, a) => {
      const value = a.scalar("s");
      return asTensor(
        g,
        value,
        a.dtypeOrNone("dtype") ?? (isTensor(value) ? defaultFloat : scalarType(value)),
      );
    },
  ),
  op(
    "arange(Scalar end, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    (g, a) => arange(g, a, asInteger(0), a.scalar("end"), asInteger(1)),
  ),
  op(
    "arange.start(Scalar start, Scalar end, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    (g, a) => arange(g, a, a.scalar("start"), a.scalar("end"), asInteger(1)),
  ),
  op(
    "arange.start_step(Scalar start, Scalar end, Scalar step=1, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    (g, a) => arange(g, a, a.scalar("start"), a.scalar("end"), a.scalar("step")),
  ),
  ...[
    "linspace(Scalar start, Scalar end, int steps, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    "linspace.Tensor_Tensor(Tensor start, Tensor end, int steps, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    "linspace.Tensor_Scalar(Tensor start, Scalar end, int steps, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    "linspace.Scalar_Tensor(Scalar start, Tensor end, int steps, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
  ]
    .map((schema) => op(schema, linspace)),
  ...[
    "logspace(Scalar start, Scalar end, int steps, float base=10.0, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    "logspace.Tensor_Tensor(Tensor start, Tensor end, int steps, float base=10.0, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    "logspace.Tensor_Scalar(Tensor start, Scalar end, int steps, float base=10.0, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    "logspace.Scalar_Tensor(Scalar start, Tensor end, int steps, float base=10.0, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
  ]
    .map((schema) => op(schema, logspace)),
  op(
    "eye(SymInt n, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    (g, a) => eye(g, a, a.int("n"), a.int("n")),
  ),
  op(
    "eye.m(SymInt n, SymInt m, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    (g, a) => eye(g, a, a.int("n"), a.int("m")),
  ),
  op(
    "tril_indices(int row, int col, int offset=0, *, ScalarType? dtype=long, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    (g, a) => triangleIndices(g, a, true),
  ),
  op(
    "triu_indices(int row, int col, int offset=0, *, ScalarType? dtype=long, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    (g, a) => triangleIndices(g, a, false),
  ),
];
