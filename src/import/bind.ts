/**
 * Results of a node under the names the export gives them, checked against what it recorded.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import { asBool, eq, type Expr, type Pred, print } from "../ir/expr/mod.ts";
import type { TensorType, Value } from "../ir/graph/mod.ts";
import type { OutValue } from "../ops/mod.ts";
import type { Argument, Node } from "./archive/types.ts";
import { resultSlots } from "./arguments.ts";
import { type Bound, type Frame, metaOf, whole } from "./frame.ts";
import { shortTarget } from "./report.ts";
import { intScalar, type Scalar } from "./scalar.ts";
import { asFloatData, asTruthData, bindInt } from "./scalar_data.ts";
import { Alias } from "./storage.ts";

/** A result before it has a name. */
export type Result = Value | Expr | Pred | null | Alias | Scalar;

function isValue(result: object): result is Value {
  return "type" in result && "name" in result && !("kind" in result) && !(result instanceof Alias);
}

const predKinds = new Set(["cmp", "and", "or", "not"]);

function isPred(result: { readonly kind: string }): result is Pred {
  return predKinds.has(result.kind) || (result.kind === "bool" && "value" in result);
}

const scalarKinds = new Set(["ratio", "float", "data"]);

/** A scalar from what an operator gave. */
function scalarFrom(result: Expr | Pred | Scalar): Scalar {
  if (isPred(result)) return { kind: "bool", pred: result };
  if (scalarKinds.has(result.kind) || "expr" in result || "pred" in result) return result as Scalar;
  return intScalar(result as Expr);
}

/** What an operator's composition gave, lists unrolled. */
export function flatten(out: OutValue | readonly OutValue[]): readonly Result[] {
  return Array.isArray(out) ? out.flatMap(flatten) : [out as Exclude<OutValue, readonly Value[]>];
}

/** Gives the results of `node` their names. */
export function bindResults(frame: Frame, node: Node, results: readonly Result[]): void {
  const slots = resultSlots(node);
  if (results.length < slots.length) {
    refuse({
      reason: "import-mismatch",
      message: `Cannot name the results: ${results.length} computed, the export has ${slots.length}`,
    });
  }
  slots.forEach((slot, n) => bindSlot(frame, node, slot, results[n]!));
}

function bindSlot(frame: Frame, node: Node, slot: Argument, result: Result): void {
  if (slot.kind === "tensor") bindTensor(frame, node, slot.name, result);
  else if (slot.kind === "sym-int" && typeof slot.value === "object") {
    bindSize(frame, slot.value.name, result);
  } else if (slot.kind === "sym-float" && typeof slot.value === "object") {
    bindFloat(frame, slot.value.name, result);
  } else if (slot.kind === "sym-bool" && typeof slot.value === "object") {
    bindTruth(frame, slot.value.name, result);
  }
}

/**
 * Operators whose results PyTorch records with another element type than they have: positions that are i64 with that of
 * the input (2.6), parameters of tokens that are f32 as f64 and i64.
 */
const mislabelled = new Set([
  "aten._unique.default",
  "aten._unique2.default",
  "aten.unique_consecutive.default",
  "aten.unique_dim.default",
  "aten.unique_dim_consecutive.default",
  "quantized_decomposed.choose_qparams_per_token.default",
]);

/**
 * Operators whose last states PyTorch 2.6 records with a dim of size one that they do not have. Whatever is computed
 * from such a result may be recorded wrongly too: its shape is that of the composition.
 */
const misshapen = new Set([
  "aten.lstm.input",
  "aten.gru.input",
  "aten.rnn_tanh.input",
  "aten.rnn_relu.input",
]);

function readsMisshapen(frame: Frame, node: Node): boolean {
  const isOne = (name: string | null) => {
    const bound = name === null ? undefined : frame.names.get(name);
    return bound?.kind === "tensor" && bound.misshapen === true;
  };
  return node.inputs.some(({ argument }) =>
    argument.kind === "tensor"
      ? isOne(argument.name)
      : argument.kind === "tensors" && argument.names.some(isOne)
  );
}

function bindTensor(frame: Frame, node: Node, name: string, result: Result): void {
  if (result === null) {
    return void frame.names.set(name, { kind: "absent", target: shortTarget(node.target) });
  }
  const alias = result instanceof Alias ? result : isValue(result) ? Alias.whole(result) : undefined;
  if (!alias) refuse({ reason: "import-mismatch", message: `Cannot name "${name}": the result is a number` });
  const target = shortTarget(node.target), recorded = frame.session.symbols.looseType(metaOf(frame, name));
  const { dtype } = mislabelled.has(target) ? alias.type : recorded;
  const isOff = differ(alias.type.shape, recorded.shape) &&
    (misshapen.has(target) || readsMisshapen(frame, node));
  frame.names.set(name, { kind: "tensor", alias, ...(isOff && { misshapen: true }) });
  checkType(name, target, alias.type, { dtype, shape: isOff ? alias.type.shape : recorded.shape });
  for (const symbol of frame.session.symbols.fresh(alias.type.shape)) {
    frame.session.symbols.declare({ sym: symbol, label: symbol.name });
  }
}

