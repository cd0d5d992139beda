/**
 * The bytes of a member: small ones into memory with their checksum, big deflated ones into a spill file.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { crc32, createInflateRaw, inflateRawSync } from "node:zlib";
import { Readable } from "node:stream";
import { inMember, Unreadable, unreadable } from "./errors.ts";
import { Source } from "./source.ts";
import type { Limits } from "./types.ts";
import type { Member, Zip } from "./zip.ts";

const PIECE = 1 << 20;

/** All bytes of a member of at most `limit` bytes, inflated where needed, with the right checksum. */
export function loadMember(zip: Zip, member: Member, limit: number, ratio: number): Uint8Array {
  return inMember(member.name, () => {
    if (member.bytes > limit) unreadable("too-large", `${member.bytes} bytes, more than ${limit}`);
    if (member.deflated && member.bytes > PIECE && member.bytes > member.packed * ratio) {
      unreadable("too-large", `${member.packed} bytes that claim to inflate to ${member.bytes}`);
    }
    const packed = zip.source.read(member.position, member.packed);
    const bytes = member.deflated ? inflate(packed, member.bytes) : packed;
    if (bytes.length !== member.bytes) {
      unreadable("corrupt-zip", `${bytes.length} inflated bytes instead of ${member.bytes}`);
    }
    checkSum(crc32(bytes), member);
    return bytes;
  });
}

function inflate(packed: Uint8Array, bytes: number): Uint8Array {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, bytes) });
  } catch {
    unreadable("corrupt-zip", `a deflate stream that does not inflate to ${bytes} bytes`);
  }
}

function checkSum(found: number, member: Member): void {
  if (found === member.crc32) return;
  const hex = (n: number) => n.toString(16).padStart(8, "0");
  unreadable("bad-checksum", `checksum ${hex(found)} instead of ${hex(member.crc32)}`);
}

/** Keeps spilled members apart and closes what was opened for them. */
export class Spill {
  readonly #opened: Deno.FsFile[] = [];
  readonly #paths: string[] = [];
  constructor(readonly folder: string | undefined, readonly limits: Limits) {}

  /** Where the plain bytes of a member lie: in place when stored, in a file of the spill folder when deflated. */
  async place(zip: Zip, member: Member): Promise<Source> {
    if (!member.deflated) return zip.source.window(member.position, member.packed);
    if (this.folder === undefined) {
      inMember(member.name, () => unreadable("deflated-weights", `${member.bytes} bytes stored deflated`));
    }
    if (member.bytes > this.limits.spilled) {
      inMember(member.name, () => unreadable("too-large", `${member.bytes} inflated bytes`));
    }
    const path = Deno.makeTempFileSync({ dir: this.folder!, prefix: "weights_", suffix: ".bin" });
    this.#paths.push(path);
    const file = Deno.openSync(path, { read: true, write: true });
    this.#opened.push(file);
    try {
      await inflateInto(file, zip, member);
    } catch (error) {
      if (error instanceof Unreadable && error.member === "") error.member = member.name;
      throw error;
    }
    return new Source(file, path, 0, member.bytes);
  }

  close(): void {
    for (const file of this.#opened.splice(0)) file.close();
  }

  /** Closes and removes everything: the archive turned out to be unreadable. */
  discard(): void {
    this.close();
    for (const path of this.#paths.splice(0)) Deno.removeSync(path);
  }
}

async function inflateInto(file: Deno.FsFile, zip: Zip, member: Member): Promise<void> {
  const inflating = Readable.from(pieces(zip.source, member), { objectMode: false }).pipe(createInflateRaw());
  let done = 0, sum = 0;
  try {
    for await (const piece of inflating as AsyncIterable<Uint8Array>) {
      done += piece.length;
      if (done > member.bytes) break;
      sum = crc32(piece, sum);
      for (let at = 0; at < piece.length;) at += file.writeSync(piece.subarray(at));
    }
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    unreadable("corrupt-zip", "a deflate stream that does not inflate");
  }
  if (done !== member.bytes) unreadable("corrupt-zip", `other than ${member.bytes} inflated bytes`);
  checkSum(sum, member);
}

function* pieces(source: Source, member: Member): Generator<Buffer> {
  for (let at = 0; at < member.packed; at += PIECE) {
    yield Buffer.from(source.read(member.position + at, Math.min(PIECE, member.packed - at)));
  }
}
