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

/** What an operation is read with, once its name and operands are. */
interface Rest {
  readonly cursor: Cursor;
  /** Of scatter and reduce: how they combine; of a routine: its name. */
  readonly word: string;
  /** Names of the symbols, and of the axes that index maps are over. */
  readonly scope: Scope;
}

/** How each operation is read whose name is its kind. */
const parsers: { readonly [K in Exclude<OpKind, "pointwise">]: (rest: Rest) => OpOf<K> } = {
  cast: () => ({ kind: "cast" }),
  cond: () => ({ kind: "cond" }),
  constant: ({ cursor }) => ({ kind: "constant", value: cursor.num() }),
  iota: ({ cursor, scope }) => ({ kind: "iota", expr: cursor.expr(scope) }),
  mask: ({ cursor, scope }) => ({ kind: "mask", pred: cursor.pred(scope) }),
  remap: ({ cursor, scope }) => {
    cursor.expect("at");
    return { kind: "remap", index: cursor.exprs(scope), ...parseMasked(cursor, scope) };
  },
  lookup: ({ cursor, scope }) => {
    const bounds = parseBounds(cursor, scope), inner = boundScope(scope, bounds);
    cursor.expect("at");
    return { kind: "lookup", index: cursor.exprs(inner), bounds, ...parseMasked(cursor, inner) };
  },
  scatter: ({ cursor, word, scope }) => {
    const combine = combines.find((c) => c === word) ?? cursor.fail(`one of ${combines.join(", ")}`);
    const bounds = parseBounds(cursor, scope);
    cursor.expect("at");
    return { kind: "scatter", index: cursor.exprs(boundScope(scope, bounds)), bounds, combine };
  },
  reduce: ({ cursor, word }) => {
    const fn = reduceFns.find((f) => f === word) ?? cursor.fail(`one of ${reduceFns.join(", ")}`);
    cursor.expect("dims");
    return { kind: "reduce", fn, dims: cursor.items("[").map((i) => i.only(() => i.integer())) };
  },
  einsum: ({ cursor }) => parseEinsum(cursor),
  concat: ({ cursor }) => {
    cursor.expect("dim");
    return { kind: "concat", dim: cursor.integer() };
  },
  item: ({ cursor }) => {
    cursor.expect("->");
    return { kind: "item", symbol: cursor.scope(cursor.word()) };
  },
  assert: ({ cursor }) => {
    const pred = cursor.sees("{") ? { pred: cursor.pred() } : {};
    return { kind: "assert", message: cursor.string(), ...pred };
  },
  while: ({ cursor }) => {
    cursor.expect("carried");
    return { kind: "while", carried: cursor.integer() };
  },
  routine: ({ cursor, word }) => ({ kind: "routine", routine: word, attrs: cursor.attrs() }),
};

function isKeyword(word: string): word is keyof typeof parsers {
  return Object.hasOwn(parsers, word);
}

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
  const kind = isKeyword(head) ? head : cursor.refuse(`there is no operation ${head}`);
  const word = kind === "scatter" || kind === "reduce"
    ? cursor.word()
    : kind === "routine"
    ? cursor.name()
    : "";
  const inputs = operands();
  const shape = (kind === "scatter" ? inputs[1] : outputs[0])?.type.shape ?? [];
  return { op: parsers[kind]({ cursor, word, scope: axisScope(cursor.scope, shape) }), inputs };
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

function parseEinsum(cursor: Cursor): OpOf<"einsum"> {
  const spec = cursor.sees('"') ? cursor.string() : cursor.labels();
  const [a, b, out] = spec.split(/,|->/);
  if (a === undefined || b === undefined || out === undefined) cursor.fail("labels such as mk,kn->mn");
  return { kind: "einsum", a, b, out };
}
