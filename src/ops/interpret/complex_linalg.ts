/**
 * References of the complex routines of linear algebra: textbook elimination and reflections, and spectra by way of the real
 * matrices that do the same to both parts.
 *
 * @module
 */
import type { DenseTensor, RoutineReference } from "../../ir/scalar/mod.ts";
import {
  addMultiple,
  type Complex,
  complexMatricesOf,
  type ComplexMatrix,
  complexTurned,
  conj,
  embedded,
  inner,
  minus,
  one,
  orthonormal,
  over,
  times,
  zero,
} from "./complex_matrices.ts";
import { type Matrix, pieces, stacked, swap } from "./matrices.ts";
import { eigenpairs, singularTriples } from "./spectra.ts";

const batchOf = (x: DenseTensor, rank = 3) => x.shape.slice(0, x.shape.length - rank);
const size = ([re, im]: Complex) => Math.abs(re) + Math.abs(im);
const negated = ([re, im]: Complex): Complex => [-re, -im];

/** Results in pairs. */
function paired(x: DenseTensor, tail: readonly number[], items: readonly ComplexMatrix[]): DenseTensor {
  return stacked(x.dtype, batchOf(x), [...tail, 2], items.map((item) => item.flat() as unknown as Matrix));
}

function cholesky(a: ComplexMatrix): { factor: ComplexMatrix; info: number } {
  const l: ComplexMatrix = a.map((row) => row.map(() => zero));
  for (let j = 0; j < a.length; j++) {
    for (let i = j; i < a.length; i++) {
      const rest = minus(a[i]![j]!, inner(l[j]!.slice(0, j), l[i]!));
      if (i === j && !(rest[0] > 0)) return { factor: l, info: j + 1 };
      l[i]![j] = i === j ? [Math.sqrt(rest[0]), 0] : over(rest, l[j]![j]!);
    }
  }
  return { factor: l, info: 0 };
}

function lu(a: ComplexMatrix, steps: number, pivot: boolean) {
  const packed = a.map((row) => [...row]), pivots: number[] = [];
  let info = 0;
  for (let j = 0; j < steps; j++) {
    const best = pivot
      ? packed.reduce((b, row, i) => i > j && size(row[j]!) > size(packed[b]![j]!) ? i : b, j)
      : j;
    swap(packed, j, best);
    pivots.push(best + 1);
    const top = packed[j]!;
    if (size(top[j]!) === 0) {
      info ||= j + 1;
      continue;
    }
    for (const row of packed.slice(j + 1)) {
      row[j] = over(row[j]!, top[j]!);
      addMultiple(row, negated(row[j]!), top, j + 1);
    }
  }
  return { packed, pivots, info };
}

function triangle(t: ComplexMatrix, x: ComplexMatrix, upper: boolean, unit: boolean): ComplexMatrix {
  const n = t.length, out = x.map((row) => [...row]);
  for (let s = 0; s < n; s++) {
    const i = upper ? n - 1 - s : s;
    for (let j = upper ? i + 1 : 0; j < (upper ? n : i); j++) {
      addMultiple(out[i]!, negated(t[i]![j]!), out[j]!);
    }
    if (!unit) out[i] = out[i]!.map((value) => over(value, t[i]![i]!));
  }
  return out;
}

/** Solves with what `lu` gives; `flip`: the transposed matrix. */
function solvePacked(
  packed: ComplexMatrix,
  pivots: readonly number[],
  b: ComplexMatrix,
  flip: boolean,
) {
  const x = b.map((row) => [...row]), n = packed.length;
  if (!flip) {
    pivots.forEach((p, i) => swap(x, i, p - 1));
    return triangle(packed, triangle(packed, x, false, true), true, false);
  }
  const t = complexTurned(packed, n), y = triangle(t, triangle(t, x, false, false), true, true);
  for (let i = n - 1; i >= 0; i--) swap(y, i, pivots[i]! - 1);
  return y;
}

/** Column `j` of `x` from row `k` on becomes `(I - tau v v^H)` times it. */
function reflect(x: ComplexMatrix, v: readonly Complex[], tau: Complex, k: number, j: number): void {
  const by = times(tau, inner(v, x.slice(k).map((row) => row[j]!)));
  v.forEach((value, i) => x[k + i]![j] = minus(x[k + i]![j]!, times(by, value)));
}

function qr(a: ComplexMatrix, columns: number): { packed: ComplexMatrix; tau: Complex[] } {
  const x = a.map((row) => [...row]), tau: Complex[] = [];
  for (let k = 0; k < Math.min(a.length, columns); k++) {
    const alpha = x[k]![k]!, below = x.slice(k + 1).map((row) => row[k]!), rest = inner(below, below)[0];
    if (rest === 0 && alpha[1] === 0) {
      tau.push(zero);
      continue;
    }
    const beta = (alpha[0] < 0 ? 1 : -1) * Math.sqrt(inner([alpha], [alpha])[0] + rest);
    const t: Complex = [(beta - alpha[0]) / beta, -alpha[1] / beta];
    const v = [one, ...below.map((value) => over(value, minus(alpha, [beta, 0])))];
    for (let j = k + 1; j < columns; j++) reflect(x, v, conj(t), k, j);
    x[k]![k] = [beta, 0];
    v.slice(1).forEach((value, i) => x[k + 1 + i]![k] = value);
    tau.push(t);
  }
  return { packed: x, tau };
}

function applyQ(packed: ComplexMatrix, tau: readonly Complex[], c: ComplexMatrix, flip: boolean) {
  const x = c.map((row) => [...row]);
  for (let s = 0; s < tau.length; s++) {
    const k = flip ? s : tau.length - 1 - s, v = packed.slice(k).map((row, i) => i === 0 ? one : row[k]!);
    for (let j = 0; j < (x[0]?.length ?? 0); j++) reflect(x, v, flip ? conj(tau[k]!) : tau[k]!, k, j);
  }
  return x;
}

