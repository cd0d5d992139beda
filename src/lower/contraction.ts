/**
 * `einsum` to a contraction nest, or to a plain sum where one side has nothing to keep in registers.
 *
 * @module
 */
import { isFloat } from "../base/mod.ts";
import { add, asInt, type Expr, int, isInt, linear } from "../ir/expr/mod.ts";
import type { Node, OpOf, TensorType } from "../ir/graph/mod.ts";
import type { Axis, Buffer, Scalar } from "../ir/loops/mod.ts";
import { computeType } from "../ir/scalar/mod.ts";
import type { Lazy } from "./lazy.ts";
import type { Lowering } from "./state.ts";
import { liveSpan } from "./taps.ts";

interface Roles {
  readonly batch: readonly string[];
  readonly m: readonly string[];
  readonly n: readonly string[];
  readonly k: readonly string[];
}

/** Labels by role; `n` has the last label of the output, so that stores run along it. */
function rolesOf(op: OpOf<"einsum">): Roles & { readonly swapped: boolean } {
  const out = [...op.out];
  const batch = out.filter((l) => op.a.includes(l) && op.b.includes(l));
  const left = out.filter((l) => op.a.includes(l) && !op.b.includes(l));
  const right = out.filter((l) => !op.a.includes(l) && op.b.includes(l));
  const k = [...op.a].filter((l) => op.b.includes(l) && !op.out.includes(l));
  const lonely = [...op.a, ...op.b].filter((l) => !op.out.includes(l) && !k.includes(l));
  if (lonely.length > 0) throw new RangeError(`einsum ${op.a},${op.b}->${op.out}: sum over ${lonely} first`);
  const last = [...left, ...right].sort((x, y) => out.indexOf(y) - out.indexOf(x))[0];
  const swapped = last !== undefined && left.includes(last);
  return { batch, k, m: swapped ? right : left, n: swapped ? left : right, swapped };
}

/** True where the product of extents is provably one. */
function isUnit(labels: readonly string[], size: ReadonlyMap<string, Expr>): boolean {
  return labels.every((l) => isInt(size.get(l)!, 1));
}

/** Emits the statement that computes the node into `buffer`, which is f32 or f64 (or integer) throughout. */
export function emitEinsum(l: Lowering, node: Node, op: OpOf<"einsum">, buffer: Buffer): void {
  const roles = rolesOf(op);
  const size = labelSizes(op, node.inputs.map((v) => v.type));
  const axes = new Map<string, Axis>();
  for (const label of [...op.out, ...roles.k]) axes.set(label, l.axes([size.get(label)!])[0]!);
  const operands = readOperands(l, node, op, axes);
  const { a, b } = narrowed(l, node, op, roles.k, axes, operands);
  const of = (labels: readonly string[]) => labels.map((label) => axes.get(label)!);
  const store = { buffer, index: [...op.out].map((label) => axes.get(label)!.sym) };
  const common = { name: buffer.name, ...(node.origin && { origin: node.origin }), store };
  const isEmpty = [...size.values()].some((extent) => isInt(extent, 0));
  const [first, second] = roles.swapped ? [b, a] : [a, b];
  const [isOneRow, isOneColumn] = [isUnit(roles.m, size), isUnit(roles.n, size)];
  const isRow = isOneRow && !isOneColumn && isStreamed(second, of(roles.k));
  const isColumn = isOneColumn && !isOneRow && isStreamed(first, of(roles.k));
  const isSum = (isOneRow || isOneColumn) && !isRow && !isColumn;
  if (!isFloat(a.dtype) || isEmpty || isSum) {
    const value = l.scalars.apply("mul", a, b);
    const reduce = { fn: "sum" as const, over: of(roles.k) };
    l.emit({ kind: "nest", ...common, axes: of([...op.out]), value, reduce });
    return;
  }
  const group = { batch: of(roles.batch), k: of(roles.k) }, epilogue = l.scalars.accumulator(a.dtype);
  const rows = isColumn
    ? { m: atLeastOne(l, of(roles.n)), n: of(roles.m), a: second, b: first }
    : { m: atLeastOne(l, of(roles.m)), n: of(roles.n), a: first, b: second };
  l.emit({ kind: "contraction", ...common, ...group, ...rows, accumulate: a.dtype, epilogue });
}

