/**
 * Bessel's functions of orders 0 and 1 and Airy's, on doubles: their integrals by the trapezoidal rule, whose error falls
 * exponentially, and asymptotic series (dlmf.nist.gov; numbers name its equations).
 *
 * @module
 */
type Order = 0 | 1;

const EULER = 0.5772156649015329;

/** J of any order at small x, by Bessel's integral (10.9.1). */
function integralJ(n: number, x: number): number {
  const count = 80 + Math.ceil(x);
  let sum = (1 + (-1) ** n) / 2;
  for (let k = 1; k < count; k++) {
    const t = (Math.PI * k) / count;
    sum += Math.cos(n * t - x * Math.sin(t));
  }
  return sum / count;
}

/** Hankel's expansions (10.17.3, 10.17.4) for large x. */
function hankel(n: Order, x: number): readonly [j: number, y: number] {
  let term = 1, p = 1, q = 0;
  for (let k = 1; k < 40 && Math.abs(term) > 1e-17; k++) {
    term *= (4 * n - (2 * k - 1) ** 2) / (8 * x * k);
    const signed = k & 2 ? -term : term;
    if (k & 1) q += signed;
    else p += signed;
  }
  const phase = x - (n / 2 + 0.25) * Math.PI, size = Math.sqrt(2 / (Math.PI * x));
  return [
    size * (Math.cos(phase) * p - Math.sin(phase) * q),
    size * (Math.sin(phase) * p + Math.cos(phase) * q),
  ];
}

/** First kind. */
export function besselJ(n: Order, x: number): number {
  const size = Math.abs(x),
    value = size > 30 ? hankel(n, size)[0] : n && size < 1e-3 ? size / 2 : integralJ(n, size);
  return n && x < 0 ? -value : value;
}

/** Second kind: Neumann's series over J of even orders (10.8.3), and its derivative. */
export function besselY(n: Order, x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x > 30) return hankel(n, x)[1];
  let sum = 0;
  for (let k = 1; k < x / 2 + 25; k++) {
    const j = n ? (integralJ(2 * k - 1, x) - integralJ(2 * k + 1, x)) / -2 : integralJ(2 * k, x);
    sum += ((-1) ** k * j) / k;
  }
  const lead = (Math.log(x / 2) + EULER) * besselJ(n, x) - 2 * sum;
  return (2 / Math.PI) * (n ? lead - besselJ(0, x) / x : lead);
}

/** `e^-|x|` times the modified function of the first kind (10.32.3). */
export function besselIe(n: Order, x: number): number {
  const size = Math.abs(x), sign = n && x < 0 ? -1 : 1;
  if (size > 1e5) return (sign * (1 - (4 * n - 1) / (8 * size))) / Math.sqrt(2 * Math.PI * size);
  if (size < 1) return sign * smallI(n, size) * Math.exp(-size);
  const count = 60 + Math.ceil(8 * Math.sqrt(size));
  let sum = 0.5 + 0.5 * Math.exp(-2 * size) * (n ? -1 : 1);
  for (let k = 1; k < count; k++) {
    const t = (Math.PI * k) / count;
    sum += Math.exp(-2 * size * Math.sin(t / 2) ** 2) * (n ? Math.cos(t) : 1);
  }
  return (sign * sum) / count;
}

function smallI(n: Order, x: number): number {
  let term = n ? x / 2 : 1, sum = term;
  for (let k = 1; k < 20; k++) sum += term *= (x * x) / 4 / k / (k + n);
  return sum;
}

/** Modified function of the first kind. */
export function besselI(n: Order, x: number): number {
  return Math.exp(Math.abs(x)) * besselIe(n, x);
}

/** `e^x` times the modified function of the second kind (10.32.9). */
function scaledK(order: number, x: number): number {
  const h = Math.min(0.125, 0.6 / Math.sqrt(x));
  let sum = 0.5, term = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    sum += term = Math.exp(-2 * x * Math.sinh((k * h) / 2) ** 2) * Math.cosh(order * k * h);
  }
  return h * sum;
}

/** K below 1 (10.31.1). */
function smallK(n: Order, x: number): number {
  const lead = Math.log(x / 2) + EULER;
  let term = n ? x / 2 : 1, sum = 0, harmonic = 0;
  for (let k = 0; k < 20; k++) {
    if (k > 0) {
      term *= (x * x) / 4 / k / (k + n);
      harmonic += 1 / k;
    }
    sum += term * (n ? lead - harmonic - 0.5 / (k + 1) : harmonic - lead);
  }
  return n ? 1 / x + sum : sum;
}

/** Modified function of the second kind, or `e^x` times it. */
export function besselK(n: Order, x: number, scaled: boolean): number {
  if (!(x > 0)) return x === 0 ? Infinity : NaN;
  if (x < 1) return smallK(n, x) * (scaled ? Math.exp(x) : 1);
  return x === Infinity ? 0 : scaledK(n, x) * (scaled ? 1 : Math.exp(-x));
}

/** Spherical function of order 0. */
export function sphericalJ0(x: number): number {
  if (Math.abs(x) === Infinity) return 0;
  return Math.abs(x) < 1e-4 ? 1 - (x * x) / 6 : Math.sin(x) / x;
}

/** Ai and its derivative at 0, -2, -4, -6 and -8. */
const anchors = [
  [0.35502805388781723926, -0.25881940379280679841],
  [0.22740742820168557599, 0.61825902074169104141],
  [-0.070265532949289515099, -0.7906285753685813803],
  [-0.32914517362982310523, 0.34593548728134289493],
  [-0.052705050356386202622, 0.93556093819830655103],
] as const;

/** Airy's function: K of order 1/3 (9.6.2), Taylor's series of `y'' = xy` in the middle, 9.7.9 on the left. */
export function airyAi(x: number): number {
  if (!Number.isFinite(x)) return NaN; // as torch
  if (x > 1) {
    const zeta = (2 / 3) * x * Math.sqrt(x);
    return (Math.sqrt(x / 3) / Math.PI) * scaledK(1 / 3, zeta) * Math.exp(-zeta);
  }
  if (x < -9) return airyLeft(-x);
  const at = Math.min(4, Math.max(0, Math.trunc((1 - x) / 2)));
  let [now, next] = anchors[at] as readonly [number, number], before = 0, sum = 0;
  for (let k = 0; k < 40; k++) {
    const after = (-2 * at * now + before) / ((k + 2) * (k + 1));
    sum += now * (x + 2 * at) ** k;
    [before, now, next] = [now, next, after];
  }
  return sum;
}

function airyLeft(x: number): number {
  const zeta = (2 / 3) * x * Math.sqrt(x), phase = zeta - Math.PI / 4;
  let term = 1, even = 1, odd = 0;
  for (let k = 1; k < 30 && Math.abs(term) > 1e-17; k++) {
    term *= ((6 * k - 5) * (6 * k - 3) * (6 * k - 1)) / (216 * k * (2 * k - 1)) / zeta;
    const signed = k & 2 ? -term : term;
    if (k & 1) odd += signed;
    else even += signed;
  }
  return (Math.cos(phase) * even + Math.sin(phase) * odd) / Math.sqrt(Math.PI * Math.sqrt(x));
}
