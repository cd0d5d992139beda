/**
 * Digests of ranges of a file. Long ones are computed on a thread of their own, so that whoever waits can go on
 * with other work: 400 MB are a quarter of a second of a processor.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Digest } from "../base/mod.ts";
import { feedRange } from "./bytes.ts";
import type { Range } from "./file.ts";

/** Bytes from which on a thread (30 ms to start) is worth it. */
const LONG = 32 << 20;

/** What the thread is asked. */
export interface HashingRequest {
  readonly path: string;
  readonly ranges: readonly Range[];
}

/** What it answers; nothing when it could not read the file. */
export type HashingAnswer = readonly Digest[] | null;

/** The digests of ranges of a file, in their order. */
export async function digestsOf(
  path: string,
  ranges: readonly Range[],
  signal?: AbortSignal,
): Promise<readonly Digest[]> {
  const bytes = ranges.reduce((sum, range) => sum + range.bytes, 0);
  const found = bytes >= LONG ? await onThread({ path, ranges }, signal) : null;
  return found ?? digestsHere(path, ranges);
}

/** The digests, while nobody else works. */
export function digestsHere(path: string, ranges: readonly Range[]): readonly Digest[] {
  using file = Deno.openSync(path, { read: true });
  const buffer = new Uint8Array(1 << 20);
  return ranges.map((range) => {
    const hash = createHash("sha256");
    feedRange(hash, file, range, buffer);
    return hash.digest("hex");
  });
}

/** Nothing where there is no such thread, or it failed: whoever reads the file himself finds out why. */
async function onThread(request: HashingRequest, signal: AbortSignal | undefined): Promise<HashingAnswer> {
  signal?.throwIfAborted();
  const worker = new Worker(new URL("./hashing_thread.ts", import.meta.url), { type: "module" });
  const { promise, resolve, reject } = Promise.withResolvers<HashingAnswer>();
  const stop = () => reject(signal!.reason);
  signal?.addEventListener("abort", stop);
  worker.onmessage = ({ data }: MessageEvent<HashingAnswer>) => resolve(data);
  worker.onerror = (event) => {
    event.preventDefault();
    resolve(null);
  };
  try {
    worker.postMessage(request);
    return await promise;
  } finally {
    signal?.removeEventListener("abort", stop);
    worker.terminate();
  }
}

/** The digest of all bytes of a file of `size` but those of `cuts`, and of where these lie. */
export function digestOfRest(path: string, size: number, cuts: readonly Range[]): Digest {
  const hash = createHash("sha256"), buffer = new Uint8Array(1 << 20);
  hash.update(JSON.stringify([size, cuts.map(({ offset, bytes }) => [offset, bytes])]));
  using file = Deno.openSync(path, { read: true });
  let at = 0;
  for (const { offset, bytes } of [...cuts, { offset: size, bytes: 0 }]) {
    feedRange(hash, file, { offset: at, bytes: offset - at }, buffer);
    at = offset + bytes;
  }
  return hash.digest("hex");
}
