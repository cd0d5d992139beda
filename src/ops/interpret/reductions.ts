/**
 * Reductions and contractions, summed in f64 and rounded once.
 *
 * @module
 */
import { isFloat } from "../../base/mod.ts";
import { forEachPosition, type OpOf } from "../../ir/graph/mod.ts";
import {
  castScalar,
  type DenseTensor,
  denseZeros,
  elementOf,
  evaluateScalar,
  literalOf,
  type Num,
  type ReduceFn,
  roundFloat,
  type ScalarFn,
  setElement,
} from "../../ir/scalar/mod.ts";
import { elementAt, offsetOf } from "./positions.ts";

/** Elements of one reduction, in row-major order of the reduced dims. */
type Bundle = Num[];

/** Removes `dims`. */
export function reduce(op: OpOf<"reduce">, x: DenseTensor, out: DenseTensor): DenseTensor {
  const kept = x.shape.map((_, n) => n).filter((n) => !op.dims.includes(n));
  const bundles: Bundle[] = Array.from({ length: out.data.length }, () => []);
  forEachPosition(x.shape, (at, n) => {
    bundles[offsetOf(out.shape, kept.map((d) => at[d]!))]!.push(elementOf(x, n));
  });
  bundles.forEach((bundle, n) => setElement(out, n, fold(op.fn, bundle, x)));
  return out;
}

const steps = { sum: "add", prod: "mul", min: "min", max: "max" } as const satisfies Partial<
  Record<ReduceFn, ScalarFn>
>;

function fold(fn: ReduceFn, values: Bundle, { dtype }: DenseTensor): Num {
  switch (fn) {
    case "any":
      return values.some((v) => castScalar(v, dtype, "bool"));
    case "all":
      return values.every((v) => castScalar(v, dtype, "bool"));
    case "argmin":
    case "argmax":
      return BigInt(best(values, fn === "argmin"));
    case "sum":
    case "prod":
      if (isFloat(dtype)) return accumulate(fn, values as number[], dtype);
  }
  const start = fn === "sum" || fn === "prod" ? literalOf(Number(fn === "prod"), dtype) : extreme(fn, dtype);
  return values.reduce((a, b) => evaluateScalar(steps[fn], [a, b], dtype), start);
}

function accumulate(fn: "sum" | "prod", values: readonly number[], dtype: DenseTensor["dtype"]): number {
  const total = fn === "sum" ? values.reduce((a, b) => a + b, 0) : values.reduce((a, b) => a * b, 1);
  return roundFloat(total, dtype);
}

/** Position of the first best value; the first nan beats every number; 0 for no values. */
function best(values: Bundle, least: boolean): number {
  const nan = values.findIndex((v) => v !== v);
  if (nan >= 0) return nan;
  let at = 0;
  values.forEach((v, n) => {
    if (least ? v < values[at]! : v > values[at]!) at = n;
  });
  return at;
}

/** What the extreme of nothing is: the type's other end. */
function extreme(fn: "min" | "max", dtype: DenseTensor["dtype"]): Num {
  if (isFloat(dtype)) return fn === "min" ? Infinity : -Infinity;
  if (dtype === "bool") return fn === "min";
  const bits = denseZeros(dtype, []).data.BYTES_PER_ELEMENT * 8, signed = dtype.startsWith("i");
  const [low, high] = signed
    ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n]
    : [0n, 2n ** BigInt(bits) - 1n];
  return literalOf(fn === "min" ? high : low, dtype);
}

/** Sum of products over the labels that are not in the output. */
export function einsum(op: OpOf<"einsum">, a: DenseTensor, b: DenseTensor, out: DenseTensor): DenseTensor {
  const sizes = new Map<string, number>();
  const note = (labels: string, shape: readonly number[]) =>
    [...labels].forEach((l, n) => (sizes.get(l) ?? 1) === 1 && sizes.set(l, shape[n]!));
  note(op.a, a.shape);
  note(op.b, b.shape);
  const summed = [...sizes.keys()].filter((l) => !op.out.includes(l)), all = [...op.out, ...summed];
  const pick = (labels: string, x: DenseTensor, at: readonly number[]) =>
    elementAt(x, [...labels].map((l, n) => (x.shape[n] === 1 ? 0 : at[all.indexOf(l)]!)));
  const { dtype } = out, float = isFloat(dtype), zero: Num = float ? 0 : literalOf(0, dtype);
  forEachPosition(out.shape, (outer, n) => {
    let total = zero;
    forEachPosition(summed.map((l) => sizes.get(l)!), (inner) => {
      const at = [...outer, ...inner], x = pick(op.a, a, at), y = pick(op.b, b, at);
      total = float
        ? (total as number) + (x as number) * (y as number)
        : evaluateScalar("add", [total, evaluateScalar("mul", [x, y], dtype)], dtype);
    });
    setElement(out, n, float ? roundFloat(total as number, dtype) : total);
  });
  return out;
}