/** Elements of a row that is worth a stream of its own. */
const STREAM = 64;

/** The axes, or one of extent one where there is none. */
function atLeastOne(l: Lowering, axes: readonly Axis[]): readonly Axis[] {
  return axes.length > 0 ? axes : l.axes([int(1)]);
}

/**
 * True where a matrix lies in memory row by row along `k`, so that a vector meets several of its rows at a time: that is
 * more streams from memory than a sum alone has.
 */
function isStreamed(matrix: Scalar, k: readonly Axis[]): boolean {
  const load = matrix.kind === "cast" ? matrix.arg : matrix, [axis, ...more] = k;
  if (load.kind !== "load" || !axis || more.length > 0) return false;
  const place = load.index.map((e) => linear(e, axis.sym.name)?.coef), last = place.at(-1);
  if ((asInt(axis.extent) ?? 0) < STREAM) return false;
  const isAlong = last !== undefined && isInt(last, 1) && isInt(load.buffer.strides.at(-1)!, 1);
  return isAlong && place.slice(0, -1).every((coef) => coef !== undefined && isInt(coef, 0));
}

/** Elements of both operands. */
interface Operands {
  readonly a: Scalar;
  readonly b: Scalar;
}

/** The elements at the positions of `axes`, `from` positions on where a label has such. */
function readOperands(
  l: Lowering,
  node: Node,
  op: OpOf<"einsum">,
  axes: ReadonlyMap<string, Axis>,
  from: ReadonlyMap<string, number> = new Map(),
): Operands {
  const read = (x: Lazy, labels: string): Scalar => {
    const index = [...labels].map((label, n) =>
      isInt(x.type.shape[n]!, 1) ? int(0) : add(axes.get(label)!.sym, from.get(label) ?? 0)
    );
    return l.scalars.cast(x.at(index), computeType(x.type.dtype));
  };
  return { a: read(l.lazy(node.inputs[0]!), op.a), b: read(l.lazy(node.inputs[1]!), op.b) };
}

/** The operands with shorter summed axes where windows lie on a border throughout; changes `axes`. */
function narrowed(
  l: Lowering,
  node: Node,
  op: OpOf<"einsum">,
  k: readonly string[],
  axes: Map<string, Axis>,
  operands: Operands,
): Operands {
  const from = new Map<string, number>();
  for (const label of k.length > 1 ? k : []) { // channels and taps
    const axis = axes.get(label)!;
    const span = liveSpan(operands.a, axis) ?? liveSpan(operands.b, axis);
    if (!span) continue;
    axes.set(label, l.axes([int(span.to - span.from)])[0]!);
    from.set(label, span.from);
  }
  return from.size > 0 ? readOperands(l, node, op, axes, from) : operands;
}

function labelSizes(op: OpOf<"einsum">, types: readonly TensorType[]): Map<string, Expr> {
  const size = new Map<string, Expr>();
  [op.a, op.b].forEach((labels, side) =>
    [...labels].forEach((label, n) => {
      const extent = types[side]!.shape[n]!, known = size.get(label);
      const better = !known || isInt(known, 1) || (asInt(known) === undefined && asInt(extent) !== undefined);
      if (better && !(known && isInt(extent, 1))) size.set(label, extent);
    })
  );
  return size;
}

/** True when two shapes are the same expressions. */
export function sameShape(a: readonly Expr[], b: readonly Expr[]): boolean {
  return a.length === b.length && a.every((e, n) => e === b[n]);
}
