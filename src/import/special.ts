/**
 * Operators that import itself understands: sizes, scalars read from tensors, checks, and what changes no value.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import { asBool, asInt, type Expr, int, numel, rowMajor } from "../ir/expr/mod.ts";
import type { Argument, Node } from "./archive/types.ts";
import { argValue } from "./arguments.ts";
import { bindResults, type Result } from "./bind.ts";
import { type Frame, metaOf, tensorOf, valueOf } from "./frame.ts";
import { scalarOfArgument } from "./scalar_nodes.ts";
import { asTruthData } from "./scalar_data.ts";
import type { Scalar } from "./scalar.ts";
import { Alias } from "./storage.ts";

type Convert = (frame: Frame, node: Node) => readonly Result[];

/** An argument by name, or by position where the export leaves names out. */
export function argumentOf(node: Node, name: string, position: number): Argument {
  const found = node.inputs.find((input) => input.name === name) ??
    (node.inputs[position]?.name === "" ? node.inputs[position] : undefined);
  return found?.argument ?? { kind: "none" };
}

/** The name of a tensor argument. */
export function tensorName(node: Node, name: string, position = 0): string {
  const argument = argumentOf(node, name, position);
  if (argument.kind === "tensor") return argument.name;
  return refuse({
    reason: "bad-argument",
    message: `Cannot read argument "${name}": it is ${argument.kind}, not a tensor`,
  });
}

function dimOf(frame: Frame, node: Node, rank: number): number {
  const dim = argValue(frame, argumentOf(node, "dim", 1), "int");
  const n = dim.kind === "int" ? asInt(dim.expr) : undefined;
  return n === undefined
    ? refuse({ reason: "bad-argument", message: "Cannot read a size: the dim is not a constant" })
    : n < 0
    ? n + rank
    : n;
}

function size(frame: Frame, node: Node): readonly Result[] {
  const { shape } = tensorOf(frame, tensorName(node, "self")).type;
  return [shape[dimOf(frame, node, shape.length)]!];
}

/** Strides of a tensor as the export recorded them. */
export function stridesOf(frame: Frame, name: string): readonly Expr[] {
  const meta = frame.graph.tensors.get(name);
  const strides = meta && frame.session.symbols.strides(meta);
  return strides ?? rowMajor(tensorOf(frame, name).type.shape);
}

function stride(frame: Frame, node: Node): readonly Result[] {
  const strides = stridesOf(frame, tensorName(node, "self"));
  return [strides[dimOf(frame, node, strides.length)]!];
}

function item(frame: Frame, node: Node): readonly Result[] {
  const value = valueOf(frame, tensorName(node, "self"));
  return [
    value.type.shape.length === 0
      ? value
      : frame.g.remap(value, [], () => value.type.shape.map(() => int(0))),
  ];
}

/** The same tensor under another name. */
const same: Convert = (frame, node) => [tensorOf(frame, tensorName(node, "self"))];
/** A copy: the same value, memory of its own. */
const copy: Convert = (frame, node) => [Alias.whole(valueOf(frame, tensorName(node, "self")))];
const nothing: Convert = () => [];

function message(node: Node, position: number): string {
  const argument = argumentOf(node, "assert_msg", position);
  return argument.kind === "string" ? argument.value : "an assertion of the model failed";
}

function assertScalar(frame: Frame, node: Node): readonly Result[] {
  assertHolds(frame, scalarOfArgument(frame, argumentOf(node, "self", 0)), message(node, 1));
  return [];
}

function assertHolds(frame: Frame, condition: Scalar, text: string): void {
  if (condition.kind !== "bool") return frame.g.assert(asTruthData(frame.g, condition), text);
  if (asBool(condition.pred) !== true) frame.g.assert(condition.pred, text);
}

function assertTensor(frame: Frame, node: Node): readonly Result[] {
  const value = valueOf(frame, tensorName(node, "self"));
  const scalar = frame.g.remap(value, [], () => value.type.shape.map(() => int(0)));
  frame.g.assert(frame.g.cast(scalar, "bool"), message(node, 1));
  return [];
}

/** By target without overload. */
const table: Readonly<Record<string, Convert>> = {
  "aten.sym_size": size,
  "aten.sym_stride": stride,
  "aten.sym_numel": (frame, node) => [numel(tensorOf(frame, tensorName(node, "self")).type.shape)],
  "aten.sym_storage_offset": (frame, node) => {
    return [frame.session.symbols.dim(metaOf(frame, tensorName(node, "self")).storageOffset)];
  },
  "aten.item": item,
  "aten._local_scalar_dense": item,
  "aten.detach": same,
  "aten.detach_": same,
  "aten.alias": same,
  "aten.lift": same,
  "aten.lift_fresh": same,
  "aten.lift_fresh_copy": copy,
  "aten.clone": copy,
  "aten.alias_copy": copy,
  "aten.detach_copy": copy,
  "aten._assert_tensor_metadata": nothing,
  "aten._assert_scalar": assertScalar,
  "aten._assert_async": assertTensor,
  "aten.sym_constrain_range": nothing, // the range is a fact of the symbol, and checked where it is bound
  "aten.sym_constrain_range_for_size": nothing,
  "aten._functional_assert_async": assertTensor,
  "aten._functional_assert_scalar": assertScalar,
  "profiler._record_function_enter_new": nothing,
  "profiler._record_function_exit": nothing,
  "profiler._record_function_exit._RecordFunction": nothing,
};

/** True for operators that this file converts. */
export function isSpecial(target: string): boolean {
  return Object.hasOwn(table, withoutOverload(target));
}

function withoutOverload(target: string): string {
  return target.split(".").slice(0, 2).join(".");
}

/** Converts a node of such an operator. */
export function importSpecial(frame: Frame, node: Node, target: string): void {
  const results = table[withoutOverload(target)]!(frame, node);
  if (results.length > 0) bindResults(frame, node, results);
}
