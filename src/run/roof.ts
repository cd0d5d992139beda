/**
 * What one core can do at most, measured with the library that `runtime/tools/roof.c` becomes.
 *
 * @module
 */

/** The machine's limits. */
export interface Roof {
  /** 10⁹ operations per second of f32 multiply-adds. */
  readonly gflops: number;
  /** 10⁹ bytes per second: of reading, or of copying through or past the caches where that is more. */
  readonly gbps: number;
}

const ROUNDS = 2_000_000, TRIES = 12;
/** Floats of each array: 64 MB, more than caches hold. */
const FLOATS = 1 << 24;

/** Measures one core, the fastest of a few tries; takes about half a second. */
export function measureRoof(library: string): Roof {
  const opened = Deno.dlopen(library, {
    aoti_roof_compute: { parameters: ["i64"], result: "f64" },
    aoti_roof_read: { parameters: ["buffer", "i64"], result: "f64" },
    aoti_roof_copy: { parameters: ["buffer", "buffer", "i64"], result: "f64" },
    aoti_roof_stream: { parameters: ["buffer", "buffer", "i64"], result: "f64" },
  });
  const { symbols } = opened;
  try {
    const from = new Float32Array(FLOATS).fill(1), to = new Float32Array(FLOATS).fill(2);
    const compute = best(() => symbols.aoti_roof_compute(BigInt(ROUNDS)));
    const read = best(() => symbols.aoti_roof_read(from, BigInt(FLOATS)));
    const copy = best(() => symbols.aoti_roof_copy(to, from, BigInt(FLOATS)));
    const stream = best(() => symbols.aoti_roof_stream(to, from, BigInt(FLOATS)));
    return { gflops: compute, gbps: Math.max(read, copy, stream) };
  } finally {
    opened.close();
  }
}

/** 10⁹ per second of what `work` says it did. */
function best(work: () => number): number {
  const rates = Array.from({ length: TRIES }, () => {
    const start = performance.now(), amount = work();
    return amount / (performance.now() - start) / 1e6;
  });
  return Math.max(...rates);
}
