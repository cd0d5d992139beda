/**
 * How element types look in C: names in headers, memory types, the vector type a value is carried in.
 *
 * @module
 */
import { type DType, isComplex } from "../../base/mod.ts";
import type { ScalarOf } from "../../ir/loops/mod.ts";
import type { Num } from "../../ir/scalar/mod.ts";

/** Suffix of `aoti_load_<…>` and friends; complex and eight-bit floats have no kernels. */
export function memoryName(dtype: DType): string {
  if (isComplex(dtype) || dtype.startsWith("f8")) throw new RangeError(`kernels do not compute in ${dtype}`);
  return dtype;
}

/** The type that values of `dtype` are carried in: halves travel as rounded f32. */
export function carried(dtype: DType): DType {
  return dtype === "f16" || dtype === "bf16" ? "f32" : dtype;
}

/** C type of an element in memory. */
export function elementType(dtype: DType): string {
  return `aoti_t_${memoryName(dtype)}`;
}

/** C type of a vector of carried values. */
export function vectorType(dtype: DType): string {
  return `v${memoryName(carried(dtype))}`;
}

const limits: Partial<Record<DType, readonly [min: string, max: string]>> = {
  f32: ["-__builtin_inff()", "__builtin_inff()"],
  f64: ["-__builtin_inf()", "__builtin_inf()"],
  i64: ["INT64_MIN", "INT64_MAX"],
  i32: ["INT32_MIN", "INT32_MAX"],
  i16: ["INT16_MIN", "INT16_MAX"],
  i8: ["INT8_MIN", "INT8_MAX"],
  u8: ["0", "UINT8_MAX"],
  u16: ["0", "UINT16_MAX"],
  u32: ["0", "UINT32_MAX"],
  u64: ["0", "UINT64_MAX"],
  bool: ["0", "1"],
};

/** Smallest and largest value as C literals. */
export function limitsOf(dtype: DType): readonly [min: string, max: string] {
  return limits[carried(dtype)]!;
}

/** A constant as a C literal of the carried type. */
export function literalText(value: Num, dtype: DType): string {
  const type = carried(dtype);
  if (type === "bool") return value ? "1" : "0";
  if (type === "f32" || type === "f64") return floatText(Number(value), type === "f32");
  return integerText(typeof value === "number" ? toBigInt(value) : BigInt(value), type);
}

/** What C calls for a function of values of a type: a bound that is a number, and no nan, needs no test for one. */
export function callee({ fn, args }: ScalarOf<"apply">, over: DType): string {
  const bound = args[1]?.kind === "literal" && (over === "f32" || over === "f64") ? args[1].value : NaN;
  if (fn === "max" && !Number.isNaN(Number(bound))) return "atleast";
  if (fn === "min" && !Number.isNaN(Number(bound))) return "atmost";
  return fn === "where" ? "select" : fn;
}

/** C casts of floats that no integer holds are not C: like x86, they give the type's minimum. */
function toBigInt(value: number): bigint {
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : -(1n << 63n);
}

function floatText(value: number, single: boolean): string {
  if (Number.isNaN(value)) return single ? '__builtin_nanf("")' : '__builtin_nan("")';
  const x = single ? Math.fround(value) : value;
  if (!Number.isFinite(x)) return limits[single ? "f32" : "f64"]![x < 0 ? 0 : 1];
  const text = Object.is(x, -0) ? "-0" : String(x);
  return `${/[.e]/.test(text) ? text : `${text}.0`}${single ? "f" : ""}`;
}

function integerText(value: bigint, type: DType): string {
  if (type === "u64") return `UINT64_C(${BigInt.asUintN(64, value)})`;
  const wrapped = BigInt.asIntN(64, value);
  if (wrapped === -(1n << 63n)) return "INT64_MIN";
  return type === "i64" || type === "u32" ? `INT64_C(${wrapped})` : String(wrapped);
}
