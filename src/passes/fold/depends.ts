/**
 * Which values follow from the model's constants alone, and which of them are worth computing once.
 *
 * @module
 */
import { bytesOf } from "../../base/mod.ts";
import { asInt, symsOf, symsOfPred } from "../../ir/expr/mod.ts";
import {
  indexParts,
  isAxisName,
  isExpr,
  type Node,
  type TensorType,
  type Value,
} from "../../ir/graph/mod.ts";

/** What is known of a value that does not vary from run to run. */
export interface Fixed {
  /** Bytes of the constants that it was computed from; 0: it follows from the graph alone. */
  readonly from: number;
  /** Something was computed: not only looked at in another order. */
  readonly work: boolean;
}

/** Values below this size are kept whatever they came from. */
const SMALL = 1 << 16;

/** Operations without effect on anything but their outputs; they may fail on bad indices, so they never move out of a branch. */
const foldable: ReadonlySet<string> = new Set([
  ...["pointwise", "cast", "constant", "iota", "mask", "remap", "lookup", "scatter", "reduce", "einsum"],
  ...["concat", "routine"],
]);
const mayFail: ReadonlySet<string> = new Set(["lookup", "scatter", "routine"]);

/** Bytes of a type whose sizes are numbers. */
export function staticBytes(type: TensorType): number | undefined {
  const sizes = type.shape.map((e) => asInt(e));
  if (sizes.some((s) => s === undefined)) return undefined;
  return sizes.reduce<number>((product, size) => product * size!, bytesOf(type.dtype));
}

/** True when a node computes the same in every run, given that its operands are the same. */
function isSteady(node: Node): boolean {
  if (!foldable.has(node.op.kind) || (node.binds?.length ?? 0) > 0) return false;
  if (node.outputs.some((v) => staticBytes(v.type) === undefined)) return false;
  const { exprs, preds } = indexParts(node.op);
  const syms = [...exprs.flatMap(symsOf), ...preds.flatMap(symsOfPred)];
  if (syms.some((s) => !isAxisName(s.name))) return false;
  if (node.op.kind !== "routine") return true;
  if (node.op.routine.startsWith("random") || node.op.routine === "custom") return false;
  return Object.values(node.op.attrs).every((a) => !isExpr(a) || asInt(a) !== undefined);
}

/** Facts of a node's outputs when all of its operands are fixed; `inBranch`: it may not run at all. */
export function fixedBy(
  node: Node,
  known: ReadonlyMap<Value, Fixed>,
  inBranch: boolean,
): Fixed | undefined {
  if (!isSteady(node) || (inBranch && mayFail.has(node.op.kind))) return undefined;
  const facts = node.inputs.map((v) => known.get(v));
  if (facts.some((f) => f === undefined)) return undefined;
  const from = facts.reduce((sum, f) => sum + f!.from, 0);
  const work = from > 0 && (node.op.kind !== "remap" || facts.some((f) => f!.work));
  return { from, work };
}

/**
 * Values to compute once, given what runs read: the last ones worth keeping on the way from the constants. Views stay
 * with their readers, and so does what is much larger than what it was made of.
 */
export function frontier(
  nodes: readonly Node[],
  known: ReadonlyMap<Value, Fixed>,
  read: readonly Value[],
): readonly Value[] {
  const makers = new Map(nodes.flatMap((n) => n.outputs.map((v) => [v, n] as const)));
  const chosen = new Set<Value>(), seen = new Set<Value>();
  const visit = (value: Value): void => {
    const fact = known.get(value), maker = makers.get(value);
    if (seen.has(value) || !fact || !maker) return;
    seen.add(value);
    const bytes = staticBytes(value.type)!;
    const worth = fact.work && maker.op.kind !== "remap" && (bytes <= SMALL || bytes <= 2 * fact.from);
    if (worth) chosen.add(value);
    else maker.inputs.forEach(visit);
  };
  read.forEach(visit);
  return [...chosen];
}
