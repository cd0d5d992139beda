/**
 * Scalar functions of complex numbers, written in their parts.
 *
 * @module
 */
import type { Value } from "../../ir/graph/mod.ts";
import type { ScalarFn } from "../../ir/scalar/mod.ts";
import type { Calc, Operand } from "../calc.ts";

/** A complex number by its parts; a part that is a number stands for every element. */
export interface Parts {
  readonly re: Value;
  readonly im: Value;
}

type Formula = (m: Calc, ...operands: readonly Parts[]) => Parts;
type Unary = (m: Calc, z: Parts) => Parts;
type Binary = (m: Calc, a: Parts, b: Parts) => Parts;

const add: Binary = (m, a, b) => ({ re: m.add(a.re, b.re), im: m.add(a.im, b.im) });
const sub: Binary = (m, a, b) => ({ re: m.sub(a.re, b.re), im: m.sub(a.im, b.im) });
const neg: Unary = (m, z) => ({ re: m.neg(z.re), im: m.neg(z.im) });
const mul: Binary = (m, a, b) => ({
  re: m.sub(m.mul(a.re, b.re), m.mul(a.im, b.im)),
  im: m.add(m.mul(a.re, b.im), m.mul(a.im, b.re)),
});
const times = (m: Calc, z: Parts, by: Operand): Parts => ({ re: m.mul(z.re, by), im: m.mul(z.im, by) });
const conj: Unary = (m, z) => ({ re: z.re, im: m.neg(z.im) });
/** `i z` and `-i z`. */
const turned: Unary = (m, z) => ({ re: m.neg(z.im), im: z.re });
const turnedBack: Unary = (m, z) => ({ re: z.im, im: m.neg(z.re) });
/** `1 + z` and `1 - z`. */
const onePlus: Unary = (m, z) => ({ re: m.add(z.re, 1), im: z.im });
const oneMinus: Unary = (m, z) => ({ re: m.sub(1, z.re), im: m.neg(z.im) });

/** Divided by the larger part of the divisor first, so that nothing overflows on the way. */
const div: Binary = (m, a, b) => {
  const wide = m.ge(m.abs(b.re), m.abs(b.im));
  const high = m.where(wide, b.re, b.im), low = m.where(wide, b.im, b.re);
  const none = m.and(m.eq(b.re, 0), m.eq(b.im, 0));
  const ratio = m.where(none, 0, m.div(low, high)), size = m.add(high, m.mul(low, ratio));
  const [p, q] = [m.where(wide, a.re, a.im), m.where(wide, a.im, a.re)];
  const cross = m.sub(q, m.mul(p, ratio));
  return {
    re: m.div(m.add(p, m.mul(q, ratio)), size),
    im: m.div(m.where(wide, cross, m.neg(cross)), size),
  };
};
const reciprocal: Unary = (m, z) => div(m, { re: m.add(m.mul(z.re, 0), 1), im: m.mul(z.re, 0) }, z);

const size = (m: Calc, z: Parts): Value => m.hypot(z.re, z.im);
const angle = (m: Calc, z: Parts): Value => m.atan2(z.im, z.re);

/** `length * e^(i turn)`; a turn of zero stays exact beside an infinite length. */
function polar(m: Calc, length: Value, turn: Value): Parts {
  const straight = m.eq(turn, 0);
  return {
    re: m.where(straight, length, m.mul(length, m.cos(turn))),
    im: m.where(straight, turn, m.mul(length, m.sin(turn))),
  };
}

const exp: Unary = (m, z) => polar(m, m.exp(z.re), z.im);
const log: Unary = (m, z) => ({ re: m.log(size(m, z)), im: angle(m, z) });

const expm1: Unary = (m, z) => {
  const grown = m.expm1(z.re), half = m.sin(m.mul(z.im, 0.5));
  return {
    re: m.sub(m.mul(grown, m.cos(z.im)), m.mul(m.mul(half, half), 2)),
    im: m.mul(m.add(grown, 1), m.sin(z.im)),
  };
};

const log1p: Unary = (m, z) => {
  const whole = onePlus(m, z), length = size(m, whole);
  const near = m.mul(m.log1p(m.add(m.mul(z.re, m.add(z.re, 2)), m.mul(z.im, z.im))), 0.5);
  return { re: m.where(m.gt(length, 0.5), near, m.log(length)), im: angle(m, whole) };
};

/** The root with a real part that is not negative; its imaginary part has the sign of z's. */
const sqrt: Unary = (m, z) => {
  const t = m.sqrt(m.mul(m.add(size(m, z), m.abs(z.re)), 0.5)), none = m.eq(t, 0);
  const other = m.where(none, 0, m.div(m.abs(z.im), m.mul(t, 2))), right = m.ge(z.re, 0);
  return { re: m.where(right, t, other), im: m.copysign(m.where(right, other, t), z.im) };
};

