/**
 * Decoders of graphs, nodes and arguments: the big part of a program's JSON.
 *
 * @module
 */
import {
  boolean,
  type Decode,
  defaulted,
  dtype,
  field,
  float,
  int,
  list,
  map,
  Misshapen,
  named,
  object,
  optional,
  string,
  union,
} from "./decode.ts";
import {
  customObject,
  device,
  layout,
  memoryFormat,
  nameOf,
  scalarOrName,
  symBoolValue,
  symFloatValue,
  symIntValue,
  tensorMeta,
} from "./decode_values.ts";
import { modulePath, originOf } from "./trace.ts";
import type { Argument, Graph, NamedArgument, Node } from "./types.ts";

const optionalTensor: Decode<string | null> = union<string | null>(
  "a tensor or none",
  new Map<string, Decode<string | null>>([["as_tensor", nameOf], ["as_none", () => null]]),
);

/** A decoder of a payload that becomes the fields of an argument of this kind. */
function kind<T>(decode: Decode<T>, make: (payload: T) => Argument): Decode<Argument> {
  return (value) => make(decode(value));
}

const NONE: Argument = { kind: "none" };

const variants: ReadonlyMap<string, Decode<Argument>> = new Map<string, Decode<Argument>>([
  ["as_none", () => NONE],
  ["as_tensor", kind(nameOf, (name) => ({ kind: "tensor", name }))],
  ["as_tensors", kind(list(nameOf), (names) => ({ kind: "tensors", names }))],
  ["as_optional_tensor", kind(optionalTensor, (name) => ({ kind: "optional-tensor", name }))],
  ["as_optional_tensors", kind(list(optionalTensor), (names) => ({ kind: "optional-tensors", names }))],
  ["as_nested_tensors", kind(list(list(nameOf)), (names) => ({ kind: "nested-tensors", names }))],
  ["as_int", kind(int, (value) => ({ kind: "int", value }))],
  ["as_ints", kind(list(int), (values) => ({ kind: "ints", values }))],
  ["as_int_lists", kind(list(list(int)), (values) => ({ kind: "int-lists", values }))],
  ["as_float", kind(float, (value) => ({ kind: "float", value }))],
  ["as_floats", kind(list(float), (values) => ({ kind: "floats", values }))],
  ["as_float_lists", kind(list(list(float)), (values) => ({ kind: "float-lists", values }))],
  ["as_bool", kind(boolean, (value) => ({ kind: "bool", value }))],
  ["as_bools", kind(list(boolean), (values) => ({ kind: "bools", values }))],
  ["as_string", kind(string, (value) => ({ kind: "string", value }))],
  ["as_strings", kind(list(string), (values) => ({ kind: "strings", values }))],
  ["as_complex", (value) => {
    const from = object(value);
    return { kind: "complex", re: field(from, "real", float), im: field(from, "imag", float) };
  }],
  ["as_sym_int", kind(scalarOrName("as_int", int), (value) => ({ kind: "sym-int", value }))],
  ["as_sym_ints", kind(list(scalarOrName("as_int", int)), (values) => ({ kind: "sym-ints", values }))],
  ["as_sym_float", kind(scalarOrName("as_float", float), (value) => ({ kind: "sym-float", value }))],
  [
    "as_sym_floats",
    kind(list(scalarOrName("as_float", float)), (values) => ({ kind: "sym-floats", values })),
  ],
  ["as_sym_bool", kind(scalarOrName("as_bool", boolean), (value) => ({ kind: "sym-bool", value }))],
  ["as_sym_bools", kind(list(scalarOrName("as_bool", boolean)), (values) => ({ kind: "sym-bools", values }))],
  ["as_scalar_type", kind(dtype, (dtype) => ({ kind: "scalar-type", dtype }))],
  ["as_memory_format", kind(memoryFormat, (format) => ({ kind: "memory-format", format }))],
  ["as_layout", kind(layout, (layout) => ({ kind: "layout", layout }))],
  ["as_device", kind(device, (device) => ({ kind: "device", device }))],
  ["as_graph", (value) => {
    const from = object(value);
    return { kind: "graph", name: field(from, "name", string), graph: field(from, "graph", graph) };
  }],
  ["as_custom_obj", kind(customObject, (object) => ({ kind: "custom-object", ...object }))],
  ["as_operator", kind(string, (name) => ({ kind: "operator", name }))],
  ["as_string_to_argument", (value) => ({ kind: "string-to-argument", entries: map(argument)(value) })],
]);

