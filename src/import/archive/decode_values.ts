/**
 * Decoders of what values are: tensors' metadata, devices, symbolic scalars.
 *
 * @module
 */
import {
  boolean,
  type Decode,
  defaulted,
  dtype,
  field,
  float,
  int,
  list,
  Misshapen,
  named,
  object,
  optional,
  smallInt,
  string,
  union,
} from "./decode.ts";
import { layouts, memoryFormats } from "./program.ts";
import type {
  CustomObject,
  Device,
  Int,
  Layout,
  MemoryFormat,
  NameRef,
  SymBoolValue,
  SymExpr,
  SymFloatValue,
  SymInt,
  SymIntValue,
  TensorMeta,
} from "./types.ts";

export const layout: Decode<Layout> = named("layout", layouts);
export const memoryFormat: Decode<MemoryFormat> = named("memory format", memoryFormats);

export const device: Decode<Device> = (value) => {
  const from = object(value);
  return { type: field(from, "type", string), index: field(from, "index", optional(smallInt)) };
};

export const customObject: Decode<CustomObject> = (value) => {
  const from = object(value);
  return { name: field(from, "name", string), classFqn: field(from, "class_fqn", string) };
};

/** The one field of `{name}`. */
export const nameOf: Decode<string> = (value) => field(object(value), "name", string);

/** `{expr_str, hint?}`; a hint of another kind than wanted is dropped: it only informs. */
function expression<T>(want: (hint: Int | number | boolean) => T | null): Decode<SymExpr<T>> {
  const hint = union<Int | number | boolean>(
    "a hint",
    new Map<string, Decode<Int | number | boolean>>([["as_int", int], ["as_float", float], [
      "as_bool",
      boolean,
    ]]),
  );
  return (value) => {
    const from = object(value), seen = field(from, "hint", optional(hint));
    return { expr: field(from, "expr_str", string), hint: seen === null ? null : want(seen) };
  };
}

const intExpression = expression<Int>((
  n,
) => (typeof n === "bigint" || Number.isSafeInteger(n) ? n as Int : null));
const floatExpression = expression<number>((x) => (typeof x === "boolean" ? null : Number(x)));
const boolExpression = expression<boolean>((b) => (typeof b === "boolean" ? b : null));

/** A size, stride or offset. */
const symInt: Decode<SymInt> = union<SymInt>(
  "a size",
  new Map<string, Decode<SymInt>>([["as_int", smallInt], ["as_expr", intExpression]]),
);
export const symIntValue: Decode<SymIntValue> = union<SymIntValue>(
  "an integer",
  new Map<string, Decode<SymIntValue>>([["as_int", int], ["as_expr", intExpression]]),
);
export const symFloatValue: Decode<SymFloatValue> = union<SymFloatValue>(
  "a float",
  new Map<string, Decode<SymFloatValue>>([["as_float", float], ["as_expr", floatExpression]]),
);
export const symBoolValue: Decode<SymBoolValue> = union<SymBoolValue>(
  "a truth value",
  new Map<string, Decode<SymBoolValue>>([["as_bool", boolean], ["as_expr", boolExpression]]),
);

/** A decoder of a scalar that is either known (`tag`) or the name of another value. */
export function scalarOrName<T>(tag: string, known: Decode<T>): Decode<T | NameRef> {
  return union<T | NameRef>(
    "a scalar",
    new Map<string, Decode<T | NameRef>>([[tag, known], ["as_name", (value) => ({ name: string(value) })]]),
  );
}

export const tensorMeta: Decode<TensorMeta> = (value) => {
  const from = object(value);
  const meta = {
    dtype: field(from, "dtype", dtype),
    sizes: field(from, "sizes", sizes),
    strides: field(from, "strides", sizes),
    storageOffset: field(from, "storage_offset", defaulted<SymInt>(symInt, () => 0)),
    requiresGrad: field(from, "requires_grad", boolean),
    device: field(from, "device", device),
    layout: field(from, "layout", layout),
  };
  if (meta.layout === "strided" && meta.sizes.length !== meta.strides.length) {
    throw new Misshapen(`${meta.sizes.length} sizes but ${meta.strides.length} strides`);
  }
  return meta;
};

const sizeList = list(symInt);
const negative = (size: SymInt) => typeof size === "number" && size < 0;

const sizes: Decode<SymInt[]> = (value) => {
  const decoded = sizeList(value);
  if (decoded.some(negative)) throw new Misshapen("a negative size or stride");
  return decoded;
};
