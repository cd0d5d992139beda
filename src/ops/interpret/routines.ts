/**
 * References of the routines: whole-tensor algorithms with hand-written kernels.
 *
 * @module
 */
import { bytesOf, type DType, isFloat } from "../../base/mod.ts";
import {
  denseFromBytes,
  type DenseTensor,
  denseToBytes,
  denseZeros,
  elementOf,
  evaluateScalar,
  type Num,
  roundFloat,
  type RoutineReference,
  setElement,
} from "../../ir/scalar/mod.ts";
import { complexLinalgReferences } from "./complex_linalg.ts";
import { ctcReferences } from "./ctc.ts";
import { eigenReferences } from "./eigen.ts";
import { linalgReferences } from "./linalg.ts";
import { fourierReference } from "./fourier.ts";
import { compare, linesAlong } from "./lines.ts";
import { randomReferences } from "./random.ts";
import { recurrences } from "./recurrence.ts";
import { selections } from "./selections.ts";
import { spectraReferences } from "./spectra.ts";

/** `log(exp(a) + exp(b))` without overflow. */
function logAddExp(a: number, b: number): number {
  if (a !== a || b !== b) return NaN;
  const high = Math.max(a, b);
  return Math.abs(high) === Infinity ? high : high + Math.log1p(Math.exp(Math.min(a, b) - high));
}

const carries: Readonly<Record<string, (a: number, b: number) => number>> = {
  sum: (a, b) => a + b,
  prod: (a, b) => a * b,
  logsumexp: logAddExp,
};
const stepwise = { sum: "add", prod: "mul", max: "max", min: "min" } as const;

/** Running totals of a line; floats are carried in f64. */
function* running(fn: string, values: readonly Num[], dtype: DenseTensor["dtype"]): Generator<Num> {
  const carry = isFloat(dtype) ? carries[fn] : undefined;
  let total: Num | undefined;
  for (const value of values) {
    if (total === undefined) total = value;
    else if (carry) total = carry(total as number, value as number);
    else total = evaluateScalar(stepwise[fn as keyof typeof stepwise], [total, value], dtype);
    yield carry ? roundFloat(total as number, dtype) : total;
  }
}

/** By name, as they stand in `routine` nodes. */
export const routines: Readonly<Record<string, RoutineReference>> = {
  fft: ([x], attrs) => [fourierReference(x!, attrs)],
  reinterpret: ([x], { dtype }) => {
    const to = dtype as DType, bytes = denseToBytes(x!), lead = x!.shape.slice(0, -1);
    const last = x!.shape.length === 0 ? [] : [x!.shape.at(-1)! * bytesOf(x!.dtype) / bytesOf(to)];
    return [denseFromBytes(to, [...lead, ...last], bytes)];
  },
  scan: ([x], { fn, dim }) => {
    const out = denseZeros(x!.dtype, x!.shape);
    for (const line of linesAlong(x!.shape, Number(dim))) {
      let k = 0;
      for (const total of running(String(fn), line.map((n) => elementOf(x!, n)), x!.dtype)) {
        setElement(out, line[k++]!, total);
      }
    }
    return [out];
  },
  sort: ([x], { dim, descending }) => {
    const values = denseZeros(x!.dtype, x!.shape),
      order = denseZeros("i64", x!.shape),
      sign = descending ? -1 : 1;
    for (const line of linesAlong(x!.shape, Number(dim))) {
      const ranked = line.map((n, k) => ({ value: elementOf(x!, n), k }));
      ranked.sort((a, b) => sign * compare(a.value, b.value) || a.k - b.k);
      ranked.forEach(({ value, k }, n) => {
        setElement(values, line[n]!, value);
        setElement(order, line[n]!, BigInt(k));
      });
    }
    return [values, order];
  },
  ...selections,
  ...linalgReferences,
  ...spectraReferences,
  ...complexLinalgReferences,
  ...eigenReferences,
  ...ctcReferences,
  ...randomReferences,
  ...recurrences,
};
