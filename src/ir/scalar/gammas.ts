/**
 * Zeta and the incomplete gamma functions on doubles, by the sums and fractions of the Digital Library of Mathematical
 * Functions (dlmf.nist.gov), whose equations the numbers name.
 *
 * @module
 */
import { erfc, lgamma } from "./special.ts";

const EULER = 0.5772156649015329;
const ratios = [
  1 / 12,
  -1 / 720,
  1 / 30240,
  -1 / 1209600,
  1 / 47900160,
  -691 / 1307674368000,
  1 / 74724249600,
];

/** Hurwitz's zeta function: `Σ (q + k)^-x`, by Euler and Maclaurin (25.11.5). */
export function zeta(x: number, q: number): number {
  if (x === 1) return Infinity;
  if (x < 1) return NaN;
  if (q <= 0 && q === Math.floor(q)) return Infinity; // -Infinity among them
  if (q <= 0 && x !== Math.floor(x)) return NaN;
  if (!(x > 1) || !(q < Infinity) || (x === Infinity && q > 1)) return NaN; // as PyTorch, whose series meets 0 * infinity
  if (q > 1e8) return (1 / (x - 1) + 1 / (2 * q)) * q ** (1 - x);
  let sum = 0, at = q;
  for (; at < 10 || at < x; at++) {
    const term = Math.abs(at) === 1 && x === Infinity ? 1 : at ** -x; // as C, not nan
    sum += term;
    if (at > 0 && Math.abs(term) <= 1e-17 * Math.abs(sum)) return sum;
  }
  let term = at ** -x;
  sum += term * (at / (x - 1) + 0.5);
  term *= x / at;
  for (const [k, ratio] of ratios.entries()) {
    sum += ratio * term;
    term *= ((x + 2 * k + 1) * (x + 2 * k + 2)) / (at * at);
  }
  return sum;
}

/** `log(1 + u) - u`. */
function log1pmx(u: number): number {
  if (Math.abs(u) > 0.25) return Math.log1p(u) - u;
  let power = -u * u, sum = 0;
  for (let n = 2; n < 32; n++, power *= -u) sum += power / n;
  return sum;
}

/** `x^a e^-x / Γ(a + 1)`, by Stirling's series (5.11.1) where numbers are large. */
function front(a: number, x: number): number {
  if (a < 10) return Math.exp(a * Math.log(x) - x - lgamma1p(a));
  const u = (x - a) / a, r = 1 / a, z = r * r;
  const gap = x < 0.5 * a ? Math.log(x / a) - u : log1pmx(u);
  const rest = r * (1 / 12 - z * (1 / 360 - z * (1 / 1260 - z * (1 / 1680 - z / 1188))));
  return Math.exp(a * gap - rest) / Math.sqrt(2 * Math.PI * a);
}

function lgamma1p(a: number): number {
  return a < 1e-4 ? a * (-EULER + a * (0.8224670334241132 - a * 0.4006856343865314)) : lgamma(1 + a);
}

/** Lower part for x below a (8.7.1). */
function series(a: number, x: number): number {
  let term = 1, sum = 1, n = a;
  for (let k = 0; k < 20000 && term > sum * 1e-17; k++) sum += term *= x / ++n;
  return sum * front(a, x);
}

/** Upper part for small x. */
function smallUpper(a: number, x: number): number {
  let power = 1, sum = 0;
  for (let n = 1; n < 60; n++) sum += (power *= -x / n) / (a + n);
  const scale = a * Math.log(x) - lgamma1p(a);
  return -Math.expm1(scale) - a * sum * Math.exp(scale);
}

/** Upper part for x above a: the continued fraction 8.9.2 from its far end. */
function fraction(a: number, x: number): number {
  const depth = Math.min(20000, 60 + Math.ceil(12 * Math.sqrt(a)) + Math.ceil(400 / x));
  let tail = x + 2 * depth + 1 - a;
  for (let n = depth; n > 0; n--) tail = x + 2 * n - 1 - a + (n * (a - n)) / tail;
  return (a * front(a, x)) / tail;
}

/** Temme's expansion (8.12.3 to 8.12.10) for large a and x beside it. */
function uniform(a: number, x: number, upper: boolean): number {
  const u = (x - a) / a, gap = -log1pmx(u), eta = Math.sign(u) * Math.sqrt(2 * gap);
  const c0 = [-1 / 3, 1 / 12, -2 / 135, 1 / 864, 1 / 2835, -139 / 777600, 1 / 25515];
  const s0 = c0.reduceRight((sum, c) => sum * eta + c, 0);
  const s1 = -1 / 540 - eta * (1 / 288 - eta * (1 / 378 - (eta * 77) / 77760));
  const s2 = 25 / 6048 - eta * (139 / 51840 - eta / 1296);
  const rest = (Math.exp(-a * gap) / Math.sqrt(2 * Math.PI * a)) * (s0 + (s1 + s2 / a) / a);
  const side = eta * Math.sqrt(a / 2);
  return upper ? 0.5 * erfc(side) + rest : 0.5 * erfc(-side) - rest;
}

function part(a: number, x: number, upper: boolean): number {
  const all = Number(upper), none = 1 - all;
  if (!(x >= 0 && a >= 0)) return NaN;
  if (a === 0) return x > 0 ? none : NaN;
  if (x === 0) return all;
  if (a === Infinity) return x === Infinity ? NaN : all;
  if (x === Infinity) return none;
  if (a > 1e5 && Math.abs(x - a) < 0.2 * a) return uniform(a, x, upper);
  if (x < a + 1) {
    const lower = series(a, x);
    if (!upper) return lower;
    return x < 1.1 && lower >= 0.5 ? smallUpper(a, x) : 1 - lower;
  }
  return upper ? fraction(a, x) : 1 - fraction(a, x);
}

/** Lower incomplete gamma function over the whole one. */
export function igamma(a: number, x: number): number {
  return part(a, x, false);
}

/** Upper incomplete gamma function over the whole one. */
export function igammac(a: number, x: number): number {
  return part(a, x, true);
}
