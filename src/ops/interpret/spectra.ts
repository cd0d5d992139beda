/**
 * References of eigenvalues, singular values and symmetric factors. Jacobi's rotations, which share nothing with the
 * kernels; signs of vectors are not the kernels'.
 *
 * @module
 */
import type { DenseTensor, RoutineReference } from "../../ir/scalar/mod.ts";
import { symmetric } from "./linalg.ts";
import {
  addRow,
  dot,
  identity,
  matricesOf,
  type Matrix,
  matrixOf,
  pieces,
  stacked,
  swap,
  transposed,
} from "./matrices.ts";

const batchOf = (x: DenseTensor) => x.shape.slice(0, -2);
const SWEEPS = 60;

/** Turns rows `p` and `q` by an angle. */
function turn(x: Matrix, p: number, q: number, c: number, s: number): void {
  const [a, b] = [x[p]!, x[q]!];
  x[p] = a.map((value, n) => c * value + s * b[n]!);
  x[q] = b.map((value, n) => c * value - s * a[n]!);
}

/** Cosine and sine that make rows with these products orthogonal. */
function angle(pp: number, qq: number, pq: number): readonly [number, number] {
  const zeta = (qq - pp) / (2 * pq), t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const c = 1 / Math.hypot(1, t);
  return [c, -c * t];
}

/** Rows turned until they are orthogonal, and the turns applied to the identity. */
function orthogonalRows(a: Matrix): { rows: Matrix; turns: Matrix } {
  const rows = a.map((row) => [...row]), turns = identity(a.length);
  for (let sweep = 0, moved = true; moved && sweep < SWEEPS; sweep++) {
    moved = false;
    for (let p = 0; p < a.length; p++) {
      for (let q = p + 1; q < a.length; q++) {
        const [pp, qq, pq] = [
          dot(rows[p]!, rows[p]!),
          dot(rows[q]!, rows[q]!),
          dot(rows[p]!, rows[q]!),
        ];
        if (Math.abs(pq) <= 1e-16 * Math.sqrt(pp * qq)) continue;
        const [c, s] = angle(pp, qq, pq);
        turn(rows, p, q, c, s);
        turn(turns, p, q, c, s);
        moved = true;
      }
    }
  }
  return { rows, turns };
}

/** Orthonormal rows from `rows`, completed to `count` with what unit vectors leave. */
function complete(rows: Matrix, count: number, width: number): Matrix {
  const out: Matrix = [];
  for (const row of [...rows, ...identity(width)]) {
    if (out.length === count) break;
    const rest = [...row];
    for (let twice = 0; twice < 2; twice++) out.forEach((done) => addRow(rest, -dot(done, rest), done));
    const size = Math.sqrt(dot(rest, rest));
    if (size > 1e-10 * Math.max(1, Math.sqrt(dot(row, row)))) out.push(rest.map((x) => x / size));
  }
  return out;
}

/** Values descending, left vectors and right vectors as rows; `a` is wide or square. */
function singular(a: Matrix, columns: number, lefts: number, rights: number) {
  const { rows, turns } = orthogonalRows(a), order = rows.map((_, n) => n);
  const sizes = rows.map((row) => Math.sqrt(dot(row, row)));
  order.sort((p, q) => sizes[q]! - sizes[p]!);
  const big = order.filter((n) => sizes[n]! > 1e-14 * sizes[order[0]!]!);
  const right = complete(big.map((n) => rows[n]!.map((x) => x / sizes[n]!)), rights, columns);
  return { s: order.map((n) => sizes[n]!), left: order.map((n) => turns[n]!).slice(0, lefts), right };
}

/** All of a thin decomposition. */
export function singularTriples(a: Matrix, m: number, n: number): { s: number[]; u: Matrix; vh: Matrix } {
  return svd(a, m, n, "thin");
}

