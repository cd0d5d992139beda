/**
 * What a reduction of nothing gives.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import { literalOf } from "./evaluate.ts";
import type { Num, ReduceFn } from "./types.ts";

const ends = {
  i64: [-(2n ** 63n), 2n ** 63n - 1n],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  i16: [-(2 ** 15), 2 ** 15 - 1],
  i8: [-128, 127],
  u64: [0n, 2n ** 64n - 1n],
  u32: [0, 2 ** 32 - 1],
  u16: [0, 65535],
  u8: [0, 255],
  bool: [false, true],
} as const;

/** The value that changes nothing, of elements of `dtype`; positions of nothing are 0. */
export function reductionIdentity(fn: ReduceFn, dtype: DType): Num {
  if (fn === "argmin" || fn === "argmax") return 0n;
  if (fn === "any" || fn === "all") return fn === "all";
  if (fn === "sum" || fn === "prod") return literalOf(Number(fn === "prod"), dtype);
  const [low, high] = dtype in ends ? ends[dtype as keyof typeof ends] : [-Infinity, Infinity];
  return fn === "min" ? high : low;
}
