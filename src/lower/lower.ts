/**
 * Graph to Loops: values stay functions of their index until something needs them in memory.
 *
 * @module
 */
import { int } from "../ir/expr/mod.ts";
import type { Graph, GraphInput, GraphOutput, Value } from "../ir/graph/mod.ts";
import { type Buffer, type Loops, type LoopsOutput, rowMajor, tempBuffer } from "../ir/loops/mod.ts";
import { fromBuffer } from "./lazy.ts";
import { lowerNodes } from "./nodes.ts";
import { countUses, Lowering } from "./state.ts";

/** Lowers a verified, functional graph. */
export function lower(graph: Graph): Loops {
  const tensors = graph.outputs.filter((o) => o.kind === "tensor").map((o) => o.value);
  const l = new Lowering(countUses(graph.nodes, [...tensors, ...graph.effects.map((e) => e.value)]));
  const inputs = graph.inputs.map((input) => {
    const { name, type } = input.value;
    const buffer: Buffer = { name: l.name(name), ...type, strides: input.strides, offset: 0, role: "input" };
    l.define(input.value, fromBuffer(buffer, l.scalars));
    return { buffer, input };
  });
  const constants = graph.constants.map((constant) => {
    const { name, type } = constant.value;
    const strides = constant.strides.map((s) => int(s));
    const buffer: Buffer = { name: l.name(name), ...type, strides, offset: 0, role: "constant" };
    l.define(constant.value, fromBuffer(buffer, l.scalars));
    return { buffer, constant };
  });
  const given = new Set<Value>([...graph.inputs, ...graph.constants].map((x) => x.value));
  let outputs: LoopsOutput[] = [], effects: Loops["effects"] = [];
  const body = l.block(() => {
    giveHomes(l, graph.outputs, given);
    lowerNodes(l, graph.nodes);
    const kept = graph.inputs.filter(({ value }) => !graph.effects.some((e) => e.target === value));
    outputs = graph.outputs.map((leaf) => lowerOutput(l, leaf, kept, graph.outputs));
    effects = graph.effects.map((effect) => ({
      effect,
      target: l.lazy(effect.target).buffer!,
      from: detached(l, effect.value, given),
    }));
    effects.forEach(({ target, from }) => l.store(fromBuffer(from, l.scalars), target));
  });
  const { name, symbols, guards, fixed, inSpec, outSpec } = graph;
  return { name, symbols, guards, fixed, inSpec, outSpec, inputs, constants, body, outputs, effects };
}

/** Memory for a value that replaces an input's or constant's content: never memory that a copy may overwrite. */
function detached(l: Lowering, value: Value, given: ReadonlySet<Value>): Buffer {
  const buffer = l.realise(value);
  if (!given.has(value)) return buffer;
  const copy = tempBuffer(l.name(`${value.name}_saved`), buffer.dtype, buffer.shape);
  l.store(fromBuffer(buffer, l.scalars), copy);
  return copy;
}

/** Tensor outputs that are computed get an output buffer as their home, once per value. */
function giveHomes(l: Lowering, outputs: readonly GraphOutput[], given: ReadonlySet<Value>): void {
  outputs.forEach((leaf, n) => {
    if (leaf.kind !== "tensor" || given.has(leaf.value) || l.homes.has(leaf.value)) return;
    l.homes.set(leaf.value, outputBuffer(l, leaf, n));
  });
}

function outputBuffer(l: Lowering, leaf: GraphOutput & { kind: "tensor" }, n: number): Buffer {
  const { dtype, shape } = leaf.value.type;
  const strides = leaf.strides ?? rowMajor(shape);
  return { name: l.name(`out${n}`), dtype, shape, strides, offset: 0, role: "output" };
}

/** A leaf's memory: the input that it is, its value's home, or a copy where a host must see another element type. */
function lowerOutput(
  l: Lowering,
  leaf: GraphOutput,
  kept: readonly GraphInput[],
  leaves: readonly GraphOutput[],
): LoopsOutput {
  if (leaf.kind !== "tensor") return { leaf };
  const lazy = l.lazy(leaf.value), input = kept.find(({ value }) => value === leaf.value);
  if (input && input.complex === leaf.complex && lazy.buffer?.role === "input") {
    return { leaf, buffer: lazy.buffer };
  }
  const first = leaves.find((other) => other.kind === "tensor" && other.value === leaf.value);
  const isFirst = first?.kind === "tensor" && first.complex === leaf.complex;
  const home = isFirst ? l.homes.get(leaf.value) : undefined;
  if (home && lazy.buffer === home) return { leaf, buffer: home };
  const buffer = home ?? outputBuffer(l, leaf, l.homes.size);
  l.store(lazy, buffer, l.origins.get(leaf.value));
  if (home) l.define(leaf.value, fromBuffer(home, l.scalars));
  return { leaf, buffer };
}
