/**
 * From what an archive says of a tensor to a checked entry of the table: no view leaves its storage.
 *
 * @module
 */
import { bytesOf } from "../../base/mod.ts";
import { quote, unreadable } from "./errors.ts";
import type { TensorEntry } from "./types.ts";

const MAX_RANK = 64;
/** No tensor of a model is larger, not even one that repeats its elements. */
const MAX_BYTES = 2 ** 46;

/** Number of elements of a tensor of these sizes. */
export function countOf(sizes: readonly number[]): number {
  return sizes.reduce((n, size) => n * size, 1);
}

/** The entry itself, once its view is known to lie within its storage. */
export function checked(entry: TensorEntry): TensorEntry {
  const { fqn, sizes, strides, storageOffset, storageBytes } = entry, width = bytesOf(entry.dtype);
  const bad = (found: string): never => unreadable("bad-tensor", `tensor ${quote(fqn)} with ${found}`);
  if (sizes.length !== strides.length) bad(`${sizes.length} sizes but ${strides.length} strides`);
  if (sizes.length > MAX_RANK) bad(`${sizes.length} dimensions`);
  const count = countOf(sizes);
  if (!(count * width <= MAX_BYTES)) bad(`sizes [${sizes}]`);
  if (count === 0 || storageBytes === 0) return entry;
  const last = sizes.reduce((at, size, i) => at + (size - 1) * strides[i]!, storageOffset);
  if (!((last + 1) * width <= storageBytes)) {
    bad(`bytes up to ${(last + 1) * width} of a storage of ${storageBytes}`);
  }
  return entry;
}