/** One argument of any kind. */
export const argument: Decode<Argument> = union("an argument", variants);

const passed = defaulted<NamedArgument["passed"]>(
  named("way of passing", ["unknown", "positional", "keyword"]),
  () => "unknown",
);

const namedArguments = list((value) => {
  const from = object(value);
  return {
    name: field(from, "name", string),
    argument: field(from, "arg", argument),
    passed: field(from, "kind", passed),
  };
});
const args = list(argument);
const textMap = defaulted(map(string), () => new Map<string, string>());
const flag = defaulted(boolean, () => false);
const maybeText = optional(string), maybeFlag = optional(boolean);

const node: Decode<Node> = (value) => {
  const from = object(value), metadata = field(from, "metadata", textMap);
  return {
    target: field(from, "target", string),
    inputs: field(from, "inputs", namedArguments),
    outputs: field(from, "outputs", args),
    name: field(from, "name", maybeText),
    singleTensorReturn: field(from, "is_hop_single_tensor_return", maybeFlag),
    origin: originOf(metadata.get("stack_trace") ?? ""),
    module: modulePath(metadata.get("nn_module_stack") ?? ""),
  };
};
const nodes = list(node);
const tensors = map(tensorMeta), symInts = map(symIntValue), symBools = map(symBoolValue);
const symFloats = defaulted(map(symFloatValue), () => new Map());
const customObjects = defaulted(map(customObject), () => new Map());

/** A graph with the graphs inside it; the nesting was bounded when the JSON was parsed. */
export function graph(value: Parameters<Decode<Graph>>[0]): Graph {
  const from = object(value);
  const decoded = {
    inputs: field(from, "inputs", args),
    outputs: field(from, "outputs", args),
    nodes: field(from, "nodes", nodes),
    tensors: field(from, "tensor_values", tensors),
    symInts: field(from, "sym_int_values", symInts),
    symBools: field(from, "sym_bool_values", symBools),
    symFloats: field(from, "sym_float_values", symFloats),
    customObjects: field(from, "custom_obj_values", customObjects),
    singleTensorReturn: field(from, "is_single_tensor_return", flag),
  };
  checkNames(decoded);
  return decoded;
}

/** Every value is defined once: by an input, or by one output of one node. */
function checkNames(graph: Graph): void {
  const seen = new Set<string>();
  const define = (name: string) => {
    if (seen.has(name)) throw new Misshapen(`two definitions of the value "${name.slice(0, 80)}"`);
    seen.add(name);
  };
  for (const input of graph.inputs) definedBy(input).forEach(define);
  for (const node of graph.nodes) for (const output of node.outputs) definedBy(output).forEach(define);
}

/** Names of the values that an input or output stands for. */
export function definedBy(argument: Argument): readonly string[] {
  switch (argument.kind) {
    case "tensor":
    case "custom-object":
      return [argument.name];
    case "tensors":
      return argument.names;
    case "optional-tensor":
      return argument.name === null ? [] : [argument.name];
    case "optional-tensors":
      return argument.names.filter((name) => name !== null);
    case "nested-tensors":
      return argument.names.flat();
    case "sym-int":
    case "sym-float":
    case "sym-bool":
      return typeof argument.value === "object" ? [argument.value.name] : [];
    default:
      return [];
  }
}
