/**
 * Memory of what is timed: it begins at a cache line, as PyTorch's tensors and our arenas do. Arrays of V8 that are
 * larger than a page begin 16 bytes behind one, where every store of a widest vector touches two lines.
 *
 * @module
 */
import type { DType } from "../../src/base/mod.ts";
import { memoryOf } from "../rig/native_kernel.ts";

/** Bytes of a cache line, and of the widest vector. */
const LINE = 64;

/** `count` elements, zeros, from the start of a cache line. */
export function lineMemoryOf(dtype: DType, count: number): ReturnType<typeof memoryOf> {
  const spare = memoryOf(dtype, count + LINE);
  const address = Deno.UnsafePointer.value(Deno.UnsafePointer.of(spare as Uint8Array<ArrayBuffer>));
  const skip = Number(-address & BigInt(LINE - 1)) / spare.BYTES_PER_ELEMENT;
  return spare.subarray(skip, skip + count);
}
