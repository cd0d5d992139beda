/**
 * SymPy's `srepr` texts as scalars: `Add(Symbol('s0', positive=True, integer=True), Integer(1))` is `s0 + 1`.
 * mathjs parses (keyword arguments read as assignments). Loading it takes a twentieth of a small model's build, so only
 * programs with formulas do: most have symbols alone.
 *
 * @module
 */
import { int, truth } from "../ir/expr/mod.ts";
import { applyExact, type ExactFn, intScalar, type Scalar } from "./scalar.ts";

/** The part of a mathjs syntax tree that srepr uses. */
interface MathNode {
  readonly type: string;
  readonly fn?: MathNode | string;
  readonly name?: string;
  readonly args?: readonly MathNode[];
  readonly value?: unknown;
  readonly op?: string;
  toString(): string;
}

/** Parses one text. */
export type MathParser = (text: string) => MathNode;

/** How names become scalars; undefined for a symbol that is no integer. */
export interface SreprScope {
  symbol(name: string, positive: boolean): Scalar | undefined;
  /** The value of a whole subexpression (in mathjs's spelling) that a node computes as data. */
  known(text: string): Scalar | undefined;
}

/** An integer symbol that stands alone. */
const ALONE = /^Symbol\('(\w+)'((?:, (?:positive|integer)=True)+)\)$/;

/** The symbol that is all of a text; undefined for formulas, and for symbols that are no integers. */
export function symbolAlone(text: string): { readonly name: string; readonly positive: boolean } | undefined {
  const [, name, kind] = ALONE.exec(text) ?? [];
  return name && kind?.includes("integer") ? { name, positive: kind.includes("positive") } : undefined;
}

/** Loads mathjs. */
export async function loadMathParser(): Promise<MathParser> {
  const loaded: unknown = await import("mathjs");
  const module = loaded as { readonly default?: { readonly parse: MathParser }; readonly parse?: MathParser };
  return module.default?.parse ?? module.parse!;
}

/** The scalar that a parsed srepr says; undefined where exact integer algebra cannot say it. */
export function readSrepr(node: MathNode, scope: SreprScope): Scalar | undefined {
  if (node.type === "ConstantNode") return constant(node.value);
  if (node.type === "SymbolNode") return word(node.name ?? "");
  if (node.type === "OperatorNode" && node.op === "-") {
    const inner = node.args?.length === 1 ? readSrepr(node.args[0]!, scope) : undefined;
    return inner && applyExact("neg", [inner]);
  }
  if (node.type !== "FunctionNode") return undefined;
  const known = scope.known(node.toString());
  if (known) return known;
  const head = typeof node.fn === "string" ? node.fn : node.fn?.name ?? "";
  const args = node.args ?? [];
  return head === "Symbol" ? symbol(args, scope) : apply(head, args, scope);
}

function constant(value: unknown): Scalar | undefined {
  if (typeof value !== "number") return undefined;
  return Number.isSafeInteger(value) ? intScalar(int(value)) : { kind: "float", float: value };
}

function word(name: string): Scalar | undefined {
  return name === "true" || name === "false" ? { kind: "bool", pred: truth(name === "true") } : undefined;
}

function symbol(args: readonly MathNode[], scope: SreprScope): Scalar | undefined {
  const texts = args.map(String), name = args[0]?.value;
  if (typeof name !== "string" || !texts.some((t) => t === "integer = True")) return undefined;
  return scope.symbol(name, texts.some((t) => t === "positive = True"));
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

function apply(head: string, nodes: readonly MathNode[], scope: SreprScope): Scalar | undefined {
  if (head === "Integer") {
    return WIDE.test(spelt(nodes[0])) ? intScalar(int(Number(spelt(nodes[0])))) : undefined;
  }
  if (head === "Float") return { kind: "float", float: Number(nodes[0]?.value) };
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

function spelt(node: MathNode | undefined): string {
  return node ? String(node).replace(/[()\s]/g, "") : "";
}

function applyTo(fn: ExactFn, args: readonly (Scalar | undefined)[]): Scalar | undefined {
  const present = args.filter((a) => a !== undefined);
  return present.length === args.length ? applyExact(fn, present) : undefined;
}

function negated(x: Scalar | undefined): Scalar | undefined {
  return applyTo("neg", [x]);
}
