/**
 * weights.bin: where each constant lies, and the task that writes it. A storage is stored once however many constants
 * look at it, only the part that some constant sees, and always beginning at a multiple of 64 bytes.
 *
 * @module
 */
import { defineTask, type File, json, type Output, type Task, task } from "../task/mod.ts";

/** What a constant sees of a storage, in bytes. */
export interface ConstantView {
  /** Identifies the storage; tied constants name the same. */
  readonly storage: string;
  /** From the storage's beginning. */
  readonly offset: number;
  readonly bytes: number;
}

/** A part of a storage and its place. */
export interface WeightsPiece {
  readonly storage: string;
  /** Within the storage. */
  readonly from: number;
  readonly bytes: number;
  /** Within weights.bin. */
  readonly at: number;
}

/** The plan of a weights.bin. */
export interface WeightsPlan {
  /** Size of the file, a multiple of the page; 0 when nothing is stored. */
  readonly bytes: number;
  /** By the constant's position. */
  readonly places: readonly { readonly offset: number; readonly bytes: number }[];
  readonly pieces: readonly WeightsPiece[];
}

const ALIGN = 64, PAGE = 4096;

/** Places constants in order of first use. */
export function planWeights(views: readonly ConstantView[]): WeightsPlan {
  const spans = new Map<string, { from: number; to: number }>();
  for (const { storage, offset, bytes } of views) {
    const span = spans.get(storage);
    if (bytes === 0) continue;
    spans.set(storage, {
      from: Math.min(span?.from ?? Infinity, offset),
      to: Math.max(span?.to ?? 0, offset + bytes),
    });
  }
  const pieces = new Map<string, WeightsPiece>();
  let end = 0;
  for (const [storage, { from, to }] of spans) {
    const at = roundUp(end, ALIGN);
    pieces.set(storage, { storage, from, bytes: to - from, at });
    end = at + (to - from);
  }
  const places = views.map(({ storage, offset, bytes }) => {
    const piece = pieces.get(storage);
    return { offset: bytes && piece ? piece.at + offset - piece.from : 0, bytes };
  });
  return { bytes: roundUp(end, PAGE), places, pieces: [...pieces.values()] };
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

/** Where the bytes of a storage come from: a range of a file. `bytes` short of the storage, or no source: zeros. */
export interface WeightSource {
  /** An archive, a file that it was spilled to, or what a task made. */
  readonly file: File | Output<File>;
  readonly offset: number;
  readonly bytes: number;
}

/** One copy: a range of a named file to a place. */
interface Copy {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  readonly at: number;
}

/** Writes weights.bin in pieces of a mebibyte, so its size does not matter to memory. */
const writeWeights = defineTask({
  name: "weights",
  version: 1,
  inputs: { files: "files", copies: json<readonly Copy[]>(), bytes: json<number>() },
  outputs: { weights: "file" },
  run: async ({ files, copies, bytes }, box) => {
    const to = box.path("weights.bin"), buffer = new Uint8Array(1 << 20);
    using out = await Deno.open(to, { write: true, createNew: true });
    await out.truncate(bytes); // what nobody writes stays zero
    const byFile = Map.groupBy(copies, (copy) => copy.file);
    for (const [name, file] of Object.entries(files)) {
      const source = await box.locate(file);
      using from = await Deno.open(source.path, { read: true });
      for (const copy of byFile.get(name) ?? []) {
        box.signal.throwIfAborted();
        await copyRange(from, source.offset + copy.offset, copy.bytes, out, copy.at, buffer);
      }
    }
    return { weights: await box.adopt("weights.bin") };
  },
});

/** The task that writes a planned weights.bin. Keys hold digests of the files, never their paths. */
export function weightsTask(
  plan: WeightsPlan,
  sources: ReadonlyMap<string, WeightSource>,
  options: { readonly label?: string } = {},
): Task<{ readonly weights: "file" }> {
  const files: (File | Output<File>)[] = [], copies: Copy[] = [];
  const numbers = new Map<string, number>(), identity = identities();
  for (const { storage, from, bytes, at } of plan.pieces) {
    const source = sources.get(storage);
    const there = source ? Math.min(bytes, source.bytes - from) : 0;
    if (!source || there <= 0) continue;
    const name = identity(source.file), index = numbers.get(name) ?? files.push(source.file) - 1;
    numbers.set(name, index);
    copies.push({ file: `file_${index}`, offset: source.offset + from, bytes: there, at });
  }
  const named = Object.fromEntries(files.map((file, i) => [`file_${i}`, file]));
  return task(writeWeights, { files: named, copies, bytes: plan.bytes }, {
    label: options.label ?? "weights.bin",
    weight: 5 + plan.bytes / (1 << 28), // before kernels: the wrapper waits for the digest
  });
}

/** A function whose answer is equal for files of equal bytes, and for one output of one task. */
function identities(): (file: File | Output<File>) => string {
  const makers: unknown[] = [];
  return (file) => {
    if (!("from" in file)) return `${file.digest} ${file.bytes}`;
    const known = makers.indexOf(file.from);
    return `${known < 0 ? makers.push(file.from) - 1 : known} ${file.field}`;
  };
}

async function copyRange(
  from: Deno.FsFile,
  offset: number,
  bytes: number,
  to: Deno.FsFile,
  at: number,
  buffer: Uint8Array,
): Promise<void> {
  await from.seek(offset, Deno.SeekMode.Start);
  await to.seek(at, Deno.SeekMode.Start);
  for (let left = bytes; left > 0;) {
    const n = await from.read(buffer.subarray(0, Math.min(left, buffer.length)));
    if (n === null) throw new Deno.errors.UnexpectedEof(`Cannot read weights: ${left} bytes are missing`);
    for (let done = 0; done < n;) done += await to.write(buffer.subarray(done, n));
    left -= n;
  }
}
