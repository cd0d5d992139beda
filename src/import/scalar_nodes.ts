/**
 * Nodes on Python scalars: `_operator.mul`, `torch.sym_max`, `math.floor`, …
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import { truth } from "../ir/expr/mod.ts";
import type { Argument, Node } from "./archive/types.ts";
import { intExpr } from "./arguments.ts";
import { bindResults } from "./bind.ts";
import { type Frame, scalarOf } from "./frame.ts";
import { applyExact, intScalar, isExactFn, type Scalar } from "./scalar.ts";
import { applyAsData } from "./scalar_data.ts";

/** Spellings that differ from the function's name here. */
const spellings: Readonly<Record<string, string>> = {
  and_: "and",
  or_: "or",
  not_: "not",
  sym_not: "not",
  sym_max: "max",
  sym_min: "min",
  sym_ite: "ite",
  sym_int: "int",
  sym_float: "float",
  sym_sqrt: "sqrt",
};

/** The function of a target like `_operator.add`, `torch.sym_max`, `math.ceil`, `builtins.round`. */
export function scalarFunction(target: string): string | undefined {
  const match = /^(?:_operator|operator|math|builtins|torch)\.(?:_sym_)?(\w+)$/.exec(target);
  const name = match?.[1];
  return name === undefined ? undefined : spellings[name] ?? name;
}

/** A scalar argument of such a node. */
export function scalarOfArgument(frame: Frame, argument: Argument): Scalar {
  switch (argument.kind) {
    case "int":
      return intScalar(intExpr(argument.value));
    case "float":
      return { kind: "float", float: argument.value };
    case "bool":
      return { kind: "bool", pred: truth(argument.value) };
    case "tensor":
      return scalarOf(frame, argument.name);
    case "sym-int":
      return typeof argument.value === "object"
        ? scalarOf(frame, argument.value.name)
        : intScalar(intExpr(argument.value));
    case "sym-float":
      return typeof argument.value === "object"
        ? scalarOf(frame, argument.value.name)
        : { kind: "float", float: argument.value };
    case "sym-bool":
      return typeof argument.value === "object"
        ? scalarOf(frame, argument.value.name)
        : { kind: "bool", pred: truth(argument.value) };
    default:
      return refuse({
        reason: "bad-argument",
        message: `Cannot compute with an argument of kind ${argument.kind}`,
      });
  }
}

/** Converts such a node. */
export function importScalarNode(frame: Frame, node: Node, fn: string): void {
  const xs = node.inputs.map(({ argument }) => scalarOfArgument(frame, argument));
  const exact = isExactFn(fn) ? applyExact(fn, xs) : undefined;
  bindResults(frame, node, [
    exact ?? constantly(fn, xs) ?? { kind: "data", value: applyAsData(frame.g, fn, xs) },
  ]);
}

const onDoubles: Readonly<Record<string, (...xs: number[]) => number>> = {
  add: (a, b) => a! + b!,
  sub: (a, b) => a! - b!,
  mul: (a, b) => a! * b!,
  truediv: (a, b) => a! / b!,
  pow: (a, b) => a! ** b!,
  neg: (a) => -a!,
  abs: (a) => Math.abs(a!),
  min: Math.min,
  max: Math.max,
  sqrt: (a) => Math.sqrt(a!),
};

/** Floats that are constants are computed now. */
function constantly(fn: string, xs: readonly Scalar[]): Scalar | undefined {
  const work = onDoubles[fn], numbers = xs.map(constantOf);
  if (!work || !numbers.every((n) => n !== undefined)) return undefined;
  return { kind: "float", float: work(...numbers) };
}

function constantOf(x: Scalar): number | undefined {
  if (x.kind === "float") return x.float;
  return x.kind === "int" && x.expr.kind === "int" ? x.expr.value : undefined;
}
