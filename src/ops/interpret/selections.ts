/**
 * References of the routines that select, search and reduce in groups. Where PyTorch leaves open which of several
 * equals is meant, these take the first; kernels may take another.
 *
 * @module
 */
import {
  type AttrValue,
  denseOf,
  type DenseTensor,
  elementOf,
  elementsOf,
  type Num,
  roundFloat,
  type RoutineReference,
} from "../../ir/scalar/mod.ts";
import { compare, linesAlong } from "./lines.ts";

interface Ranked {
  readonly value: Num;
  readonly k: number;
}

/** What `select` picks from a line: entries in order, `nans` of them nan, at the end. */
type Pick = (
  ranked: readonly Ranked[],
  nans: number,
  attrs: Readonly<Record<string, AttrValue>>,
) => readonly Ranked[];

const middle = (size: number) => Math.floor((Math.max(size, 1) - 1) / 2);

const picks: Readonly<Record<string, Pick>> = {
  topk: (ranked, _, { many }) => ranked.slice(0, Number(many)),
  kth: (ranked, _, { k }) => [ranked[Number(k) - 1]!],
  median: (ranked, nans) => [nans > 0 ? ranked[ranked.length - nans]! : ranked[middle(ranked.length)]!],
  nanmedian: (ranked, nans) => [ranked[middle(ranked.length - nans)]!],
  mode: (ranked) => {
    let best = ranked[0]!, most = 0;
    for (let n = 0, run = 0; n < ranked.length; n++) {
      run = n > 0 && ranked[n]!.value === ranked[n - 1]!.value ? run + 1 : 1;
      if (run > most) [most, best] = [run, ranked[n]!];
    }
    return [best];
  },
};

/** How many of the elements of an ascending line lie below `x`, or not above it. */
function bound(line: readonly Num[], x: Num, right: boolean): number {
  let [start, end] = [0, line.length];
  while (start < end) {
    const at = Math.floor((start + end) / 2), stop = right ? line[at]! > x : line[at]! >= x;
    if (stop) end = at;
    else start = at + 1;
  }
  return start;
}

/** Rows of a tensor whose last dim they are. */
function rowsOf(x: DenseTensor): Num[][] {
  const width = x.shape.at(-1) ?? 1, all = elementsOf(x);
  const count = x.shape.slice(0, -1).reduce((product, size) => product * size, 1);
  return Array.from({ length: count }, (_, n) => all.slice(n * width, (n + 1) * width));
}

const folds: Readonly<Record<string, (total: number, x: number) => number>> = {
  sum: (total, x) => total + x,
  mean: (total, x) => total + x,
  prod: (total, x) => total * x,
  max: (total, x) => x > total || x !== x ? x : total,
  min: (total, x) => x < total || x !== x ? x : total,
};

const select: RoutineReference = ([x], attrs) => {
  const { what, dim, descending } = attrs, at = Number(dim), sign = descending ? -1 : 1;
  const found = linesAlong(x!.shape, at).map((line) => {
    const ranked = line.map((n, k) => ({ value: elementOf(x!, n), k }));
    ranked.sort((a, b) => sign * compare(a.value, b.value) || a.k - b.k);
    const nans = ranked.filter(({ value }) => value !== value).length;
    return picks[String(what)]!(ranked, nans, attrs);
  });
  const many = what === "topk" ? Number(attrs.many) : 1, shape = x!.shape.toSpliced(at, 1, many);
  const values: Num[] = [], places: Num[] = [];
  linesAlong(shape, at).forEach((line, n) =>
    line.forEach((to, i) => {
      values[to] = found[n]![i]!.value;
      places[to] = BigInt(found[n]![i]!.k);
    })
  );
  return [denseOf(x!.dtype, shape, values), denseOf("i64", shape, places)];
};

const orderRows: RoutineReference = ([x]) => {
  const rows = rowsOf(x!), order = rows.map((_, n) => n);
  const differ = (a: Num[], b: Num[]) => a.map((v, n) => compare(v, b[n]!)).find((c) => c !== 0) ?? 0;
  order.sort((a, b) => differ(rows[a]!, rows[b]!) || a - b);
  return [denseOf("i64", [rows.length], order.map(BigInt))];
};

const search: RoutineReference = ([edges, values], { right, dtype }) => {
  const lines = rowsOf(edges!), width = values!.shape.at(-1) ?? 1;
  const found = elementsOf(values!).map((x, n) => {
    return bound(edges!.shape.length > 1 ? lines[Math.floor(n / width)]! : lines[0]!, x, Boolean(right));
  });
  return dtype === "i32"
    ? [denseOf("i32", values!.shape, found)]
    : [denseOf("i64", values!.shape, found.map(BigInt))];
};

