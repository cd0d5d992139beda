/**
 * Arguments of exported nodes as the aten table takes them.
 *
 * @module
 */
import { asBool, eq, type Expr, int } from "../ir/expr/mod.ts";
import { refuse } from "../base/mod.ts";
import type { ArgValue, RecordedOutput, SchemaArg } from "../ops/mod.ts";
import type { Argument, Int, NameRef, Node } from "./archive/types.ts";
import { type Frame, scalarOf, valueOf } from "./frame.ts";
import { asFloatData, bindInt } from "./scalar_data.ts";
import type { Scalar } from "./scalar.ts";

/** An integer as an expression; what a double cannot hold exactly (the end of an open slice) becomes 2^53 - 1. */
export function intExpr(value: Int): Expr {
  const near = Number(value);
  return int(Number.isSafeInteger(near) ? near : Math.sign(near) * Number.MAX_SAFE_INTEGER);
}

/** A scalar argument, by name or as it stands. */
export function intArgument(frame: Frame, value: Int | NameRef): Expr {
  return typeof value === "object" ? exprOf(frame, scalarOf(frame, value.name)) : intExpr(value);
}

/** A scalar as an expression; data is bound to a symbol. */
export function exprOf(frame: Frame, scalar: Scalar): Expr {
  if (scalar.kind === "int") return scalar.expr;
  const decided = scalar.kind === "bool" ? asBool(scalar.pred) : undefined;
  if (decided !== undefined) return int(Number(decided));
  if (scalar.kind === "data") return bindInt(frame, scalar.value, undefined);
  return refuse({ reason: "bad-argument", message: `Cannot use a ${scalar.kind} as an int` });
}

/** One argument under the type that the schema gives it. */
export function argValue(frame: Frame, argument: Argument, type: string): ArgValue {
  switch (argument.kind) {
    case "none":
      return { kind: "none" };
    case "tensor":
      return nameArgument(frame, argument.name);
    case "optional-tensor":
      return argument.name === null ? { kind: "none" } : nameArgument(frame, argument.name);
    case "tensors":
    case "optional-tensors":
      return tensorList(frame, argument.names, type);
    case "int":
      return { kind: "int", expr: intExpr(argument.value) };
    case "sym-int":
      return { kind: "int", expr: intArgument(frame, argument.value) };
    case "ints":
      return { kind: "ints", exprs: argument.values.map(intExpr) };
    case "sym-ints":
      return { kind: "ints", exprs: argument.values.map((value) => intArgument(frame, value)) };
    case "float":
      return { kind: "float", float: argument.value };
    case "floats":
      return { kind: "floats", floats: argument.values };
    case "sym-float":
      return typeof argument.value === "number"
        ? { kind: "float", float: argument.value }
        : scalarArgument(frame, scalarOf(frame, argument.value.name), type);
    case "bool":
      return { kind: "bool", truth: argument.value };
    case "bools":
      return { kind: "bools", truths: argument.values };
    case "sym-bool":
      return typeof argument.value === "boolean"
        ? { kind: "bool", truth: argument.value }
        : scalarArgument(frame, scalarOf(frame, argument.value.name), type);
    default:
      return plainArgument(argument);
  }
}

function plainArgument(argument: Argument): ArgValue {
  switch (argument.kind) {
    case "string":
      return { kind: "string", text: argument.value };
    case "complex":
      return { kind: "complex", re: argument.re, im: argument.im };
    case "scalar-type":
      return { kind: "dtype", dtype: argument.dtype };
    case "memory-format":
    case "layout":
    case "device":
      return { kind: "ignored" };
    default:
      return refuse({
        reason: "unsupported-argument",
        message: `Cannot pass an argument of kind ${argument.kind} to an operator`,
      });
  }
}

function nameArgument(frame: Frame, name: string): ArgValue {
  const bound = frame.names.get(name);
  if (bound?.kind === "none") return { kind: "none" };
  return { kind: "tensor", value: valueOf(frame, name) };
}

/** Lists of tensors; an empty list of unknown type may be a list of ints. */
function tensorList(frame: Frame, names: readonly (string | null)[], type: string): ArgValue {
  if (names.length === 0 && /^(Sym)?Int|^int/.test(type)) return { kind: "ints", exprs: [] };
  return { kind: "tensors", values: names.map((name) => name === null ? null : valueOf(frame, name)) };
}

/** A scalar under the type that the schema gives it. */
function scalarArgument(frame: Frame, scalar: Scalar, type: string): ArgValue {
  switch (scalar.kind) {
    case "int":
      return { kind: "int", expr: scalar.expr };
    case "float":
      return { kind: "float", float: scalar.float };
    case "ratio":
      return { kind: "tensor", value: asFloatData(frame.g, scalar) };
    case "bool":
      return { kind: "bool", truth: asBool(scalar.pred) ?? scalar.pred };
    case "data":
      if (scalar.value.type.dtype !== "bool" || !type.startsWith("bool")) {
        return { kind: "tensor", value: scalar.value };
      }
      return { kind: "bool", truth: eq(bindInt(frame, scalar.value, undefined), 1) };
  }
}

/** All arguments of a node under the names of a schema. */
export function argValues(frame: Frame, node: Node, schema: readonly SchemaArg[]): Record<string, ArgValue> {
  const values: Record<string, ArgValue> = {};
  node.inputs.forEach(({ name, argument }, n) => {
    const row = schema.find((arg) => arg.name === name) ?? (name === "" ? schema[n] : undefined);
    values[row?.name ?? name] = argValue(frame, argument, row?.type ?? "");
  });
  return values;
}

/** Names of a node's results, lists unrolled; null for results that are no named values. */
export function resultSlots(node: Node): readonly Argument[] {
  return node.outputs.flatMap((output): readonly Argument[] => {
    if (output.kind === "tensors") return output.names.map((name) => ({ kind: "tensor", name }));
    if (output.kind === "optional-tensors") {
      return output.names.map((name) => name === null ? { kind: "none" } : { kind: "tensor", name });
    }
    if (output.kind === "optional-tensor") {
      return [output.name === null ? { kind: "none" } : { kind: "tensor", name: output.name }];
    }
    if (output.kind === "sym-ints") return output.values.map((value) => ({ kind: "sym-int", value }));
    return [output];
  });
}

/** What the export recorded of a node's results; scalars and absent results keep their position. */
export function recordedOutputs(frame: Frame, node: Node): readonly RecordedOutput[] {
  const { symbols } = frame.session;
  return resultSlots(node).map((slot): RecordedOutput => {
    const meta = slot.kind === "tensor" ? frame.graph.tensors.get(slot.name) : undefined;
    if (!meta) return { dtype: "f32", shape: [], fresh: [] };
    const { dtype, shape } = symbols.looseType(meta);
    return { dtype, shape, fresh: symbols.fresh(shape) };
  });
}
