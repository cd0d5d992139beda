/**
 * The bytes of weights, on demand: a range, a stream, or one tensor as contiguous elements.
 *
 * @module
 */
import { bytesOf, type Diagnostic, fail, ok, type Result } from "../../base/mod.ts";
import { diagnose, quote, Unreadable, unreadable } from "./errors.ts";
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

/**
 * The elements of one tensor, contiguous and little-endian; `conj` and `neg` are left to the caller.
 *
 * @param limit most bytes that may come back; a larger tensor is refused
 */
export function readTensor(
  archive: Archive,
  entry: TensorEntry,
  limit = 2 ** 30,
): Promise<Result<Uint8Array<ArrayBuffer>>> {
  const { sizes, strides, storageOffset } = entry,
    width = bytesOf(entry.dtype),
    bytes = countOf(sizes) * width;
  const ref = archive.storages.get(entry.storage);
  const last = sizes.reduce((at, size, i) => at + (size - 1) * strides[i]!, storageOffset);
  const span = bytes === 0 ? 0 : (last - storageOffset + 1) * width;
  if (!(bytes <= limit)) return Promise.resolve(fail(tooLarge(archive, entry, bytes, limit)));
  if (!ref || ref.bytes === 0 || bytes === 0) return Promise.resolve(ok(new Uint8Array(bytes)));
  if (!(span <= limit)) return Promise.resolve(fail(tooLarge(archive, entry, span, limit)));
  return withSource(ref, (source) => {
    const out = new Uint8Array(bytes);
    gather(source.read(storageOffset * width, span), out, width, sizes, strides);
    return Promise.resolve(out);
  });
}

function tooLarge(archive: Archive, entry: TensorEntry, bytes: number, limit: number): Diagnostic {
  const found = `tensor ${quote(entry.fqn)} of ${bytes} bytes, more than ${limit}`;
  return diagnose(new Unreadable("too-large", found), archive.path);
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