const member: RoutineReference = ([values, sorted]) => {
  const among = new Set(elementsOf(sorted!).filter((x) => x === x).map((x) => x === 0 ? 0 : x));
  return [denseOf("bool", values!.shape, elementsOf(values!).map((x) => among.has(x === 0 ? 0 : x)))];
};

const positions: RoutineReference = ([mask], { room }) => {
  const found = elementsOf(mask!).flatMap((truth, n) => truth ? [n] : []);
  const filled = Array.from({ length: Number(room) }, (_, n) => BigInt(found[n] ?? -1));
  return [denseOf("i64", [filled.length], filled)];
};

const bags: RoutineReference = ([table, index, offset, scale], { mode, padding, bags }) => {
  const rows = rowsOf(table!), width = table!.shape[1]!, starts = elementsOf(offset!).map(Number);
  const all = elementsOf(index!).map(Number), out: number[] = [], best: bigint[] = [], counts: bigint[] = [];
  for (let bag = 0; bag < Number(bags); bag++) {
    const from = starts[bag]!, to = starts[bag + 1] ?? all.length;
    const kept = all.slice(from, to).map((row, n) => ({ row, n: from + n })).filter(({ row }) =>
      row !== padding
    );
    counts.push(BigInt(kept.length));
    for (let j = 0; j < width; j++) {
      let total = 0, winner = 0;
      kept.forEach(({ row, n }, k) => {
        const x = Number(rows[row]![j]), by = scale ? Number(elementOf(scale, n)) : 1;
        if (mode !== "max") total += x * by;
        else if (k === 0 || x > total) [total, winner] = [x, row];
      });
      out.push(roundFloat(mode === "mean" ? total / Math.max(kept.length, 1) : total, table!.dtype));
      best.push(BigInt(winner));
    }
  }
  const shape = [Number(bags), width], counted = denseOf("i64", [Number(bags)], counts);
  const totals = denseOf(table!.dtype, shape, out);
  return mode === "max" ? [totals, denseOf("i64", shape, best), counted] : [totals, counted];
};

const segments: RoutineReference = ([x, offset], { fn, dim, start, started }) => {
  const at = Number(dim), cuts = rowsOf(offset!).map((row) => row.map(Number));
  const shape = x!.shape.toSpliced(at, 1, cuts[0]!.length - 1), values: Num[] = [];
  const inner = x!.shape.slice(at + 1).reduce((product, size) => product * size, 1);
  const from = linesAlong(x!.shape, at);
  linesAlong(shape, at).forEach((line, n) =>
    line.forEach((to, segment) => {
      const row = cuts[Math.floor(n / inner)]!, part = from[n]!.slice(row[segment], row[segment + 1]);
      const total = part.reduce((sum, k) => folds[String(fn)]!(sum, Number(elementOf(x!, k))), Number(start));
      const mean = part.length > 0 ? total / part.length : started ? total : NaN;
      values[to] = roundFloat(fn === "mean" ? mean : total, x!.dtype);
    })
  );
  return [denseOf(x!.dtype, shape, values)];
};

const suppress: RoutineReference = ([boxes], { threshold }) => {
  const rows = rowsOf(boxes!).map((row) => row.map(Number)),
    round = (x: number) => roundFloat(x, boxes!.dtype);
  const areas = rows.map(([x1, y1, x2, y2]) => round(round(x2! - x1!) * round(y2! - y1!)));
  const shared = (a: readonly number[], b: readonly number[], n: number) =>
    Math.max(0, round(Math.min(a[n + 2]!, b[n + 2]!) - Math.max(a[n]!, b[n]!)));
  const kept: boolean[] = [];
  rows.forEach((b, j) => {
    kept[j] = !rows.slice(0, j).some((a, i) => {
      const both = round(shared(a, b, 0) * shared(a, b, 1));
      return kept[i] && round(both / round(round(areas[i]! + areas[j]!) - both)) > Number(threshold);
    });
  });
  return [denseOf("bool", [rows.length], kept)];
};

/** By name, as they stand in `routine` nodes. */
export const selections: Readonly<Record<string, RoutineReference>> = {
  select,
  order_rows: orderRows,
  search,
  member,
  positions,
  bags,
  segments,
  suppress,
};
