/**
 * Numbers of TypeScript as bytes of an element type.
 *
 * @module
 */
import { bytesOf, type DType, refuse } from "../../base/mod.ts";
import type { Data } from "./build.ts";

/** Little-endian bytes, and the shape that nested lists have. */
export function bytesFrom(
  data: Data,
  dtype: DType,
): { readonly bytes: Uint8Array; readonly shape: readonly number[] } {
  if (ArrayBuffer.isView(data)) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
    return { bytes, shape: [bytes.length / bytesOf(dtype)] };
  }
  const shape = shapeOf(data), flat = flatten(data), bytes = new Uint8Array(flat.length * bytesOf(dtype));
  const write = writers[dtype], view = new DataView(bytes.buffer);
  if (!write) {
    refuse({ reason: "bad-graph", message: `Cannot build the graph: constants of type ${dtype} need bytes` });
  }
  flat.forEach((value, n) => write(view, n * bytesOf(dtype), value));
  return { bytes, shape };
}

type Write = (view: DataView, at: number, value: number) => void;

const writers: Partial<Record<DType, Write>> = {
  f32: (view, at, value) => view.setFloat32(at, value, true),
  f64: (view, at, value) => view.setFloat64(at, value, true),
  f16: (view, at, value) => view.setFloat16(at, value, true),
  bf16: (view, at, value) => view.setUint16(at, bfloat(value), true),
  i64: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  i32: (view, at, value) => view.setInt32(at, value, true),
  i16: (view, at, value) => view.setInt16(at, value, true),
  i8: (view, at, value) => view.setInt8(at, value),
  u8: (view, at, value) => view.setUint8(at, value),
  bool: (view, at, value) => view.setUint8(at, value ? 1 : 0),
};

/** The upper half of an f32, rounded to even. */
function bfloat(value: number): number {
  const bits = new Uint32Array(new Float32Array([value]).buffer)[0]!;
  if (Number.isNaN(value)) return 0x7fc0;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

type Nested = number | boolean | readonly Data[];

function shapeOf(data: Nested): number[] {
  if (typeof data !== "object") return [];
  const first = data[0];
  return [data.length, ...(first !== undefined && !ArrayBuffer.isView(first) ? shapeOf(first) : [])];
}

function flatten(data: Nested): number[] {
  return typeof data === "object" ? data.flatMap((item) => flatten(item as Nested)) : [Number(data)];
}
