/**
 * Operators that write: `aten.add_.Tensor` is `aten.add.Tensor`, cast and stretched to self, then written into self.
 * `out=` overloads are treated alike.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import type { Value } from "../ir/graph/mod.ts";
import type { AtenOp } from "../ops/mod.ts";
import type { Argument, Node } from "./archive/types.ts";
import { argValue } from "./arguments.ts";
import { build, operator } from "./call.ts";
import { bindResults, type Result } from "./bind.ts";
import { type Frame, tensorOf, valueOf } from "./frame.ts";
import { aboutNode, shortTarget } from "./report.ts";
import { scalarOfArgument } from "./scalar_nodes.ts";
import { asFloatData, asIntData } from "./scalar_data.ts";
import { argumentOf, tensorName } from "./special.ts";
import { importStatistics, updatesStatistics } from "./statistics.ts";
import { Alias } from "./storage.ts";
import { write } from "./write.ts";

/** In-place operators that change the tensor's shape, not its memory. */
const reshaping = new Set([
  "squeeze",
  "unsqueeze",
  "transpose",
  "t",
  "swapaxes",
  "swapdims",
  "as_strided",
  "resize",
  "resize_as",
]);
/** In-place operators without a functional meaning. */
const impossible = new Set(["set", "rename", "requires_grad", "swap"]);

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
  return functionalOf(target) !== undefined || updatesStatistics(target) || /(^|_)out$/.test(overload);
}

/** Converts a call that may write; false if it is an ordinary one. */
export function importWrite(frame: Frame, node: Node): boolean {
  const target = shortTarget(node.target), functional = functionalOf(target);
  if (functional) importInPlace(frame, node, functional);
  else if (updatesStatistics(target)) return importStatistics(frame, node, target);
  else if (/(^|_)out$/.test(target.split(".")[2] ?? "")) importOut(frame, node);
  else return false;
  return true;
}

function importInPlace(frame: Frame, node: Node, functional: string): void {
  const base = functional.split(".")[1] ?? "";
  if (impossible.has(base)) {
    refuse(
      aboutNode(
        node,
        "unsupported-mutation",
        `"${shortTarget(node.target)}" changes a tensor's memory itself`,
      ),
    );
  }
  if (reshaping.has(base)) return reshapeInPlace(frame, node, functional);
  const { writes } = frame.session.operators.find(functional) ?? {};
  const targets = writes ? writes.flatMap((name) => namesOf(argumentOf(node, name, -1))) : selfNames(node);
  const results = simple(frame, node, base) ?? functionally(frame, node, functional);
  targets.forEach((name, n) => write(frame, name, results[n]));
  if (node.outputs.length > 0) bindResults(frame, node, targets.map((name) => tensorOf(frame, name)));
}

/** Names of a tensor, or of the tensors of a list. */
function namesOf(argument: Argument | undefined): readonly string[] {
  if (argument?.kind === "tensor") return [argument.name];
  return argument?.kind === "tensors" ? argument.names : [];
}

/** Builds the functional operator; what in-place ones call `self` may have another name there (`dropout`). */
function functionally(frame: Frame, node: Node, functional: string): readonly Result[] {
  const { operators } = frame.session, names = node.inputs.map(({ name }) => name);
  const op = operators.find(functional) ?? sibling(frame, node, names, functional);
  const self = op.schema.args[0], given = node.inputs[0];
  if (!self || !given?.name || self.name === given.name) return build(frame, node, op);
  return build(frame, node, op, { [self.name]: argValue(frame, given.argument, self.type) }, [given.name]);
}

/** What is written: `self`, or every tensor of a list (`_foreach_add_`). */
function selfNames(node: Node): readonly string[] {
  const names = namesOf(node.inputs[0]?.argument);
  if (names.length > 0 || node.inputs[0]?.argument.kind === "tensors") return names;
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

function reshapeInPlace(frame: Frame, node: Node, functional: string): void {
  const [name] = selfNames(node), parent = tensorOf(frame, name!), from = parent.read(frame.g);
  const [result] = build(frame, node, operator(frame, node, functional));
  const view = Alias.view(parent, result as Value, from, frame.g);
  frame.names.set(name!, { kind: "tensor", alias: view });
  bindResults(frame, node, [view]);
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

/** An overload of `target` that takes the arguments `given`. */
function sibling(
  frame: Frame,
  node: Node,
  given: readonly string[],
  target = shortTarget(node.target),
): AtenOp {
  const { operators } = frame.session,
    [namespace, name, overload = ""] = target.split(".");
  const exact = operators.find(`${namespace}.${name}.${overload.replace(/_?out$/, "") || "default"}`);
  const all = operators.names.filter((other) => other.startsWith(`${namespace}.${name}.`)).map((n) =>
    operators.find(n)!
  );
  const fits = (op: AtenOp) => given.every((argument) => op.schema.args.some((arg) => arg.name === argument));
  return exact && fits(exact) ? exact : all.find(fits) ?? operator(frame, node, target);
}
