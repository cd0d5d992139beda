/**
 * SymPy's `srepr` texts as scalars: `Add(Symbol('s0', positive=True, integer=True), Integer(1))` is `s0 + 1`.
 *
 * @module
 */
import { int, truth } from "../ir/expr/mod.ts";
import { applyExact, type ExactFn, intScalar, type Scalar } from "./scalar.ts";
import type { Srepr, SreprCall, SreprLeaf } from "./srepr_text.ts";

/** How names become scalars; undefined for a symbol that is no integer. */
export interface SreprScope {
  symbol(name: string, positive: boolean): Scalar | undefined;
  /** The value of a whole subexpression that a node computes as data. */
  known(text: string): Scalar | undefined;
}

/** The scalar that a parsed srepr says; undefined where exact integer algebra cannot say it. */
export function readSrepr(node: Srepr, scope: SreprScope): Scalar | undefined {
  if (node.kind !== "call") return leaf(node);
  return scope.known(node.source) ?? (node.head === "Symbol" ? symbol(node, scope) : apply(node, scope));
}

function leaf({ kind, text }: SreprLeaf): Scalar | undefined {
  if (kind === "number") return constant(Number(text));
  return kind === "word" ? word(text) : undefined;
}

function constant(value: number): Scalar {
  return Number.isSafeInteger(value) ? intScalar(int(value)) : { kind: "float", float: value };
}

function word(name: string): Scalar | undefined {
  return name === "true" || name === "false" ? { kind: "bool", pred: truth(name === "true") } : undefined;
}

function symbol({ args: [name], options }: SreprCall, scope: SreprScope): Scalar | undefined {
  if (name?.kind !== "text" || options.integer !== "True") return undefined;
  return scope.symbol(name.text, options.positive === "True");
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

function apply({ head, args: nodes }: SreprCall, scope: SreprScope): Scalar | undefined {
  const first = nodes[0] && nodes[0].kind !== "call" ? nodes[0].text : "";
  if (head === "Integer") return WIDE.test(first) ? intScalar(int(Number(first))) : undefined;
  if (head === "Float") return { kind: "float", float: Number(first) };
  const args: Scalar[] = [];
  for (const node of nodes) {
    const arg = readSrepr(node, scope);
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
