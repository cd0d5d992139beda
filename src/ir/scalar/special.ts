/**
 * Special functions on doubles: series, continued fractions and asymptotic expansions of textbooks, summed until a
 * double holds no more. Relative errors stay at a few units in the last place, but beside the zeros of digamma and of
 * lgamma below zero, where the absolute error does.
 *
 * @module
 */

const ROOT_PI = Math.sqrt(Math.PI), EULER = 0.5772156649015329;

/** `exp(-x * x)`, with the rounding error of the square put right. */
function gauss(x: number): number {
  const high = Math.fround(x), low = x - high; // high * high is exact
  return Math.exp(-high * high) * Math.exp(-low * (x + high));
}

/** Error function: its series of positive terms near zero, else by `erfc`. */
export function erf(x: number): number {
  if (x !== x || x === 0) return x;
  const size = Math.abs(x);
  if (size > 1) return Math.sign(x) * (1 - erfc(size));
  let term = x, sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-18; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / ROOT_PI) * gauss(x) * sum;
}

/** Complement of the error function: Laplace's continued fraction from 1 on. */
export function erfc(x: number): number {
  if (x < 1 || x !== x) return x < -1 ? 2 - erfc(-x) : 1 - erf(x);
  if (x > 28) return 0;
  let tail = x;
  for (let n = x < 2 ? 400 : 120; n > 0; n--) tail = x + n / 2 / tail;
  return gauss(x) / (ROOT_PI * tail);
}

/** Inverse of the error function: Winitzki's estimate, then Halley's steps on the side where nothing cancels. */
export function erfinv(x: number): number {
  const size = Math.abs(x);
  if (x !== x || size > 1) return NaN;
  if (x === 0 || size === 1) return x === 0 ? x : x * Infinity;
  const rest = Math.log1p(-x * x), a = 0.147, b = 2 / (Math.PI * a) + rest / 2;
  let y = Math.sqrt(Math.sqrt(b * b - rest / a) - b);
  for (let step = 0; step < 4; step++) {
    const error = size < 0.5 ? erf(y) - size : (1 - size) - erfc(y);
    const newton = error / ((2 / ROOT_PI) * Math.exp(-y * y));
    y -= newton / (1 + y * newton);
  }
  return Math.sign(x) * y;
}

/** `zeta(k) - 1` by the sum of Euler and Maclaurin, cut at twenty. */
function zetaLessOne(k: number): number {
  let sum = 20 ** (1 - k) / (k - 1) + 0.5 * 20 ** -k;
  let rise = k * 20 ** (-k - 1); // k (k+1) … / 20^…
  for (const [n, b] of [1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160].entries()) {
    sum += b * rise;
    rise *= ((k + 2 * n + 1) * (k + 2 * n + 2)) / 400;
  }
  for (let n = 19; n >= 2; n--) sum += n ** -k;
  return sum;
}

const zetas = Array.from({ length: 60 }, (_, n) => (n < 2 ? 0 : zetaLessOne(n)));

/** log Γ(2 + w) for small w: `w (1 - γ) + Σ (ζ(k) - 1) (-w)^k / k`. */
function lgammaNearTwo(w: number): number {
  let sum = 0, power = -w;
  for (let k = 2; k < zetas.length; k++) {
    power *= -w;
    sum += (zetas[k]! * power) / k;
  }
  return w * (1 - EULER) + sum;
}

/** Coefficients B(2k) of the asymptotic series. */
const bernoulli = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510];

/** Logarithm of the absolute value of the gamma function. */
export function lgamma(x: number): number {
  if (x !== x) return x;
  if (!Number.isFinite(x) || (x <= 0 && Number.isInteger(x))) return Infinity;
  if (x < 0) return Math.log(Math.PI / Math.abs(sinPi(x))) - lgamma(1 - x);
  if (x < 0.5) return lgamma(1 + x) - Math.log(x);
  if (x < 1.5) return lgammaNearTwo(x - 1) - Math.log1p(x - 1);
  if (x < 2.5) return lgammaNearTwo(x - 2);
  if (x < 12) {
    let product = 1, least = x;
    while (least >= 2.5) product *= --least;
    return lgammaNearTwo(least - 2) + Math.log(product);
  }
  let series = 0;
  bernoulli.forEach((b, n) => series += b / ((2 * n + 2) * (2 * n + 1) * x ** (2 * n + 1)));
  return (x - 0.5) * Math.log(x) - x + 0.9189385332046728 + series;
}

function sinPi(x: number): number {
  return Math.sin(Math.PI * (x - 2 * Math.round(x / 2)));
}

/** Derivative of the logarithm of the gamma function. */
export function digamma(x: number): number {
  if (x === 0) return Object.is(x, -0) ? Infinity : -Infinity;
  if (x === Infinity || x !== x) return x;
  if (x < 0) {
    if (Number.isInteger(x) || x === -Infinity) return NaN;
    return digamma(1 - x) - Math.PI / Math.tan(Math.PI * (x - Math.round(x)));
  }
  let shift = 0, at = x;
  for (; at < 12; at++) shift += 1 / at;
  let series = 0;
  bernoulli.forEach((b, n) => series += b / ((2 * n + 2) * at ** (2 * n + 2)));
  return Math.log(at) - 0.5 / at - series - shift;
}
