/**
 * The operations that stay functions of the index: pointwise, cast, constant, iota, mask, remap, lookup.
 *
 * @module
 */
import { type DType, isFloat } from "../base/mod.ts";
import { type Expr, int, isInt, substitute, substitutePred, sym } from "../ir/expr/mod.ts";
import { atPosition, type Node, type OpOf, type TensorType } from "../ir/graph/mod.ts";
import type { Scalar, Scalars, ScatterNest } from "../ir/loops/mod.ts";
import { computeType, scalarFns } from "../ir/scalar/mod.ts";
import type { Lazy } from "./lazy.ts";

/** Index of a broadcast operand of `shape` at the output's index. */
function broadcastIndex(index: readonly Expr[], shape: readonly Expr[]): Expr[] {
  const skip = index.length - shape.length;
  return shape.map((size, n) => (isInt(size, 1) ? int(0) : index[n + skip]!));
}

function applyPointwise(
  scalars: Scalars,
  op: OpOf<"pointwise">,
  args: readonly Scalar[],
  dtype: DType,
): Scalar {
  const wide = args.map((a) => scalars.cast(a, computeType(a.dtype)));
  const out = scalars.apply(op.fn, ...wide);
  if (!isFloat(dtype) || out.dtype === dtype) return out;
  return scalars.cast(out, dtype);
}

function lowerPointwise(
  scalars: Scalars,
  op: OpOf<"pointwise">,
  out: TensorType,
  xs: readonly Lazy[],
): Lazy {
  return {
    type: out,
    at: (index) => {
      const args = xs.map((x) => x.at(broadcastIndex(index, x.type.shape)));
      return applyPointwise(scalars, op, args, out.dtype);
    },
    cost: scalarFns[op.fn].cost + sum(xs, (x) => x.cost),
    loads: sum(xs, (x) => x.loads),
  };
}

/** A cast, as a function of the index. */
export function lowerCast(scalars: Scalars, out: TensorType, x: Lazy): Lazy {
  return { type: out, at: (i) => scalars.cast(x.at(i), out.dtype), cost: x.cost + 1, loads: x.loads };
}

function lowerLeaf(scalars: Scalars, node: Node, out: TensorType): Lazy {
  const op = node.op;
  const at = (index: readonly Expr[]): Scalar => {
    if (op.kind === "constant") return scalars.literal(op.value, out.dtype);
    if (op.kind === "mask") return scalars.truth(substitutePred(op.pred, atPosition(index)));
    if (op.kind === "iota") {
      const direct = out.dtype === "i64" || out.dtype === "i32";
      const value = scalars.index(substitute(op.expr, atPosition(index)), direct ? out.dtype : "i64");
      return scalars.cast(value, out.dtype);
    }
    throw new RangeError(`${op.kind} is not a leaf`);
  };
  return { type: out, at, cost: op.kind === "constant" ? 0 : 2, loads: 0 };
}

function lowerRemap(scalars: Scalars, op: OpOf<"remap">, out: TensorType, x: Lazy): Lazy {
  const at = (index: readonly Expr[]): Scalar => {
    const map = atPosition(index);
    const value = x.at(op.index.map((e) => substitute(e, map)));
    if (!op.valid) return value;
    return scalars.guarded(substitutePred(op.valid, map), value, scalars.literal(op.fill ?? 0, out.dtype));
  };
  return { type: out, at, cost: x.cost, loads: x.loads };
}

function lowerLookup(
  scalars: Scalars,
  op: OpOf<"lookup">,
  out: TensorType,
  xs: readonly Lazy[],
): Lazy {
  const [source, ...operands] = xs as [Lazy, ...Lazy[]];
  const at = (index: readonly Expr[]): Scalar => {
    const map = atPosition(index);
    const syms = op.bounds.map((bound) => {
      const size = substitute(bound.size, map);
      return { size, wrap: bound.wrap, sym: sym(`x${scalars.freshId()}`, { min: 0, below: size }) };
    });
    syms.forEach((s, k) => map.set(`x${k}`, s.sym));
    const read = source.at(op.index.map((e) => substitute(e, map)));
    const fill = scalars.literal(op.fill ?? 0, out.dtype);
    const value = op.valid ? scalars.guarded(substitutePred(op.valid, map), read, fill) : read;
    return syms.reduceRight((body, s, k) => {
      const loaded = operands[k]!.at(broadcastIndex(index, operands[k]!.type.shape));
      return scalars.bound(s.sym, scalars.cast(loaded, "i64"), s.size, s.wrap, body);
    }, value);
  };
  return { type: out, at, cost: 4 + sum(xs, (x) => x.cost), loads: sum(xs, (x) => x.loads) };
}

function sum(xs: readonly Lazy[], of: (x: Lazy) => number): number {
  return xs.reduce((total, x) => total + of(x), 0);
}

/** Index map of a scatter at `index`, with the loaded indices that it uses. */
export function lowerScatterIndex(
  l: { readonly scalars: Scalars },
  op: OpOf<"scatter">,
  index: readonly Expr[],
  operands: readonly Lazy[],
): Pick<ScatterNest, "bounds"> & { readonly index: readonly Expr[] } {
  const map = atPosition(index);
  const bounds = op.bounds.map((bound, k) => {
    const size = substitute(bound.size, map), s = sym(`x${l.scalars.freshId()}`, { min: 0, below: size });
    const value = l.scalars.cast(operands[k]!.at(broadcastIndex(index, operands[k]!.type.shape)), "i64");
    map.set(`x${k}`, s);
    return { sym: s, value, size, wrap: bound.wrap };
  });
  return { bounds, index: op.index.map((e) => substitute(e, map)) };
}

/** The lazy value of a pointwise or index operation on lazy operands. */
export function lazyOf(scalars: Scalars, node: Node, xs: readonly Lazy[]): Lazy {
  const { op } = node, type = node.outputs[0]!.type;
  switch (op.kind) {
    case "pointwise":
      return lowerPointwise(scalars, op, type, xs);
    case "cast":
      return lowerCast(scalars, type, xs[0]!);
    case "remap":
      return lowerRemap(scalars, op, type, xs[0]!);
    case "lookup":
      return lowerLookup(scalars, op, type, xs);
    default:
      return lowerLeaf(scalars, node, type);
  }
}
