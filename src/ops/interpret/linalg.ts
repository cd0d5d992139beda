/**
 * References of linear algebra's direct methods: textbook elimination, row by row.
 *
 * @module
 */
import type { DenseTensor, RoutineReference } from "../../ir/scalar/mod.ts";
import {
  addRow,
  dot,
  identity,
  matricesOf,
  type Matrix,
  matrixOf,
  pieces,
  product,
  stacked,
  swap,
  transposed,
} from "./matrices.ts";

const batchOf = (x: DenseTensor, rank = 2) => x.shape.slice(0, x.shape.length - rank);

/** The lower factor and its info. */
function cholesky(a: Matrix): { factor: Matrix; info: number } {
  const l = a.map((row) => row.map(() => 0));
  for (let j = 0; j < a.length; j++) {
    for (let i = j; i < a.length; i++) {
      const rest = a[i]![j]! - dot(l[i]!.slice(0, j), l[j]!);
      if (i === j && !(rest > 0)) return { factor: l, info: j + 1 };
      l[i]![j] = i === j ? Math.sqrt(rest) : rest / l[j]![j]!;
    }
  }
  return { factor: l, info: 0 };
}

/** Row of the largest element of column `j` from row `j` on. */
function pivotRow(a: Matrix, j: number): number {
  return a.reduce((best, row, i) => i > j && Math.abs(row[j]!) > Math.abs(a[best]![j]!) ? i : best, j);
}

function lu(a: Matrix, size: number, pivot: boolean): { packed: Matrix; pivots: number[]; info: number } {
  const packed = a.map((row) => [...row]), pivots: number[] = [];
  let info = 0;
  for (let j = 0; j < size; j++) {
    const best = pivot ? pivotRow(packed, j) : j;
    swap(packed, j, best);
    pivots.push(best + 1);
    const top = packed[j]!;
    if (top[j] === 0) info ||= j + 1;
    else {
      packed.slice(j + 1).forEach((row) => {
        row[j]! /= top[j]!;
        addRow(row, -row[j]!, top, j + 1);
      });
    }
  }
  return { packed, pivots, info };
}

/** Solves a triangular system in place of `x`. */
function triangle(t: Matrix, x: Matrix, upper: boolean, unit: boolean): Matrix {
  const n = t.length, out = x.map((row) => [...row]);
  for (let s = 0; s < n; s++) {
    const i = upper ? n - 1 - s : s;
    for (let j = upper ? i + 1 : 0; j < (upper ? n : i); j++) addRow(out[i]!, -t[i]![j]!, out[j]!);
    if (!unit) out[i] = out[i]!.map((value) => value / t[i]![i]!);
  }
  return out;
}

function luSolve(packed: Matrix, pivots: readonly number[], b: Matrix, flip: boolean): Matrix {
  const n = packed.length, x = b.map((row) => [...row]);
  if (!flip) {
    pivots.forEach((p, i) => swap(x, i, p - 1));
    return triangle(packed, triangle(packed, x, false, true), true, false);
  }
  const t = transposed(packed, n), y = triangle(t, triangle(t, x, false, false), true, true);
  for (let i = n - 1; i >= 0; i--) swap(y, i, pivots[i]! - 1);
  return y;
}

/** Packed reflections and their factors. */
function qr(a: Matrix, columns: number): { packed: Matrix; tau: number[] } {
  const x = a.map((row) => [...row]), tau: number[] = [];
  for (let k = 0; k < Math.min(a.length, columns); k++) {
    const alpha = x[k]![k]!, below = x.slice(k + 1).map((row) => row[k]!), rest = dot(below, below);
    if (rest === 0) {
      tau.push(0);
      continue;
    }
    const beta = (alpha < 0 ? 1 : -1) * Math.sqrt(alpha * alpha + rest), t = (beta - alpha) / beta;
    const v = [1, ...below.map((value) => value / (alpha - beta))];
    for (let j = k + 1; j < columns; j++) reflect(x, v, t, k, j);
    x[k]![k] = beta;
    v.slice(1).forEach((value, i) => x[k + 1 + i]![k] = value);
    tau.push(t);
  }
  return { packed: x, tau };
}

/** Column `j` of `x` from row `k` on becomes `H` times it. */
function reflect(x: Matrix, v: readonly number[], tau: number, k: number, j: number): void {
  const by = tau * v.reduce((sum, value, i) => sum + value * x[k + i]![j]!, 0);
  v.forEach((value, i) => x[k + i]![j]! -= by * value);
}

