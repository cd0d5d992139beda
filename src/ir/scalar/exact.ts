/**
 * Doubles as integers times powers of two, for results that are rounded once: fused multiply-add, scaling, wide integers.
 *
 * @module
 */
const doubles = new Float64Array(1), bits = new BigUint64Array(doubles.buffer);

/** `mantissa * 2^exponent` of a finite double. */
function parts(x: number): readonly [bigint, number] {
  doubles[0] = x;
  const all = bits[0]!, field = Number((all >> 52n) & 0x7ffn), fraction = all & 0xfffffffffffffn;
  const mantissa = field === 0 ? fraction : fraction | 0x10000000000000n;
  return [all >> 63n ? -mantissa : mantissa, Math.max(field, 1) - 1075];
}

/** `mantissa * 2^exponent` as a double whose last bit is set where something was cut off: safe to round again. */
function toOdd(mantissa: bigint, exponent: number): number {
  const size = mantissa < 0n ? -mantissa : mantissa;
  const cut = Math.max(0, size.toString(2).length - 53);
  const kept = size >> BigInt(cut), odd = kept << BigInt(cut) === size ? kept : kept | 1n;
  const value = Number(odd) * 2 ** Math.max(exponent + cut, -1000) * 2 ** Math.min(0, exponent + cut + 1000);
  return mantissa < 0n ? -value : value;
}

/** The nearest double of `mantissa * 2^exponent`. */
function toNearest(mantissa: bigint, exponent: number): number {
  const size = mantissa < 0n ? -mantissa : mantissa, length = size.toString(2).length;
  const cut = BigInt(Math.max(0, length - 53, -1074 - exponent)); // denormals have fewer bits
  const kept = size >> cut, rest = size - (kept << cut), half = cut > 0n ? 1n << (cut - 1n) : 0n;
  const up = cut > 0n && (rest > half || (rest === half && kept % 2n === 1n));
  const shift = exponent + Number(cut), value = Number(up ? kept + 1n : kept);
  const scaled = shift > 900 ? value * 2 ** 900 * 2 ** (shift - 900) : value * 2 ** Math.max(shift, -1074);
  return mantissa < 0n ? -scaled : scaled;
}

/** `a * b + c` rounded once, to f64 or f32. */
export function fusedMultiplyAdd(a: number, b: number, c: number, single: boolean): number {
  const rough = a * b + c;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return rough;
  if (!Number.isFinite(c)) return c;
  const [ma, ea] = parts(a), [mb, eb] = parts(b), [mc, ec] = parts(c);
  const low = Math.min(ea + eb, ec);
  const sum = ((ma * mb) << BigInt(ea + eb - low)) + (mc << BigInt(ec - low));
  if (sum === 0n) return rough;
  return single ? Math.fround(toOdd(sum, low)) : toNearest(sum, low);
}

/** `a * 2^power` for a whole power, rounded once. */
export function scaleByPower(a: number, power: number, single: boolean): number {
  if (!Number.isFinite(a) || a === 0 || power !== power) return power === power ? a : NaN;
  const [mantissa, exponent] = parts(a),
    shift = exponent + Math.max(-3000, Math.min(3000, Math.trunc(power)));
  return single ? Math.fround(toOdd(mantissa, shift)) : toNearest(mantissa, shift);
}

/** An integer as a float, rounded once. */
export function bigToFloat(value: bigint, single: boolean): number {
  return single ? Math.fround(toOdd(value, 0)) : Number(value);
}
