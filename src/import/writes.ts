/**
 * Operators that write: `aten.add_.Tensor` is `aten.add.Tensor`, cast and stretched to self, then written into self.
 * `out=` overloads and the batch norms that update running statistics are treated alike.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import { int } from "../ir/expr/mod.ts";
import { type GraphBuilder, type TensorType, type Value } from "../ir/graph/mod.ts";
import type { AtenOp } from "../ops/aten/types.ts";
import type { Node } from "./archive/types.ts";
import { build, operator } from "./call.ts";
import { bindResults, type Result } from "./bind.ts";
import { type Frame, tensorOf, valueOf } from "./frame.ts";
import { aboutNode, shortTarget } from "./report.ts";
import { scalarOfArgument } from "./scalar_nodes.ts";
import { asFloatData, asIntData } from "./scalar_data.ts";
import { argumentOf, tensorName } from "./special.ts";
import { Alias } from "./storage.ts";

/** Batch norms that write running statistics: their functional form, and which of its results go where. */
interface Statistics {
  readonly functional: string;
  readonly results: readonly number[];
  readonly writes: Readonly<Record<string, number>>;
  /** The functional form has no such arguments. */
  readonly drop: readonly string[];
  readonly when: string;
}

const legit = "aten._native_batch_norm_legit_functional.default";
const statistics: Readonly<Record<string, Statistics>> = {
  "aten.batch_norm.default": {
    functional: legit,
    results: [0],
    writes: { running_mean: 3, running_var: 4 },
    drop: ["cudnn_enabled"],
    when: "training",
  },
  "aten.native_batch_norm.default": {
    functional: legit,
    results: [0, 1, 2],
    writes: { running_mean: 3, running_var: 4 },
    drop: [],
    when: "training",
  },
  "aten._native_batch_norm_legit.default": {
    functional: legit,
    results: [0, 1, 2],
    writes: { running_mean: 3, running_var: 4 },
    drop: [],
    when: "training",
  },
  "aten._batch_norm_with_update.default": {
    functional: "aten._batch_norm_with_update_functional.default",
    results: [0, 1, 2, 3],
    writes: { running_mean: 4, running_var: 5 },
    drop: [],
    when: "",
  },
};

/** In-place operators that change the tensor's shape, not its memory. */
const reshaping = new Set(["squeeze", "unsqueeze", "transpose", "t", "swapaxes", "swapdims", "as_strided"]);
/** In-place operators without a functional meaning. */
const impossible = new Set(["resize", "resize_as", "set", "rename", "requires_grad", "swap"]);

/** `aten.add_.Tensor` → `aten.add.Tensor`, `aten.__iadd__.Tensor` → `aten.__add__.Tensor`. */
export function functionalOf(target: string): string | undefined {
  const [namespace, name = "", overload] = target.split(".");
  const dunder = /^__i(\w+)__$/.exec(name);
  if (dunder) return name === "__invert__" ? undefined : `${namespace}.__${dunder[1]}__.${overload}`;
  return /[^_]_$/.test(name) ? `${namespace}.${name.slice(0, -1)}.${overload}` : undefined;
}

/** True for operators that write into an argument. */
export function writesInto(target: string): boolean {
  const overload = target.split(".")[2] ?? "";
  return functionalOf(target) !== undefined || Object.hasOwn(statistics, target) || /(^|_)out$/.test(overload);
}

/** Converts a call that may write; false if it is an ordinary one. */
export function importWrite(frame: Frame, node: Node): boolean {
  const target = shortTarget(node.target), update = statistics[target], functional = functionalOf(target);
  if (functional) importInPlace(frame, node, functional);
  else if (update) return importStatistics(frame, node, update);
  else if (/(^|_)out$/.test(target.split(".")[2] ?? "")) importOut(frame, node);
  else return false;
  return true;
}

function importInPlace(frame: Frame, node: Node, functional: string): void {
  const base = functional.split(".")[1] ?? "";
  if (impossible.has(base)) {
    refuse(aboutNode(node, "unsupported-mutation", `"${shortTarget(node.target)}" changes a tensor's memory itself`));
  }
  if (reshaping.has(base)) return reshapeInPlace(frame, node, functional);
  const targets = selfNames(node);
  const results = simple(frame, node, base) ?? build(frame, node, operator(frame, node, functional));
  targets.forEach((name, n) => write(frame, name, results[n]));
  if (node.outputs.length > 0) bindResults(frame, node, targets.map((name) => tensorOf(frame, name)));
}

