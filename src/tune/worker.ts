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

function launchOf(library: string, it: MeasureRequest["variants"][number]): Launch {
  const { symbols } = Deno.dlopen(library, {
    [it.symbol]: { parameters: ["pointer", "i64", "i64"], result: "void" },
  });
  const call = symbols[it.symbol] as unknown as (p: Deno.PointerValue, from: bigint, to: bigint) => void;
  const address = (a: ArrayBufferView<ArrayBuffer>) =>
    BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(a)));
  const aligned = (bytes: number) => {
    const raw = largePages(bytes) ?? new Uint8Array(bytes + 128), at = address(raw);
    return { raw, at: (at + 63n) & ~63n, skip: Number(((at + 63n) & ~63n) - at) };
  };
  const buffers = it.buffers.map(({ bytes, dtype }) => {
    const memory = aligned(bytes);
    fill(memory.raw, memory.skip, bytes, dtype);
    return memory;
  });
  const pointers = new BigUint64Array(Math.max(1, buffers.length)), scratch = aligned(it.scratch);
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
const launches = request.variants.map((v) => launchOf(request.library, v));
const times = launches.map((launch) => {
  const first = launch(), second = first === null ? null : launch();
  return second === null ? 0 : Math.max(1, Math.ceil(SAMPLE_MS / Math.max(second, 1e-4)));
});
const best: (number | null)[] = times.map((n) => (n === 0 ? null : Infinity));
const end = performance.now() + request.budgetMs;
for (let round = 0; round < ROUNDS || performance.now() < end; round++) {
  launches.forEach((launch, n) => {
    const ms = best[n] === null ? null : timed(launch, times[n]!);
    best[n] = ms === null ? null : Math.min(best[n]!, ms);
  });
}
console.log(JSON.stringify(best));
