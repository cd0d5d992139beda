/**
 * A small evaluator of graphs on doubles: what the tests of aliasing need, and nothing more.
 *
 * @module
 */
import { evaluate, type Expr } from "../../src/ir/expr/mod.ts";
import type { Graph, Node, Value } from "../../src/ir/graph/mod.ts";

/** Elements in row-major order. */
export interface Dense {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** All positions of a shape, in row-major order. */
export function positions(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>((all, size) => {
    return all.flatMap((at) => Array.from({ length: size }, (_, n) => [...at, n]));
  }, [[]]);
}

/** Values of a graph's outputs and effects, given its inputs by name; sizes must be constants. */
export class Run {
  readonly values = new Map<Value, Dense>();

  constructor(graph: Graph, inputs: Readonly<Record<string, readonly number[]>>) {
    for (const { value, label } of graph.inputs) this.#set(value, inputs[label]!);
    for (const { value, fqn } of graph.constants) this.#set(value, inputs[fqn] ?? []);
    for (const node of graph.nodes) if (node.outputs.length > 0) this.#node(node);
  }

  data(value: Value): readonly number[] {
    return this.values.get(value)!.data;
  }

  #set(value: Value, data: readonly number[]): void {
    this.values.set(value, { shape: value.type.shape.map((e) => evaluate(e, {})), data });
  }

  #node({ op, inputs, outputs }: Node): void {
    const out = outputs[0]!, shape = out.type.shape.map((e) => evaluate(e, {})), all = positions(shape);
    const xs = inputs.map((value) => this.values.get(value)!);
    switch (op.kind) {
      case "constant":
        return this.#set(out, [Number(op.value)]);
      case "cast":
        return this.#set(out, xs[0]!.data);
      case "iota":
        return this.#set(out, all.map((at) => evaluate(op.expr, axes(at))));
      case "remap":
        return this.#set(out, all.map((at) => read(xs[0]!, indexAt(op.index, at))));
      case "scatter": {
        const data = [...xs[0]!.data];
        for (const at of positions(xs[1]!.shape)) {
          data[flat(xs[0]!.shape, indexAt(op.index, at))] = read(xs[1]!, at);
        }
        return this.#set(out, data);
      }
      case "pointwise":
        return this.#set(
          out,
          all.map((at) => fns[op.fn]!(...xs.map((x) => read(x, stretched(x.shape, at))))),
        );
      default:
        throw new Error(`no meaning for ${op.kind} here`);
    }
  }
}

const fns: Readonly<Record<string, (...xs: number[]) => number>> = {
  add: (a, b) => a! + b!,
  sub: (a, b) => a! - b!,
  mul: (a, b) => a! * b!,
  neg: (a) => -a!,
};

function axes(at: readonly number[]): Record<string, number> {
  return Object.fromEntries(at.map((n, axis) => [`i${axis}`, n]));
}

function indexAt(index: readonly Expr[], at: readonly number[]): number[] {
  return index.map((e) => evaluate(e, axes(at)));
}

function stretched(shape: readonly number[], at: readonly number[]): number[] {
  return shape.map((size, n) => size === 1 ? 0 : at[n + at.length - shape.length]!);
}

function flat(shape: readonly number[], at: readonly number[]): number {
  return at.reduce((sum, n, axis) => {
    if (n < 0 || n >= shape[axis]!) throw new RangeError(`position [${at}] outside of [${shape}]`);
    return sum * shape[axis]! + n;
  }, 0);
}

function read(x: Dense, at: readonly number[]): number {
  return x.data[flat(x.shape, at)]!;
}
