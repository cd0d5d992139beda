/**
 * Content digests: SHA-256 in hexadecimal, of bytes, of text and of values in canonical JSON.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** 64 lowercase hexadecimal digits. */
export type Digest = string;

/** Digest of bytes or UTF-8 text. */
export function digestOf(data: Uint8Array | string): Digest {
  return createHash("sha256").update(data).digest("hex");
}

/** Digest of a value through its canonical JSON. */
export function digestOfValue(value: unknown): Digest {
  return digestOf(canonicalJson(value));
}

/** Digest of a file, read in 1 MiB pieces: memory stays flat for files of any size. */
export function digestOfFile(path: string): Digest {
  const hash = createHash("sha256"), buffer = new Uint8Array(1 << 20);
  using file = Deno.openSync(path, { read: true });
  for (let n = file.readSync(buffer); n; n = file.readSync(buffer)) hash.update(buffer.subarray(0, n));
  return hash.digest("hex");
}

/** JSON with sorted keys, no white space, `undefined` fields left out, bigints as `"123n"`, non-finite as text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, v) => {
    if (typeof v === "bigint") return `${v}n`;
    if (typeof v === "number" && !Number.isFinite(v)) return String(v);
    if (typeof v === "number" && Object.is(v, -0)) return "-0";
    if (v && typeof v === "object" && !Array.isArray(v) && !(v instanceof Uint8Array)) {
      return Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
    }
    return v;
  });
}
