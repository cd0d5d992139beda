/**
 * Operations from text: what stands between the results of a node and its origin.
 *
 * @module
 */
import type { Expr, Scope } from "../expr/mod.ts";
import { reduceFns, type ScalarFn, scalarFns } from "../scalar/mod.ts";
import { axesOf, lookedUp } from "./axes.ts";
import type { Cursor } from "./cursor.ts";
import type { IndexBound, Op, OpKind, OpOf, Value } from "./types.ts";

const combines = ["set", "add", "mul", "min", "max"] as const;

const keywords = [
  "cast",
  "constant",
  "iota",
  "mask",
  "remap",
  "lookup",
  "scatter",
  "reduce",
  "einsum",
  "concat",
  "item",
  "assert",
  "cond",
  "while",
  "routine",
] as const satisfies readonly OpKind[];

/** Reads `kind(operands) rest`; `lookup` gives the values of names. */
export function parseCall(
  cursor: Cursor,
  outputs: readonly Value[],
  valueOf: (name: string) => Value,
): { readonly op: Op; readonly inputs: readonly Value[] } {
  const head = cursor.word();
  const operands = () => cursor.sees("(") ? cursor.items("(").map((i) => i.only(() => valueOf(i.ref()))) : [];
  if (Object.hasOwn(scalarFns, head)) {
    return { op: { kind: "pointwise", fn: head as ScalarFn }, inputs: operands() };
  }
  const kind = keywords.find((k) => k === head) ?? cursor.refuse(`there is no operation ${head}`);
  const word = kind === "scatter" || kind === "reduce"
    ? cursor.word()
    : kind === "routine"
    ? cursor.name()
    : "";
  const inputs = operands();
  const shape = (kind === "scatter" ? inputs[1] : outputs[0])?.type.shape ?? [];
  return { op: parseRest(cursor, kind, word, shape), inputs };
}

function parseRest(
  cursor: Cursor,
  kind: (typeof keywords)[number],
  word: string,
  shape: readonly Expr[],
): Op {
  const scope = axisScope(cursor.scope, shape);
  switch (kind) {
    case "cast":
    case "cond":
      return { kind };
    case "constant":
      return { kind, value: cursor.num() };
    case "iota":
      return { kind, expr: cursor.expr(scope) };
    case "mask":
      return { kind, pred: cursor.pred(scope) };
    case "remap":
      cursor.expect("at");
      return { kind, index: cursor.exprs(scope), ...parseMasked(cursor, scope) };
    case "lookup": {
      const bounds = parseBounds(cursor, scope), inner = boundScope(scope, bounds);
      cursor.expect("at");
      return { kind, index: cursor.exprs(inner), bounds, ...parseMasked(cursor, inner) };
    }
    case "scatter": {
      const combine = combines.find((c) => c === word) ?? cursor.fail(`one of ${combines.join(", ")}`);
      const bounds = parseBounds(cursor, scope);
      cursor.expect("at");
      return { kind, index: cursor.exprs(boundScope(scope, bounds)), bounds, combine };
    }
    case "reduce": {
      const fn = reduceFns.find((f) => f === word) ?? cursor.fail(`one of ${reduceFns.join(", ")}`);
      cursor.expect("dims");
      return { kind, fn, dims: cursor.items("[").map((i) => i.only(() => i.integer())) };
    }
    case "einsum":
      return parseEinsum(cursor);
    case "concat":
      cursor.expect("dim");
      return { kind, dim: cursor.integer() };
    case "item":
      cursor.expect("->");
      return { kind, symbol: cursor.scope(cursor.word()) };
    case "assert": {
      const pred = cursor.sees("{") ? { pred: cursor.pred() } : {};
      return { kind, message: cursor.string(), ...pred };
    }
    case "while":
      cursor.expect("carried");
      return { kind, carried: cursor.integer() };
    case "routine":
      return { kind, routine: word, attrs: cursor.attrs() };
  }
}

/** The symbols of a graph, and `i0, i1, …` over `shape`. */
function axisScope(outer: Scope, shape: readonly Expr[]): Scope {
  const axes = axesOf(shape);
  return (name) => axes.find((a) => a.name === name) ?? outer(name);
}

function boundScope(outer: Scope, bounds: readonly IndexBound[]): Scope {
  const looked = bounds.map((bound, k) => lookedUp(k, bound));
  return (name) => looked.find((s) => s.name === name) ?? outer(name);
}

function parseBounds(cursor: Cursor, scope: Scope): IndexBound[] {
  cursor.expect("by");
  return cursor.items("[", scope).map((item) => {
    const wrap = item.take("wrap");
    return { size: item.only(() => item.expr()), wrap };
  });
}

function parseMasked(cursor: Cursor, scope: Scope): Partial<Pick<OpOf<"remap">, "valid" | "fill">> {
  const valid = cursor.take("where") ? { valid: cursor.pred(scope) } : {};
  return { ...valid, ...(cursor.take("else") && { fill: cursor.num() }) };
}

function parseEinsum(cursor: Cursor): Op {
  const spec = cursor.sees('"') ? cursor.string() : cursor.labels();
  const [a, b, out] = spec.split(/,|->/);
  if (a === undefined || b === undefined || out === undefined) cursor.fail("labels such as mk,kn->mn");
  return { kind: "einsum", a, b, out };
}
