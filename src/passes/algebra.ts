/**
 * Laws whose right side never costs more. Floats keep nan, infinities and the sign of zero.
 *
 * @module
 */
import { type DType, isFloat, isInteger } from "../base/mod.ts";
import type { Node, Value } from "../ir/graph/mod.ts";
import type { Num, ScalarFn } from "../ir/scalar/mod.ts";
import { type GraphPass, visitNodes } from "./pass.ts";

interface Law {
  /** The law in words, e.g. `x * 1 → x`. */
  readonly name: string;
  readonly fn: ScalarFn;
  /** Which operand must be this constant. */
  readonly side: "left" | "right" | "either";
  readonly constant: number;
  readonly holds: (dtype: DType) => boolean;
}

const always = (_: DType) => true;

const laws: readonly Law[] = [
  { name: "x * 1 → x", fn: "mul", side: "either", constant: 1, holds: always },
  { name: "x / 1 → x", fn: "div", side: "right", constant: 1, holds: always },
  { name: "x - 0 → x", fn: "sub", side: "right", constant: 0, holds: always },
  { name: "x + 0 → x", fn: "add", side: "either", constant: 0, holds: isInteger }, // floats: -0 + 0 is +0
  { name: "x ** 1 → x", fn: "pow", side: "right", constant: 1, holds: isFloat },
];

function isConstant(value: Value, want: number, definedBy: ReadonlyMap<Value, Node>): boolean {
  const op = definedBy.get(value)?.op;
  return op?.kind === "constant" && same(op.value, want);
}

function same(value: Num, want: number): boolean {
  return typeof value === "bigint" ? value === BigInt(want) : Object.is(Number(value), want);
}

/** The operand that a law leaves, if one applies and it has the result's type. */
function applyLaws(node: Node, definedBy: ReadonlyMap<Value, Node>): Value | undefined {
  if (node.op.kind !== "pointwise") return undefined;
  const { fn } = node.op, out = node.outputs[0]!.type, [a, b] = node.inputs;
  for (const law of laws) {
    if (law.fn !== fn || !law.holds(out.dtype) || !a || !b) continue;
    const left = law.side !== "right" && isConstant(a, law.constant, definedBy) ? b : undefined;
    const right = law.side !== "left" && isConstant(b, law.constant, definedBy) ? a : undefined;
    const rest = right ?? left;
    if (rest && sameType(rest, node.outputs[0]!)) return rest;
  }
  return undefined;
}

function sameType(a: Value, b: Value): boolean {
  return a.type.dtype === b.type.dtype && a.type.shape.length === b.type.shape.length &&
    a.type.shape.every((e, n) => e === b.type.shape[n]);
}

/** Laws of scalars, as rows. */
export const algebra: GraphPass = {
  name: "algebra",
  doc: "Laws whose right side never costs more.",
  run: (graph) =>
    visitNodes(graph, () => (node, definedBy) => {
      const rest = applyLaws(node, definedBy);
      return rest && { kind: "values", values: [rest] };
    }),
};
