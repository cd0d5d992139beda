/**
 * Values as door 2 of a library takes and gives them.
 *
 * @module
 */
import { bytesOf, type DType, refuse } from "../base/mod.ts";
import type { Door2 } from "../package/mod.ts";
import { dtypeOf, type Tensor } from "./tensor.ts";

/** Numbers that describe a tensor: element type, rank, bytes, place, sizes, strides. */
export const INFO = 36;
const MOST_DIMS = 16;

/** Leaves by `refuse`. */
export function failed(message: string): never {
  return refuse({ reason: "run-failed", message });
}

/** A dense tensor to be filled, and the strides of the original. */
export function emptyOf(
  info: BigInt64Array,
): { readonly tensor: Tensor; readonly strides: readonly number[] } {
  const dtype: DType = dtypeOf(Number(info[0])), rank = Number(info[1]);
  const list = (at: number) => Array.from(info.subarray(at, at + rank), Number);
  const shape = list(4), bytes = shape.reduce((a, b) => a * b, bytesOf(dtype));
  return { tensor: { dtype, shape, data: new Uint8Array(bytes) }, strides: list(4 + MOST_DIMS) };
}

/** As C reads them. */
export function bigints(list: readonly number[]): BigInt64Array<ArrayBuffer> {
  return BigInt64Array.from(list, BigInt);
}

/** A text with its end. */
export function cText(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}

/** A text that the library writes into a buffer. */
export function textOf(read: (buffer: Uint8Array<ArrayBuffer> | null, bytes: bigint) => bigint): string {
  const length = Number(read(null, 0n));
  if (length <= 0) return "";
  const buffer = new Uint8Array(length + 1);
  read(buffer, BigInt(buffer.length));
  return new TextDecoder().decode(buffer.subarray(0, length));
}

/** Fails with what the library said, unless `status` is 0. `of`: the call that ran on another thread; else this thread's last message is meant. */
export function check(symbols: Door2["symbols"], status: number, of = 0n): void {
  if (status === 0) return;
  failed(textOf((b, n) => symbols.aoti_last_error(of, b, n)) || `the library failed with status ${status}`);
}