function svd(a: Matrix, m: number, n: number, vectors: string) {
  const size = Math.min(m, n), [lefts, rights] = vectors === "full" ? [m, n] : [size, size];
  if (m <= n) {
    const { s, left, right } = singular(a, n, lefts, rights);
    return { s, u: transposed(left, m), vh: right };
  }
  const { s, left, right } = singular(transposed(a, n), m, rights, lefts);
  return { s, u: transposed(right, m), vh: left };
}

/** Turns columns `p` and `q` in place. */
function turnColumns(x: Matrix, p: number, q: number, c: number, s: number): void {
  for (const row of x) {
    const [a, b] = [row[p]!, row[q]!];
    row[p] = c * a + s * b;
    row[q] = c * b - s * a;
  }
}

/** Cyclic Jacobi rotations of a symmetric matrix: values ascending, vectors as columns. */
export function eigenpairs(a: Matrix): { values: number[]; vectors: Matrix } {
  const x = a.map((row) => [...row]), turns = identity(a.length);
  const zero = 1e-17 * Math.max(0, ...a.flat().map(Math.abs));
  for (let sweep = 0, moved = true; moved && sweep < SWEEPS; sweep++) {
    moved = false;
    for (let p = 0; p < a.length; p++) {
      for (let q = p + 1; q < a.length; q++) {
        if (Math.abs(x[p]![q]!) <= zero) continue;
        const [c, s] = angle(x[p]![p]!, x[q]![q]!, x[p]![q]!);
        turn(x, p, q, c, s);
        turnColumns(x, p, q, c, s);
        turn(turns, p, q, c, s);
        moved = true;
      }
    }
  }
  const order = a.map((_, n) => n).sort((p, q) => x[p]![p]! - x[q]![q]!);
  return { values: order.map((n) => x[n]![n]!), vectors: transposed(order.map((n) => turns[n]!), a.length) };
}

/** Bunch and Kaufman's choice: what row to exchange, and whether the block has two rows. */
function choose(w: Matrix, k: number): { row: number; two: boolean } {
  const n = w.length, alpha = (1 + Math.sqrt(17)) / 8, here = Math.abs(w[k]![k]!);
  const best = matrixOf(1, n, (_, i) => i > k ? Math.abs(w[i]![k]!) : -1)[0]!;
  const column = Math.max(0, ...best), row = best.indexOf(Math.max(...best));
  if (here >= alpha * column) return { row: k, two: false };
  const across = Math.max(...w[row]!.map((x, j) => j >= k && j !== row ? Math.abs(x) : 0));
  if (here >= alpha * column * (column / across)) return { row: k, two: false };
  return { row, two: Math.abs(w[row]![row]!) < alpha * across };
}

/** As sytrf does it, rows of earlier columns stay where they were. */
function ldl(a: Matrix): { packed: Matrix; pivots: number[]; info: number } {
  const n = a.length,
    w = symmetric(a, false),
    packed = a.map((row) => row.map(() => 0)),
    pivots: number[] = [];
  let info = 0;
  for (let k = 0; k < n;) {
    if (w.every((row, i) => i < k || row[k] === 0)) {
      info ||= k + 1;
      pivots.push(++k);
      continue;
    }
    const { row, two } = choose(w, k), last = two ? k + 1 : k;
    swap(w, last, row);
    w.forEach((line) => swap(line, last, row));
    const block = two ? [k, k + 1] : [k];
    const columns = block.map((j) => w.map((line) => line[j]!)),
      inverse = invert(block.map((i) => block.map((j) => w[i]![j]!)));
    block.forEach((i, p) => block.slice(0, p + 1).forEach((j) => packed[i]![j] = w[i]![j]!));
    for (let i = last + 1; i < n; i++) {
      const l = inverse.map((line) => line.reduce((sum, x, q) => sum + x * columns[q]![i]!, 0));
      block.forEach((j, p) => packed[i]![j] = l[p]!);
    }
    for (let i = last + 1; i < n; i++) {
      for (let j = last + 1; j < n; j++) {
        block.forEach((b, p) => w[i]![j]! -= packed[i]![b]! * columns[p]![j]!);
      }
    }
    pivots.push(...block.map(() => two ? -(row + 1) : row + 1));
    k = last + 1;
  }
  return { packed, pivots, info };
}

