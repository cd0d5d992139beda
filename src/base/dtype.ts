/**
 * Element types: one row each, with every number and name that a format of ours or of others gives it.
 *
 * @module
 */

/** What arithmetic an element type takes part in. */
export type DTypeKind = "float" | "signed" | "unsigned" | "bool" | "complex";

interface Row {
  readonly kind: DTypeKind;
  /** Bytes per element. */
  readonly bytes: number;
  /** Number in c10::ScalarType and in the C ABI. */
  readonly c10: number;
  /** Number in the JSON of torch.export (the serializer's own enumeration). */
  readonly exported: number;
  /** Name in a safetensors header; complex tensors are stored as real there. */
  readonly safetensors: string;
  /** Name in Python: `torch.float32`. */
  readonly torch: string;
}

const rows = {
  f32: { kind: "float", bytes: 4, c10: 6, exported: 7, safetensors: "F32", torch: "float32" },
  f64: { kind: "float", bytes: 8, c10: 7, exported: 8, safetensors: "F64", torch: "float64" },
  f16: { kind: "float", bytes: 2, c10: 5, exported: 6, safetensors: "F16", torch: "float16" },
  bf16: { kind: "float", bytes: 2, c10: 15, exported: 13, safetensors: "BF16", torch: "bfloat16" },
  i64: { kind: "signed", bytes: 8, c10: 4, exported: 5, safetensors: "I64", torch: "int64" },
  i32: { kind: "signed", bytes: 4, c10: 3, exported: 4, safetensors: "I32", torch: "int32" },
  i16: { kind: "signed", bytes: 2, c10: 2, exported: 3, safetensors: "I16", torch: "int16" },
  i8: { kind: "signed", bytes: 1, c10: 1, exported: 2, safetensors: "I8", torch: "int8" },
  u8: { kind: "unsigned", bytes: 1, c10: 0, exported: 1, safetensors: "U8", torch: "uint8" },
  u16: { kind: "unsigned", bytes: 2, c10: 27, exported: 28, safetensors: "U16", torch: "uint16" },
  u32: { kind: "unsigned", bytes: 4, c10: 28, exported: 34, safetensors: "U32", torch: "uint32" },
  u64: { kind: "unsigned", bytes: 8, c10: 29, exported: 35, safetensors: "U64", torch: "uint64" },
  bool: { kind: "bool", bytes: 1, c10: 11, exported: 12, safetensors: "BOOL", torch: "bool" },
  c32: { kind: "complex", bytes: 4, c10: 8, exported: 9, safetensors: "F16", torch: "complex32" },
  c64: { kind: "complex", bytes: 8, c10: 9, exported: 10, safetensors: "F32", torch: "complex64" },
  c128: { kind: "complex", bytes: 16, c10: 10, exported: 11, safetensors: "F64", torch: "complex128" },
  f8e4m3fn: {
    kind: "float",
    bytes: 1,
    c10: 24,
    exported: 29,
    safetensors: "F8_E4M3",
    torch: "float8_e4m3fn",
  },
  f8e5m2: { kind: "float", bytes: 1, c10: 23, exported: 30, safetensors: "F8_E5M2", torch: "float8_e5m2" },
  f8e4m3fnuz: {
    kind: "float",
    bytes: 1,
    c10: 26,
    exported: 31,
    safetensors: "F8_E4M3FNUZ",
    torch: "float8_e4m3fnuz",
  },
  f8e5m2fnuz: {
    kind: "float",
    bytes: 1,
    c10: 25,
    exported: 32,
    safetensors: "F8_E5M2FNUZ",
    torch: "float8_e5m2fnuz",
  },
  f8e8m0fnu: {
    kind: "float",
    bytes: 1,
    c10: 44,
    exported: 33,
    safetensors: "F8_E8M0",
    torch: "float8_e8m0fnu",
  },
} as const satisfies Record<string, Row>;

/** Name of an element type in this project. */
export type DType = keyof typeof rows;

/** The facts of every element type. */
export const dtypes: Readonly<Record<DType, Row>> = rows;

/** All names, in the order of the table. */
export const dtypeNames = Object.keys(rows) as readonly DType[];

/** Bytes per element. */
export function bytesOf(dtype: DType): number {
  return rows[dtype].bytes;
}

/** True for f16, bf16, f32, f64 and the eight-bit floats. */
export function isFloat(dtype: DType): boolean {
  return rows[dtype].kind === "float";
}

/** True for signed and unsigned integers, not for bool. */
export function isInteger(dtype: DType): boolean {
  return rows[dtype].kind === "signed" || rows[dtype].kind === "unsigned";
}

/** True for complex32, complex64, complex128. */
export function isComplex(dtype: DType): boolean {
  return rows[dtype].kind === "complex";
}

/** Element type by its number in torch.export's JSON. */
export function fromExported(number: number): DType | undefined {
  return dtypeNames.find((name) => rows[name].exported === number);
}

/** Element type by its Python name, with or without `torch.`. */
export function fromTorch(name: string): DType | undefined {
  const bare = name.replace(/^torch\./, "");
  return dtypeNames.find((dtype) => rows[dtype].torch === bare);
}

const floatOrder: readonly DType[] = ["f64", "f32"];

/**
 * The element type of a binary operation on tensors of one category each (torch.promote_types).
 * Within floats, bf16 with f16 gives f32; integers widen; a higher category wins.
 */
export function promote(a: DType, b: DType): DType {
  if (a === b) return a;
  const rank = { bool: 0, unsigned: 1, signed: 1, float: 2, complex: 3 } as const;
  const [ka, kb] = [rows[a].kind, rows[b].kind];
  if (rank[ka] !== rank[kb]) return promoteCategory(rank[ka] > rank[kb] ? a : b, rank[ka] > rank[kb] ? b : a);
  if (ka === "complex" || kb === "complex") return rows[a].bytes > rows[b].bytes ? a : b;
  if (ka === "float") return floatOrder.find((f) => f === a || f === b) ?? "f32";
  return promoteIntegers(a, b);
}

function promoteCategory(high: DType, low: DType): DType {
  if (high === "c64" && low === "f64") return "c128";
  if (high === "c32" && (low === "f32" || low === "bf16")) return "c64";
  if (high === "c32" && low === "f64") return "c128";
  return high;
}

function promoteIntegers(a: DType, b: DType): DType {
  if (rows[a].kind === rows[b].kind) return rows[a].bytes > rows[b].bytes ? a : b;
  const [signed, unsigned] = rows[a].kind === "signed" ? [a, b] : [b, a];
  if (rows[signed].bytes > rows[unsigned].bytes) return signed;
  return ({ 1: "i16", 2: "i32", 4: "i64", 8: "i64" } as const)[rows[unsigned].bytes as 1 | 2 | 4 | 8];
}
