/**
 * Values that are not in memory yet: a type, and what the element at an index is.
 *
 * @module
 */
import type { Expr } from "../ir/expr/mod.ts";
import type { TensorType } from "../ir/graph/mod.ts";
import type { Buffer, Scalar, Scalars } from "../ir/loops/mod.ts";

/** A tensor as a function of its index. */
export interface Lazy {
  readonly type: TensorType;
  /** The element at `index`; the same index gives the same object. */
  readonly at: (index: readonly Expr[]) => Scalar;
  /** Rough cost of one element in vector instructions beyond its loads. */
  readonly cost: number;
  /** Loads per element. */
  readonly loads: number;
  /** Set when the value lies in memory as it is. */
  readonly buffer?: Buffer;
}

/** A lazy value that remembers what it gave for each index. */
export function memoised(lazy: Lazy): Lazy {
  const known = new Map<string, Scalar>();
  const at = (index: readonly Expr[]) => {
    const key = index.map((e) => e.id).join();
    const scalar = known.get(key) ?? lazy.at(index);
    known.set(key, scalar);
    return scalar;
  };
  return { ...lazy, at };
}

/** What lies in `buffer`. */
export function fromBuffer(buffer: Buffer, scalars: Scalars): Lazy {
  return {
    type: { dtype: buffer.dtype, shape: buffer.shape },
    at: (index) => scalars.load(buffer, index),
    cost: 0,
    loads: 1,
    buffer,
  };
}
