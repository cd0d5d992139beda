/**
 * Small dense matrices for references: rows of numbers, plain loops, no blocking.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import { type DenseTensor, denseZeros, elementOf, roundFloat, setElement } from "../../ir/scalar/mod.ts";

/** Rows of numbers. */
export type Matrix = number[][];

/** `rows` by `columns` numbers. */
export function matrixOf(rows: number, columns: number, of: (i: number, j: number) => number): Matrix {
  return Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => of(i, j)));
}

/** The identity of `n` rows. */
export function identity(n: number): Matrix {
  return matrixOf(n, n, (i, j) => Number(i === j));
}

/** The transpose of a matrix of so many `columns`, which one without rows does not tell. */
export function transposed(x: Matrix, columns: number): Matrix {
  return matrixOf(columns, x.length, (i, j) => x[j]![i]!);
}

/** Sum of products. */
export function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, n) => sum + x * b[n]!, 0);
}

/** `A B`. */
export function product(a: Matrix, b: Matrix): Matrix {
  const turned = transposed(b, b[0]?.length ?? 0);
  return a.map((row) => turned.map((column) => dot(row, column)));
}

/** `row += by * other` from position `from` on. */
export function addRow(row: number[], by: number, other: readonly number[], from = 0): void {
  for (let j = from; j < row.length; j++) row[j]! += by * other[j]!;
}

/** Exchanges two items. */
export function swap<T>(items: T[], a: number, b: number): void {
  [items[a], items[b]] = [items[b]!, items[a]!];
}

/** The last `rank` dims of each element of the batch. */
export function* pieces(x: DenseTensor, rank: number): Generator<number[]> {
  const count = x.shape.slice(x.shape.length - rank).reduce((p, s) => p * s, 1);
  const batch = x.shape.slice(0, x.shape.length - rank).reduce((p, s) => p * s, 1);
  for (let b = 0; b < batch; b++) {
    yield Array.from({ length: count }, (_, n) => Number(elementOf(x, b * count + n)));
  }
}

/** The matrices of a batch. */
export function matricesOf(x: DenseTensor): Matrix[] {
  const [m, n] = x.shape.slice(-2) as [number, number];
  return [...pieces(x, 2)].map((flat) => matrixOf(m, n, (i, j) => flat[i * n + j]!));
}

/** Results of a batch as a tensor, rounded to its type. */
export function stacked(
  dtype: DType,
  batch: readonly number[],
  tail: readonly number[],
  items: readonly (Matrix | readonly number[])[],
): DenseTensor {
  const out = denseZeros(dtype, [...batch, ...tail]);
  const float = dtype === "f32" || dtype === "f64";
  items.flatMap((item) => item.flat()).forEach((value, n) =>
    setElement(out, n, float ? roundFloat(value, dtype) : dtype === "i64" ? BigInt(value) : value)
  );
  return out;
}
