/**
 * What a shared library needs when it is loaded, read from its own tables: no program of the machine is asked.
 *
 * @module
 */

/** The dynamic part of a 64-bit little-endian ELF file. */
export interface Elf {
  /** NEEDED entries, in order. */
  readonly needed: readonly string[];
  /** Undefined functions and objects that must be found, sorted; weak ones are left out. */
  readonly imports: readonly string[];
  /** Defined and visible to others, sorted. */
  readonly exports: readonly string[];
}

const DT_NEEDED = 1n, SHT_DYNAMIC = 6, SHT_DYNSYM = 11, WEAK = 2;

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/** Reads the tables of a library, and no more of it than those. */
export function readElf(path: string): Elf {
  using file = Deno.openSync(path, { read: true });
  const read: Read = (offset, bytes) => {
    const data = new Uint8Array(bytes);
    file.seekSync(offset, Deno.SeekMode.Start);
    for (let at = 0, n: number | null; at < bytes; at += n) {
      n = file.readSync(data.subarray(at));
      if (n === null) throw new RangeError(`Cannot read ${path}: it ends early`);
    }
    return new DataView(data.buffer);
  };
  const header = read(0, 64);
  if (header.getUint32(0) !== 0x7f454c46 || header.getUint8(4) !== 2 || header.getUint8(5) !== 1) {
    throw new RangeError(`Cannot read ${path}: it is not a 64-bit little-endian ELF file`);
  }
  const sections = sectionsOf(header, read);
  return { needed: neededBy(sections, read), ...symbolsOf(sections, read) };
}

type Read = (offset: number, bytes: number) => DataView;

function sectionsOf(header: DataView, read: Read): readonly Section[] {
  const at = Number(header.getBigUint64(0x28, true)), size = header.getUint16(0x3a, true);
  const count = header.getUint16(0x3c, true), table = read(at, count * size);
  return Array.from({ length: count }, (_, i) => ({
    type: table.getUint32(i * size + 4, true),
    offset: Number(table.getBigUint64(i * size + 24, true)),
    size: Number(table.getBigUint64(i * size + 32, true)),
    link: table.getUint32(i * size + 40, true),
  }));
}

function neededBy(sections: readonly Section[], read: Read): readonly string[] {
  const dynamic = sections.find(({ type }) => type === SHT_DYNAMIC);
  if (!dynamic) return [];
  const table = read(dynamic.offset, dynamic.size), text = texts(sections[dynamic.link], read);
  const found: string[] = [];
  for (let at = 0; at < dynamic.size; at += 16) {
    if (table.getBigInt64(at, true) === DT_NEEDED) found.push(text(Number(table.getBigUint64(at + 8, true))));
  }
  return found;
}

function symbolsOf(sections: readonly Section[], read: Read): Pick<Elf, "imports" | "exports"> {
  const symbols = sections.find(({ type }) => type === SHT_DYNSYM);
  if (!symbols) return { imports: [], exports: [] };
  const table = read(symbols.offset, symbols.size), text = texts(sections[symbols.link], read);
  const imports: string[] = [], exports: string[] = [];
  for (let at = 24; at < symbols.size; at += 24) {
    const name = text(table.getUint32(at, true));
    if (table.getUint16(at + 6, true) !== 0) exports.push(name);
    else if (table.getUint8(at + 4) >> 4 !== WEAK) imports.push(name);
  }
  return { imports: imports.sort(), exports: exports.sort() };
}

/** Reads zero-terminated texts of a table by position. */
function texts(table: Section | undefined, read: Read): (at: number) => string {
  const data = table ? new Uint8Array(read(table.offset, table.size).buffer) : new Uint8Array(1);
  return (at) => new TextDecoder().decode(data.subarray(at, data.indexOf(0, at)));
}

/** The C library under the names it has had. */
const known =
  /^(libc\.so|libc\.musl|libm\.so|libpthread\.so|libdl\.so|librt\.so|ld-(linux|musl)|libgcc_s\.so)/;

/** Libraries that a model may not need; `also` are welcome too. */
export function strangers(elf: Elf, also?: RegExp): readonly string[] {
  return elf.needed.filter((name) => !known.test(name) && !also?.test(name));
}
