/**
 * Tensors from numbers: constants, ranges, identity matrices.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import { add, eq, type Expr, int } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { asTensor, defaultFloat, isTensor, type Mixed, scalarType } from "../numeric.ts";
import { expand } from "../views.ts";
import { stack } from "../windows.ts";
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
