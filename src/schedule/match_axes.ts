/**
 * Which element of a product a nest is at: the nest's axes in terms of the product's, where the two go through the same
 * elements one to one, if need be with axes split and merged (views between heads and channels).
 *
 * A position is a number in mixed radix. Each dim that the nest reads is made of digits of the nest's axes; from what the
 * product stores there the digits are read back, and from its digits each axis.
 *
 * @module
 */
import { add, exactQuotient, type Expr, floorDiv, int, isInt, mod, mul, symsOf } from "../ir/expr/mod.ts";
import { type Axis, longAxes, type Nest } from "../ir/loops/mod.ts";

/** A digit: `axis / place % extent`, and how much it counts in a dim. */
interface Digit {
  readonly axis: Axis;
  readonly place: Expr;
  readonly extent: Expr;
  readonly weight: Expr;
}

/** What stands for the nest's axes, when it reads `index` of a buffer of `shape` and the product stores `stored`. */
export function matchAxes(
  nest: Nest,
  index: readonly Expr[],
  stored: readonly Expr[],
  shape: readonly Expr[],
): Map<string, Expr> | undefined {
  const long = longAxes(nest.axes), found: (Digit & { readonly value: Expr })[] = [];
  for (const [n, size] of shape.entries()) {
    if (isInt(size, 1)) continue;
    const digits = inOrder(digitsOf(index[n]!, long) ?? [], (d) => d.weight, size);
    if (!digits) return undefined;
    for (const d of digits) {
      const above = floorDiv(stored[n]!, d.weight), isTop = d === digits.at(-1);
      found.push({ ...d, value: isTop ? above : mod(above, d.extent) });
    }
  }
  const map = new Map<string, Expr>(nest.axes.map((a) => [a.sym.name, int(0)]));
  for (const axis of long) {
    const own = inOrder(found.filter((d) => d.axis === axis), (d) => d.place, axis.extent);
    if (!own) return undefined;
    map.set(axis.sym.name, add(...own.map((d) => mul(d.value, d.place))));
  }
  return map;
}

/** The digits from the least on, if each counts what those before it run through, and all together run through `size`. */
function inOrder<D extends Digit>(digits: readonly D[], of: (d: D) => Expr, size: Expr): D[] | undefined {
  const ordered: D[] = [], left = new Set(digits);
  let next: Expr = int(1);
  while (left.size > 0) {
    const digit = [...left].find((d) => of(d) === next);
    if (!digit) return undefined;
    left.delete(digit);
    ordered.push(digit);
    next = mul(next, digit.extent);
  }
  return next === size ? ordered : undefined;
}

/** The digits that an index adds up. */
function digitsOf(index: Expr, axes: readonly Axis[]): Digit[] | undefined {
  if (index.kind === "add" && index.constant !== 0) return undefined;
  const digits = (index.kind === "add" ? index.terms : [index]).map((term) => {
    const factors = term.kind === "mul" ? term.factors : [term];
    const isOwn = (e: Expr) => symsOf(e).some((s) => axes.some((a) => a.sym === s));
    const [atom, ...more] = factors.filter(isOwn);
    const weight = mul(term.kind === "mul" ? term.coef : 1, ...factors.filter((e) => !isOwn(e)));
    return atom && more.length === 0 ? digitOf(atom, axes, weight) : undefined;
  });
  return digits.every((d) => d !== undefined) ? digits : undefined;
}

function digitOf(atom: Expr, axes: readonly Axis[], weight: Expr): Digit | undefined {
  const axisOf = (e: Expr) => axes.find((a) => a.sym === e);
  const whole = axisOf(atom);
  if (whole) return { axis: whole, place: int(1), extent: whole.extent, weight };
  if (atom.kind === "floordiv") {
    const axis = axisOf(atom.a), extent = axis && exactQuotient(axis.extent, atom.b);
    return extent && { axis: axis!, place: atom.b, extent, weight };
  }
  if (atom.kind !== "mod") return undefined;
  const inner = atom.a.kind === "floordiv" ? atom.a : undefined, axis = axisOf(inner ? inner.a : atom.a);
  return axis && { axis, place: inner ? inner.b : int(1), extent: atom.b, weight };
}
