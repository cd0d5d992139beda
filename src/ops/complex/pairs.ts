/**
 * Complex tensors as pairs: a graph with values of complex element types becomes one without.
 *
 * What a host sees (inputs, constants, outputs) is carried as a real value with a last dim of 2 and remembers its
 * complex type. In between a complex value is two real ones, its parts; it becomes a pair in memory only where
 * something needs that: outputs, effects, regions, routines on pairs.
 *
 * @module
 */
import { isComplex } from "../../base/mod.ts";
import { type Expr, int, mul } from "../../ir/expr/mod.ts";
import type {
  Effect,
  GraphBuilder,
  GraphConstant,
  GraphInput,
  GraphOutput,
  Node,
  Region,
  SymbolDecl,
  Value,
} from "../../ir/graph/mod.ts";
import { pairType } from "./parts.ts";
import { convertNode } from "./nodes.ts";
import { Held } from "./held.ts";

/** The parts of a graph that complex values occur in. */
export interface Described {
  readonly symbols: readonly SymbolDecl[];
  readonly inputs: readonly GraphInput[];
  readonly constants: readonly GraphConstant[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly GraphOutput[];
  readonly effects: readonly Effect[];
}

const complex = (value: Value) => isComplex(value.type.dtype);

/** True where any value is complex. */
function hasComplex(graph: Described): boolean {
  return [...graph.inputs, ...graph.constants].some(({ value }) => complex(value)) ||
    graph.outputs.some((leaf) => leaf.kind === "tensor" && complex(leaf.value)) ||
    graph.nodes.some(touches);
}

function touches(node: Node): boolean {
  return [...node.inputs, ...node.outputs].some(complex) ||
    (node.regions ?? []).some((r) => [...r.inputs, ...r.outputs].some(complex) || r.nodes.some(touches));
}

/** The graph without complex values; `g` gives names. Graphs that have none come back as they are. */
export function asPairs<G extends Described>(g: GraphBuilder, graph: G): G {
  if (!hasComplex(graph)) return graph;
  const held = new Held();
  const inputs = graph.inputs.map((input) => withPairs(held, input));
  const constants = graph.constants.map((constant) => constantWithPairs(held, constant));
  const nodes = convertNodes(g, held, graph.nodes);
  const last = g.region();
  const outputs = graph.outputs.map((leaf) => outputWithPairs(last, held, leaf));
  const effects = graph.effects.map(({ target, value }) => ({
    target: held.whole(last, target),
    value: held.whole(last, value),
  }));
  const symbols = graph.symbols.map((decl): SymbolDecl =>
    decl.from ? { ...decl, from: { ...decl.from, input: held.whole(last, decl.from.input) } } : decl
  );
  return { ...graph, symbols, inputs, constants, nodes: [...nodes, ...last.nodes], outputs, effects };
}

const double = (strides: readonly Expr[]) => [...strides.map((s) => mul(2, s)), int(1)];

/** The value that carries a complex one from outside; it takes over the name. */
function carrier(held: Held, value: Value): Value {
  const pair = { name: value.name, type: pairType(value.type) };
  held.give(value, { pair });
  return pair;
}

function withPairs(held: Held, input: GraphInput): GraphInput {
  const { value, strides } = input;
  if (!complex(value)) return input;
  return { ...input, value: carrier(held, value), strides: double(strides), complex: value.type.dtype };
}

function constantWithPairs(held: Held, constant: GraphConstant): GraphConstant {
  const { value, strides, offset } = constant;
  if (!complex(value)) return constant;
  return {
    ...constant,
    value: carrier(held, value),
    strides: [...strides.map((s) => 2 * s), 1],
    offset: 2 * offset,
    complex: value.type.dtype,
  };
}

function outputWithPairs(g: GraphBuilder, held: Held, leaf: GraphOutput): GraphOutput {
  if (leaf.kind !== "tensor") return leaf;
  const value = held.whole(g, leaf.value);
  if (!complex(leaf.value)) return { ...leaf, value };
  const strides = leaf.strides && double(leaf.strides);
  return { ...leaf, value, ...(strides && { strides }), complex: leaf.value.type.dtype };
}

function convertNodes(g: GraphBuilder, held: Held, nodes: readonly Node[]): Node[] {
  return nodes.flatMap((node) => {
    const b = g.region().at(node.origin, node.origin?.node);
    if (!touches(node)) return [{ ...node, inputs: node.inputs.map((v) => held.whole(b, v)) }];
    if (node.regions) return controlNode(b, held, node);
    convertNode(b, held, node);
    return [...b.nodes];
  });
}

/** Branches and loops carry pairs. */
function controlNode(g: GraphBuilder, held: Held, node: Node): Node[] {
  const inputs = node.inputs.map((v) => held.whole(g, v));
  const regions = node.regions!.map((region): Region => {
    const given = region.inputs.map((v) => complex(v) ? carrier(held, v) : v);
    const nodes = convertNodes(g, held, region.nodes), last = g.region();
    const outputs = region.outputs.map((v) => held.whole(last, v));
    return { ...region, inputs: given, nodes: [...nodes, ...last.nodes], outputs };
  });
  const outputs = node.outputs.map((v) => complex(v) ? carrier(held, v) : v);
  return [...g.nodes, { ...node, inputs, outputs, regions }];
}