function applyQ(packed: Matrix, tau: readonly number[], c: Matrix, flip: boolean): Matrix {
  const x = c.map((row) => [...row]);
  for (let s = 0; s < tau.length; s++) {
    const k = flip ? s : tau.length - 1 - s, v = packed.slice(k).map((row, i) => i === 0 ? 1 : row[k]!);
    for (let j = 0; j < (x[0]?.length ?? 0); j++) reflect(x, v, tau[k]!, k, j);
  }
  return x;
}

/** `exp(A)` by its series after halving. */
function exponential(a: Matrix): Matrix {
  const size = Math.max(0, ...a.map((row) => row.reduce((sum, x) => sum + Math.abs(x), 0)));
  const halvings = size > 0.5 ? Math.ceil(Math.log2(size)) + 2 : 0,
    small = a.map((r) => r.map((x) => x / 2 ** halvings));
  let term = identity(a.length), sum = identity(a.length);
  for (let k = 1; k <= 24; k++) {
    term = product(term, small).map((row) => row.map((x) => x / k));
    sum = sum.map((row, i) => row.map((x, j) => x + term[i]![j]!));
  }
  for (let k = 0; k < halvings; k++) sum = product(sum, sum);
  return sum;
}

/** By name, as they stand in `routine` nodes. */
export const linalgReferences: Readonly<Record<string, RoutineReference>> = {
  linalg_cholesky: ([x]) => {
    const done = matricesOf(x!).map(cholesky), batch = batchOf(x!);
    return [
      stacked(x!.dtype, batch, x!.shape.slice(-2), done.map((d) => d.factor)),
      stacked("i32", batch, [], done.map((d) => [d.info])),
    ];
  },
  linalg_lu: ([x], { pivot }) => {
    const [m, n] = x!.shape.slice(-2) as [number, number], size = Math.min(m, n), batch = batchOf(x!);
    const done = matricesOf(x!).map((a) => lu(a, size, Boolean(pivot)));
    return [
      stacked(x!.dtype, batch, [m, n], done.map((d) => d.packed)),
      stacked("i32", batch, [size], done.map((d) => d.pivots)),
      stacked("i32", batch, [], done.map((d) => [d.info])),
    ];
  },
  linalg_lu_solve: ([packed, pivots, b], { transposed: flip }) => {
    const [a, p] = [matricesOf(packed!), [...pieces(pivots!, 1)]];
    const done = matricesOf(b!).map((x, n) => luSolve(a[n]!, p[n]!, x, Boolean(flip)));
    return [stacked(b!.dtype, batchOf(b!), b!.shape.slice(-2), done)];
  },
  linalg_lu_rows: ([pivots], { rows }) => {
    const done = [...pieces(pivots!, 1)].map((p) => {
      const order = Array.from({ length: Number(rows) }, (_, i) => i);
      p.forEach((row, i) => swap(order, i, row - 1));
      return order;
    });
    return [stacked("i64", batchOf(pivots!, 1), [Number(rows)], done)];
  },
  linalg_triangular: ([t, b], { upper, unit }) => {
    const a = matricesOf(t!);
    const done = matricesOf(b!).map((x, n) => triangle(a[n]!, x, Boolean(upper), Boolean(unit)));
    return [stacked(b!.dtype, batchOf(b!), b!.shape.slice(-2), done)];
  },
  linalg_qr: ([x]) => {
    const [m, n] = x!.shape.slice(-2) as [number, number], done = matricesOf(x!).map((a) => qr(a, n));
    return [
      stacked(x!.dtype, batchOf(x!), [m, n], done.map((d) => d.packed)),
      stacked(x!.dtype, batchOf(x!), [Math.min(m, n)], done.map((d) => d.tau)),
    ];
  },
  linalg_qr_apply: ([packed, tau, c], { transposed: flip }) => {
    const [a, t] = [matricesOf(packed!), [...pieces(tau!, 1)]];
    const done = matricesOf(c!).map((x, n) => applyQ(a[n]!, t[n]!, x, Boolean(flip)));
    return [stacked(c!.dtype, batchOf(c!), c!.shape.slice(-2), done)];
  },
  linalg_exp: ([x]) => [stacked(x!.dtype, batchOf(x!), x!.shape.slice(-2), matricesOf(x!).map(exponential))],
};

/** A symmetric matrix from one of its triangles. */
export function symmetric(a: Matrix, upper: boolean): Matrix {
  return matrixOf(a.length, a.length, (i, j) => i < j === upper || i === j ? a[i]![j]! : a[j]![i]!);
}
