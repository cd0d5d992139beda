/**
 * Arguments under the types of a schema: defaults that the export leaves out, and numbers as what the schema wants.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import { asInt } from "../ir/expr/mod.ts";
import { defaultOf, type SchemaArg } from "../ops/mod.ts";
import type { Argument } from "./archive/types.ts";

/** The default of `arg` as an export would write it. */
export function defaultArgument(arg: SchemaArg): Argument {
  const { name, type } = arg, value = defaultOf(arg);
  if (value === undefined) {
    return refuse({
      reason: "bad-argument",
      message: `Cannot call the operator: argument "${name}" is missing`,
    });
  }
  const unknown = (): never =>
    refuse({
      reason: "unsupported-argument",
      message: `Cannot pass the default of argument "${name}": pass it`,
    });
  switch (value.kind) {
    case "none":
      return { kind: "none" };
    case "int":
      return underType({ kind: "int", value: asInt(value.expr) ?? unknown() }, type);
    case "ints":
      return underType({ kind: "ints", values: value.exprs.map((e) => asInt(e) ?? unknown()) }, type);
    case "float":
      return { kind: "float", value: value.float };
    case "floats":
      return { kind: "floats", values: value.floats };
    case "bool":
      return typeof value.truth === "boolean" ? { kind: "bool", value: value.truth } : unknown();
    case "bools":
      return { kind: "bools", values: value.truths };
    case "string":
      return { kind: "string", value: value.text };
    case "dtype":
      return { kind: "scalar-type", dtype: value.dtype };
    case "ignored":
      return { kind: "memory-format", format: "contiguous" };
    default:
      return unknown();
  }
}

/** `argument` as the executor wants it for a schema's type: an int for a float is one, an empty list has the type's items. */
export function underType(argument: Argument, type: string): Argument {
  if (argument.kind === "int" && /^float\??$/.test(type)) {
    return { kind: "float", value: Number(argument.value) };
  }
  if (argument.kind === "ints" && type.startsWith("float[")) {
    return { kind: "floats", values: argument.values.map(Number) };
  }
  const isEmpty = (argument.kind === "ints" && argument.values.length === 0) ||
    (argument.kind === "tensors" && argument.names.length === 0);
  if (!isEmpty) return argument;
  if (type.startsWith("Tensor")) return { kind: "tensors", names: [] };
  if (type.startsWith("float")) return { kind: "floats", values: [] };
  if (type.startsWith("bool")) return { kind: "bools", values: [] };
  return type.startsWith("str") ? { kind: "strings", values: [] } : { kind: "ints", values: [] };
}
