/**
 * Values looked at on request: nan and infinity found, statistics printed, arrays saved.
 *
 * @module
 */
import { type DType, rowMajor, View } from "./view.ts";

const halves: readonly DType[] = ["f16", "c32"], pairs: readonly DType[] = ["c32", "c64", "c128"];

/** Real numbers of a tensor in row-major order; complex ones as pairs. */
export function numbersOf(view: View): ArrayLike<number | bigint> {
  const { dtype, shape, data } = view.dense();
  const { values } = new View(view.name, dtype, shape, rowMajor(shape), data);
  if (halves.includes(dtype)) return Array.from(values as Uint16Array, fromHalf);
  if (dtype === "bf16") return new Float32Array(Uint32Array.from(values as Uint16Array, (h) => h << 16).buffer);
  return values;
}

function fromHalf(h: number): number {
  const sign = h >> 15 ? -1 : 1, exponent = (h >> 10) & 31, fraction = h & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** How many values are no finite numbers, and the first such element. */
export function firstOdd(
  view: View,
): { readonly nans: number; readonly infinite: number; readonly first: number } | undefined {
  const all = numbersOf(view), parts = pairs.includes(view.dtype) ? 2 : 1;
  let nans = 0, infinite = 0, first = -1;
  for (let i = 0; i < all.length; i++) {
    const x = Number(all[i]);
    if (Number.isFinite(x)) continue;
    if (first < 0) first = Math.floor(i / parts);
    if (Number.isNaN(x)) nans++;
    else infinite++;
  }
  return first < 0 ? undefined : { nans, infinite, first };
}

/** Least, most and mean of the finite values: `f32[2, 3]: min -1, max 2.5, mean 0.25, 0 not finite`. */
export function statistics(view: View): string {
  const all = numbersOf(view);
  let least = Infinity, most = -Infinity, sum = 0, odd = 0;
  for (let i = 0; i < all.length; i++) {
    const x = Number(all[i]);
    if (!Number.isFinite(x)) {
      odd++;
      continue;
    }
    least = Math.min(least, x);
    most = Math.max(most, x);
    sum += x;
  }
  const mean = all.length > odd ? sum / (all.length - odd) : 0, short = (x: number) => `${Number(x.toPrecision(6))}`;
  const said = `min ${short(least)}, max ${short(most)}, mean ${short(mean)}, ${odd} not finite`;
  return `${view.dtype}[${view.shape.join(", ")}]: ${said}`;
}

/** 1 saves a tensor as `what`.npy in the folder AOTI_VALUES (aoti_values), 2 prints its statistics, 3 prints `what` alone. */
export function show(how: number, view: View | undefined, what: string): void {
  if (!view) return console.error(`aoti: kernel ${what}`);
  if (how === 1) return save(view, what);
  console.error(`aoti: ${what} ${statistics(view)}`);
}

const numpy: Readonly<Partial<Record<DType, string>>> = {
  ...{ u8: "|u1", i8: "|i1", i16: "<i2", i32: "<i4", i64: "<i8", f16: "<f2", f32: "<f4", f64: "<f8" },
  ...{ c64: "<c8", c128: "<c16", bool: "|b1", bf16: "<u2", u16: "<u2", u32: "<u4", u64: "<u8", c32: "|V4" },
};

function save(view: View, what: string): void {
  const folder = Deno.env.get("AOTI_VALUES") || "aoti_values", { dtype, shape, data } = view.dense();
  Deno.mkdirSync(folder, { recursive: true });
  const sizes = shape.map((size) => `${size},`).join("");
  const head = `{'descr': '${numpy[dtype] ?? "|V1"}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const text = head.padEnd(Math.ceil((10 + head.length + 1) / 64) * 64 - 11) + "\n";
  const start = [0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, text.length & 255, text.length >> 8];
  Deno.writeFileSync(`${folder}/${what}.npy`, new Uint8Array([...start, ...new TextEncoder().encode(text), ...data]));
}
