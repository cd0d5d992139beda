/**
 * The names a pickle of tensors may use, and what calling each of them yields. Any other name is refused.
 *
 * @module
 */
import { type DType, fromTorch } from "../../base/mod.ts";
import { quote, unreadable } from "./errors.ts";
import type { PickleGlobal, PickleStorage, PickleTensor, PickleValue } from "./pickle_values.ts";

/** `torch.FloatStorage` and friends: the element type that their numbers of elements count. */
const storageClasses: Readonly<Record<string, DType>> = {
  FloatStorage: "f32",
  DoubleStorage: "f64",
  HalfStorage: "f16",
  BFloat16Storage: "bf16",
  LongStorage: "i64",
  IntStorage: "i32",
  ShortStorage: "i16",
  CharStorage: "i8",
  ByteStorage: "u8",
  BoolStorage: "bool",
  ComplexFloatStorage: "c64",
  ComplexDoubleStorage: "c128",
};

const FROM_TYPE = "torch._tensor._rebuild_from_type_v2";

const calls: ReadonlyMap<string, (args: readonly PickleValue[]) => PickleValue> = new Map([
  ["collections.OrderedDict", orderedDict],
  ["torch.Size", (args: readonly PickleValue[]) => asTuple(args[0], "torch.Size")],
  ["torch._utils._rebuild_tensor_v2", rebuildTensor],
  ["torch._utils._rebuild_tensor_v3", rebuildTyped],
  ["torch._utils._rebuild_parameter", rebuildParameter],
  ["torch._utils._rebuild_parameter_with_state", rebuildParameter],
  [FROM_TYPE, rebuildFromType],
]);

/** Classes that add nothing to a plain tensor; named by `_rebuild_from_type_v2`, never called. */
const plainClasses: ReadonlySet<string> = new Set([
  "torch.Tensor",
  "torch.nn.parameter.Parameter",
  "torch.nn.parameter.Buffer",
]);

const UNTYPED = "torch.storage.UntypedStorage";

/** The value of a GLOBAL instruction. */
export function globalNamed(module: string, name: string): PickleValue {
  const full = `${module}.${name}`;
  if (calls.has(full) || plainClasses.has(full) || full === UNTYPED) return { kind: "global", name: full };
  if (module === "torch") {
    if (Object.hasOwn(storageClasses, name)) return { kind: "global", name: full };
    const dtype = fromTorch(name);
    if (dtype) return { kind: "dtype", dtype };
  }
  const tensor = full.startsWith("torch._utils._rebuild");
  unreadable(tensor ? "unsupported-tensor" : "hostile-pickle", `a pickle that names ${quote(full)}`);
}

/** The value of a REDUCE instruction. */
export function callGlobal(callee: PickleValue, args: PickleValue): PickleValue {
  const call = isObject(callee) && callee.kind === "global" ? calls.get(callee.name) : undefined;
  if (!call) unreadable("hostile-pickle", "a pickle that calls something which is not a function");
  return call(asTuple(args, (callee as PickleGlobal).name).items);
}

/** The value of a BINPERSID instruction: `("storage", class, key, device, count)`. */
export function persistent(id: PickleValue): PickleStorage {
  const [word, type, key, device, count] = asTuple(id, "a persistent id").items;
  if (word !== "storage" || !isObject(type) || type.kind !== "global") {
    unreadable("bad-pickle", "a persistent id that is not a storage");
  }
  if (typeof key !== "string" || typeof device !== "string") {
    unreadable("bad-pickle", "a storage without key and device");
  }
  const bare = type.name.replace(/^torch\./, "");
  const dtype = Object.hasOwn(storageClasses, bare) ? storageClasses[bare]! : null;
  if (dtype === null && type.name !== UNTYPED) {
    unreadable("bad-pickle", `a storage of class ${quote(type.name)}`);
  }
  return { kind: "storage", dtype, key, device, count: asCount(count, "a storage's size") };
}

function orderedDict(args: readonly PickleValue[]): PickleValue {
  if (args.length > 0) unreadable("bad-pickle", "an OrderedDict made with arguments");
  return { kind: "dict", entries: [] };
}

function rebuildTensor(args: readonly PickleValue[]): PickleTensor {
  const storage = asStorage(args[0]);
  if (!storage.dtype) unreadable("bad-pickle", "a tensor without an element type");
  return tensor(storage, storage.dtype, args, args[6]);
}

function rebuildTyped(args: readonly PickleValue[]): PickleTensor {
  const dtype = args[6];
  if (!isObject(dtype) || dtype.kind !== "dtype") {
    unreadable("bad-pickle", "a tensor without an element type");
  }
  return tensor(asStorage(args[0]), dtype.dtype, args, args[7]);
}

function tensor(
  storage: PickleStorage,
  dtype: DType,
  args: readonly PickleValue[],
  flags: PickleValue | undefined,
): PickleTensor {
  const [, offset, sizes, strides, requiresGrad] = args;
  return {
    kind: "tensor",
    storage,
    dtype,
    offset: asCount(offset, "a storage offset"),
    sizes: asTuple(sizes, "sizes").items.map((n) => asCount(n, "a size")),
    strides: asTuple(strides, "strides").items.map((n) => asCount(n, "a stride")),
    requiresGrad: requiresGrad === true,
    isParameter: false,
    conj: flagOf(flags, "conj"),
    neg: flagOf(flags, "neg"),
  };
}

function rebuildParameter([data, requiresGrad]: readonly PickleValue[]): PickleTensor {
  if (!isObject(data) || data.kind !== "tensor") unreadable("bad-pickle", "a parameter that is not a tensor");
  return { ...data, isParameter: true, requiresGrad: requiresGrad === true };
}

/** `(function, class, arguments, attributes)`: a tensor somebody set attributes on; these mean nothing here. */
function rebuildFromType([rebuild, type, args]: readonly PickleValue[]): PickleValue {
  if (!isObject(type) || type.kind !== "global" || !plainClasses.has(type.name)) {
    unreadable("unsupported-tensor", "a tensor of a class of its own");
  }
  if (isObject(rebuild) && rebuild.kind === "global" && rebuild.name === FROM_TYPE) {
    unreadable("bad-pickle", "a tensor rebuilt from a rebuilt tensor");
  }
  const made = callGlobal(rebuild ?? null, args ?? null);
  if (!isObject(made) || made.kind !== "tensor") {
    unreadable("bad-pickle", "a class around something but a tensor");
  }
  return { ...made, isParameter: made.isParameter || type.name.endsWith(".Parameter") };
}

function flagOf(flags: PickleValue | undefined, name: string): boolean {
  if (!isObject(flags) || flags.kind !== "dict") return false;
  return flags.entries.some(([key, value]) => key === name && value === true);
}

function asStorage(value: PickleValue | undefined): PickleStorage {
  if (isObject(value) && value.kind === "storage") return value;
  unreadable("bad-pickle", "a tensor without a storage");
}

function asTuple(
  value: PickleValue | undefined,
  what: string,
): { kind: "tuple" | "list"; items: PickleValue[] } {
  if (isObject(value) && value.kind === "tuple") return { kind: "tuple", items: value.items };
  unreadable("bad-pickle", `${what} that is not a tuple`);
}

function asCount(value: PickleValue | undefined, what: string): number {
  if (typeof value === "number" && value >= 0) return value;
  unreadable("bad-pickle", `${what} that is not a natural number`);
}

function isObject(value: PickleValue | undefined): value is Extract<PickleValue, object> {
  return typeof value === "object" && value !== null;
}