/** A row of both parts, one behind the other, as complex numbers. */
function joined(row: readonly number[]): Complex[] {
  const n = row.length / 2;
  return row.slice(0, n).map((re, i) => [re, row[n + i]!]);
}

/** Values come twice among those of the real matrix, vectors in planes of two. */
function eigh(a: ComplexMatrix, upper: boolean): { values: number[]; vectors: ComplexMatrix } {
  const n = a.length;
  const whole = a.map((row, i) =>
    row.map((x, j): Complex => i === j ? [x[0], 0] : i < j === upper ? x : conj(a[j]![i]!))
  );
  const { values, vectors } = eigenpairs(embedded(whole, n));
  const columns = values.map((_, k) => joined(vectors.map((row) => row[k]!)));
  const { rows, from } = orthonormal(columns, n, n);
  return { values: from.map((k) => values[k]!), vectors: complexTurned(rows, n) };
}

function svd(a: ComplexMatrix, m: number, n: number, vectors: string) {
  const least = Math.min(m, n), [lefts, rights] = vectors === "full" ? [m, n] : [least, least];
  const { s, u, vh } = singularTriples(embedded(a, n), 2 * m, 2 * n);
  const big = s.flatMap((x, k) => x > 1e-14 * (s[0] ?? 0) ? [k] : []);
  const right = big.map((k) => joined(vh[k]!)), left = big.map((k) => joined(u.map((row) => row[k]!)));
  const chosen = orthonormal(right, Math.round(big.length / 2), n, left);
  const us = orthonormal(chosen.also, lefts, m).rows, vs = orthonormal(chosen.rows, rights, n).rows;
  const values = Array.from({ length: least }, (_, k) => s[2 * k] ?? 0);
  return { s: values, u: complexTurned(us, m), vh: vs.map((row) => row.map(conj)) };
}

const tausOf = (tau: DenseTensor) =>
  [...pieces(tau, 2)].map((flat) =>
    Array.from({ length: flat.length / 2 }, (_, k): Complex => [flat[2 * k]!, flat[2 * k + 1]!])
  );

/** By name, as they stand in `routine` nodes. */
export const complexLinalgReferences: Readonly<Record<string, RoutineReference>> = {
  linalg_complex_cholesky: ([x]) => {
    const done = complexMatricesOf(x!).map(cholesky);
    return [
      paired(x!, x!.shape.slice(-3, -1), done.map((d) => d.factor)),
      stacked("i32", batchOf(x!), [], done.map((d) => [d.info])),
    ];
  },
  linalg_complex_lu: ([x], { pivot }) => {
    const [m, n] = x!.shape.slice(-3) as [number, number], steps = Math.min(m, n);
    const done = complexMatricesOf(x!).map((a) => lu(a, steps, Boolean(pivot)));
    return [
      paired(x!, [m, n], done.map((d) => d.packed)),
      stacked("i32", batchOf(x!), [steps], done.map((d) => d.pivots)),
      stacked("i32", batchOf(x!), [], done.map((d) => [d.info])),
    ];
  },
  linalg_complex_lu_solve: ([packed, pivots, b], { transposed: flip }) => {
    const a = complexMatricesOf(packed!), p = [...pieces(pivots!, 1)];
    const done = complexMatricesOf(b!).map((x, n) => solvePacked(a[n]!, p[n]!, x, Boolean(flip)));
    return [paired(b!, b!.shape.slice(-3, -1), done)];
  },
  linalg_complex_triangular: ([t, b], { upper, unit }) => {
    const a = complexMatricesOf(t!);
    const done = complexMatricesOf(b!).map((x, n) => triangle(a[n]!, x, Boolean(upper), Boolean(unit)));
    return [paired(b!, b!.shape.slice(-3, -1), done)];
  },
  linalg_complex_qr: ([x]) => {
    const [m, n] = x!.shape.slice(-3) as [number, number], done = complexMatricesOf(x!).map((a) => qr(a, n));
    return [
      paired(x!, [m, n], done.map((d) => d.packed)),
      paired(x!, [Math.min(m, n)], done.map((d) => d.tau.map((t) => [t]))),
    ];
  },
  linalg_complex_qr_apply: ([packed, tau, c], { transposed: flip }) => {
    const a = complexMatricesOf(packed!), t = tausOf(tau!);
    const done = complexMatricesOf(c!).map((x, n) => applyQ(a[n]!, t[n]!, x, Boolean(flip)));
    return [paired(c!, c!.shape.slice(-3, -1), done)];
  },
  linalg_complex_eigh: ([x], { upper, vectors }) => {
    const n = x!.shape.at(-2)!, done = complexMatricesOf(x!).map((a) => eigh(a, Boolean(upper)));
    const values = stacked(x!.dtype, batchOf(x!), [n], done.map((d) => d.values));
    return vectors ? [values, paired(x!, [n, n], done.map((d) => d.vectors))] : [values];
  },
  linalg_complex_svd: ([x], { vectors }) => {
    const [m, n] = x!.shape.slice(-3) as [number, number], least = Math.min(m, n), full = vectors === "full";
    const done = complexMatricesOf(x!).map((a) => svd(a, m, n, String(vectors)));
    const s = stacked(x!.dtype, batchOf(x!), [least], done.map((d) => d.s));
    if (vectors === "none") return [s];
    return [
      s,
      paired(x!, [m, full ? m : least], done.map((d) => d.u)),
      paired(x!, [full ? n : least, n], done.map((d) => d.vh)),
    ];
  },
};
