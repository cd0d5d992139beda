/**
 * Calls of aten operators: arguments in, the composition of the table, results checked and named.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import { type Expr, int, mul, rowMajor } from "../ir/expr/mod.ts";
import type { Value } from "../ir/graph/mod.ts";
import { complexRow, isComplexValue, makeArgs } from "../ops/mod.ts";
import type { ArgValue, AtenOp } from "../ops/mod.ts";
import type { Node } from "./archive/types.ts";
import { argValues, recordedOutputs, resultSlots } from "./arguments.ts";
import { underAutocast } from "./autocast.ts";
import { bindResults, flatten, type Result } from "./bind.ts";
import { checkMeta, type Frame, tensorOf } from "./frame.ts";
import { shortTarget, unknownOperator } from "./report.ts";
import { stridesOf } from "./special.ts";
import { Alias, indexMap, memoryShape, sharesLayout } from "./storage.ts";

/** The row of `target`, or a refusal that suggests others. */
export function operator(frame: Frame, node: Node, target = shortTarget(node.target)): AtenOp {
  const { operators } = frame.session;
  return operators.find(target) ?? refuse(unknownOperator(node, operators, target));
}

/** Refuses sparse tensors among arguments and results. */
export function checkTensors(frame: Frame, node: Node): void {
  for (const slot of resultSlots(node)) {
    const meta = slot.kind === "tensor" ? frame.graph.tensors.get(slot.name) : undefined;
    if (meta && slot.kind === "tensor") checkMeta(slot.name, meta);
  }
  for (const { argument } of node.inputs) {
    const names = argument.kind === "tensor"
      ? [argument.name]
      : argument.kind === "tensors"
      ? argument.names
      : [];
    for (const tensor of names) {
      const meta = frame.graph.tensors.get(tensor);
      if (meta) checkMeta(tensor, meta);
    }
  }
}

/** Strides by value for one call: what the export recorded of the names that are passed. */
function strideLookup(frame: Frame, node: Node): (value: Value) => readonly Expr[] {
  return (value) => {
    for (const { argument } of node.inputs) {
      const names = argument.kind === "tensor"
        ? [argument.name]
        : argument.kind === "tensors"
        ? argument.names
        : [];
      const name = names.find((n) => tensorOf(frame, n).read(frame.g) === value);
      if (name !== undefined) return stridesOf(frame, name);
    }
    return rowMajor(value.type.shape);
  };
}

/** Builds `op` with the arguments of `node`, `changed` in place of the ones given. */
export function build(
  frame: Frame,
  node: Node,
  op: AtenOp,
  changed: Readonly<Record<string, ArgValue>> = {},
  left: readonly string[] = [],
): readonly Result[] {
  const given = underAutocast(frame, op, { ...argValues(frame, node, op.schema.args), ...changed });
  for (const name of left) delete given[name];
  const row = complexRow(op, given);
  const args = makeArgs(row.schema, given, recordedOutputs(frame, node), strideLookup(frame, node));
  return flatten(row.build(frame.g, args));
}

/** Converts a call of a functional operator or a view. */
export function importCall(frame: Frame, node: Node): void {
  const op = operator(frame, node);
  const results = build(frame, node, op);
  bindResults(
    frame,
    node,
    frame.session.writes ? results.map((result) => aliased(frame, node, op, result)) : results,
  );
}

/** Operators that return their argument itself, or a view of it, only when its layout allows. */
const maybeViews = new Set([
  "reshape",
  "reshape_as",
  "flatten",
  "ravel",
  "contiguous",
  "to",
  "type_as",
  "dropout",
  "alpha_dropout",
  "feature_dropout",
  "conj",
  "resolve_conj",
  "resolve_neg",
  "real",
  "positive",
  "expand_as",
  "unflatten",
]);

/** A result as an alias of the argument that it is a view of. */
function aliased(frame: Frame, node: Node, op: AtenOp, result: Result): Result {
  const maybe = maybeViews.has(op.target.split(".")[1] ?? "");
  const first = node.inputs[0]?.argument;
  if (!(op.view || maybe) || first?.kind !== "tensor" || !isTensor(result)) return result;
  const parent = tensorOf(frame, first.name), from = parent.read(frame.g);
  if (maybe && !liesIn(frame, node, result, from, first.name)) return Alias.whole(result);
  return Alias.view(parent, result, from, frame.g);
}

function isTensor(result: Result): result is Value {
  return result !== null && !(result instanceof Alias) && "type" in result;
}

function liesIn(frame: Frame, node: Node, result: Value, from: Value, argument: string): boolean {
  const copies = node.inputs.some(({ name, argument }) =>
    name === "copy" && argument.kind === "bool" && argument.value
  );
  if (copies) return false;
  const slot = resultSlots(node)[0], index = indexMap(frame.g, result, from);
  if (!index || slot?.kind !== "tensor") return false;
  const meta = frame.graph.tensors.get(slot.name), strides = meta && frame.session.symbols.strides(meta);
  if (!strides) return false;
  const own = memoryStrides(result, strides), parent = memoryStrides(from, stridesOf(frame, argument));
  return sharesLayout(index, parent, memoryShape(result.type), own);
}

/** Strides in parts of complex elements. */
function memoryStrides(value: Value, strides: readonly Expr[]): readonly Expr[] {
  return isComplexValue(value) ? [...strides.map((s) => mul(2, s)), int(1)] : strides;
}