/** Inverse of a block of one or two. */
function invert(block: Matrix): Matrix {
  if (block.length === 1) return [[1 / block[0]![0]!]];
  const [[a, b], [c, d]] = block as [[number, number], [number, number]], det = a * d - b * c;
  return [[d / det, -b / det], [-c / det, a / det]];
}

function ldlSolve(w: Matrix, pivots: readonly number[], b: Matrix): Matrix {
  const n = w.length, x = b.map((row) => [...row]), blocks: (readonly [number, number])[] = [];
  for (let k = 0; k < n;) {
    const last = pivots[k]! < 0 ? k + 1 : k;
    blocks.push([k, last]);
    swap(x, last, Math.abs(pivots[k]!) - 1);
    for (let i = last + 1; i < n; i++) for (let j = k; j <= last; j++) addRow(x[i]!, -w[i]![j]!, x[j]!);
    const block = last > k ? [[w[k]![k]!, w[last]![k]!], [w[last]![k]!, w[last]![last]!]] : [[w[k]![k]!]];
    const rows = x.slice(k, last + 1);
    invert(block).forEach((line, p) =>
      x[k + p] = rows[0]!.map((_, c) => line.reduce((sum, value, q) => sum + value * rows[q]![c]!, 0))
    );
    k = last + 1;
  }
  for (const [k, last] of blocks.reverse()) {
    for (let j = k; j <= last; j++) for (let i = last + 1; i < n; i++) addRow(x[j]!, -w[i]![j]!, x[i]!);
    swap(x, last, Math.abs(pivots[k]!) - 1);
  }
  return x;
}

/** By name, as they stand in `routine` nodes. */
export const spectraReferences: Readonly<Record<string, RoutineReference>> = {
  linalg_eigh: ([x], { upper, vectors }) => {
    const n = x!.shape.at(-1)!, done = matricesOf(x!).map((a) => eigenpairs(symmetric(a, Boolean(upper))));
    const values = stacked(x!.dtype, batchOf(x!), [n], done.map((d) => d.values));
    return vectors ? [values, stacked(x!.dtype, batchOf(x!), [n, n], done.map((d) => d.vectors))] : [values];
  },
  linalg_svd: ([x], { vectors }) => {
    const [m, n] = x!.shape.slice(-2) as [number, number], size = Math.min(m, n), full = vectors === "full";
    const done = matricesOf(x!).map((a) => svd(a, m, n, String(vectors))), batch = batchOf(x!);
    const s = stacked(x!.dtype, batch, [size], done.map((d) => d.s));
    if (vectors === "none") return [s];
    return [
      s,
      stacked(x!.dtype, batch, [m, full ? m : size], done.map((d) => d.u)),
      stacked(x!.dtype, batch, [full ? n : size, n], done.map((d) => d.vh)),
    ];
  },
  linalg_ldl: ([x]) => {
    const n = x!.shape.at(-1)!, done = matricesOf(x!).map(ldl), batch = batchOf(x!);
    return [
      stacked(x!.dtype, batch, [n, n], done.map((d) => d.packed)),
      stacked("i32", batch, [n], done.map((d) => d.pivots)),
      stacked("i32", batch, [], done.map((d) => [d.info])),
    ];
  },
  linalg_ldl_solve: ([packed, pivots, b]) => {
    const [a, p] = [matricesOf(packed!), [...pieces(pivots!, 1)]];
    const done = matricesOf(b!).map((x, n) => ldlSolve(a[n]!, p[n]!, x));
    return [stacked(b!.dtype, batchOf(b!), b!.shape.slice(-2), done)];
  },
};
