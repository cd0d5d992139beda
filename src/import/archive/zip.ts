/**
 * The central directory of a zip file: which members there are and where their bytes lie. Nothing is inflated here.
 *
 * Knows zip64 and data descriptors. Refuses encryption, several disks, and whatever two readers could see differently:
 * names used twice, members that overlap, local headers that disagree with the directory.
 *
 * @module
 */
import { inMember, quote, unreadable } from "./errors.ts";
import type { Source } from "./source.ts";

/** One member; `position` counts from the start of the zip. */
export interface Member {
  readonly name: string;
  /** Position of the data, after the local header. */
  readonly position: number;
  readonly packed: number;
  readonly bytes: number;
  readonly crc32: number;
  readonly deflated: boolean;
}

/** An opened zip: where it is and what is in it, in the directory's order. */
export interface Zip {
  readonly source: Source;
  readonly members: ReadonlyMap<string, Member>;
  /** True when something follows the end record, so that all behind the last 64 KiB was searched for it. */
  readonly commented: boolean;
}

interface Directory {
  readonly commented: boolean;
  readonly at: number;
  readonly size: number;
  readonly count: number;
}
interface Entry extends Member {
  readonly header: number;
  /** Bytes of the name. */
  readonly named: number;
}

const END = 0x06054b50, END64 = 0x06064b50, LOCATOR64 = 0x07064b50, ENTRY = 0x02014b50, LOCAL = 0x04034b50;
const U16 = 0xffff, U32 = 0xffffffff;
const MAX_DIRECTORY = 256 << 20;

/** Reads the directory of the zip that fills `source`. */
export function openZip(source: Source, maxMembers: number): Zip {
  const directory = findDirectory(source);
  if (directory.count > maxMembers) unreadable("too-large", `${directory.count} members`);
  if (directory.size > MAX_DIRECTORY) unreadable("too-large", `a directory of ${directory.size} bytes`);
  const entries = readEntries(source, directory);
  const members = new Map<string, Member>();
  for (const entry of locate(source, entries, directory.at)) {
    if (members.has(entry.name)) unreadable("unsafe-member", `two members named ${quote(entry.name)}`);
    members.set(entry.name, entry);
  }
  return { source, members, commented: directory.commented };
}

/** The end record: within the last 64 KiB, behind it only the comment whose length it states; mostly there is none. */
function findDirectory(source: Source): Directory {
  if (source.size < 22) unreadable("not-a-zip", `${source.size} bytes, too few for a zip file`);
  for (const most of [22, 22 + U16]) {
    const size = Math.min(source.size, most), at = source.size - size;
    const tail = source.read(at, size), view = viewOf(tail);
    for (let i = size - 22; i >= 0; i--) {
      if (view.getUint32(i, true) !== END || i + 22 + view.getUint16(i + 20, true) !== size) continue;
      return { ...readEnd(source, view, i, at + i), commented: most > 22 };
    }
  }
  const starts = viewOf(source.read(0, 4)).getUint32(0, true) === LOCAL;
  if (starts) unreadable("truncated", "the start of a zip file but no end record");
  unreadable("not-a-zip", "no zip end record");
}

function readEnd(source: Source, view: DataView, i: number, at: number): Omit<Directory, "commented"> {
  const disks = view.getUint16(i + 4, true) | view.getUint16(i + 6, true);
  const plain = {
    count: view.getUint16(i + 10, true),
    size: view.getUint32(i + 12, true),
    at: view.getUint32(i + 16, true),
  };
  const wide = at >= 20 && viewOf(source.read(at - 20, 4)).getUint32(0, true) === LOCATOR64;
  const needed = plain.count === U16 || plain.size === U32 || plain.at === U32;
  if (!wide && needed) unreadable("corrupt-zip", "a zip64 archive without its zip64 end record");
  const { end, ...directory } = wide ? readEnd64(source, at - 20) : { ...plain, end: at };
  if (!wide && disks !== 0) unreadable("corrupt-zip", "a zip of several disks");
  if (directory.at + directory.size > end) {
    unreadable(
      "truncated",
      `a directory of ${directory.size} bytes at ${directory.at} that ends after ${end}`,
    );
  }
  return directory;
}

function readEnd64(
  source: Source,
  locator: number,
): Omit<Directory, "commented"> & { end: number } {
  const end = uint64(viewOf(source.read(locator, 20)), 8);
  if (end + 56 > locator) unreadable("corrupt-zip", `a zip64 end record at ${end}, behind its locator`);
  const view = viewOf(source.read(end, 56));
  if (view.getUint32(0, true) !== END64) unreadable("corrupt-zip", `no zip64 end record at ${end}`);
  return { count: uint64(view, 32), size: uint64(view, 40), at: uint64(view, 48), end };
}

