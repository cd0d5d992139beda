/**
 * Python scalars of an exported program, and the arithmetic on them that integer algebra can express exactly.
 *
 * A float is kept as a quotient of expressions as long as Python's double has the same value (or, after one
 * division, the same floor): `math.floor(x.shape[0] / 2)` stays an expression. Everything else is data.
 *
 * @module
 */
import {
  add,
  and,
  asBool,
  asInt,
  ceilDiv,
  compareDims,
  type Expr,
  floorDiv,
  ge,
  gt,
  int,
  isNonNegative,
  max,
  min,
  mod,
  mul,
  neg,
  not,
  or,
  pow,
  type Pred,
  sub,
} from "../ir/expr/mod.ts";
import type { Value } from "../ir/graph/mod.ts";

/** A scalar: exact, a constant double, or a 0-d tensor (f64, i64 or bool) known while the model runs. */
export type Scalar =
  | { readonly kind: "int"; readonly expr: Expr }
  | { readonly kind: "bool"; readonly pred: Pred }
  | { readonly kind: "ratio"; readonly num: Expr; readonly den: Expr }
  | { readonly kind: "float"; readonly float: number }
  | { readonly kind: "data"; readonly value: Value };

/** `num / den`; `den` is positive. */
interface Ratio {
  readonly num: Expr;
  readonly den: Expr;
}

/** A function on scalars; undefined where the result is not exactly expressible. */
type Exact = (...xs: readonly Scalar[]) => Scalar | undefined;

/** A scalar from an integer expression. */
export function intScalar(expr: Expr): Scalar {
  return { kind: "int", expr };
}

function ratio(num: Expr, den: Expr): Scalar {
  return { kind: "ratio", num, den };
}

/** A double with few fractional bits as a quotient by a power of two. */
function dyadic(x: number): Ratio | undefined {
  for (let den = 1; den <= 1 << 20; den *= 2) {
    if (Number.isSafeInteger(x * den)) return { num: int(x * den), den: int(den) };
  }
}

function ratioOf(x: Scalar | undefined): Ratio | undefined {
  if (x?.kind === "int") return { num: x.expr, den: int(1) };
  if (x?.kind === "ratio") return x;
  return x?.kind === "float" ? dyadic(x.float) : undefined;
}

/** True where a double holds every such quotient: the divisor is a power of two. */
function isDyadic({ den }: Ratio): boolean {
  const n = asInt(den);
  return n !== undefined && Number.isInteger(Math.log2(n));
}

function onInts(f: (a: Expr, b: Expr) => Expr | undefined): Exact {
  return (a, b) => {
    if (a?.kind !== "int" || b?.kind !== "int") return undefined;
    const expr = f(a.expr, b.expr);
    return expr && intScalar(expr);
  };
}

function arithmetic(f: (a: Ratio, b: Ratio) => Ratio, ints: (a: Expr, b: Expr) => Expr): Exact {
  return (a, b) => {
    const whole = onInts(ints)(a!, b!);
    if (whole) return whole;
    const [x, y] = [ratioOf(a), ratioOf(b)];
    if (!x || !y || !isDyadic(x) || !isDyadic(y)) return undefined;
    const { num, den } = f(x, y);
    return ratio(num, den);
  };
}

function comparison(op: "eq" | "ne" | "lt" | "le", swap = false): Exact {
  return (a, b) => {
    const [x, y] = swap ? [ratioOf(b), ratioOf(a)] : [ratioOf(a), ratioOf(b)];
    if (!x || !y || !(isDyadic(x) || isDyadic(y))) return undefined;
    return { kind: "bool", pred: compareDims(op, mul(x.num, y.den), mul(y.num, x.den)) };
  };
}

function rounding(f: (r: Ratio) => Expr | undefined): Exact {
  return (x) => {
    const r = ratioOf(x), expr = r && f(r);
    return expr && intScalar(expr);
  };
}

function truncate({ num, den }: Ratio): Expr | undefined {
  if (isNonNegative(num)) return floorDiv(num, den);
  return isNonNegative(neg(num)) ? ceilDiv(num, den) : undefined;
}

function divide(a: Scalar | undefined, b: Scalar | undefined): Scalar | undefined {
  const [x, y] = [ratioOf(a), ratioOf(b)];
  if (!x || !y || !isDyadic(x) || !isDyadic(y)) return undefined;
  if (asBool(gt(y.num, 0))) return ratio(mul(x.num, y.den), mul(x.den, y.num));
  if (asBool(gt(0, y.num))) return ratio(neg(mul(x.num, y.den)), neg(mul(x.den, y.num)));
}

