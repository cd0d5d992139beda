/**
 * Products with weights of few bits, and products of groups of rows.
 *
 * @module
 */
import { add, asInt, type Expr, floorDiv, int, mod, mul } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { matmul } from "../contract.ts";
import { inWide } from "../numeric.ts";
import * as v from "../views.ts";
import { unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** `x · weightᵀ · scales` with weights of 8 bits, one scale for each output. */
function int8Product(g: GraphBuilder, a: Args): Value {
  const weight = a.tensor("mat2"), m = calc(g);
  return inWide(
    g,
    [a.tensor("self"), a.tensor("scales")],
    (x, scales) =>
      m.mul(g.einsum("yz,xz->yx", x!, g.cast(weight, x!.type.dtype)), g.cast(scales!, x!.type.dtype)),
  );
}

/** Rows that PyTorch packs together where it has AVX-512: row `r` beside row `r + 32`, the rest in pairs. */
const PACKED_ROWS = 64;

/** Where element (row, column) of `[rows, columns]` lies: its byte, and whether in the upper half of it. */
interface Nibble {
  readonly byte: (row: Expr, column: Expr) => Expr;
  readonly upper: (row: Expr) => Expr;
}

/** Whole blocks, and the rows behind them, whose count is `rest`. */
function layouts(columns: Expr, rest: number): readonly [Nibble, Nibble] {
  const half = PACKED_ROWS / 2, pairs = rest / 2;
  return [{
    byte: (row, column) =>
      add(mul(floorDiv(row, PACKED_ROWS), columns, half), mul(column, half), mod(row, half)),
    upper: (row) => floorDiv(mod(row, PACKED_ROWS), half),
  }, {
    byte: (row, column) => add(mul(column, pairs), floorDiv(row, 2)),
    upper: (row) => mod(row, 2),
  }];
}

/** Elements of 4 bits as i32 `[rows, columns]`. */
function unpacked(g: GraphBuilder, a: Args, packed: Value): Value {
  const [rows, bytes] = packed.type.shape as [Expr, Expr], count = asInt(rows), columns = mul(bytes, 2);
  if (count === undefined) return unsupported(a.schema.target, "a dynamic number of outputs");
  const rest = count % PACKED_ROWS, whole = count - rest, [blocks, tail] = layouts(columns, rest);
  const flat = g.cast(v.flattenDims(g, packed), "i32"), m = calc(g);
  const read = (from: number, size: number, { byte, upper }: Nibble) => {
    const shape = [int(size), columns], start = mul(from / 2, columns);
    const both = g.remap(flat, shape, ([row, column]) => [add(start, byte(row!, column!))]);
    const shift = g.iota(shape, ([row]) => mul(4, upper(row!)), "i32");
    return m.and(m.shr(both, shift), 15);
  };
  const parts = [
    ...(whole > 0 ? [read(0, whole, blocks)] : []),
    ...(rest > 0 ? [read(whole, rest, tail)] : []),
  ];
  return g.concat(parts, 0);
}

/** Elements `[rows, columns]` of i32 as bytes of two each, in the same layout. */
function packedRows(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("self"),
    [rows, columns] = x.type.shape as [Expr, Expr],
    count = asInt(rows),
    m = calc(g);
  if (count === undefined) return unsupported(a.schema.target, "a dynamic number of outputs");
  const rest = count % PACKED_ROWS, whole = count - rest, half = PACKED_ROWS / 2;
  const joined = (shape: readonly Expr[], low: (axes: readonly Expr[]) => readonly Expr[], apart: number) => {
    const read = (by: number) =>
      g.remap(x, shape, (axes) => low(axes).map((e, n) => n === 0 ? add(e, by) : e));
    return v.flattenDims(g, m.or(m.shl(read(apart), 4), read(0)));
  };
  const blocks = joined(
    [int(whole / PACKED_ROWS), columns, int(half)],
    ([b, k, d]) => [add(mul(b!, PACKED_ROWS), d!), k!],
    half,
  );
  const tail = joined([columns, int(rest / 2)], ([k, p]) => [add(whole, mul(2, p!)), k!], 1);
  const parts = [...(whole > 0 ? [blocks] : []), ...(rest > 0 ? [tail] : [])];
  return v.reshape(g, g.cast(g.concat(parts, 0), "u8"), [rows, floorDiv(columns, 2)]);
}

/** `x · ((q - 8)·scale + zero)ᵀ`, a scale and a zero for each output and each group of inputs. */
function int4Product(g: GraphBuilder, a: Args): Value {
  const q = unpacked(g, a, a.tensor("mat2")), group = a.int("qGroupSize"), m = calc(g);
  return inWide(g, [a.tensor("self"), a.tensor("qScaleAndZeros")], (x, table) => {
    const { dtype } = x!.type,
      of = (n: number) =>
        g.remap(table!, q.type.shape, ([row, column]) => [floorDiv(column!, group), row!, int(n)]);
    const weight = m.add(m.mul(g.cast(m.sub(q, 8), dtype), g.cast(of(0), dtype)), g.cast(of(1), dtype));
    return g.einsum("yz,xz->yx", x!, weight);
  });
}

/** How many of the ends `offs` (ascending) each position of `size` has passed. */
function groupOf(g: GraphBuilder, offs: Value, size: Expr): Value {
  const m = calc(g), shape = [size, offs.type.shape[0]!];
  const ends = g.remap(g.cast(offs, "i64"), shape, ([, n]) => [n!]);
  return g.reduce("sum", g.cast(m.le(ends, g.iota(shape, ([at]) => at!)), "i64"), [1]);
}

/** Products of groups: rows, columns or the inner dim of one operand are cut at `offs`, the other is a stack. */
function groupedProduct(g: GraphBuilder, a: Args): Value {
  const [x, y] = [a.tensor("self"), a.tensor("mat2")],
    offs = a.tensorOrNone("offs"),
    dtype = a.dtypeOrNone("out_dtype") ?? x.type.dtype;
  if (a.tensorOrNone("bias")) unsupported(a.schema.target, "a bias");
  if (!offs) return g.cast(matmul(g, x, y), dtype);
  const [p, q] = [v.rankOf(x), v.rankOf(y)];
  const stackAt = (stack: Value, at: Value) => {
    const shape = [at.type.shape[0]!, ...stack.type.shape.slice(1)],
      index = g.remap(at, shape, ([n]) => [n!]);
    const operands = [{ value: index, size: stack.type.shape[0]!, wrap: false }];
    return g.lookup(stack, shape, operands, (axes, [n]) => [n!, ...axes.slice(1)]);
  };
  if (p === 2 && q === 3) {
    return g.cast(g.einsum("mk,mkn->mn", x, stackAt(y, groupOf(g, offs, x.type.shape[0]!))), dtype);
  }
  if (p === 3) {
    return g.cast(g.einsum("nmk,kn->mn", stackAt(x, groupOf(g, offs, y.type.shape[1]!)), y), dtype);
  }
  const m = calc(g), groups = groupOf(g, offs, x.type.shape[1]!);
  const shape = [offs.type.shape[0]!, ...x.type.shape];
  const own = m.eq(g.remap(groups, shape, ([, , k]) => [k!]), g.iota(shape, ([n]) => n!));
  const parts = m.where(own, g.remap(x, shape, ([, row, k]) => [row!, k!]), 0);
  return g.cast(g.einsum("gmk,kn->gmn", parts, y), dtype);
}

/** A product whose result is of a wider type than its operands. */
function widened(schema: string, spec: string, add?: "self"): AtenOp {
  return op(schema, (g, a) => {
    const [left, right] = a.schema.args.filter((arg) => arg.type === "Tensor").slice(add ? 1 : 0).map((arg) =>
      g.cast(a.tensor(arg.name), a.dtypeOrNone("out_dtype")!)
    ) as [Value, Value];
    const product = g.einsum(spec, left, right), m = calc(g);
    if (!add) return product;
    return m.add(
      m.mul(g.cast(a.tensor(add), product.type.dtype), a.float("beta")),
      m.mul(product, a.float("alpha")),
    );
  });
}

/** Rows of this family. */
export const packedWeightOps: readonly AtenOp[] = [
  op(
    "_int_mm(Tensor self, Tensor mat2) -> Tensor",
    (g, a) => g.einsum("yz,zx->yx", g.cast(a.tensor("self"), "i32"), g.cast(a.tensor("mat2"), "i32")),
  ),
  op("_weight_int8pack_mm(Tensor self, Tensor mat2, Tensor scales) -> Tensor", int8Product),
  op("_convert_weight_to_int4pack_for_cpu(Tensor self, int innerKTiles) -> Tensor", packedRows),
  op(
    "_weight_int4pack_mm_for_cpu(Tensor self, Tensor mat2, int qGroupSize, Tensor qScaleAndZeros) -> Tensor",
    int4Product,
  ),
  op(
    "_grouped_mm(Tensor self, Tensor mat2, Tensor? offs=None, Tensor? bias=None, ScalarType? out_dtype=None) -> Tensor",
    groupedProduct,
  ),
  widened("mm.dtype(Tensor self, Tensor mat2, ScalarType out_dtype) -> Tensor", "yz,zx->yx"),
  widened("bmm.dtype(Tensor self, Tensor mat2, ScalarType out_dtype) -> Tensor", "byz,bzx->byx"),
  widened(
    "addmm.dtype(Tensor self, Tensor mat1, Tensor mat2, ScalarType out_dtype, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    "yz,zx->yx",
    "self",
  ),
  widened(
    "baddbmm.dtype(Tensor self, Tensor batch1, Tensor batch2, ScalarType out_dtype, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    "byz,bzx->byx",
    "self",
  ),
];
