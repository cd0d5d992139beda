/**
 * SymPy's `srepr` texts as scalars: `Add(Symbol('s0', positive=True, integer=True), Integer(1))` is `s0 + 1`.
 * Symbols that stand alone need no parser, and most programs have no more.
 *
 * @module
 */
import { int, truth } from "../ir/expr/mod.ts";
import { type Formula, spelling } from "./formula.ts";
import { applyExact, type ExactFn, intScalar, type Scalar } from "./scalar.ts";

/** How names become scalars; undefined for a symbol that is no integer. */
export interface SreprScope {
  symbol(name: string, positive: boolean): Scalar | undefined;
  /** The value of a whole subexpression (as `spelling` gives it) that a node computes as data. */
  known(text: string): Scalar | undefined;
}

/** An integer symbol that stands alone. */
const ALONE = /^Symbol\('(\w+)'((?:, (?:positive|integer)=True)+)\)$/;

/** The symbol that is all of a text; undefined for formulas, and for symbols that are no integers. */
export function symbolAlone(text: string): { readonly name: string; readonly positive: boolean } | undefined {
  const [, name, kind] = ALONE.exec(text) ?? [];
  return name && kind?.includes("integer") ? { name, positive: kind.includes("positive") } : undefined;
}

/** The scalar that a formula says; undefined where exact integer algebra cannot say it. */
export function readSrepr(formula: Formula, scope: SreprScope): Scalar | undefined {
  switch (formula.kind) {
    case "number":
      return number(formula.value);
    case "word":
      return word(formula.name);
    case "minus":
      return negated(readSrepr(formula.of, scope));
    case "call": {
      const known = scope.known(spelling(formula)), { head, args } = formula;
      return known ?? (head === "Symbol" ? symbol(args, scope) : apply(head, args, scope));
    }
    default:
      return undefined;
  }
}

function number(value: number): Scalar {
  return Number.isSafeInteger(value) ? intScalar(int(value)) : { kind: "float", float: value };
}

function word(name: string): Scalar | undefined {
  return name === "true" || name === "false" ? { kind: "bool", pred: truth(name === "true") } : undefined;
}

function symbol([name, ...facts]: readonly Formula[], scope: SreprScope): Scalar | undefined {
  const says = facts.map(spelling);
  if (name?.kind !== "text" || !says.includes("integer = True")) return undefined;
  return scope.symbol(name.value, says.includes("positive = True"));
}

/** Functions of any number of arguments, folded from the left. */
const folds: Readonly<Record<string, ExactFn>> = {
  Add: "add",
  Mul: "mul",
  And: "and",
  Or: "or",
  Max: "max",
  Min: "min",
  BitwiseFn_bitwise_and: "and",
  BitwiseFn_bitwise_or: "or",
};

/** Functions of fixed arity. */
const heads: Readonly<Record<string, ExactFn>> = {
  Not: "not",
  Equality: "eq",
  Unequality: "ne",
  GreaterThan: "ge",
  StrictGreaterThan: "gt",
  LessThan: "le",
  StrictLessThan: "lt",
  FloorDiv: "floordiv",
  CleanDiv: "floordiv",
  Mod: "mod",
  PythonMod: "mod",
  Pow: "pow",
  PowByNatural: "pow",
  LShift: "lshift",
  RShift: "rshift",
  Abs: "abs",
  Where: "ite",
  ToFloat: "float",
  IntTrueDiv: "truediv",
  FloatTrueDiv: "truediv",
  FloorToInt: "floor",
  floor: "floor",
  CeilToInt: "ceil",
  ceiling: "ceil",
  TruncToInt: "trunc",
  RoundToInt: "round",
};

/** The longest product of ranges `Integer` may name. */
const WIDE = /^-?\d{1,15}$/;

function apply(head: string, given: readonly Formula[], scope: SreprScope): Scalar | undefined {
  const [first] = given;
  if (head === "Integer") {
    const text = first ? spelling(first) : "";
    return WIDE.test(text) ? intScalar(int(Number(text))) : undefined;
  }
  if (head === "Float") {
    return { kind: "float", float: first && "value" in first ? Number(first.value) : NaN };
  }
  const args: Scalar[] = [];
  for (const formula of given) {
    const arg = readSrepr(formula, scope);
    if (!arg) return undefined;
    args.push(arg);
  }
  if (head === "Identity") return args[0];
  if (head === "Rational") return applyExact("truediv", args);
  if (head === "CeilDiv") return negated(applyTo("floordiv", [negated(args[0]), args[1]]));
  if (head === "ModularIndexing") return applyTo("mod", [applyTo("floordiv", args.slice(0, 2)), args[2]]);
  const fold = folds[head], fn = heads[head];
  if (fold && args[0]) {
    return args.slice(1).reduce<Scalar | undefined>((a, b) => applyTo(fold, [a, b]), args[0]);
  }
  return fn && applyExact(fn, args);
}

function applyTo(fn: ExactFn, args: readonly (Scalar | undefined)[]): Scalar | undefined {
  const present = args.filter((a) => a !== undefined);
  return present.length === args.length ? applyExact(fn, present) : undefined;
}

function negated(x: Scalar | undefined): Scalar | undefined {
  return applyTo("neg", [x]);
}
