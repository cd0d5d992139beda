/**
 * Calls of operators that the host computes: a routine whose attributes say what to hand over, and the node that the
 * host's executor finds it by. Arguments that the operator writes to are given to it as copies, which are results.
 *
 * Where sizes of results depend on data, the call gives the sizes first, and a second routine takes the results.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import { type Expr, int, type Sym } from "../ir/expr/mod.ts";
import type { Attr, TensorType, Value } from "../ir/graph/mod.ts";
import type { HostOp, HostResult } from "../ops/mod.ts";
import type { Argument, Node } from "./archive/types.ts";
import { bindResults, type Result } from "./bind.ts";
import { type Frame, metaOf, originOf, tensorOf } from "./frame.ts";
import { type HandedTensor, type HostArguments, hostArguments } from "./host_arguments.ts";
import { type NodeJson, printNode } from "./host_json.ts";
import { aboutNode, nameOf, shortTarget } from "./report.ts";
import { write } from "./write.ts";

/** A result of the operator: one tensor, or None. */
interface Slot {
  readonly name: string | null;
  /** The argument whose tensor it is. */
  readonly argument?: HandedTensor;
}

/** Converts a call of an operator of the host; without `op` its schema is unknown, and it must be functional. */
export function importHost(frame: Frame, node: Node, op: HostOp | undefined): void {
  const given = hostArguments(frame, node, op), written = given.tensors.filter((t) => t?.writes);
  const slots = resultsOf(node, op, given), tensors = slots.filter((s) => s.name !== null);
  const fresh = tensors.filter((s) => !s.argument), types = fresh.map((s) => typeOf(frame, node, s.name!));
  const sizes = unknownSizes(frame, types);
  const attrs = attributes(node, op, given, slots);
  const inputs = given.tensors.flatMap((t) => t ? [t.value] : []), copies = written.map((t) => t!.value.type);
  const late: TensorType = { dtype: "i64", shape: [int(sizes.length + 1)] };
  const made = frame.g.routine("host", inputs, [...copies, ...(sizes.length > 0 ? [late] : types)], {
    ...attrs,
    sizes: sizes.map(({ result, axis }) => [tensors.indexOf(fresh[result]!), axis]),
  });
  written.forEach((t, n) => write(frame, t!.name, made[n]));
  const results = sizes.length > 0
    ? taken(frame, made.at(-1)!, sizes.map((s) => s.symbol), types)
    : made.slice(written.length);
  warn(frame, node, op, given);
  bind(frame, node, slots, results);
}

function bind(frame: Frame, node: Node, slots: readonly Slot[], results: readonly Value[]): void {
  if (node.outputs.every(({ kind }) => kind === "none")) return;
  let at = 0;
  bindResults(
    frame,
    node,
    slots.map(({ name, argument }): Result => {
      if (argument) return tensorOf(frame, argument.name);
      return name === null ? null : results[at++]!;
    }),
  );
}

/** Results whose sizes the call found out: binds them, then takes the tensors. */
function taken(
  frame: Frame,
  sizes: Value,
  symbols: readonly Sym[],
  types: readonly TensorType[],
): readonly Value[] {
  symbols.forEach((symbol, n) => frame.g.item(frame.g.remap(sizes, [], () => [int(n)]), symbol));
  return frame.g.routine("host_take", [sizes], types);
}

/** A symbol that is a size of a result that the model wants. */
interface UnknownSize {
  readonly symbol: Sym;
  readonly result: number;
  readonly axis: number;
}

function unknownSizes(frame: Frame, types: readonly TensorType[]): readonly UnknownSize[] {
  const symbols = frame.session.symbols.fresh(types.flatMap(({ shape }) => shape));
  return symbols.map((symbol) => {
    const result = types.findIndex(({ shape }) => shape.some((size) => size === symbol));
    if (result < 0) {
      refuse({
        reason: "unsupported-operator",
        message: `Cannot call the operator: no result has ${symbol.name} alone as a size`,
      });
    }
    return { symbol, result, axis: types[result]!.shape.findIndex((size: Expr) => size === symbol) };
  });
}

function typeOf(frame: Frame, node: Node, name: string): TensorType {
  const type = frame.session.symbols.looseType(metaOf(frame, name));
  const isKnown = type.shape.every((size) => !(size.kind === "sym" && size.name === "unknown"));
  return isKnown
    ? type
    : refuse(aboutNode(node, "unsupported-operator", `a size of its result "${name}" cannot be said`));
}