function readEntries(source: Source, directory: Directory): Entry[] {
  const bytes = source.read(directory.at, directory.size), view = viewOf(bytes), entries: Entry[] = [];
  let at = 0;
  for (let i = 0; i < directory.count; i++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== ENTRY) {
      unreadable("corrupt-zip", `no directory entry ${i} of ${directory.count} at ${directory.at + at}`);
    }
    const lengths = [28, 30, 32].map((o) => view.getUint16(at + o, true)) as [number, number, number];
    const next = at + 46 + lengths[0] + lengths[1] + lengths[2];
    if (next > bytes.length) unreadable("corrupt-zip", `a directory entry that ends after the directory`);
    entries.push(readEntry(view, bytes, at, lengths));
    at = next;
  }
  return entries;
}

function readEntry(view: DataView, bytes: Uint8Array, at: number, [named, extra]: readonly number[]): Entry {
  const name = safeName(bytes.subarray(at + 46, at + 46 + named!));
  return inMember(name, () => {
    const flags = view.getUint16(at + 8, true), method = view.getUint16(at + 10, true);
    if (flags & 0x2041) unreadable("unsupported-compression", "an encrypted member");
    if (method !== 0 && method !== 8) unreadable("unsupported-compression", `compression method ${method}`);
    const field = wideFields(view, at + 46 + named!, extra!);
    const size = field(view.getUint32(at + 24, true)), packed = field(view.getUint32(at + 20, true));
    const header = field(view.getUint32(at + 42, true));
    if (method === 0 && packed !== size) {
      unreadable("corrupt-zip", `a stored member of ${packed} bytes that claims ${size}`);
    }
    const crc32 = view.getUint32(at + 16, true);
    return { name, named: named!, header, packed, bytes: size, crc32, deflated: method === 8, position: 0 };
  });
}

/** Gives each field that reads 2^32 − 1 its value from the zip64 extra field, in order of the questions. */
function wideFields(view: DataView, at: number, length: number): (plain: number) => number {
  let next = -1, end = -1;
  for (let i = at; i + 4 <= at + length;) {
    const size = view.getUint16(i + 2, true);
    if (i + 4 + size > at + length) break;
    if (view.getUint16(i, true) === 1) [next, end] = [i + 4, i + 4 + size];
    i += 4 + size;
  }
  return (plain) => {
    if (plain !== U32) return plain;
    if (next < 0 || next + 8 > end) unreadable("corrupt-zip", "a zip64 field without its value");
    next += 8;
    return uint64(view, next - 8);
  };
}

/** Checks local headers against the directory, finds the data, and refuses members that overlap. */
function locate(source: Source, entries: readonly Entry[], directory: number): Entry[] {
  const ends: { from: number; to: number; name: string }[] = [];
  const located = entries.map((entry) =>
    inMember(entry.name, () => {
      if (entry.header + 30 > directory) {
        unreadable("truncated", `a header at ${entry.header}, behind the data`);
      }
      const head = source.read(entry.header, 30 + entry.named), local = viewOf(head);
      if (local.getUint32(0, true) !== LOCAL) unreadable("corrupt-zip", `no header at ${entry.header}`);
      const named = local.getUint16(26, true), name = new TextDecoder().decode(head.subarray(30, 30 + named));
      if (named !== entry.named || name !== entry.name) {
        unreadable("unsafe-member", `a header that names it ${quote(name)}`);
      }
      const deflated = local.getUint16(8, true) === 8;
      if (deflated !== entry.deflated) unreadable("corrupt-zip", "a header with another compression");
      const position = entry.header + 30 + named + local.getUint16(28, true);
      if (position + entry.packed > directory) {
        unreadable("truncated", `${entry.packed} bytes at ${position}, but the data ends at ${directory}`);
      }
      ends.push({ from: entry.header, to: position + entry.packed, name: entry.name });
      return { ...entry, position };
    })
  );
  ends.sort((a, b) => a.from - b.from);
  ends.forEach((now, i) => {
    const before = ends[i - 1];
    if (before && before.to > now.from) {
      unreadable("unsafe-member", `members ${quote(before.name)} and ${quote(now.name)} in the same bytes`);
    }
  });
  return located;
}

/** The name, if it stays within its folder on every system. */
function safeName(bytes: Uint8Array): string {
  let name = "";
  try {
    name = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    unreadable("unsafe-member", "a member name that is not UTF-8");
  }
  const parts = name.replace(/\/$/, "").split("/");
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  const strange = /[\u0000-\u001f\\]/.test(name) || /^[A-Za-z]:/.test(name);
  if (strange || parts.some((part) => part === ".." || part === "." || part === "")) {
    unreadable("unsafe-member", `the member name ${quote(name)}`);
  }
  return name;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function uint64(view: DataView, at: number): number {
  const value = view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
  if (value > Number.MAX_SAFE_INTEGER) unreadable("corrupt-zip", "a position beyond 2^53");
  return value;
}