/** Refuses a result whose type contradicts the export's record. */
function checkType(name: string, target: string, built: TensorType, recorded: TensorType): void {
  const wrong = built.dtype !== recorded.dtype
    ? `element type ${built.dtype}, the export has ${recorded.dtype}`
    : differ(built.shape, recorded.shape)
    ? `shape ${printShape(built.shape)}, the export has ${printShape(recorded.shape)}`
    : undefined;
  if (!wrong) return;
  refuse({
    reason: "import-mismatch",
    message: `Cannot take over "${name}": ${target} was built with ${wrong}`,
    help: "The composition in src/ops/aten is wrong for these arguments; please report this.",
  });
}

function differ(built: readonly Expr[], recorded: readonly Expr[]): boolean {
  return built.length !== recorded.length || built.some((size, n) => conflict(size, recorded[n]!));
}

function conflict(a: Expr, b: Expr): boolean {
  return asBool(eq(a, b)) === false;
}

function printShape(shape: readonly Expr[]): string {
  return `[${shape.map(print).join(", ")}]`;
}

function bindSize(frame: Frame, name: string, result: Result): void {
  const recorded = frame.graph.symInts.get(name), { symbols } = frame.session;
  const text = typeof recorded === "object" ? recorded.expr : undefined;
  const known = text === undefined ? undefined : symbols.scalar(text);
  const expected = known?.kind === "int" ? known.expr : undefined;
  const expr = sizeFrom(frame, name, result, expected);
  frame.names.set(name, intScalar(expr));
  if (text !== undefined && !expected) symbols.learn(text, intScalar(expr));
}

function sizeFrom(frame: Frame, name: string, result: Result, expected: Expr | undefined): Expr {
  if (result === null) {
    refuse({ reason: "import-mismatch", message: `Cannot name "${name}": there is no result` });
  }
  if (result instanceof Alias) return bindInt(frame, result.read(frame.g), expected);
  if (isValue(result)) return bindInt(frame, result, expected);
  const scalar = scalarFrom(result);
  if (scalar.kind === "int") return scalar.expr;
  if (scalar.kind === "data") return bindInt(frame, frame.g.cast(scalar.value, "i64"), expected);
  return bindInt(frame, frame.g.cast(asFloatData(frame.g, scalar), "i64"), expected);
}

function bindFloat(frame: Frame, name: string, result: Result): void {
  if (result === null) {
    refuse({ reason: "import-mismatch", message: `Cannot name "${name}": there is no result` });
  }
  const value = result instanceof Alias ? result.read(frame.g) : isValue(result) ? result : undefined;
  frame.names.set(
    name,
    value ? { kind: "data", value: frame.g.cast(value, "f64") } : scalarFrom(result as Scalar),
  );
}

function bindTruth(frame: Frame, name: string, result: Result): void {
  if (result === null) {
    refuse({ reason: "import-mismatch", message: `Cannot name "${name}": there is no result` });
  }
  const value = result instanceof Alias ? result.read(frame.g) : isValue(result) ? result : undefined;
  if (value) return void frame.names.set(name, { kind: "data", value: frame.g.cast(value, "bool") });
  const scalar = scalarFrom(result as Scalar);
  const truth: Bound = scalar.kind === "bool"
    ? scalar
    : { kind: "data", value: asTruthData(frame.g, scalar) };
  frame.names.set(name, truth);
}

/** Names the results of a node that could not be converted, so that later nodes are checked all the same. */
export function bindPlaceholders(frame: Frame, node: Node): void {
  for (const slot of resultSlots(node)) {
    if (slot.kind === "tensor" && !frame.names.has(slot.name)) {
      const meta = frame.graph.tensors.get(slot.name);
      if (meta) frame.names.set(slot.name, placeholder(frame, slot.name, meta));
    } else if (slot.kind.startsWith("sym-") && "value" in slot) placeholderScalar(frame, slot);
  }
}

function placeholder(
  frame: Frame,
  name: string,
  meta: Parameters<typeof frame.session.symbols.type>[0],
): Bound {
  const { symbols } = frame.session;
  const shape = meta.sizes.map((size) => symbols.dimOrNone(size) ?? symbols.invent(name));
  for (const symbol of symbols.fresh(shape)) symbols.declare({ sym: symbol, label: symbol.name });
  return whole(frame.g.input(name, { dtype: meta.dtype, shape }));
}

function placeholderScalar(frame: Frame, slot: Argument): void {
  if (
    !("value" in slot) || typeof slot.value !== "object" || slot.value === null || !("name" in slot.value)
  ) return;
  const { name } = slot.value, { symbols } = frame.session;
  if (frame.names.has(name)) return;
  const recorded = frame.graph.symInts.get(name) ?? frame.graph.symBools.get(name);
  const scalar = typeof recorded === "object" ? symbols.scalar(recorded.expr) : undefined;
  const type = { dtype: slot.kind === "sym-bool" ? "bool" : "f64", shape: [] } as const;
  frame.names.set(
    name,
    scalar ??
      (slot.kind === "sym-int"
        ? intScalar(symbols.invent(name))
        : { kind: "data", value: frame.g.input(name, type) }),
  );
}