/** The tensors that the operator gives, lists unrolled, in the order of the export. */
function resultsOf(node: Node, op: HostOp | undefined, given: HostArguments): readonly Slot[] {
  const outputs = node.outputs.filter(({ kind }) => kind !== "none");
  const declared = op?.results ?? outputs.map((): HostResult => ({ type: "" }));
  if (declared.length !== node.outputs.length && declared.length !== outputs.length) {
    refuse(
      aboutNode(
        node,
        "bad-operator",
        `the export has ${outputs.length} results, the schema ${declared.length}`,
      ),
    );
  }
  const all = declared.length === outputs.length ? outputs : node.outputs;
  return all.flatMap((output, n): readonly Slot[] => {
    const { alias } = declared[n]!;
    const argument = alias === undefined ? undefined : argumentWith(given, op!, alias);
    return namesOf(node, output).map((name) => ({ name, ...(argument && { argument }) }));
  });
}

function argumentWith(given: HostArguments, op: HostOp, alias: string): HandedTensor | undefined {
  const row = op.args.find((arg) => arg.alias === alias && arg.writes);
  const at = given.inputs.findIndex((i) => (i as { name: string }).name === row?.name);
  const { arg } = given.inputs[at] as { arg: { as_tensor?: { name: string } } };
  return given.tensors.find((t) => t?.name === arg.as_tensor?.name) ?? undefined;
}

function namesOf(node: Node, output: Argument): readonly (string | null)[] {
  switch (output.kind) {
    case "tensor":
    case "optional-tensor":
      return [output.name];
    case "tensors":
    case "optional-tensors":
      return output.names;
    case "none":
      return [null];
    default:
      return refuse(
        aboutNode(node, "unsupported-operator", `its result is of kind ${output.kind}, hosts give tensors`),
      );
  }
}

function attributes(
  node: Node,
  op: HostOp | undefined,
  given: HostArguments,
  slots: readonly Slot[],
): Record<string, Attr> {
  let output = given.tensors.filter((t) => t?.writes).length;
  const { file, line } = originOf(node), place = file ? `, ${file.split("/").at(-1)}:${line}` : "";
  const name = operatorName(shortTarget(node.target));
  return {
    name,
    where: `node "${nameOf(node)}"${place}`,
    node: printNode({ target: name, inputs: given.inputs, outputs: outputsOf(node, op), metadata: {} }),
    present: given.tensors.map((t) => t !== null),
    writes: given.tensors.flatMap((t, n) => t?.writes ? [n] : []),
    results: slots.flatMap(({ name, argument }) => name === null ? [] : [argument ? -1 : output++]),
    numbers: given.numbers,
    floats: given.floats,
    texts: given.texts,
    lists: given.hasLists,
  };
}

/** `mylib.f.default` is `mylib::f`, `mylib.f.out` is `mylib::f.out`. */
function operatorName(target: string): string {
  const [space, name, overload] = target.split(".");
  return `${space}::${name}${!overload || overload === "default" ? "" : `.${overload}`}`;
}

function outputsOf(node: Node, op: HostOp | undefined): readonly NodeJson[] {
  const named = (name: string) => ({ as_tensor: { name } });
  return node.outputs.flatMap((output, n): readonly NodeJson[] => {
    const isOptional = op?.results[n]?.type === "Tensor?" || output.kind === "optional-tensor";
    switch (output.kind) {
      case "tensor":
        return [isOptional ? { as_optional_tensor: named(output.name) } : named(output.name)];
      case "optional-tensor":
        return [{ as_optional_tensor: output.name === null ? { as_none: true } : named(output.name) }];
      case "tensors":
        return [{ as_tensors: output.names.map((name) => ({ name })) }];
      default:
        return isOptional ? [{ as_optional_tensor: { as_none: true } }] : [];
    }
  });
}

/** Once for each operator: what hosts must have. */
function warn({ session }: Frame, node: Node, op: HostOp | undefined, given: HostArguments): void {
  const name = operatorName(shortTarget(node.target));
  session.report.warn({
    reason: "host-operator",
    message: `operator "${name}" is left to the host: the library needs PyTorch, or a function for it ` +
      "(aoti_register_operator)",
  });
  const problem = problemOfOld(node, op, given);
  if (problem) {
    session.report.warn({
      reason: "host-release",
      message: `PyTorch 2.6 may not run operator "${name}", newer releases do: its executor ${problem}`,
    });
  }
}

function problemOfOld(node: Node, op: HostOp | undefined, given: HostArguments): string | undefined {
  if (given.tooNew.length > 0) {
    return `reads no dtype, layout or memory format: "${given.tooNew.join('", "')}"`;
  }
  const isOptional = node.outputs.some(({ kind }, n) => {
    return kind === "optional-tensor" || op?.results[n]?.type === "Tensor?";
  });
  if (isOptional) return "reads no optional results";
  return op ? undefined : "fills in no defaults; give the operator's schema in `ops`";
}
