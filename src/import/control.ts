/**
 * Higher-order operators: regions for branches and loops, and bodies that simply run here.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import { asBool, int } from "../ir/expr/mod.ts";
import type { TensorType, Value } from "../ir/graph/mod.ts";
import type { Argument, Node } from "./archive/types.ts";
import { resultSlots } from "./arguments.ts";
import { bindResults } from "./bind.ts";
import type { Frame } from "./frame.ts";
import { importMap, importScan, importWhile } from "./loops.ts";
import {
  asResult,
  graphArgument,
  inlineGraph,
  operandsOf,
  type Outcome,
  regionOf,
  type RunNodes,
  sameTypes,
} from "./region.ts";
import { aboutNode, shortTarget } from "./report.ts";
import { scalarOfArgument } from "./scalar_nodes.ts";
import { asTruthData } from "./scalar_data.ts";

type Convert = (frame: Frame, node: Node, run: RunNodes) => void;

const table: Readonly<Record<string, Convert>> = {
  "higher_order.cond": importCond,
  "higher_order.while_loop": importWhile,
  "higher_order.map_impl": importMap,
  "higher_order.scan": importScan,
  "higher_order.wrap_with_set_grad_enabled": (frame, node, run) => inline(frame, node, run, 1),
  "higher_order.wrap_with_autocast": importAutocast,
  "higher_order.invoke_subgraph": (frame, node, run) => inline(frame, node, run, 0),
  "higher_order.wrap": (frame, node, run) => inline(frame, node, run, 0),
  "higher_order.tag_activation_checkpoint": (frame, node, run) => inline(frame, node, run, 0),
  "higher_order.strict_mode": (frame, node, run) => inline(frame, node, run, 0),
  "higher_order.hints_wrapper": (frame, node, run) => inline(frame, node, run, 0),
};

/** Converts a higher-order operator. */
export function importControl(frame: Frame, node: Node, run: RunNodes): void {
  const target = shortTarget(node.target), convert = table[target];
  if (convert) return convert(frame, node, run);
  refuse(aboutNode(
    node,
    "unsupported-operator",
    `the higher-order operator "${target}" cannot be compiled`,
    "Export without custom effects or Triton kernels, or decompose the program first.",
  ));
}

/** A body that runs where the node stands; its operands follow `from`. */
function inline(frame: Frame, node: Node, run: RunNodes, from: number, autocast = frame.autocast): void {
  const at = node.inputs.findIndex(({ argument }, n) => n >= from && argument.kind === "graph");
  const rest = node.inputs.slice(at + 1).map(({ argument }) => argument);
  const outputs = inlineGraph({ ...frame, autocast }, graphArgument(node, at), operandsOf(frame, rest), run);
  bindResults(frame, node, outputs.map(asResult));
}

function importAutocast(frame: Frame, node: Node, run: RunNodes): void {
  const [device, type, enabled] = node.inputs.map(({ argument }) => argument);
  if (device?.kind !== "string") refuse(aboutNode(node, "bad-graph", "autocast without a device"));
  const on = enabled?.kind === "bool" && enabled.value;
  const standard = device.value === "cuda" ? "f16" : "bf16";
  const dtype = type?.kind === "scalar-type" ? type.dtype : standard;
  inline(frame, node, run, 1, elsewhere(frame, node, device.value) ? frame.autocast : on ? dtype : null);
}

/** Autocast of one device does nothing to tensors of another. */
function elsewhere(frame: Frame, node: Node, device: string): boolean {
  const names = node.inputs.flatMap(({ argument }) => argument.kind === "tensor" ? [argument.name] : []);
  const used = names.map((name) => frame.graph.tensors.get(name)?.device.type);
  return used.length > 0 && !used.includes(device);
}

/** The predicate: a constant decides now, a size or a tensor decides at run time. */
function predicate(frame: Frame, argument: Argument | undefined): boolean | Value {
  if (argument?.kind === "bool") return argument.value;
  if (argument?.kind === "int") return argument.value !== 0;
  if (argument?.kind !== "tensor" && argument?.kind !== "sym-bool") {
    return refuse({
      reason: "bad-graph",
      message: `Cannot branch on an argument of kind ${argument?.kind ?? "none"}`,
    });
  }
  const scalar = scalarOfArgument(frame, argument);
  const decided = scalar.kind === "bool" ? asBool(scalar.pred) : undefined;
  if (decided !== undefined) return decided;
  const value = asTruthData(frame.g, scalar), { shape } = value.type;
  return shape.length === 0 ? value : frame.g.remap(value, [], () => shape.map(() => int(0)));
}

function importCond(frame: Frame, node: Node, run: RunNodes): void {
  const decided = predicate(frame, node.inputs[0]?.argument);
  const operands = operandsOf(frame, node.inputs.slice(3).map(({ argument }) => argument));
  if (typeof decided === "boolean") {
    const outputs = inlineGraph(frame, graphArgument(node, decided ? 1 : 2), operands, run);
    return bindResults(frame, node, outputs.map(asResult));
  }
  const [yes, no] = ["then", "else"].map((name, n) =>
    regionOf(frame, graphArgument(node, n + 1), operands, run, name)
  );
  const types = joinedTypes(frame, node, yes!, no!);
  const binds = types.flatMap(({ shape }) => frame.session.symbols.fresh(shape));
  const inputs = [decided, ...yes!.operands];
  const outputs = frame.g.push({ kind: "cond" }, inputs, types, {
    regions: [yes!.region, no!.region],
    ...(binds.length > 0 && { binds }),
  });
  for (const symbol of binds) frame.session.symbols.declare({ sym: symbol, label: symbol.name });
  bindResults(frame, node, outputs);
}

/** Types of a cond's results: the branches' common ones, or the export's where their sizes differ. */
function joinedTypes(frame: Frame, node: Node, yes: Outcome, no: Outcome): readonly TensorType[] {
  const [a, b] = [yes, no].map(({ region }) => region.outputs.map((v) => v.type));
  if (a!.length === b!.length && a!.every((type, n) => sameTypes(type, b![n]!))) return a!;
  const slots = resultSlots(node);
  const recorded = slots.map((slot) =>
    slot.kind === "tensor" ? frame.graph.tensors.get(slot.name) : undefined
  );
  const types = recorded.flatMap((meta) => meta ? [frame.session.symbols.looseType(meta)] : []);
  const fit = types.length === a!.length && types.length === b!.length && types.every((type, n) => {
    return type.dtype === a![n]!.dtype && type.dtype === b![n]!.dtype &&
      type.shape.length === a![n]!.shape.length;
  });
  return fit
    ? types
    : refuse(aboutNode(node, "unsupported-operator", "the branches give tensors of different types"));
}
