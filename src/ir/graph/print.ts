/**
 * Graphs as text, one line a node; `parseGraph` reads it back.
 *
 * ```text
 * graph mlp
 * symbol s0 in 1..4096 "batch" = %x[0]
 * input %x : f32[s0, 10] strides [10, 1] "x" leaf 0
 * constant %w : f32[4, 10] strides [10, 1] "l1.weight" parameter @weight_0+0
 * %t1 : f32[s0, 4] = einsum(%x, %w) mk,nk->mn  // linear.py:12
 * %t2 : f32[s0, 4] = exp(%t1)
 * output %t2 "out"
 * ```
 *
 * Expressions stand in brackets or braces, what follows `//` is the origin, the regions of a node follow it, indented.
 * @module
 */
import type { DType } from "../../base/mod.ts";
import { print } from "../expr/mod.ts";
import { symbolsOfGraph } from "./symbols.ts";
import type {
  FixedLeaf,
  Graph,
  GraphConstant,
  GraphInput,
  GraphOutput,
  Guard,
  IndexBound,
  Node,
  Op,
  Region,
  SymbolDecl,
  Value,
} from "./types.ts";
import {
  printAttrs,
  printDims,
  printFixed,
  printName,
  printNum,
  printOrigin,
  printRef,
  printSymbol,
  printTest,
  printType,
} from "./words.ts";

/** Text of a whole graph. */
export function printGraph(graph: Graph): string {
  return [
    `graph ${printName(graph.name)}`,
    ...printInterface(graph),
    ...graph.inputs.map(printInput),
    ...graph.constants.map(printConstant),
    ...graph.fixed.map(printFixedLeaf),
    ...printNodes(graph.nodes, ""),
    ...graph.outputs.map(printOutput),
    ...graph.effects.map((e) => `effect ${printRef(e.target)} := ${printRef(e.value)}`),
    ...printSpecs(graph),
  ].join("\n") + "\n";
}

/** The lines that declare a graph's symbols and guards. */
export function printInterface(graph: Graph): string[] {
  const declared = new Set(graph.symbols.map((decl) => decl.sym));
  const locals = symbolsOfGraph(graph).filter((s) => !declared.has(s));
  return [
    ...graph.symbols.map(printDecl),
    ...locals.map((s) => `local ${printSymbol(s)}`),
    ...graph.guards.map(printGuard),
  ];
}

/** `symbol s0 in 1..64 "batch" = %x[0]`; a number of the call has no axis. */
export function printDecl({ sym, from, label }: SymbolDecl): string {
  const axis = from?.axis === undefined ? "" : `[${from.axis}]`;
  const place = from ? ` = ${printRef(from.input)}${axis}` : "";
  return `symbol ${printSymbol(sym)} ${JSON.stringify(label)}${place}`;
}

/** `guard {s0 % 2 == 0} "dim \"batch\""`. */
export function printGuard({ pred, subject }: Guard): string {
  return `guard ${printTest(pred)} ${JSON.stringify(subject)}`;
}

/** `%x : f32[s0]`. */
export function printTyped(value: Value): string {
  return `${printRef(value)} : ${printType(value.type)}`;
}

/** `input %x : f32[s0] strides [1] "x" leaf 0`. */
function printInput({ value, strides, label, leaf, ...more }: GraphInput): string {
  const type = printLeafKind(more);
  return `input ${printTyped(value)} strides ${printDims(strides)} ${
    JSON.stringify(label)
  } leaf ${leaf}${type}`;
}

/** What an input is to the host, when it is more than a tensor of numbers. */
export function printLeafKind({ complex, number }: Pick<GraphInput, "complex" | "number">): string {
  return printComplex(complex) + (number ? " number" : "");
}

/** ` complex c64`, where the host's tensor is complex. */
export function printComplex(type: DType | undefined): string {
  return type ? ` complex ${type}` : "";
}

/** `constant %w : f32[4] strides [1] "l1.bias" parameter @weight_1+0`. */
function printConstant({ value, strides, fqn, role, data, offset, complex }: GraphConstant): string {
  const blob = /^[\w./-]+$/.test(data) ? data : JSON.stringify(data);
  return `constant ${printTyped(value)} strides ${printDims(strides)} ${
    JSON.stringify(fqn)
  } ${role} @${blob}+${offset}${printComplex(complex)}`;
}

/** `fixed leaf 2 "flag" = true`. */
export function printFixedLeaf({ leaf, label, value }: FixedLeaf): string {
  return `fixed leaf ${leaf} ${JSON.stringify(label)} = ${printFixed(value)}`;
}

