/**
 * Loops: `while_loop` as it is; `map` and `scan` as loops over the slices of their operands.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import { type Expr, int, isInt, sub, type Sym, sym } from "../ir/expr/mod.ts";
import type { GraphBuilder, TensorType, Value } from "../ir/graph/mod.ts";
import type { Argument, Graph as ExportedGraph, Node } from "./archive/types.ts";
import { bindResults } from "./bind.ts";
import { type Bound, type Frame, originOf, whole } from "./frame.ts";
import {
  asData,
  graphArgument,
  inlineGraph,
  operandsOf,
  regionOf,
  type RunNodes,
  sameTypes,
} from "./region.ts";
import { aboutNode, nameOf } from "./report.ts";
import { intScalar } from "./scalar.ts";
import { asIntData, bindInt } from "./scalar_data.ts";

/** Carried ints become 0-d tensors outside, and are bound to a symbol inside. */
function carriedBound(frame: Frame, bound: Bound): Bound {
  return bound.kind === "int" ? { kind: "data", value: asIntData(frame.g, bound) } : bound;
}

/** `while_loop(condition, body, carried, captured)`. */
export function importWhile(frame: Frame, node: Node, run: RunNodes): void {
  const argument = (n: number) => node.inputs[n]?.argument ?? { kind: "none" } as const;
  const carried = operandsOf(frame, [argument(2)]).map((bound) => carriedBound(frame, bound));
  const captured = argument(3).kind === "none" ? [] : operandsOf(frame, [argument(3)]);
  const operands = [...carried, ...captured];
  const bindInts: RunNodes = (inner) => {
    for (const input of inner.graph.inputs) rebindInt(inner, input);
    run(inner);
  };
  const condition = regionOf(frame, graphArgument(node, 0), operands, bindInts, "condition");
  const body = regionOf(frame, graphArgument(node, 1), operands, bindInts, "body");
  const types = body.operands.slice(0, carried.length).map((value) => value.type);
  const odd = body.region.outputs.findIndex((value, n) => !types[n] || !sameTypes(value.type, types[n]));
  if (odd >= 0 || body.region.outputs.length !== carried.length) {
    refuse(
      aboutNode(
        node,
        "unsupported-operator",
        `the loop changes the type of carried value ${Math.max(0, odd)}`,
      ),
    );
  }
  const op = { kind: "while", carried: carried.length } as const;
  bindResults(frame, node, frame.g.control(op, body.operands, [condition.region, body.region], types));
}

/** A subgraph's int input that is bound to data reads the data through a symbol. */
function rebindInt(frame: Frame, input: Argument): void {
  if (input.kind !== "sym-int" || typeof input.value !== "object" || !("name" in input.value)) return;
  const { name } = input.value, bound = frame.names.get(name);
  if (bound?.kind !== "data") return;
  const recorded = frame.graph.symInts.get(name);
  const scalar = typeof recorded === "object" ? frame.session.symbols.scalar(recorded.expr) : undefined;
  frame.names.set(
    name,
    intScalar(bindInt(frame, bound.value, scalar?.kind === "int" ? scalar.expr : undefined)),
  );
}

/** `map_impl(body, mapped, captured)`: outputs stacked along a new first axis. */
export function importMap(frame: Frame, node: Node, run: RunNodes): void {
  const mapped = listArgument(frame, node, 1),
    captured = operandsOf(frame, node.inputs.slice(2).map((i) => i.argument));
  const slices = { graph: graphArgument(node, 0), carry: [], xs: mapped, captured, reverse: false };
  bindResults(frame, node, overSlices(frame, node, slices, run));
}

/** `scan(combine, init, xs, [dim, reverse,] captured)`: the last carry, then stacked outputs. */
export function importScan(frame: Frame, node: Node, run: RunNodes): void {
  const [dim, reverse] = [node.inputs[3]?.argument, node.inputs[4]?.argument];
  if (dim?.kind === "int" && dim.value !== 0) {
    refuse(
      aboutNode(node, "unsupported-operator", `a scan along dim ${dim.value}; only dim 0 can be compiled`),
    );
  }
  const captured = operandsOf(frame, node.inputs.slice(dim?.kind === "int" ? 5 : 3).map((i) => i.argument));
  const carry = listArgument(frame, node, 1), xs = listArgument(frame, node, 2);
  const slices = {
    graph: graphArgument(node, 0),
    carry,
    xs,
    captured,
    reverse: reverse?.kind === "bool" && reverse.value,
  };
  bindResults(frame, node, overSlices(frame, node, slices, run));
}

function listArgument(frame: Frame, node: Node, n: number): readonly Value[] {
  const argument = node.inputs[n]?.argument ?? { kind: "none" } as const;
  return operandsOf(frame, [argument]).map((bound) => asData(frame, bound));
}