const sinh: Unary = (m, z) => ({
  re: m.mul(m.sinh(z.re), m.cos(z.im)),
  im: m.mul(m.cosh(z.re), m.sin(z.im)),
});
const cosh: Unary = (m, z) => ({
  re: m.mul(m.cosh(z.re), m.cos(z.im)),
  im: m.mul(m.sinh(z.re), m.sin(z.im)),
});

/** Kahan's: with t = tan y, s = sinh x. Far out only a sign and an exponential are left. */
const tanh: Unary = (m, z) => {
  const far = m.gt(m.abs(z.re), 11), x = m.where(far, 0, z.re);
  const t = m.tan(z.im), s = m.sinh(x), beta = m.add(m.mul(t, t), 1), rho = m.sqrt(m.add(m.mul(s, s), 1));
  const under = m.add(m.mul(beta, m.mul(s, s)), 1);
  const faded = m.mul(m.mul(m.mul(m.sin(z.im), m.cos(z.im)), 4), m.exp(m.mul(m.abs(z.re), -2)));
  return {
    re: m.where(far, m.sign(z.re), m.div(m.mul(m.mul(beta, rho), s), under)),
    im: m.where(far, faded, m.div(t, under)),
  };
};

/** Kahan's: roots of 1 - z and 1 + z, which cancel nowhere. */
const asin: Unary = (m, z) => {
  const a = sqrt(m, oneMinus(m, z)), b = sqrt(m, onePlus(m, z));
  return { re: m.atan2(z.re, mul(m, a, b).re), im: m.asinh(mul(m, conj(m, a), b).im) };
};
const acos: Unary = (m, z) => {
  const a = sqrt(m, oneMinus(m, z)), b = sqrt(m, onePlus(m, z));
  return { re: m.mul(m.atan2(a.re, b.re), 2), im: m.asinh(mul(m, conj(m, b), a).im) };
};
const acosh: Unary = (m, z) => {
  const a = sqrt(m, { re: m.sub(z.re, 1), im: z.im }), b = sqrt(m, onePlus(m, z));
  return { re: m.asinh(mul(m, conj(m, a), b).re), im: m.mul(m.atan2(a.im, b.re), 2) };
};
const atanh: Unary = (m, z) => {
  const left = m.sub(1, z.re), squared = m.mul(z.im, z.im);
  return {
    re: m.mul(m.log1p(m.div(m.mul(z.re, 4), m.add(m.mul(left, left), squared))), 0.25),
    im: m.mul(m.atan2(m.mul(z.im, 2), m.sub(m.mul(left, m.add(z.re, 1)), squared)), 0.5),
  };
};

const sigmoid: Unary = (m, z) => reciprocal(m, onePlus(m, exp(m, neg(m, z))));

/** `e^(b log a)`; a power of zero is zero. */
const pow: Binary = (m, a, b) => {
  const { re, im } = exp(m, mul(m, b, log(m, a))), none = m.and(m.eq(a.re, 0), m.eq(a.im, 0));
  return { re: m.where(none, 0, re), im: m.where(none, 0, im) };
};

const scaled = (f: Unary, by: number): Unary => (m, z) => times(m, f(m, z), by);
const around = (f: Unary, before: Unary, after: Unary): Unary => (m, z) => after(m, f(m, before(m, z)));

/** What each scalar function is of complex numbers; the others have no complex meaning. */
export const complexFunctions: Partial<Record<ScalarFn, Formula>> = {
  add,
  sub,
  mul,
  div,
  neg,
  pow,
  fma: (m, a, b, c) => add(m, mul(m, a!, b!), c!),
  reciprocal,
  sqrt,
  rsqrt: (m, z) => reciprocal(m, sqrt(m, z!)),
  exp,
  exp2: (m, z) => exp(m, times(m, z!, Math.LN2)),
  expm1,
  log,
  log2: scaled(log, Math.LOG2E),
  log10: scaled(log, Math.LOG10E),
  log1p,
  sinh,
  cosh,
  tanh,
  sin: around(sinh, turned, turnedBack),
  cos: (m, z) => cosh(m, turned(m, z!)),
  tan: around(tanh, turned, turnedBack),
  asin,
  acos,
  atan: around(atanh, turned, turnedBack),
  asinh: around(asin, turned, turnedBack),
  acosh,
  atanh,
  sigmoid,
} as Partial<Record<ScalarFn, Formula>>;
