/**
 * What the tests of the archive reader share: a zip writer with all the forms the reader knows, fixtures, temporary files.
 *
 * @module
 */
import { assert } from "@std/assert";
import { Buffer } from "node:buffer";
import { crc32, deflateRawSync } from "node:zlib";
import type { Archive, ArchivedProgram, ReadOptions } from "../../../src/import/archive/mod.ts";
import { readArchive } from "../../../src/import/archive/mod.ts";
import type { Source } from "../../../src/import/archive/source.ts";
import { openZip } from "../../../src/import/archive/zip.ts";

/** A member to write; everything but name and bytes is for forms that a careful writer would not choose. */
export interface Part {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly deflate?: boolean;
  readonly crc32?: number;
  readonly claims?: number;
}

/** How to write: sizes after the data, or in zip64 fields. */
export interface ZipForm {
  readonly descriptors?: boolean;
  readonly zip64?: boolean;
}

/** Writes a zip file. */
export function zipOf(parts: readonly Part[], form: ZipForm = {}): Uint8Array<ArrayBuffer> {
  const out: Uint8Array[] = [], directory: Uint8Array[] = [];
  let at = 0;
  const put = (bytes: Uint8Array) => (out.push(bytes), at += bytes.length);
  for (const part of parts) {
    const name = new TextEncoder().encode(part.name), header = at, flags = form.descriptors ? 0x808 : 0x800;
    const data = part.deflate ? new Uint8Array(deflateRawSync(part.bytes)) : part.bytes;
    const sum = part.crc32 ?? crc32(part.bytes), size = part.claims ?? part.bytes.length;
    const packed = part.deflate ? data.length : size, method = part.deflate ? 8 : 0;
    const known = form.descriptors ? [0, 0, 0] : [sum, packed, size];
    put(record("wwwwwddd", [20, flags, method, 0, 0, ...known], 0x04034b50, [name.length, 0]));
    put(name);
    put(data);
    if (form.descriptors) put(record("ddd", [sum, packed, size], 0x08074b50));
    const wide = form.zip64 ? record("wwqqq", [1, 24, size, packed, header]) : new Uint8Array();
    const sizes = form.zip64 ? [0xffffffff, 0xffffffff] : [packed, size];
    const place = form.zip64 ? 0xffffffff : header;
    directory.push(
      record("wwwwwwddd", [45, 20, flags, method, 0, 0, sum, ...sizes], 0x02014b50, [
        name.length,
        wide.length,
      ]),
      record("wwwdd", [0, 0, 0, 0, place]),
      name,
      wide,
    );
  }
  const start = at;
  directory.forEach(put);
  const size = at - start, end = at, count = parts.length;
  if (form.zip64) {
    put(record("qwwddqqqq", [44, 45, 45, 0, 0, count, count, size, start], 0x06064b50));
    put(record("dqd", [0, end, 1], 0x07064b50));
  }
  const last = form.zip64 ? [0xffff, 0xffff, 0xffffffff, 0xffffffff] : [count, count, size, start];
  put(record("wwwwddw", [0, 0, ...last, 0], 0x06054b50));
  return joined(out);
}

/** Little-endian numbers of 2 (w), 4 (d) and 8 (q) bytes, after a signature and before two-byte lengths. */
function record(
  form: string,
  values: readonly number[],
  signature?: number,
  lengths: readonly number[] = [],
): Uint8Array {
  const bytes = Buffer.alloc(128);
  let at = signature === undefined ? 0 : bytes.writeUInt32LE(signature, 0);
  [...form].forEach((c, i) => {
    if (c === "w") at = bytes.writeUInt16LE(values[i]!, at);
    else if (c === "d") at = bytes.writeUInt32LE(values[i]!, at);
    else at = bytes.writeBigUInt64LE(BigInt(values[i]!), at);
  });
  for (const length of lengths) at = bytes.writeUInt16LE(length, at);
  return new Uint8Array(bytes.subarray(0, at));
}

/** One array out of many. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** All members of a zip file without deflated ones, in order. */
export function partsOf(bytes: Uint8Array): Part[] {
  const source = { size: bytes.length, read: (at: number, n: number) => bytes.slice(at, at + n) };
  const { members } = openZip(source as unknown as Source, 10_000);
  return [...members.values()].map(({ name, position, packed }) => ({
    name,
    bytes: bytes.slice(position, position + packed),
  }));
}

/** The parts with the bytes of one of them, the first whose name ends so, changed by `edit`. */
export function edited(
  parts: readonly Part[],
  ending: string,
  edit: (bytes: Uint8Array) => Uint8Array,
): Part[] {
  const target = parts.find(({ name }) => name.endsWith(ending));
  assert(target, `expected a member ending in ${ending}`);
  return parts.map((part) => (part === target ? { ...part, bytes: edit(part.bytes) } : part));
}

/** An edit of text. */
export function editText(change: (text: string) => string): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => new TextEncoder().encode(change(new TextDecoder().decode(bytes)));
}

/** Path of a fixture: `tied_2_6` and the like. */
export function fixture(name: string): string {
  return new URL(`./fixtures/${name}.pt2`, import.meta.url).pathname;
}

/** The members of a fixture. */
export function fixtureParts(name: string): Part[] {
  return partsOf(Deno.readFileSync(fixture(name)));
}

/** Names of all fixtures. */
export function fixtures(): string[] {
  const folder = new URL("./fixtures/", import.meta.url);
  return [...Deno.readDirSync(folder)].map(({ name }) => name.replace(/\.pt2$/, "")).sort();
}

/** Reads an archive that must be readable. */
export async function readGood(path: string, options?: ReadOptions): Promise<Archive> {
  const result = await readArchive(path, options);
  assert(result.ok, result.ok ? "" : result.diagnostics[0]?.message);
  return result.value;
}

/** The only program of a fixture. */
export async function programOf(name: string): Promise<ArchivedProgram> {
  const [program] = (await readGood(fixture(name))).programs.values();
  assert(program);
  return program;
}

/** Runs `work` with a file of these bytes in a folder of its own. */
export async function withFile<T>(
  bytes: Uint8Array,
  work: (path: string, folder: string) => Promise<T>,
): Promise<T> {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeFileSync(`${folder}/model.pt2`, bytes);
    return await work(`${folder}/model.pt2`, folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** The reason why these bytes cannot be read, or "ok". */
export function outcomeOf(bytes: Uint8Array, options?: ReadOptions): Promise<string> {
  return withFile(bytes, async (path) => {
    const result = await readArchive(path, options);
    return result.ok ? "ok" : result.diagnostics[0]!.reason;
  });
}
