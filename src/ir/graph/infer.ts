/**
 * Types of a node's outputs from its operation and operand types. Throws `RangeError` on what only a bug in the
 * builder's caller can cause; importers check users' graphs before they build.
 *
 * @module
 */
import { type DType, isComplex, isFloat, isInteger } from "../../base/mod.ts";
import { add, asInt, type Expr, int, isInt } from "../expr/mod.ts";
import { type ScalarFn, scalarFns, scalarResult } from "../scalar/mod.ts";
import type { OpOf, TensorType } from "./types.ts";

/** Shape that all of `shapes` stretch to (numpy broadcasting, ranks aligned right). */
export function broadcastShapes(...shapes: readonly (readonly Expr[])[]): readonly Expr[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, n) => {
    const sizes = shapes.map((s) => s[n - rank + s.length]).filter((e) => e !== undefined);
    const wide = sizes.filter((e) => !isInt(e, 1));
    const size = wide.find((e) => asInt(e) !== undefined) ?? wide[0] ?? int(1);
    const odd = wide.find((e) => e !== size && asInt(e) !== undefined && asInt(size) !== undefined);
    if (odd) throw new RangeError(`cannot broadcast sizes ${asInt(odd)} and ${asInt(size)}`);
    return size;
  });
}

/** Type of a pointwise operation. */
export function inferPointwise(op: OpOf<"pointwise">, types: readonly TensorType[]): TensorType {
  const row = scalarFns[op.fn];
  if (types.length !== row.arity) {
    throw new RangeError(`${op.fn} takes ${row.arity} operands, not ${types.length}`);
  }
  const values = op.fn === "where" ? types.slice(1) : types;
  const dtype = values[0]!.dtype;
  if (values.some((t) => t.dtype !== dtype)) {
    throw new RangeError(`${op.fn} on mixed types ${types.map((t) => t.dtype).join(", ")}`);
  }
  if (op.fn === "where" && types[0]!.dtype !== "bool") throw new RangeError("where needs a bool condition");
  if (!takes(op.fn, dtype)) throw new RangeError(`${op.fn} is not defined for ${dtype}`);
  return {
    dtype: scalarResult(op.fn, types.map((t) => t.dtype)),
    shape: broadcastShapes(...types.map((t) => t.shape)),
  };
}

/** Whether a function is defined for `dtype`; of arithmetic, truth values have sums and products. */
function takes(fn: ScalarFn, dtype: DType): boolean {
  const { domain } = scalarFns[fn];
  if (domain === "float") return isFloat(dtype) || isComplex(dtype);
  if (domain === "integer") return isInteger(dtype);
  if (domain === "bits") return isInteger(dtype) || dtype === "bool";
  return domain === "any" || dtype !== "bool" || fn === "add" || fn === "mul";
}

/** Element type that a reduction gives for operands of `dtype`. */
function reduceType(fn: OpOf<"reduce">["fn"], dtype: DType): DType {
  if (fn === "argmin" || fn === "argmax") return "i64";
  return fn === "any" || fn === "all" ? "bool" : dtype;
}

/** Type of a reduction: `dims` are gone. */
export function inferReduce(op: OpOf<"reduce">, x: TensorType): TensorType {
  return { dtype: reduceType(op.fn, x.dtype), shape: x.shape.filter((_, n) => !op.dims.includes(n)) };
}

/** Type of a contraction: sizes of `out`'s labels as the operands give them. */
export function inferEinsum(op: OpOf<"einsum">, a: TensorType, b: TensorType): TensorType {
  if (op.a.length !== a.shape.length || op.b.length !== b.shape.length || a.dtype !== b.dtype) {
    throw new RangeError(`einsum ${op.a},${op.b}->${op.out} of ranks ${a.shape.length}, ${b.shape.length}`);
  }
  const sizes = new Map<string, Expr>();
  [...op.b].forEach((label, n) => sizes.set(label, b.shape[n]!));
  [...op.a].forEach((label, n) => {
    const other = sizes.get(label);
    if (!other || asInt(other) === undefined) sizes.set(label, a.shape[n]!);
  });
  return { dtype: a.dtype, shape: [...op.out].map((label) => sizes.get(label)!) };
}

/** Type of operands side by side. */
export function inferConcat(dim: number, types: readonly TensorType[]): TensorType {
  const first = types[0]!;
  const length = add(...types.map((t) => t.shape[dim]!));
  return { dtype: first.dtype, shape: first.shape.map((size, n) => (n === dim ? length : size)) };
}
