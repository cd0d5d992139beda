/**
 * Reads and writes safetensors files: a JSON header with positions, then the bytes of all tensors.
 *
 * @module
 */
import { attempt, bytesOf, dtypeNames, dtypes, isComplex, refuse, type Result } from "../base/mod.ts";
import { countOf, dense, type Tensor, toReal } from "./tensor.ts";

/** A file's tensors by name, in the order of their bytes. */
export type Tensors = ReadonlyMap<string, Tensor>;

const byName = new Map(
  dtypeNames.filter((dtype) => !isComplex(dtype)).map((
    dtype,
  ) => [dtypes[dtype].safetensors as string, dtype]),
);
/** Longest header that is believed. */
const MOST = 100_000_000;

/** Reads a whole file. */
export function readSafetensors(path: string): Result<Tensors> {
  return attempt(() => {
    const data = readAll(path);
    return parse(path, data);
  });
}

function readAll(path: string): Uint8Array<ArrayBuffer> {
  try {
    using file = Deno.openSync(path, { read: true });
    const data = new Uint8Array(file.statSync().size);
    for (let at = 0, n: number | null; at < data.length; at += n) {
      n = file.readSync(data.subarray(at));
      if (n === null) bad(path, "it ends early");
    }
    return data;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return refuse({
      reason: "input-missing",
      message: `Cannot read ${path}: there is no such file`,
      at: { file: path },
    });
  }
}

function parse(path: string, data: Uint8Array<ArrayBuffer>): Tensors {
  if (data.length < 8) bad(path, `it has ${data.length} bytes`);
  const length = Number(new DataView(data.buffer).getBigUint64(0, true));
  if (length > MOST || length > data.length - 8) bad(path, "its header does not fit into it");
  let header: Readonly<Record<string, unknown>>;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data.subarray(8, 8 + length)));
  } catch (error) {
    return bad(path, `its header is not JSON: ${(error as Error).message}`);
  }
  const body = 8 + length;
  const tensors = Object.entries(header).filter(([name]) => name !== "__metadata__").map(([name, entry]) => {
    const { dtype, shape, from, to } = checked(path, name, entry, data.length - body);
    // A slice of its own, so that every tensor begins where its elements may lie.
    return [name, { dtype, shape, data: data.slice(body + from, body + to) }] as const;
  });
  return new Map(tensors);
}

function checked(path: string, name: string, entry: unknown, bytes: number) {
  const { dtype: word, shape, data_offsets: range } = (entry ?? {}) as Readonly<Record<string, unknown>>;
  const dtype = byName.get(String(word));
  if (!dtype) bad(path, `tensor "${name}" has element type ${String(word)}, which is not supported`);
  const isSizes = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (!isSizes(shape) || !isSizes(range) || range.length !== 2) {
    bad(path, `tensor "${name}" is not described well`);
  }
  const [from = 0, to = 0] = range;
  if (to > bytes || to - from !== countOf(shape) * bytesOf(dtype)) {
    bad(path, `tensor "${name}" does not fit its place`);
  }
  return { dtype, shape, from, to };
}

function bad(path: string, found: string): never {
  return refuse({
    reason: "bad-safetensors",
    message: `Cannot read ${path}: ${found}`,
    help: "It must be a safetensors file, as safetensors.torch.save_file writes them.",
    at: { file: path },
  });
}

/**
 * Writes a file. Complex tensors become real ones with a last dimension of 2, strided ones dense. Wide elements come
 * first, so that each tensor lies at a multiple of its element's size.
 */
export function writeSafetensors(path: string, tensors: Tensors | Readonly<Record<string, Tensor>>): void {
  const all = tensors instanceof Map
    ? [...tensors]
    : Object.entries(tensors as Readonly<Record<string, Tensor>>);
  const stored = all.map(([name, tensor]) => ({ name, tensor: dense(toReal(tensor)) }));
  stored.sort((a, b) => bytesOf(b.tensor.dtype) - bytesOf(a.tensor.dtype) || order(a.name, b.name));
  let at = 0;
  const header = Object.fromEntries(stored.map(({ name, tensor: { dtype, shape, data } }) => {
    const bytes = countOf(shape) * bytesOf(dtype), from = at;
    if (data.length < bytes) {
      throw new RangeError(`Cannot write "${name}": ${data.length} of ${bytes} bytes are there`);
    }
    at += bytes;
    return [name, { dtype: dtypes[dtype].safetensors, shape, data_offsets: [from, at] }];
  }));
  const text = new TextEncoder().encode(JSON.stringify(header));
  const head = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(head.length - 8), true);
  head.set(text, 8);
  const via = `${path}.${crypto.randomUUID().slice(0, 8)}`;
  try {
    const file = Deno.openSync(via, { write: true, createNew: true });
    try {
      writeAll(file, head);
      for (const { tensor: { dtype, shape, data } } of stored) {
        writeAll(file, data.subarray(0, countOf(shape) * bytesOf(dtype)));
      }
    } finally {
      file.close();
    }
    Deno.renameSync(via, path);
  } catch (error) {
    try {
      Deno.removeSync(via);
    } catch { /* it was not made */ }
    throw error;
  }
}

function writeAll(file: Deno.FsFile, data: Uint8Array): void {
  for (let at = 0; at < data.length;) at += file.writeSync(data.subarray(at));
}

/** "2" before "10". */
function order(a: string, b: string): number {
  const [m, n] = [Number(a), Number(b)];
  return Number.isInteger(m) && Number.isInteger(n) ? m - n : a < b ? -1 : 1;
}
