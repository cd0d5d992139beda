/**
 * Which columns a block of rows can see at all, told by the score: what it surely masks is not even multiplied.
 *
 * @module
 */
import {
  add,
  and,
  asInt,
  type Expr,
  int,
  isInt,
  linear,
  mul,
  not,
  or,
  type Pred,
  sub,
  substitute,
  type Sym,
  sym,
  symsOf,
  truth,
} from "../../ir/expr/mod.ts";
import { type Attention, type Axis, positionPred, type Scalar } from "../../ir/loops/mod.ts";

/** Bounds of the columns in terms of `$m`, the first and the last row of a block; none where all may count. */
export interface ColumnRange {
  readonly from?: Expr;
  readonly to?: Expr;
}

const m = sym("$m", {});

/** Columns [from(first row), to(last row)) hold every score of a block of rows that is not surely minus infinity. */
export function columnRange({ rows, columns, score, batch }: Attention): ColumnRange {
  const [row, column] = [rows, columns].map(only) as [Axis | undefined, Axis | undefined];
  if (!column) return {};
  const foreign = new Set([...batch, ...rows].filter((a) => a !== row).map((a) => a.sym));
  const bounds = parts(not(masked(score))).flatMap((p) => boundOf(p, row?.sym, column.sym));
  const usable = bounds.filter(({ edge }) => !symsOf(edge).some((s) => foreign.has(s)));
  const at = (side: "from" | "to") => usable.find((b) => b.side === side)?.edge;
  const named = (e: Expr | undefined) => e && (row ? substitute(e, new Map([[row.sym.name, m]])) : e);
  const [from, to] = [named(at("from")), named(at("to"))];
  return { ...(from && { from }), ...(to && { to }) };
}

function only(axes: readonly Axis[]): Axis | undefined {
  const long = axes.filter((a) => !isInt(a.extent, 1));
  return long.length === 1 ? long[0] : undefined;
}

function parts(p: Pred): readonly Pred[] {
  if (p.kind === "not" && p.arg.kind === "or") return p.arg.args.map(not).flatMap(parts);
  return p.kind === "and" ? p.args.flatMap(parts) : [p];
}

/** `a op b`, which a visible column fulfils, as a bound that does not move the wrong way from row to row. */
function boundOf(p: Pred, row: Sym | undefined, column: Sym): { side: "from" | "to"; edge: Expr }[] {
  if (p.kind !== "cmp" || (p.op !== "lt" && p.op !== "le")) return [];
  const line = linear(sub(p.a, p.b), column.name), step = line && asInt(line.coef); // step·column + rest < or <= 0
  if (!line || (step !== 1 && step !== -1)) return [];
  const rest = p.op === "lt" ? line.rest : sub(line.rest, 1); // step·column + rest < 0
  const edge = step === 1 ? mul(-1, rest) : add(rest, 1); // column < edge, or column >= edge
  const along = row ? linear(edge, row.name) : { coef: int(0), rest: edge };
  const slope = along && asInt(along.coef);
  if (slope === undefined || slope < 0 || symsOf(edge).includes(column)) return [];
  return [{ side: step === 1 ? "to" : "from", edge }];
}

/** Where a score is surely minus infinity, whatever the products are. */
function masked(s: Scalar): Pred {
  switch (s.kind) {
    case "literal":
      return truth(s.value === -Infinity);
    case "cast":
      return masked(s.arg);
    case "guarded":
      return chosen(s.pred, s.value, s.other);
    case "apply": {
      const [a, b, c] = s.args as readonly [Scalar, Scalar, Scalar];
      if (s.fn === "add") return or(masked(a), masked(b));
      if (s.fn === "sub") return masked(a);
      if ((s.fn === "mul" || s.fn === "div") && isPositive(b)) return masked(a);
      if (s.fn !== "where") return truth(false);
      const test = positionPred(a);
      return test ? chosen(test, b, c) : and(masked(b), masked(c));
    }
    default:
      return truth(false);
  }
}

function chosen(test: Pred, a: Scalar, b: Scalar): Pred {
  return or(and(test, masked(a)), and(not(test), masked(b)));
}

function isPositive(s: Scalar): boolean {
  return s.kind === "literal" && Number(s.value) > 0 && Number(s.value) < Infinity;
}
