/**
 * The bytes of weights, on demand: a range, a stream, or one tensor as contiguous elements.
 *
 * @module
 */
import { bytesOf, fail, ok, type Result } from "../../base/mod.ts";
import { diagnose, Unreadable, unreadable } from "./errors.ts";
import { Source } from "./source.ts";
import { countOf } from "./tensors.ts";
import type { Archive, TensorEntry, WeightRef } from "./types.ts";

const PIECE = 4 << 20;

/** Anything that takes bytes: a `Deno.FsFile`, a hash behind an adapter. */
export interface ByteSink {
  /** Takes a prefix of `bytes` and says how long it is. */
  write(bytes: Uint8Array): Promise<number>;
}

/** Bytes `offset` to `offset + bytes` of a storage; all of it by default. */
export function readTensorBytes(
  ref: WeightRef,
  { offset = 0, bytes = ref.bytes - offset }: { readonly offset?: number; readonly bytes?: number } = {},
): Promise<Result<Uint8Array<ArrayBuffer>>> {
  return withSource(ref, (source) => Promise.resolve(source.read(offset, bytes)));
}

/** Copies a whole storage into `sink`, four mebibytes at a time. */
export function copyTo(ref: WeightRef, sink: ByteSink): Promise<Result<number>> {
  return withSource(ref, async (source) => {
    for (let at = 0; at < ref.bytes; at += PIECE) {
      const piece = source.read(at, Math.min(PIECE, ref.bytes - at));
      for (let done = 0; done < piece.length;) done += await sink.write(piece.subarray(done));
    }
    return ref.bytes;
  });
}

/** The elements of one tensor, contiguous and little-endian; `conj` and `neg` are left to the caller. */
export function readTensor(archive: Archive, entry: TensorEntry): Promise<Result<Uint8Array<ArrayBuffer>>> {
  const width = bytesOf(entry.dtype), count = countOf(entry.sizes), out = new Uint8Array(count * width);
  const ref = archive.storages.get(entry.storage);
  if (!ref || ref.bytes === 0 || count === 0) return Promise.resolve(ok(out));
  return withSource(ref, (source) => {
    const { sizes, strides, storageOffset } = entry;
    const last = sizes.reduce((at, size, i) => at + (size - 1) * strides[i]!, storageOffset);
    const from = source.read(storageOffset * width, (last - storageOffset + 1) * width);
    gather(from, out, width, sizes, strides);
    return Promise.resolve(out);
  });
}

/** Copies the elements of a strided view that begins at byte 0 of `from`, in row-major order. */
function gather(
  from: Uint8Array,
  out: Uint8Array,
  width: number,
  sizes: readonly number[],
  strides: readonly number[],
): void {
  const index = sizes.map(() => 0);
  for (let to = 0, at = 0; to < out.length; to += width) {
    for (let b = 0; b < width; b++) out[to + b] = from[at * width + b]!;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < sizes[axis]!) break;
      at -= sizes[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
}

async function withSource<T>(ref: WeightRef, work: (source: Source) => Promise<T>): Promise<Result<T>> {
  let file: Deno.FsFile | undefined;
  try {
    file = Deno.openSync(ref.file, { read: true });
    if (file.statSync().size < ref.offset + ref.bytes) {
      unreadable("truncated", `a file that ends before byte ${ref.offset + ref.bytes}`);
    }
    return ok(await work(new Source(file, ref.file, ref.offset, ref.bytes)));
  } catch (error) {
    if (error instanceof Unreadable) return fail(diagnose(error, ref.file));
    if (error instanceof Deno.errors.NotFound) {
      return fail(diagnose(new Unreadable("not-found", "no such file any more"), ref.file));
    }
    throw error;
  } finally {
    file?.close();
  }
}
