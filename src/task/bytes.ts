/**
 * Reading, hashing and copying ranges of files in pieces, so that memory stays flat for weights of any size.
 *
 * @module
 */
import type { Hash } from "node:crypto";
import type { Range } from "./file.ts";

const PIECE = 1 << 20;

/** Pieces of a range of a file; the same buffer is reused, so a piece is valid until the next. */
export async function* pieces(path: string, range: Range): AsyncGenerator<Uint8Array> {
  using file = await Deno.open(path, { read: true });
  await file.seek(range.offset, Deno.SeekMode.Start);
  const buffer = new Uint8Array(Math.min(PIECE, Math.max(1, range.bytes)));
  let left = range.bytes;
  while (left > 0) {
    const n = await file.read(buffer.subarray(0, Math.min(buffer.length, left)));
    if (n === null) {
      throw new Deno.errors.UnexpectedEof(`Cannot read ${path}: it ends ${left} bytes too early`);
    }
    left -= n;
    yield buffer.subarray(0, n);
  }
}

/** Hashes a range of an open file by way of `buffer`, without letting others work meanwhile. */
export function feedRange(hash: Hash, file: Deno.FsFile, range: Range, buffer: Uint8Array): void {
  file.seekSync(range.offset, Deno.SeekMode.Start);
  for (let left = range.bytes; left > 0;) {
    const n = file.readSync(buffer.subarray(0, Math.min(buffer.length, left)));
    if (n === null) {
      throw new Deno.errors.UnexpectedEof(`Cannot read a file: it ends ${left} bytes too early`);
    }
    hash.update(buffer.subarray(0, n));
    left -= n;
  }
}

/** The bytes of a range of a file. */
export async function readRange(path: string, range: Range): Promise<Uint8Array<ArrayBuffer>> {
  const all = new Uint8Array(range.bytes);
  let at = 0;
  for await (const piece of pieces(path, range)) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Writes a range of a file to a new file. */
export async function copyRange(path: string, range: Range, to: string): Promise<void> {
  using out = await Deno.open(to, { write: true, create: true, truncate: true });
  for await (const piece of pieces(path, range)) {
    for (let at = 0; at < piece.length;) at += await out.write(piece.subarray(at));
  }
}
