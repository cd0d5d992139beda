/**
 * Writes zip files: members stored plainly, in the order given, with a fixed date, so equal members give equal bytes.
 * Sizes and positions beyond 4 GiB use the zip64 records.
 *
 * @module
 */
import { crc32 } from "node:zlib";

/** A member: bytes in memory, or a range of a file. */
export interface ZipMember {
  readonly name: string;
  readonly data: Uint8Array | { readonly path: string; readonly offset: number; readonly bytes: number };
}

interface Written {
  readonly name: Uint8Array;
  readonly crc: number;
  readonly bytes: number;
  readonly at: number;
}

/** What a field of 32 bits says when the zip64 record has the value. */
const ELSEWHERE = 0xffffffff;
/** 1980-01-01 00:00, the first date that a zip can say. */
const DATE = 0x0021;
/** Names are UTF-8. */
const UTF8 = 0x0800;

/** Writes a new zip file at `path`; sizes and positions from `large` on are written as zip64. */
export async function writeZip(
  path: string,
  members: readonly ZipMember[],
  large: number = ELSEWHERE,
): Promise<void> {
  using out = await Deno.open(path, { write: true, createNew: true });
  const written: Written[] = [];
  let at = 0;
  for (const { name: text, data } of members) {
    const name = new TextEncoder().encode(text);
    const bytes = data instanceof Uint8Array ? data.length : data.bytes;
    const crc = await crcOf(data);
    const entry = { name, crc, bytes, at };
    const head = localHeader(entry, large);
    await writeAll(out, head);
    for await (const piece of piecesOf(data)) await writeAll(out, piece);
    written.push(entry);
    at += head.length + bytes;
  }
  const directory = written.map((entry) => centralHeader(entry, large));
  for (const part of directory) await writeAll(out, part);
  await writeAll(
    out,
    endRecords(written.length, directory.reduce((sum, part) => sum + part.length, 0), at, large),
  );
}

async function crcOf(data: ZipMember["data"]): Promise<number> {
  let crc = 0;
  for await (const piece of piecesOf(data)) crc = crc32(piece, crc);
  return crc;
}

/** The bytes in pieces; a piece is valid until the next. */
async function* piecesOf(data: ZipMember["data"]): AsyncGenerator<Uint8Array> {
  if (data instanceof Uint8Array) {
    yield data;
    return;
  }
  using file = await Deno.open(data.path, { read: true });
  await file.seek(data.offset, Deno.SeekMode.Start);
  const buffer = new Uint8Array(1 << 20);
  for (let left = data.bytes; left > 0;) {
    const n = await file.read(buffer.subarray(0, Math.min(left, buffer.length)));
    if (n === null) {
      throw new Deno.errors.UnexpectedEof(`Cannot read ${data.path}: it ends ${left} bytes too early`);
    }
    left -= n;
    yield buffer.subarray(0, n);
  }
}

async function writeAll(out: Deno.FsFile, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length;) at += await out.write(data.subarray(at));
}

/** Little-endian fields of 2, 4 or 8 bytes, then bytes. */
function record(
  fields: readonly (readonly [bytes: 2 | 4 | 8, value: number])[],
  ...tail: readonly Uint8Array[]
) {
  const fixed = fields.reduce((sum, [bytes]) => sum + bytes, 0);
  const all = new Uint8Array(fixed + tail.reduce((sum, part) => sum + part.length, 0));
  const view = new DataView(all.buffer);
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else if (bytes === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += bytes;
  }
  for (const part of tail) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function localHeader({ name, crc, bytes }: Written, large: number): Uint8Array {
  const isLarge = bytes >= large, size = isLarge ? ELSEWHERE : bytes;
  const extra = isLarge ? record([[2, 1], [2, 16], [8, bytes], [8, bytes]]) : new Uint8Array();
  return record(
    [
      ...([[4, 0x04034b50], [2, isLarge ? 45 : 20], [2, UTF8], [2, 0], [2, 0], [2, DATE]] as const),
      ...([[4, crc], [4, size], [4, size], [2, name.length], [2, extra.length]] as const),
    ],
    name,
    extra,
  );
}

function centralHeader({ name, crc, bytes, at }: Written, large: number): Uint8Array {
  const wide: (readonly [8, number])[] = [];
  if (bytes >= large) wide.push([8, bytes], [8, bytes]);
  if (at >= large) wide.push([8, at]);
  const extra = wide.length ? record([[2, 1], [2, 8 * wide.length], ...wide]) : new Uint8Array();
  const size = bytes >= large ? ELSEWHERE : bytes, version = wide.length ? 45 : 20;
  return record(
    [
      ...([[4, 0x02014b50], [2, version], [2, version], [2, UTF8], [2, 0], [2, 0], [2, DATE]] as const),
      ...([[4, crc], [4, size], [4, size], [2, name.length], [2, extra.length], [2, 0], [2, 0]] as const),
      ...([[2, 0], [4, 0], [4, at >= large ? ELSEWHERE : at]] as const),
    ],
    name,
    extra,
  );
}

function endRecords(count: number, bytes: number, at: number, large: number): Uint8Array {
  const isLarge = count >= 0xffff || bytes >= large || at >= large;
  const shown = (value: number) => value >= large ? ELSEWHERE : value;
  const short = Math.min(count, 0xffff);
  const end = record([
    ...([[4, 0x06054b50], [2, 0], [2, 0], [2, short], [2, short]] as const),
    ...([[4, shown(bytes)], [4, shown(at)], [2, 0]] as const),
  ]);
  if (!isLarge) return end;
  const end64 = record([
    ...([[4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, count], [8, count]] as const),
    ...([[8, bytes], [8, at]] as const),
  ]);
  const locator = record([[4, 0x07064b50], [4, 0], [8, at + bytes], [4, 1]]);
  return record([], end64, locator, end);
}
