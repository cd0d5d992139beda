/**
 * References of eigenvalues of matrices that need not be symmetric: QR steps on the whole matrix with Wilkinson's shift, then
 * inverse iteration. The order of values and the phases of vectors are not the kernels'.
 *
 * @module
 */
import type { DenseTensor, RoutineReference } from "../../ir/scalar/mod.ts";
import {
  addMultiple,
  type Complex,
  complexMatricesOf,
  type ComplexMatrix,
  complexMatrix,
  complexProduct,
  complexTurned,
  inner,
  minus,
  orthonormal,
  over,
  plus,
  root,
  times,
  zero,
} from "./complex_matrices.ts";
import { matricesOf, type Matrix, stacked, swap } from "./matrices.ts";

const size = ([re, im]: Complex) => Math.hypot(re, im);

function shifted(a: ComplexMatrix, by: Complex): ComplexMatrix {
  return a.map((row, i) => row.map((x, j) => i === j ? minus(x, by) : x));
}

/** The value of the last two rows that is nearer to the last element. */
function wilkinson(a: ComplexMatrix): Complex {
  const n = a.length,
    [p, q, r, s] = [a[n - 2]![n - 2]!, a[n - 2]![n - 1]!, a[n - 1]![n - 2]!, a[n - 1]![n - 1]!];
  const half = times(minus(p, s), [0.5, 0]), gap = root(plus(times(half, half), times(q, r)));
  const ends = [plus(half, gap), minus(half, gap)].map((x) => plus(s, x));
  return ends.reduce((best, x) => size(minus(x, s)) < size(minus(best, s)) ? x : best);
}

/** Values, the last one first to be found. */
function valuesOf(given: ComplexMatrix): Complex[] {
  let a = given;
  const found: Complex[] = [], scale = Math.max(0, ...a.flat().map(size));
  for (let step = 0; a.length > 1 && step < 200 * given.length; step++) {
    const n = a.length, last = a[n - 1]!.slice(0, n - 1);
    if (Math.sqrt(inner(last, last)[0]) <= 1e-15 * scale) {
      found.push(a[n - 1]![n - 1]!);
      a = a.slice(0, n - 1).map((row) => row.slice(0, n - 1));
      continue;
    }
    const shift = step % 11 === 10 ? plus(wilkinson(a), [0.3 * scale, 0.1 * scale]) : wilkinson(a);
    const moved = shifted(a, shift), rows = orthonormal(complexTurned(moved, n), n, n).rows;
    const q = complexTurned(rows, n), adjoint = rows.map((row) => row.map(([re, im]): Complex => [re, -im]));
    a = shifted(complexProduct(complexProduct(adjoint, moved), q), [-shift[0], -shift[1]]);
  }
  return a.length ? [...found, a[0]![0]!] : found;
}

/** `X` of `A X = B` with row exchanges; a pivot of zero counts as a small number. */
function solve(a: ComplexMatrix, b: Complex[], least: number): Complex[] {
  const n = a.length, w = a.map((row, i) => [...row, b[i]!]);
  for (let j = 0; j < n; j++) {
    swap(w, j, w.reduce((best, row, i) => i > j && size(row[j]!) > size(w[best]![j]!) ? i : best, j));
    if (size(w[j]![j]!) < least) w[j]![j] = [least, 0];
    for (let i = 0; i < n; i++) {
      if (i !== j) addMultiple(w[i]!, minus(zero, over(w[i]![j]!, w[j]![j]!)), w[j]!, j);
    }
  }
  return w.map((row, i) => over(row[n]!, row[i]!));
}

function vectorOf(a: ComplexMatrix, value: Complex, k: number): Complex[] {
  const least = 1e-14 * Math.max(1e-300, ...a.flat().map(size));
  let x = a.map((_, i): Complex => [1 + 0.1 * Math.cos(i * (k + 1)), 0.1 * Math.sin(i + k)]);
  for (let step = 0; step < 4; step++) {
    const y = solve(shifted(a, value), x, least), length = Math.sqrt(inner(y, y)[0]);
    x = y.map(([re, im]) => [re / length, im / length]);
  }
  return x;
}

function eigen(
  dtype: DenseTensor["dtype"],
  batch: readonly number[],
  items: readonly ComplexMatrix[],
  n: number,
) {
  const values = items.map(valuesOf);
  const vectors = items.map((a, b) => complexTurned(values[b]!.map((value, k) => vectorOf(a, value, k)), n));
  const flat = (all: readonly Complex[]) => all as unknown as Matrix;
  return [
    stacked(dtype, batch, [n, 2], values.map(flat)),
    stacked(dtype, batch, [n, n, 2], vectors.map((v) => flat(v.flat()))),
  ];
}

/** By name, as they stand in `routine` nodes. */
export const eigenReferences: Readonly<Record<string, RoutineReference>> = {
  linalg_eig: ([x], { vectors }) => {
    const n = x!.shape.at(-1)!,
      items = matricesOf(x!).map((a) => complexMatrix(n, n, (i, j) => [a[i]![j]!, 0]));
    return eigen(x!.dtype, x!.shape.slice(0, -2), items, n).slice(0, vectors ? 2 : 1);
  },
  linalg_complex_eig: ([x], { vectors }) =>
    eigen(x!.dtype, x!.shape.slice(0, -3), complexMatricesOf(x!), x!.shape.at(-2)!).slice(0, vectors ? 2 : 1),
};
