/**
 * What random graphs are fed: choices, sizes, strides, elements.
 *
 * @module
 */
import { type DType, dtypes, isFloat } from "../../src/base/mod.ts";
import { evaluate, type Expr, int, mul, type Sym, sym } from "../../src/ir/expr/mod.ts";
import { rowMajor } from "../../src/ir/loops/mod.ts";
import { countOf, denseOf, type DenseTensor, literalOf, type Num } from "../../src/ir/scalar/mod.ts";

/** Numbers that choices are made from, one after another; zeros when they run out. */
export class Choices {
  #at = 0;
  constructor(readonly numbers: readonly number[]) {}

  get left(): number {
    return this.numbers.length - this.#at;
  }

  /** A number in [0, count). */
  below(count: number): number {
    return (this.numbers[this.#at++] ?? 0) % Math.max(1, count);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  /** True once in `n` times. */
  once(n: number): boolean {
    return this.below(n) === n - 1;
  }
}

/** The symbols of all cases. */
export const s0 = sym("s0", { min: 2, max: 6 }), s1 = sym("s1", { min: 0, max: 5 });
export const s2 = sym("s2", { min: 1, max: 19 });

const dims: readonly Expr[] = [
  s0,
  int(3),
  int(1),
  int(5),
  s1,
  int(2),
  s0,
  s2,
  int(7),
  int(17),
  int(3),
  int(1),
  int(0),
];

/** Mostly two dims of a few elements; some larger than a vector, symbolic, single or empty. */
export function randomShape(choices: Choices): Expr[] {
  const rank = choices.pick([2, 1, 3, 0, 2, 4]);
  const shape = Array.from({ length: rank }, () => choices.pick(dims));
  return rank < 4 ? shape : shape.map((e) => (e === s2 || e === dims[9] ? int(2) : e)); // 17s multiply
}

/** Strides of an input: row-major, turned round, with gaps, or 0 along a dim. */
export function inputStrides(shape: readonly Expr[], choices: Choices): readonly Expr[] {
  const way = choices.below(8), strides = turnedStrides(shape, choices);
  if (way === 6) return strides.map((e) => mul(e, 2));
  if (way !== 7 || shape.length === 0) return strides;
  const dim = choices.below(shape.length);
  return rowMajor(shape.map((e, n) => (n === dim ? int(1) : e))).map((
    e,
    n,
  ) => (n === dim ? int(0) : e));
}

/** Row-major or, now and then, its reverse. */
export function turnedStrides(shape: readonly Expr[], choices: Choices): readonly Expr[] {
  if (shape.length < 2 || !choices.once(3)) return rowMajor(shape);
  return rowMajor(shape.toReversed()).toReversed();
}

const special = [NaN, Infinity, -Infinity, -0];
/** Neither sums nor functions of these are near each other, whatever the order. */
const extreme = [3e38, -1.5e38, 1e-40, 6.5e4, 7e-8, -2e9, 9.3e18, 1 / 3, 16777217, 0.1, -1e-5, 255.5];

/** Multiples of a quarter (`small`), or numbers of all sizes. */
export type Spread = "small" | "wide";

/** An element: mostly a small multiple of a quarter. */
function element(dtype: DType, n: number, spread: Spread): Num {
  if (dtype === "bool") return n % 2 === 0;
  const small = (n * 37) % 41 - 20;
  if (isFloat(dtype)) {
    if (n % 23 === 22) return special[Math.floor(n / 23) % 4]!;
    return literalOf(spread === "wide" && n % 3 > 0 ? extreme[n % extreme.length]! : small / 4, dtype);
  }
  if (spread === "wide" && n % 3 === 0) return limit(dtype, n % 2 === 0);
  return literalOf(dtypes[dtype].kind === "unsigned" ? Math.abs(small) : small, dtype);
}

/** The largest or least integer of a type. */
function limit(dtype: DType, high: boolean): Num {
  const { kind, bytes } = dtypes[dtype], bits = BigInt(8 * bytes);
  const signed = kind === "signed", top = 1n << (signed ? bits - 1n : bits);
  return literalOf(high ? BigInt.asIntN(64, top - 1n) : signed ? -top : 1n, dtype);
}

/** A tensor of a symbolic shape; where a stride is 0 all elements along the dim are one. */
export function randomTensor(
  { dtype, shape, strides }: { dtype: DType; shape: readonly Expr[]; strides: readonly Expr[] },
  sizes: ReadonlyMap<Sym, number>,
  seed: number,
  spread: Spread = "small",
): DenseTensor {
  const named = new Map([...sizes].map(([s, size]) => [s.name, size]));
  const concrete = shape.map((e) => evaluate(e, named)), repeats = strides.map((e) => e === int(0));
  const weights = concrete.map((_, d) =>
    repeats[d]
      ? 0
      : concrete.slice(d + 1).reduce((product, size, k) => repeats[d + 1 + k] ? product : product * size, 1)
  );
  const values = Array.from({ length: countOf(concrete) }, (_, n) => {
    let rest = n, at = 0;
    for (let d = concrete.length - 1; d >= 0; d--) {
      at += (rest % concrete[d]!) * weights[d]!;
      rest = Math.floor(rest / concrete[d]!);
    }
    return element(dtype, at * 7 + seed, spread);
  });
  return denseOf(dtype, concrete, values);
}