/** What is written: `self`, or every tensor of a list (`_foreach_add_`). */
function selfNames(node: Node): readonly string[] {
  const first = node.inputs[0]?.argument;
  if (first?.kind === "tensor") return [first.name];
  if (first?.kind === "tensors") return first.names;
  return refuse(aboutNode(node, "bad-argument", "its first argument is no tensor"));
}

/** Copies and fills need no operator of the table. */
function simple(frame: Frame, node: Node, base: string): readonly Result[] | undefined {
  if (base === "copy") return [valueOf(frame, tensorName(node, "src", 1))];
  if (base === "zero") return [frame.g.constant(0, "f64")];
  if (base !== "fill") return undefined;
  const value = argumentOf(node, "value", 1);
  if (value.kind === "tensor") return [valueOf(frame, value.name)];
  const scalar = scalarOfArgument(frame, value);
  return [scalar.kind === "int" ? asIntData(frame.g, scalar) : asFloatData(frame.g, scalar)];
}

/** Writes a result into the tensor `name`: converted to its type, stretched to its shape. */
function write(frame: Frame, name: string, result: Result | undefined): void {
  const alias = tensorOf(frame, name);
  const value = result instanceof Alias ? result.read(frame.g) : result;
  if (!value || !("type" in value)) return refuse({ reason: "import-mismatch", message: `Cannot write "${name}": no tensor was computed` });
  alias.write(frame.g, stretch(frame.g, frame.g.cast(value, alias.type.dtype), alias.type));
}

/** `value` broadcast to a shape of at least its rank. */
export function stretch(g: GraphBuilder, value: Value, type: TensorType): Value {
  const from = value.type.shape, to = type.shape, lead = to.length - from.length;
  if (lead === 0 && from.every((size, n) => size === to[n])) return value;
  return g.remap(value, to, (axes) => from.map((size, n) => size === to[n + lead] ? axes[n + lead]! : int(0)));
}

function reshapeInPlace(frame: Frame, node: Node, functional: string): void {
  const [name] = selfNames(node), parent = tensorOf(frame, name!), from = parent.read(frame.g);
  const [result] = build(frame, node, operator(frame, node, functional));
  const view = Alias.view(parent, result as Value, from, frame.g);
  frame.names.set(name!, { kind: "tensor", alias: view });
  bindResults(frame, node, [view]);
}

function importStatistics(frame: Frame, node: Node, update: Statistics): boolean {
  const flag = update.when === "" ? undefined : argumentOf(node, update.when, -1);
  const known = Object.keys(update.writes).every((name) => argumentOf(node, name, -1).kind === "tensor");
  if ((flag && !(flag.kind === "bool" && flag.value)) || !known) return false;
  const results = build(frame, node, operator(frame, node, update.functional), {}, [...update.drop, ...extra(frame, update)]);
  for (const [name, n] of Object.entries(update.writes)) write(frame, tensorName(node, name, -1), results[n]);
  bindResults(frame, node, update.results.map((n) => results[n] ?? null));
  return true;
}

function extra(frame: Frame, update: Statistics): readonly string[] {
  const schema = frame.session.operators.find(update.functional)?.schema.args ?? [];
  return update.when && !schema.some((arg) => arg.name === update.when) ? [update.when] : [];
}

/** `aten.add.out(…, out=x)`: the overload with the other arguments, written into x. */
function importOut(frame: Frame, node: Node): void {
  const outs = node.inputs.filter(({ name }) => /^out\d*$/.test(name));
  const given = node.inputs.map(({ name }) => name).filter((name) => !/^out\d*$/.test(name));
  const op = sibling(frame, node, given);
  const results = build(frame, node, op, {}, outs.map(({ name }) => name));
  const names = outs.flatMap(({ argument }) => argument.kind === "tensor" ? [argument.name] : []);
  names.forEach((name, n) => write(frame, name, results[n]));
  if (node.outputs.length > 0) bindResults(frame, node, names.map((name) => tensorOf(frame, name)));
}

function sibling(frame: Frame, node: Node, given: readonly string[]): AtenOp {
  const { operators } = frame.session, target = shortTarget(node.target), [namespace, name, overload = ""] = target.split(".");
  const exact = operators.find(`${namespace}.${name}.${overload.replace(/_?out$/, "") || "default"}`);
  const all = operators.names.filter((other) => other.startsWith(`${namespace}.${name}.`)).map((n) => operators.find(n)!);
  const fits = (op: AtenOp) => given.every((argument) => op.schema.args.some((arg) => arg.name === argument));
  return exact && fits(exact) ? exact : all.find(fits) ?? operator(frame, node);
}
