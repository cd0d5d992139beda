/**
 * Padding: constant borders, and borders that are read from the tensor itself.
 *
 * @module
 */
import { add, asInt, type Expr, isInt, max, min, mod, mul, neg, sub } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { isTensor, type Mixed } from "../numeric.ts";
import { rankOf } from "../views.ts";
import { noPad, type Pad, pad, remapDims } from "../windows.ts";
import { move } from "./moves.ts";
import { badArgument, unsupported } from "./refuse.ts";
import type { AtenOp } from "./types.ts";

/** `pad` arguments: pairs from the last dim on. */
function padPairs(x: Value, amounts: readonly Expr[]): Pad[] {
  return x.type.shape.map((size, n) => {
    const k = 2 * (rankOf(x) - 1 - n);
    if (k >= amounts.length) return noPad;
    const [before, after] = [amounts[k]!, amounts[k + 1]!], left = asInt(add(size, before, after));
    if (left !== undefined && left < 0) {
      badArgument("aten.pad", "pad", `takes more from dim ${n} than it has`);
    }
    return { before, after };
  });
}

/** Position in a dim of `size` that a padded position `p` is read from. */
const readers: Readonly<Record<string, (p: Expr, size: Expr) => Expr>> = {
  reflect: (p, size) => {
    const folded = max(p, neg(p));
    return min(folded, sub(mul(2, sub(size, 1)), folded));
  },
  replicate: (p, size) => min(max(p, 0), sub(size, 1)),
  circular: (p, size) => mod(p, size),
};

/** `x` padded on its last dims as `mode` says. */
export function padMode(g: GraphBuilder, x: Value, amounts: readonly Expr[], mode: string, fill = 0): Value {
  const pads = padPairs(x, amounts), read = readers[mode];
  if (mode === "constant") return pad(g, x, pads, fill);
  if (!read) return unsupported("aten.pad", `mode "${mode}" is unknown`);
  if (mode === "circular" && !amounts.every((by) => (asInt(by) ?? -1) >= 0)) {
    // what negative amounts cut off is no part of the circle
    const kept = pad(
      g,
      x,
      pads.map(({ before, after }) => ({ before: min(before, 0), after: min(after, 0) })),
      0,
    );
    return readPadded(
      g,
      kept,
      pads.map(({ before, after }) => ({ before: max(before, 0), after: max(after, 0) })),
      read,
    );
  }
  return readPadded(g, x, pads, read);
}

/** `x` read at padded positions. */
function readPadded(
  g: GraphBuilder,
  x: Value,
  pads: readonly Pad[],
  read: (p: Expr, size: Expr) => Expr,
): Value {
  const sizes = new Map<number, Expr>();
  x.type.shape.forEach((size, n) => {
    const { before, after } = pads[n]!;
    if (!isInt(before, 0) || !isInt(after, 0)) sizes.set(n, add(size, before, after));
  });
  return remapDims(g, x, sizes, (axis, n) => read(sub(axis, pads[n]!.before), x.type.shape[n]!));
}

const padNames = ["constant", "reflect", "replicate", "circular"] as const;

function padRows(name: string, mode: string): AtenOp[] {
  return [1, 2, 3].map((n) =>
    move(
      `${name}_pad${n}d(Tensor self, SymInt[${2 * n}] padding) -> Tensor`,
      (g, x, a) => padMode(g, x, a.ints("padding"), mode),
    )
  );
}

function numberOf(x: Mixed | undefined): number {
  if (x === undefined) return 0;
  if (isTensor(x) || x.kind === "complex") {
    return unsupported("aten.constant_pad_nd", "the fill is not a constant");
  }
  return x.kind === "float"
    ? x.float
    : x.kind === "bool"
    ? Number(x.truth)
    : asInt(x.expr) ?? unsupported("aten.constant_pad_nd", "the fill is not a constant");
}

/** Rows of this family. */
export const paddingOps: readonly AtenOp[] = [
  move(
    "constant_pad_nd(Tensor self, SymInt[] pad, Scalar value=0) -> Tensor",
    (g, x, a) => pad(g, x, padPairs(x, a.ints("pad")), numberOf(a.scalar("value"))),
  ),
  move(
    'pad(Tensor self, SymInt[] pad, str mode="constant", float? value=None) -> Tensor',
    (g, x, a) => padMode(g, x, a.ints("pad"), a.string("mode"), a.floatOrNone("value") ?? 0),
  ),
  move(
    "_pad_enum(Tensor self, SymInt[] pad, int mode, float? value=None) -> Tensor",
    (g, x, a) => padMode(g, x, a.ints("pad"), padNames[a.fixed("mode")]!, a.floatOrNone("value") ?? 0),
  ),
  move(
    "_pad_circular(Tensor self, SymInt[] pad) -> Tensor",
    (g, x, a) => padMode(g, x, a.ints("pad"), "circular"),
  ),
  ...padRows("reflection", "reflect"),
  ...padRows("replication", "replicate"),
];
