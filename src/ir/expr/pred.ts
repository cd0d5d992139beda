/**
 * Predicates: comparisons decided where ranges or canonical differences decide them, and their connectives.
 *
 * @module
 */
import { evaluate } from "./evaluate.ts";
import { int } from "./node.ts";
import { isNonNegative } from "./prove.ts";
import { type Bindings, substitute } from "./query.ts";
import { add, collect, fromTerm, neg, sub, termsOf } from "./ring.ts";
import { contentOf } from "./split.ts";
import { symsOf } from "./walk.ts";
import type { Cmp, CmpOp, Dim, Expr, Pred, Sym } from "./types.ts";

const yes: Pred = { kind: "bool", value: true }, no: Pred = { kind: "bool", value: false };

/** A constant. */
export function truth(value: boolean): Pred {
  return value ? yes : no;
}

/** `a == b`. */
export function eq(a: Dim, b: Dim): Pred {
  const gap = sub(a, b);
  if (gap === int(0)) return yes;
  if (isNonNegative(add(gap, -1)) || isNonNegative(sub(-1, gap))) return no;
  const { constant, content, rest } = partsOf(gap);
  if (constant % content !== 0) return no;
  const oriented = termsOf(rest)[0]!.coef > 0;
  return oriented ? compared("eq", rest, -constant / content) : compared("eq", neg(rest), constant / content);
}

/** `a != b`. */
export function ne(a: Dim, b: Dim): Pred {
  return not(eq(a, b));
}

/** `a < b`. */
export function lt(a: Dim, b: Dim): Pred {
  const gap = sub(b, a);
  if (isNonNegative(add(gap, -1))) return yes;
  if (isNonNegative(neg(gap))) return no;
  const { constant, content, rest } = partsOf(neg(gap));
  return compared("lt", rest, Math.ceil(-constant / content));
}

/** `a <= b`. */
export function le(a: Dim, b: Dim): Pred {
  const gap = sub(b, a);
  if (isNonNegative(gap)) return yes;
  if (isNonNegative(sub(-1, gap))) return no;
  const { constant, content, rest } = partsOf(neg(gap));
  return compared("le", rest, Math.floor(-constant / content));
}

/** `a > b`. */
export function gt(a: Dim, b: Dim): Pred {
  return lt(b, a);
}

/** `a >= b`. */
export function ge(a: Dim, b: Dim): Pred {
  return le(b, a);
}

/** `e = content*rest + constant`, the terms of the rest without common factor. */
function partsOf(e: Expr): { readonly constant: number; readonly content: number; readonly rest: Expr } {
  const constant = e.kind === "add" ? e.constant : 0, content = contentOf(e);
  const terms = termsOf(e).filter((t) => t.factors.length > 0);
  const rest = collect(terms.map((t) => [1, fromTerm({ ...t, coef: t.coef / content })]));
  return { constant, content, rest };
}

/** `rest` compared with a constant; terms with a minus change sides, so that both sides read naturally. */
function compared(op: CmpOp, rest: Expr, bound: number): Cmp {
  const side = (sign: 1 | -1) =>
    collect(termsOf(rest).flatMap((t) => t.coef * sign > 0 ? [[sign, fromTerm(t)] as const] : []));
  const [left, right] = [side(1), side(-1)];
  if (right === int(0)) return { kind: "cmp", op, a: left, b: int(bound) };
  if (left === int(0)) return { kind: "cmp", op, a: int(-bound), b: right };
  return bound < 0
    ? { kind: "cmp", op, a: collect([[1, left], [-bound, int(1)]]), b: right }
    : { kind: "cmp", op, a: left, b: collect([[1, right], [bound, int(1)]]) };
}

/** All of them. */
export function and(...ps: readonly Pred[]): Pred {
  return connect("and", ps);
}

/** Any of them. */
export function or(...ps: readonly Pred[]): Pred {
  return connect("or", ps);
}

function connect(kind: "and" | "or", ps: readonly Pred[]): Pred {
  const absorbing = kind === "or";
  const kept: Pred[] = [];
  for (const p of ps.flatMap((q) => q.kind === kind ? q.args : [q])) {
    if (p.kind === "bool" && p.value === absorbing) return p;
    if (p.kind !== "bool" && !kept.some((q) => samePred(p, q))) kept.push(p);
  }
  return kept.length === 0 ? truth(!absorbing) : kept.length === 1 ? kept[0]! : { kind, args: kept };
}

/** True if two predicates are the same text over the same symbols. */
export function samePred(p: Pred, q: Pred): boolean {
  if (p === q) return true;
  if (p.kind === "cmp") return q.kind === "cmp" && p.op === q.op && p.a === q.a && p.b === q.b;
  if (p.kind === "bool") return q.kind === "bool" && p.value === q.value;
  if (p.kind === "not") return q.kind === "not" && samePred(p.arg, q.arg);
  return q.kind === p.kind && p.args.length === q.args.length &&
    p.args.every((x, i) => samePred(x, q.args[i]!));
}

/** The opposite. */
export function not(p: Pred): Pred {
  switch (p.kind) {
    case "bool":
      return truth(!p.value);
    case "cmp":
      return notCmp(p);
    case "not":
      return p.arg;
    default:
      return { kind: "not", arg: p };
  }
}

function notCmp({ op, a, b }: Cmp): Pred {
  if (op === "eq") return { kind: "cmp", op: "ne", a, b };
  if (op === "ne") return { kind: "cmp", op: "eq", a, b };
  return op === "lt" ? le(b, a) : lt(b, a);
}

/** The value if it is decided. */
export function asBool(p: Pred): boolean | undefined {
  return p.kind === "bool" ? p.value : undefined;
}

const builders = { eq, ne, lt, le } as const satisfies Record<CmpOp, (a: Dim, b: Dim) => Pred>;

/** A comparison by its operator. */
export function compareDims(op: CmpOp, a: Dim, b: Dim): Pred {
  return builders[op](a, b);
}

/** The predicate with its expressions replaced, and decided again. */
export function mapPred(p: Pred, f: (e: Expr) => Expr): Pred {
  switch (p.kind) {
    case "bool":
      return p;
    case "cmp":
      return builders[p.op](f(p.a), f(p.b));
    case "not":
      return not(mapPred(p.arg, f));
    default:
      return connect(p.kind, p.args.map((q) => mapPred(q, f)));
  }
}

/** The predicate with symbols replaced by name. */
export function substitutePred(p: Pred, map: Bindings<Dim>): Pred {
  return mapPred(p, (e) => substitute(e, map));
}

/** The value of a predicate; every symbol needs a value. */
export function evaluatePred(p: Pred, env: Bindings<number>): boolean {
  switch (p.kind) {
    case "bool":
      return p.value;
    case "cmp":
      return holds(p.op, evaluate(p.a, env), evaluate(p.b, env));
    case "and":
      return p.args.every((q) => evaluatePred(q, env));
    case "or":
      return p.args.some((q) => evaluatePred(q, env));
    case "not":
      return !evaluatePred(p.arg, env);
  }
}

/** A comparison of numbers. */
export function holds(op: CmpOp, a: number, b: number): boolean {
  return op === "eq" ? a === b : op === "ne" ? a !== b : op === "lt" ? a < b : a <= b;
}

/** The symbols of a predicate, each once. */
export function symsOfPred(p: Pred): readonly Sym[] {
  if (p.kind === "bool") return [];
  if (p.kind === "cmp") return [...new Set([...symsOf(p.a), ...symsOf(p.b)])];
  return [...new Set((p.kind === "not" ? [p.arg] : p.args).flatMap(symsOfPred))];
}
