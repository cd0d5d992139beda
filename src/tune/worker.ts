/**
 * The measuring process: opens a library of variants, launches them in turn, prints the fastest time of each. It imports
 * nothing that runs, so that it starts at once, and a crash of a variant is its own end only.
 *
 * `deno run --allow-ffi --allow-read worker.ts REQUEST.json`
 *
 * @module
 */
import type { MeasureRequest } from "./protocol.ts";

type Launch = () => number | null;

/** Rounds at least, and the shortest sample in milliseconds: shorter launches are timed several at a time. */
const ROUNDS = 4, SAMPLE_MS = 0.2;
/** The share of the time that the fastest few have with what costs chose, for themselves. */
const FINAL = 0.4, FINALISTS = 2;

function address(a: ArrayBufferView<ArrayBuffer>): bigint {
  return BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(a)));
}

/** Memory from a cache line on: where that is, and how far into the array. */
interface Memory {
  readonly raw: Uint8Array<ArrayBuffer>;
  readonly at: bigint;
  readonly skip: number;
}

function aligned(bytes: number): Memory {
  const raw = largePages(bytes) ?? new Uint8Array(bytes + 128), at = address(raw);
  return { raw, at: (at + 63n) & ~63n, skip: Number(((at + 63n) & ~63n) - at) };
}

/** What all variants share: on pages of its own, one is 3 % faster than its like. */
interface Shared {
  readonly scratch: Memory;
  /** The memory of a buffer by its place among a kernel's, and its size. */
  readonly buffer: (place: number, bytes: number, dtype: string) => Memory;
}

function sharedBy(variants: MeasureRequest["variants"]): Shared {
  const known = new Map<string, Memory>();
  return {
    scratch: aligned(Math.max(0, ...variants.map((v) => v.scratch))),
    buffer: (place, bytes, dtype) => {
      const key = `${place} ${bytes} ${dtype}`, memory = known.get(key) ?? aligned(bytes);
      if (!known.has(key)) fill(memory.raw, memory.skip, bytes, dtype);
      known.set(key, memory);
      return memory;
    },
  };
}

function launchOf(library: string, it: MeasureRequest["variants"][number], shared: Shared): Launch {
  const { symbols } = Deno.dlopen(library, {
    [it.symbol]: { parameters: ["pointer", "i64", "i64"], result: "void" },
  });
  const call = symbols[it.symbol] as unknown as (p: Deno.PointerValue, from: bigint, to: bigint) => void;
  const buffers = it.buffers.map(({ bytes, dtype }, place) => shared.buffer(place, bytes, dtype));
  const pointers = new BigUint64Array(Math.max(1, buffers.length)), { scratch } = shared;
  buffers.forEach((b, n) => pointers[n] = b.at);
  const numbers = new BigInt64Array(it.numbers.map((n) => BigInt(n)).concat(0n));
  const error = new Int32Array(1), random = new BigUint64Array(4), held = new BigInt64Array(1);
  const args = new BigUint64Array([
    address(pointers),
    address(numbers),
    scratch.at,
    address(error),
    address(random),
    address(held),
  ]);
  const total = BigInt(it.total), kept = [buffers, scratch, numbers, error, random];
  return () => {
    held[0] = 0n;
    const start = performance.now();
    call(Deno.UnsafePointer.of(args), 0n, total);
    const ms = performance.now() - start;
    return error[0] === 0 && kept.length > 0 ? ms : null;
  };
}

/** Bytes of a large page, and the advice to use such (MADV_HUGEPAGE). */
const LARGE = 2 << 20, ADVICE = 14;

/** Memory of large pages, as the runtime takes it for weights and arenas; undefined for little memory, or where there is none. */
function largePages(bytes: number): Uint8Array<ArrayBuffer> | undefined {
  if (bytes < 2 * LARGE || Deno.build.os !== "linux") return undefined;
  try {
    const { symbols } = Deno.dlopen("libc.so.6", {
      aligned_alloc: { parameters: ["usize", "usize"], result: "pointer" },
      madvise: { parameters: ["pointer", "usize", "i32"], result: "i32" },
    });
    const rounded = Math.ceil((bytes + 128) / LARGE) * LARGE;
    const start = symbols.aligned_alloc(BigInt(LARGE), BigInt(rounded));
    if (start === null) return undefined;
    symbols.madvise(start, BigInt(rounded), ADVICE);
    return new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(start, rounded)).fill(0);
  } catch {
    return undefined; // another libc
  }
}

/** Small numbers in floats; zeros elsewhere, which are valid as positions. */
function fill(raw: Uint8Array<ArrayBuffer>, from: number, bytes: number, dtype: string): void {
  if (dtype !== "f32" && dtype !== "f64") return;
  const view = new DataView(raw.buffer, raw.byteOffset + from, bytes), size = dtype === "f32" ? 4 : 8;
  for (let at = 0; at + size <= bytes; at += size) {
    const value = ((at / size) * 7919 % 23) / 16 - 0.6875;
    size === 4 ? view.setFloat32(at, value, true) : view.setFloat64(at, value, true);
  }
}

/** Milliseconds of one launch, of several where one is too short to time. */
function timed(launch: Launch, times: number): number | null {
  let sum = 0;
  for (let n = 0; n < times; n++) {
    const ms = launch();
    if (ms === null) return null;
    sum += ms;
  }
  return sum / times;
}

const request = JSON.parse(Deno.readTextFileSync(Deno.args[0]!)) as MeasureRequest;
const shared = sharedBy(request.variants);
const launches = request.variants.map((v) => launchOf(request.library, v, shared));
const times = launches.map((launch) => {
  const first = launch(), second = first === null ? null : launch();
  return second === null ? 0 : Math.max(1, Math.ceil(SAMPLE_MS / Math.max(second, 1e-4)));
});
const best: (number | null)[] = times.map((n) => (n === 0 ? null : Infinity));
/** Times the launches of `which` in turn for some time; the fastest of each counts. */
function heat(which: readonly number[], budgetMs: number): void {
  const end = performance.now() + budgetMs;
  for (let round = 0; round < ROUNDS || performance.now() < end; round++) {
    for (const n of which) {
      const ms = best[n] === null ? null : timed(launches[n]!, times[n]!);
      best[n] = ms === null ? null : Math.min(best[n]!, ms);
    }
  }
}

heat([...launches.keys()], request.budgetMs * (1 - FINAL));
const order = [...launches.keys()].filter((n) => n > 0).sort((a, b) => fastest(a) - fastest(b));
heat([0, ...order.slice(0, FINALISTS)], request.budgetMs * FINAL); // else who was not disturbed wins
console.log(JSON.stringify(best));

function fastest(n: number): number {
  return best[n] ?? Infinity;
}
