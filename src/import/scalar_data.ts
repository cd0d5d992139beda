/**
 * Scalars as data: 0-d tensors for what integer algebra cannot say, and the way back through `item`.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import { asBool, eq, type Expr, isInt, type Sym } from "../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import type { ScalarFn } from "../ir/scalar/mod.ts";
import type { Frame } from "./frame.ts";
import type { Scalar } from "./scalar.ts";

/** A scalar as a 0-d f64. */
export function asFloatData(g: GraphBuilder, scalar: Scalar): Value {
  switch (scalar.kind) {
    case "int":
      return g.iota([], () => scalar.expr, "f64");
    case "float":
      return g.constant(scalar.float, "f64");
    case "ratio":
      return isInt(scalar.den, 1)
        ? g.iota([], () => scalar.num, "f64")
        : g.pointwise("div", g.iota([], () => scalar.num, "f64"), g.iota([], () => scalar.den, "f64"));
    case "bool":
      return g.cast(asTruthData(g, scalar), "f64");
    case "data":
      return g.cast(scalar.value, "f64");
  }
}

/** A scalar as a 0-d i64. */
export function asIntData(g: GraphBuilder, scalar: Scalar): Value {
  if (scalar.kind === "int") return g.iota([], () => scalar.expr);
  return g.cast(scalar.kind === "data" ? scalar.value : asFloatData(g, scalar), "i64");
}

/** A scalar as a 0-d bool. */
export function asTruthData(g: GraphBuilder, scalar: Scalar): Value {
  if (scalar.kind === "data") return g.cast(scalar.value, "bool");
  if (scalar.kind !== "bool") return g.cast(asFloatData(g, scalar), "bool");
  const decided = asBool(scalar.pred);
  return decided === undefined ? g.mask([], () => scalar.pred) : g.constant(decided, "bool");
}

/**
 * Binds the 0-d integer (or bool) `value` to a symbol and gives it back as an expression. `recorded` is the export's
 * expression: a symbol that nothing has defined is bound itself; any other one is asserted to be equal.
 */
export function bindInt(frame: Frame, value: Value, recorded: Expr | undefined): Expr {
  const { g, session: { symbols } } = frame;
  const open = recorded?.kind === "sym" && !symbols.isDeclared(recorded.name);
  const symbol = open ? recorded as Sym : symbols.invent(value.name);
  const whole = value.type.dtype === "bool" ? g.cast(value, "i64") : value;
  symbols.declare({ sym: symbol, label: symbol.name });
  if (value.type.dtype !== "bool") assertRange(g, whole, symbol);
  g.item(whole, symbol);
  if (recorded && !open) {
    g.assert(eq(symbol, recorded), `the value of "${value.name}" is not the one that the export assumed`);
    return recorded;
  }
  return symbol;
}

/** The range of a symbol is taken as true wherever it is used, so it is checked on the data. */
function assertRange(g: GraphBuilder, value: Value, symbol: Sym): void {
  const wide = value.type.dtype,
    bound = (n: number) => g.constant(wide === "i64" || wide === "u64" ? BigInt(n) : n, wide);
  const within: Value[] = [];
  if (Number.isFinite(symbol.min)) within.push(g.pointwise("ge", value, bound(symbol.min)));
  if (Number.isFinite(symbol.max)) within.push(g.pointwise("le", value, bound(symbol.max)));
  if (within.length === 0) return;
  const both = within.length === 2 ? g.pointwise("and", within[0]!, within[1]!) : within[0]!;
  g.assert(both, `${symbol.name}, the value of "${value.name}", is not in ${symbol.min}..${symbol.max}`);
}

/** Python's functions on doubles as rows of the scalar table. */
const onFloats: Readonly<Record<string, ScalarFn>> = {
  add: "add",
  sub: "sub",
  mul: "mul",
  truediv: "div",
  floordiv: "floordiv",
  mod: "mod",
  pow: "pow",
  neg: "neg",
  abs: "abs",
  min: "min",
  max: "max",
  eq: "eq",
  ne: "ne",
  lt: "lt",
  le: "le",
  gt: "gt",
  ge: "ge",
  trunc: "trunc",
  int: "trunc",
  floor: "floor",
  ceil: "ceil",
  round: "round",
  sqrt: "sqrt",
  exp: "exp",
  log: "log",
  log2: "log2",
  sin: "sin",
  cos: "cos",
  tan: "tan",
  asin: "asin",
  acos: "acos",
  atan: "atan",
  sinh: "sinh",
  cosh: "cosh",
  tanh: "tanh",
};

/** Functions that keep ints ints. */
const onInts = new Set([
  "add",
  "sub",
  "mul",
  "floordiv",
  "mod",
  "pow",
  "neg",
  "abs",
  "min",
  "max",
  "lshift",
  "rshift",
]);
const onTruths: Readonly<Record<string, ScalarFn>> = { and: "and", or: "or", not: "not" };

function isWhole(x: Scalar): boolean {
  return x.kind === "int" || (x.kind === "data" && x.value.type.dtype === "i64");
}

function isTruth(x: Scalar): boolean {
  return x.kind === "bool" || (x.kind === "data" && x.value.type.dtype === "bool");
}

/** `fn` of scalars as data: i64 of ints, bool of truths and comparisons, else f64. */
export function applyAsData(g: GraphBuilder, fn: string, xs: readonly Scalar[]): Value {
  if (fn === "pos") return asFloatData(g, xs[0]!);
  if (fn === "float") return asFloatData(g, xs[0]!);
  if (fn === "ite") return choose(g, xs);
  if (onTruths[fn] && xs.every(isTruth)) {
    return g.pointwise(
      onTruths[fn],
      ...xs.map((x) => asTruthData(g, x)),
    );
  }
  const whole = xs.every(isWhole);
  if (whole && (fn === "and" || fn === "or")) return g.pointwise(fn, ...xs.map((x) => asIntData(g, x)));
  if (whole && fn === "lshift") return g.pointwise("shl", ...xs.map((x) => asIntData(g, x)));
  if (whole && fn === "rshift") return g.pointwise("shr", ...xs.map((x) => asIntData(g, x)));
  const row = onFloats[fn];
  if (!row) {
    refuse({
      reason: "unsupported-operator",
      message: `Cannot compute ${fn} of numbers known only at run time`,
    });
  }
  const comparison = ["eq", "ne", "lt", "le", "gt", "ge"].includes(fn);
  if (whole && (onInts.has(fn) || comparison)) return g.pointwise(row, ...xs.map((x) => asIntData(g, x)));
  return g.pointwise(row, ...xs.map((x) => asFloatData(g, x)));
}

function choose(g: GraphBuilder, xs: readonly Scalar[]): Value {
  const [condition, yes, no] = xs, whole = isWhole(yes!) && isWhole(no!);
  const as = (x: Scalar) => whole ? asIntData(g, x) : asFloatData(g, x);
  return g.pointwise("where", asTruthData(g, condition!), as(yes!), as(no!));
}