/** One leaf of the result. */
export function printOutput(leaf: GraphOutput): string {
  const label = JSON.stringify(leaf.label);
  switch (leaf.kind) {
    case "tensor":
      return `output ${printRef(leaf.value)} ${label}${
        leaf.strides ? ` strides ${printDims(leaf.strides)}` : ""
      }${printComplex(leaf.complex)}`;
    case "size":
      return `output size {${print(leaf.expr)}} ${label}`;
    case "truth":
      return `output truth ${printTest(leaf.pred)} ${label}`;
    case "fixed":
      return `output fixed ${printFixed(leaf.value)} ${label}`;
  }
}

/** Treespecs, where known. */
export function printSpecs({ inSpec, outSpec }: Pick<Graph, "inSpec" | "outSpec">): string[] {
  return [inSpec && `inspec ${JSON.stringify(inSpec)}`, outSpec && `outspec ${JSON.stringify(outSpec)}`]
    .filter(Boolean);
}

function printNodes(nodes: readonly Node[], indent: string): string[] {
  return nodes.flatMap((node) => [
    `${indent}${printNode(node)}`,
    ...(node.regions ?? []).flatMap((region) => printRegion(region, `${indent}  `)),
  ]);
}

/** One node, without its regions. */
export function printNode(node: Node): string {
  const results = node.outputs.map(printTyped).join(", ");
  const binds = node.binds ? ` binds [${node.binds.map((s) => s.name).join(", ")}]` : "";
  return `${results && `${results} = `}${printCall(node)}${binds}${printOrigin(node.origin)}`;
}

function printRegion(region: Region, indent: string): string[] {
  return [
    `${indent}region ${printName(region.name)}(${region.inputs.map(printTyped).join(", ")})`,
    ...printNodes(region.nodes, `${indent}  `),
    `${indent}  return ${region.outputs.map(printRef).join(", ")}`.trimEnd(),
  ];
}

function printCall({ op, inputs }: Node): string {
  const operands = inputs.length > 0 ? `(${inputs.map(printRef).join(", ")})` : "";
  const rest = printRest(op);
  return `${headOf(op)}${operands || (op.kind === "pointwise" ? "()" : "")}${rest && ` ${rest}`}`;
}

function headOf(op: Op): string {
  switch (op.kind) {
    case "pointwise":
      return op.fn;
    case "scatter":
      return `scatter ${op.combine}`;
    case "reduce":
      return `reduce ${op.fn}`;
    case "routine":
      return `routine ${printName(op.routine)}`;
    default:
      return op.kind;
  }
}

function printRest(op: Op): string {
  switch (op.kind) {
    case "pointwise":
    case "cast":
    case "cond":
      return "";
    case "constant":
      return printNum(op.value);
    case "iota":
      return `{${print(op.expr)}}`;
    case "mask":
      return printTest(op.pred);
    case "remap":
      return `at ${printDims(op.index)}${printMasked(op)}`;
    case "lookup":
      return `by ${printBounds(op.bounds)} at ${printDims(op.index)}${printMasked(op)}`;
    case "scatter":
      return `by ${printBounds(op.bounds)} at ${printDims(op.index)}`;
    case "reduce":
      return `dims ${printDims(op.dims)}`;
    case "einsum":
      return printEinsum(op);
    case "concat":
      return `dim ${op.dim}`;
    case "item":
      return `-> ${op.symbol.name}`;
    case "assert":
      return `${op.pred ? `${printTest(op.pred)} ` : ""}${JSON.stringify(op.message)}`;
    case "while":
      return `carried ${op.carried}`;
    case "routine":
      return printAttrs(op.attrs);
  }
}

function printEinsum(op: Op & { kind: "einsum" }): string {
  const spec = `${op.a},${op.b}->${op.out}`;
  return /^[A-Za-z]*,[A-Za-z]*->[A-Za-z]*$/.test(spec) ? spec : JSON.stringify(spec);
}

function printBounds(bounds: readonly IndexBound[]): string {
  return `[${bounds.map((b) => `${b.wrap ? "wrap " : ""}{${print(b.size)}}`).join(", ")}]`;
}

function printMasked(op: Op & { kind: "remap" | "lookup" }): string {
  const valid = op.valid ? ` where ${printTest(op.valid)}` : "";
  return valid + (op.fill === undefined ? "" : ` else ${printNum(op.fill)}`);
}