interface Slices {
  readonly graph: ExportedGraph;
  readonly carry: readonly Value[];
  readonly xs: readonly Value[];
  readonly captured: readonly Bound[];
  readonly reverse: boolean;
}

/** Types of what the body stacks, as the subgraph records them. */
function stackedTypes(frame: Frame, slices: Slices, count: Expr): readonly TensorType[] {
  return slices.graph.outputs.slice(slices.carry.length).map((output) => {
    const meta = output.kind === "tensor" ? slices.graph.tensors.get(output.name) : undefined;
    if (!meta) return refuse({ reason: "bad-graph", message: "Cannot stack an output that is no tensor" });
    const { dtype, shape } = frame.session.symbols.type(meta);
    return { dtype, shape: [count, ...shape] };
  });
}

/** The loop `i = 0..count`: carried are i, the carry, and the stacked outputs so far. */
function overSlices(frame: Frame, node: Node, slices: Slices, run: RunNodes): readonly Value[] {
  const { g } = frame, count = slices.xs[0]?.type.shape[0];
  if (!count) return refuse(aboutNode(node, "unsupported-operator", "a loop over no tensors"));
  const outs = stackedTypes(frame, slices, count).map(({ dtype, shape }) => {
    return g.remap(g.constant(dtype === "bool" ? false : 0, dtype), shape, () => []);
  });
  const start = g.iota([], () => int(0)), tensors = slices.captured.filter((b) => b.kind === "tensor");
  const state = [start, ...slices.carry, ...outs];
  const operands = [...state, ...slices.xs, ...tensors.map((bound) => asData(frame, bound))];
  const condition = conditionRegion(frame, operands, count);
  const body = frame.session.symbols.within(() => bodyRegion(frame, node, slices, operands, count, run));
  const op = { kind: "while", carried: state.length } as const;
  return g.control(op, operands, [condition, body], state.map((v) => v.type)).slice(1);
}

function inputsLike(g: GraphBuilder, values: readonly Value[]): readonly Value[] {
  return values.map((value) => g.input(value.name, value.type));
}

function conditionRegion(frame: Frame, operands: readonly Value[], count: Expr) {
  const g = frame.g.region(), inputs = inputsLike(g, operands);
  const outputs = [g.pointwise("lt", inputs[0]!, g.iota([], () => count))];
  return { name: "condition", inputs, nodes: [...g.nodes], outputs };
}

function bodyRegion(
  frame: Frame,
  node: Node,
  slices: Slices,
  operands: readonly Value[],
  count: Expr,
  run: RunNodes,
) {
  const g = frame.g.region(), inputs = inputsLike(g, operands), inner: Frame = { ...frame, g };
  const step = stepSymbol(frame, inner, inputs[0]!, count),
    at = slices.reverse ? sub(sub(count, 1), step) : step;
  const carried = slices.carry.length, first = 1 + carried, outs = slices.graph.outputs.length - carried;
  const xs = inputs.slice(first + outs, first + outs + slices.xs.length);
  const rest = inputs.slice(first + outs + slices.xs.length).values();
  const captured = slices.captured.map((bound) =>
    bound.kind === "tensor" ? whole(rest.next().value!) : bound
  );
  const results = inlineGraph(inner, slices.graph, [
    ...inputs.slice(1, first).map(whole),
    ...xs.map((x) => whole(g.remap(x, x.type.shape.slice(1), (axes) => [at, ...axes]))),
    ...captured,
  ], run).map((bound) => asData(inner, bound));
  g.at(originOf(node), nameOf(node));
  const stacked = results.slice(carried).map((value, n) => placed(g, inputs[first + n]!, value, at));
  const next = g.pointwise("add", inputs[0]!, g.constant(1n, "i64"));
  return {
    name: "body",
    inputs,
    nodes: [...g.nodes],
    outputs: [next, ...results.slice(0, carried), ...stacked],
  };
}

/** The loop's counter as a symbol. */
function stepSymbol(frame: Frame, inner: Frame, counter: Value, count: Expr): Sym {
  const { symbols } = frame.session, name = symbols.invent("step").name;
  const step = sym(name, { below: count, unbacked: true });
  symbols.declare({ sym: step, label: name });
  inner.g.item(counter, step);
  return step;
}

/** `all` with `value` as its slice `at`. */
function placed(g: GraphBuilder, all: Value, value: Value, at: Expr): Value {
  if (isInt(all.type.shape[0]!, 1)) return g.remap(value, all.type.shape, (axes) => axes.slice(1));
  return g.scatter(all, value, [], "set", (axes) => [at, ...axes]);
}
