/**
 * Orthogonal polynomials by their recurrences, with PyTorch's answers where an order is negative or too high.
 *
 * @module
 */

/** `p(k + 1)` from `p(k)` and `p(k - 1)`. */
type Step = (k: number, now: number, before: number) => number;

function recur(order: number, first: number, step: Step): number {
  const n = Math.trunc(order);
  if (n < 0) return 0;
  if (n === 0) return 1;
  let before = 1, now = first;
  for (let k = 1; k < n && now === now; k++) [before, now] = [now, step(k, now, before)];
  return now;
}

const chebyshev = (first: (x: number) => number) => (x: number, order: number) =>
  recur(order, first(x), (_, now, before) => 2 * x * now - before);

/** First kind. */
export const chebyshevT = chebyshev((x) => x);
/** Second kind. */
export const chebyshevU = chebyshev((x) => 2 * x);
/** Third kind. */
export const chebyshevV = chebyshev((x) => 2 * x - 1);
/** Fourth kind. */
export const chebyshevW = chebyshev((x) => 2 * x + 1);

/** PyTorch gives nan for higher orders. */
const highest = (single: boolean) => (single ? 128 : 512);

/** The physicists' polynomial. */
export function hermiteH(x: number, order: number, single: boolean): number {
  if (Math.trunc(order) > highest(single)) return NaN;
  return recur(order, 2 * x, (k, now, before) => 2 * x * now - 2 * k * before);
}

/** The statisticians' polynomial. */
export function hermiteHe(x: number, order: number, single: boolean): number {
  if (Math.trunc(order) > highest(single)) return NaN;
  return recur(order, x, (k, now, before) => x * now - k * before);
}

/** Laguerre's polynomial. */
export function laguerre(x: number, order: number): number {
  return recur(order, 1 - x, (k, now, before) => ((2 * k + 1 - x) * now - k * before) / (k + 1));
}

/** Legendre's polynomial. */
export function legendre(x: number, order: number): number {
  return recur(order, x, (k, now, before) => ((2 * k + 1) * x * now - k * before) / (k + 1));
}
