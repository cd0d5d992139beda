/**
 * Ways to damage an archive, from single bits to a well-formed zip around JSON of another shape.
 *
 * @module
 */
import { edited, joined, type Part, partsOf, zipOf } from "./rig.ts";

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export type Random = () => number;
export function random(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const below = (n: number, rng: Random) => Math.floor(rng() * n);
const pick = <T>(items: readonly T[], rng: Random): T => items[below(items.length, rng)]!;

/** A damaged copy of one of the seeds, and how it was damaged. */
export function mutate(seeds: readonly Uint8Array[], rng: Random): { bytes: Uint8Array; how: string } {
  const [how, way] = pick(ways, rng);
  return { bytes: way(pick(seeds, rng), rng, seeds), how };
}

type Way = (bytes: Uint8Array, rng: Random, seeds: readonly Uint8Array[]) => Uint8Array;

const ways: readonly (readonly [string, Way])[] = [
  ["flipped bytes", flip],
  ["cut short", (bytes, rng) => bytes.slice(0, below(bytes.length, rng))],
  ["spliced", splice],
  ["zip header field", header],
  ["member replaced", member],
  ["JSON reshaped", json],
  ["JSON reshaped", json],
  ["JSON text", jsonText],
  ["pickle changed", pickle],
  ["pickle changed", pickle],
];

function flip(bytes: Uint8Array, rng: Random): Uint8Array {
  const out = bytes.slice();
  for (let n = 1 + below(16, rng); n > 0 && out.length > 0; n--) {
    out[below(out.length, rng)] = below(256, rng);
  }
  return out;
}

/** A piece of one file inside another, in place of as much, of nothing, or of the rest. */
function splice(bytes: Uint8Array, rng: Random, seeds: readonly Uint8Array[]): Uint8Array {
  const other = pick(seeds, rng), from = below(other.length, rng), at = below(bytes.length, rng);
  const piece = other.slice(from, from + below(2000, rng));
  return joined([bytes.slice(0, at), piece, bytes.slice(at + pick([0, piece.length, bytes.length], rng))]);
}

/** Another number in a header: a local one, a directory entry, or the end. */
function header(bytes: Uint8Array, rng: Random): Uint8Array {
  const out = bytes.slice(), at: number[] = [];
  for (let i = 0; i + 4 < out.length; i++) {
    if (out[i] === 0x50 && out[i + 1] === 0x4b && out[i + 2]! < 8) at.push(i);
  }
  const view = new DataView(out.buffer);
  for (let n = 1 + below(3, rng); n > 0 && at.length > 0; n--) {
    const field = pick(at, rng) + 4 + 2 * below(22, rng), value = pick(numbers, rng);
    if (field + 4 > out.length) continue;
    if (rng() < 0.5) view.setUint16(field, value & 0xffff, true);
    else view.setUint32(field, value >>> 0, true);
  }
  return out;
}

const numbers = [
  0,
  1,
  2,
  8,
  20,
  45,
  0x7fff,
  0xfffe,
  0xffff,
  0x10000,
  0x7fffffff,
  0x80000000,
  0xfffffffe,
  0xffffffff,
];

/** One member away, twice, renamed, deflated or with other bytes; the zip itself is right. */
function member(bytes: Uint8Array, rng: Random): Uint8Array {
  const parts = partsOf(bytes), i = below(parts.length, rng), part = parts[i]!;
  const name = pick(["../x", "/x", "a/b", "x", pick(parts, rng).name, "archive_format"], rng);
  const changed = pick<readonly Part[]>([
    [],
    [part, part],
    [{ ...part, name }],
    [{ ...part, deflate: true }],
    [{ ...part, deflate: true, claims: pick(numbers, rng) }],
    [{ ...part, bytes: flip(part.bytes, rng) }],
    [{ ...part, bytes: part.bytes.slice(0, below(part.bytes.length + 1, rng)) }],
    [{ ...part, bytes: pick(parts, rng).bytes }],
  ], rng);
  const form = { descriptors: rng() < 0.3, zip64: rng() < 0.3 };
  return zipOf([...parts.slice(0, i), ...changed, ...parts.slice(i + 1)], form);
}

function json(bytes: Uint8Array, rng: Random): Uint8Array {
  return withJson(bytes, rng, (text) => {
    const plain = text.replace(/(?<=[[:, ])-?Infinity|(?<=[[:, ])NaN/g, "null");
    const root = JSON.parse(plain) as Json;
    for (let n = 1 + below(3, rng); n > 0; n--) reshape(root, rng);
    return JSON.stringify(root);
  });
}

function jsonText(bytes: Uint8Array, rng: Random): Uint8Array {
  return withJson(bytes, rng, (text) => {
    const at = below(text.length, rng);
    const junk = [
      "9223372036854775808",
      "Infinity",
      "-",
      '"',
      "{",
      "]",
      "\\",
      "1e999",
      "9".repeat(50),
      "[".repeat(999),
    ];
    return text.slice(0, at) + pick(junk, rng) + text.slice(at + pick([0, 1, 5], rng));
  });
}

function withJson(bytes: Uint8Array, rng: Random, change: (text: string) => string): Uint8Array {
  const parts = partsOf(bytes), name = pick(parts.filter((part) => part.name.endsWith(".json")), rng).name;
  const edit = (old: Uint8Array) => new TextEncoder().encode(change(new TextDecoder().decode(old)));
  return zipOf(edited(parts, name, edit));
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Replaces, removes or adds something at a random place. */
function reshape(root: Json, rng: Random): void {
  let at: Json = root;
  for (let depth = below(14, rng); depth > 0; depth--) {
    const inside: Json[] = Object.values(at as object).filter((v) => typeof v === "object" && v !== null);
    if (inside.length === 0) break;
    at = pick(inside, rng);
  }
  const box = at as { [key: string]: Json },
    keys = Object.keys(box),
    key = keys.length ? pick(keys, rng) : "x";
  const roll = rng();
  if (roll < 0.6) box[key] = strange(rng, box[pick(keys.length ? keys : ["x"], rng)] ?? null);
  else if (roll < 0.8) Array.isArray(at) ? at.splice(below(at.length + 1, rng), 1) : delete box[key];
  else if (Array.isArray(at)) at.push(strange(rng, at[0] ?? null));
  else {box[pick(["as_int", "as_none", "__proto__", "$int", "as_graph", "hasOwnProperty"], rng)] = strange(
      rng,
      root,
    );}
}

function strange(rng: Random, sibling: Json): Json {
  const deep = () => Array.from({ length: 500 }).reduce<Json>((inner) => [inner], 0);
  return pick<() => Json>([
    () => null,
    () => true,
    () => -1,
    () => 1.5,
    () => 2 ** 53,
    () => 1e308,
    () => "",
    () => "NaN",
    () => "[1, null]",
    () => "x".repeat(1000),
    () => [],
    () => ({}),
    () => ({ as_int: below(100, rng) }),
    () => ({ as_expr: { expr_str: "Symbol('s0')" } }),
    () => ({ $int: "9223372036854775807" }),
    () => ({ as_tensor: { name: "x" } }),
    () => structuredClone(sibling),
    deep,
  ], rng)();
}

/** Another instruction or operand in the pickle of a torch.save file; checksums are right. */
function pickle(bytes: Uint8Array, rng: Random): Uint8Array {
  const parts = partsOf(bytes),
    saved = parts.filter(({ name, bytes }) => name.endsWith(".pt") && bytes.length > 0);
  if (saved.length === 0) return flip(bytes, rng);
  return zipOf(
    edited(
      parts,
      pick(saved, rng).name,
      (inner) => zipOf(edited(partsOf(inner), "/data.pkl", (old) => changePickle(old, rng))),
    ),
  );
}

function changePickle(old: Uint8Array, rng: Random): Uint8Array {
  const at = below(old.length, rng), text = new TextDecoder("latin1").decode(old);
  const renamed = text.replace(
    pick(["_rebuild_tensor_v2", "FloatStorage", "OrderedDict", "collections"], rng),
    pick(names, rng),
  );
  return pick<() => Uint8Array>([
    () => flip(old, rng),
    () => old.slice(0, at),
    () => joined([old.slice(0, at), new Uint8Array([pick(opcodes, rng)]), old.slice(at)]),
    () => old.map((byte, i) => (i === at ? pick(opcodes, rng) : byte)),
    () => joined([old.slice(0, at), old.slice(below(old.length, rng))]),
    () => Uint8Array.from(renamed, (c) => c.charCodeAt(0)),
  ], rng)();
}

const names = [
  "system",
  "UntypedStorage",
  "_rebuild_from_type_v2",
  "_rebuild_parameter",
  "eval",
  "os",
  "Size",
  "__init__",
];
const opcodes = [..."(.NKMJGX}])tasuecRQbqrhjiolpPdgI0122"].map((c) => c.charCodeAt(0)).concat([
  0x80,
  0x81,
  0x82,
  0x85,
  0x86,
  0x87,
  0x88,
  0x89,
  0x8a,
  0x8b,
  0x93,
  0x95,
]);
