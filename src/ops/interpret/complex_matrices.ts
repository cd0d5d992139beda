/**
 * Small dense matrices of complex numbers for references: plain loops over `[re, im]`.
 *
 * @module
 */
import type { DenseTensor } from "../../ir/scalar/mod.ts";
import { type Matrix, matrixOf, pieces } from "./matrices.ts";

/** Real and imaginary part. */
export type Complex = readonly [number, number];

/** Rows of complex numbers. */
export type ComplexMatrix = Complex[][];

/** 0 and 1. */
export const zero: Complex = [0, 0], one: Complex = [1, 0];

/** `a + b`. */
export function plus([a, b]: Complex, [c, d]: Complex): Complex {
  return [a + c, b + d];
}

/** `a - b`. */
export function minus([a, b]: Complex, [c, d]: Complex): Complex {
  return [a - c, b - d];
}

/** `a b`. */
export function times([a, b]: Complex, [c, d]: Complex): Complex {
  return [a * c - b * d, a * d + b * c];
}

/** The conjugate. */
export function conj([a, b]: Complex): Complex {
  return [a, -b];
}

/** `x / y`, by the square of the size of `y`. */
export function over(x: Complex, [c, d]: Complex): Complex {
  const size = c * c + d * d, [a, b] = times(x, [c, -d]);
  return [a / size, b / size];
}

/** The principal square root. */
export function root(x: Complex): Complex {
  const size = Math.sqrt(Math.hypot(...x)), angle = Math.atan2(x[1], x[0]) / 2;
  return [size * Math.cos(angle), size * Math.sin(angle)];
}

/** Sum of `conj(a) b`. */
export function inner(a: readonly Complex[], b: readonly Complex[]): Complex {
  return a.reduce<Complex>((sum, x, n) => plus(sum, times(conj(x), b[n]!)), zero);
}

/** `row += by * other` from position `from` on. */
export function addMultiple(row: Complex[], by: Complex, other: readonly Complex[], from = 0): void {
  for (let j = from; j < row.length; j++) row[j] = plus(row[j]!, times(by, other[j]!));
}

/** `rows` by `columns` numbers. */
export function complexMatrix(rows: number, columns: number, of: (i: number, j: number) => Complex) {
  return Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => of(i, j)));
}

/** The identity of `n` rows. */
export function complexUnit(n: number): ComplexMatrix {
  return complexMatrix(n, n, (i, j) => i === j ? one : zero);
}

/** `A B`. */
export function complexProduct(a: ComplexMatrix, b: ComplexMatrix): ComplexMatrix {
  const columns = b[0]?.length ?? 0;
  return complexMatrix(
    a.length,
    columns,
    (i, j) => a[i]!.reduce<Complex>((sum, x, k) => plus(sum, times(x, b[k]![j]!)), zero),
  );
}

/** Rows become columns; not conjugated. */
export function complexTurned(x: ComplexMatrix, columns: number): ComplexMatrix {
  return complexMatrix(columns, x.length, (i, j) => x[j]![i]!);
}

/** `[[re, -im], [im, re]]`: the same map on real vectors of both parts. */
export function embedded(x: ComplexMatrix, columns: number): Matrix {
  const rows = x.length;
  return matrixOf(2 * rows, 2 * columns, (i, j) => {
    const [re, im] = x[i % rows]![j % columns]!;
    return i < rows === j < columns ? re : i < rows ? -im : im;
  });
}

/** The matrices of a batch of pairs. */
export function complexMatricesOf(x: DenseTensor): ComplexMatrix[] {
  const [m, n] = x.shape.slice(-3, -1) as [number, number];
  return [...pieces(x, 3)].map((flat) =>
    complexMatrix(m, n, (i, j) => [flat[2 * (i * n + j)]!, flat[2 * (i * n + j) + 1]!])
  );
}

/** Orthonormal rows from `rows`, completed to `count` with what unit vectors leave; `also` goes through the same steps. */
export function orthonormal(
  rows: readonly (readonly Complex[])[],
  count: number,
  width: number,
  also: readonly (readonly Complex[])[] = rows,
): { rows: Complex[][]; also: Complex[][]; from: number[] } {
  const out: Complex[][] = [], with_: Complex[][] = [], from: number[] = [];
  [...rows, ...complexUnit(width)].forEach((row, n) => {
    if (out.length === count) return;
    const rest = [...row], other = [...also[n] ?? []];
    for (let twice = 0; twice < 2; twice++) {
      out.forEach((done, k) => {
        const by = inner(done, rest).map((x) => -x) as unknown as Complex;
        addMultiple(rest, by, done);
        if (n < rows.length) addMultiple(other, by, with_[k]!);
      });
    }
    const size = Math.sqrt(inner(rest, rest)[0]);
    if (size < 1e-4) return;
    out.push(rest.map(([a, b]) => [a / size, b / size]));
    with_.push(other.map(([a, b]) => [a / size, b / size]));
    from.push(n);
  });
  return { rows: out, also: with_, from };
}