function logic(f: (...ps: readonly Pred[]) => Pred): Exact {
  return (a, b) =>
    a?.kind === "bool" && b?.kind === "bool" ? { kind: "bool", pred: f(a.pred, b.pred) } : undefined;
}

function choose(c: Scalar | undefined, a: Scalar | undefined, b: Scalar | undefined): Scalar | undefined {
  const decided = c?.kind === "bool" ? asBool(c.pred) : undefined;
  return decided === undefined ? undefined : decided ? a : b;
}

function power(a: Expr, b: Expr): Expr | undefined {
  const n = asInt(b);
  return n !== undefined && n >= 0 && n <= 16 ? pow(a, n) : undefined;
}

function shifted(a: Expr, b: Expr, by: (a: Expr, p: Expr) => Expr): Expr | undefined {
  const n = asInt(b);
  return n !== undefined && n >= 0 && n < 50 ? by(a, int(2 ** n)) : undefined;
}

const truncated = rounding(truncate);

const table = {
  add: arithmetic(
    (a, b) => ({ num: add(mul(a.num, b.den), mul(b.num, a.den)), den: mul(a.den, b.den) }),
    add,
  ),
  sub: arithmetic(
    (a, b) => ({ num: sub(mul(a.num, b.den), mul(b.num, a.den)), den: mul(a.den, b.den) }),
    sub,
  ),
  mul: arithmetic((a, b) => ({ num: mul(a.num, b.num), den: mul(a.den, b.den) }), mul),
  floordiv: onInts((a, b) => asInt(b) === 0 ? undefined : floorDiv(a, b)),
  mod: onInts((a, b) => asInt(b) === 0 ? undefined : mod(a, b)),
  pow: onInts(power),
  lshift: onInts((a, b) => shifted(a, b, mul)),
  rshift: onInts((a, b) => shifted(a, b, floorDiv)),
  truediv: divide,
  neg: (x) =>
    x?.kind === "int" ? intScalar(neg(x.expr)) : x?.kind === "ratio" ? ratio(neg(x.num), x.den) : undefined,
  pos: (x) => x,
  abs: (x) => {
    if (x?.kind !== "int" && x?.kind !== "ratio") return undefined;
    const value = x.kind === "int" ? x.expr : x.num;
    if (asBool(ge(value, 0))) return x;
    return x.kind === "int" ? intScalar(max(value, neg(value))) : ratio(max(value, neg(value)), x.den);
  },
  eq: comparison("eq"),
  ne: comparison("ne"),
  lt: comparison("lt"),
  le: comparison("le"),
  gt: comparison("lt", true),
  ge: comparison("le", true),
  min: onInts(min),
  max: onInts(max),
  and: logic(and),
  or: logic(or),
  not: (x) => x?.kind === "bool" ? { kind: "bool", pred: not(x.pred) } : undefined,
  ite: choose,
  trunc: truncated,
  floor: rounding(({ num, den }) => floorDiv(num, den)),
  ceil: rounding(({ num, den }) => ceilDiv(num, den)),
  round: (x) => x?.kind === "int" ? x : undefined,
  int: (x) => x?.kind === "int" ? x : truncated(x!),
  float: (x) =>
    x?.kind === "int" ? ratio(x.expr, int(1)) : x?.kind === "ratio" || x?.kind === "float" ? x : undefined,
} satisfies Record<string, Exact>;

/** Names of the functions that may have an exact result; what only data can express is in `scalar_data.ts`. */
export type ExactFn = keyof typeof table;

/** True for a name of the table. */
export function isExactFn(name: string): name is ExactFn {
  return Object.hasOwn(table, name);
}

/** `fn` of scalars, exactly; undefined where that takes data. */
export function applyExact(fn: ExactFn, xs: readonly Scalar[]): Scalar | undefined {
  const truths = fn === "and" || fn === "or" || fn === "not" || fn === "ite";
  const result = (table[fn] as Exact)(...(truths ? xs : xs.map(truthAsInt)));
  return result?.kind === "ratio" ? settle(result) : result;
}

/** A decided truth value counts as 0 or 1 in arithmetic, as in Python. */
function truthAsInt(x: Scalar): Scalar {
  const decided = x.kind === "bool" ? asBool(x.pred) : undefined;
  return decided === undefined ? x : intScalar(int(Number(decided)));
}

/** A quotient of constants is a double. */
function settle(x: { readonly num: Expr; readonly den: Expr }): Scalar {
  const [n, d] = [asInt(x.num), asInt(x.den)];
  return n !== undefined && d !== undefined
    ? { kind: "float", float: n / d }
    : { kind: "ratio", num: x.num, den: x.den };
}
