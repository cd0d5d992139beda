/**
 * Runs a graph: plain loops over dense tensors, the reference that every other level is compared with.
 *
 * Nothing is shared with lowering: sums run in f64 and are rounded once, index maps are evaluated position by position.
 *
 * @module
 */
import { evaluate, evaluatePred, type Expr } from "../../ir/expr/mod.ts";
import {
  type Attr,
  forEachPosition,
  type Graph,
  type GraphOutput,
  isExpr,
  type Node,
  type Region,
  type TensorType,
  type Value,
} from "../../ir/graph/mod.ts";
import {
  type AttrValue,
  castScalar,
  denseOf,
  type DenseTensor,
  denseZeros,
  elementOf,
  evaluateScalar,
  literalOf,
  type Num,
  readSymbol,
  RunFailure,
  setElement,
} from "../../ir/scalar/mod.ts";
import { iota, mask, read, scatter } from "./indexing.ts";
import { broadcastAt, offsetOf } from "./positions.ts";
import { einsum, reduce } from "./reductions.ts";
import { routines } from "./routines.ts";

/** A leaf of the result: a tensor, or the value that the export fixed. */
export type InterpretedOutput = DenseTensor | null | Num | string;

/** What a run gives. */
export interface Interpreted {
  readonly outputs: readonly InterpretedOutput[];
  /** New contents of the effects' targets, in their order. */
  readonly effects: readonly DenseTensor[];
  /** Values of the symbols at the end of the run. */
  readonly symbols: ReadonlyMap<string, number>;
}

/** Runs a graph on its tensor inputs and constants, in the graph's order. Throws `RunFailure` where a run fails. */
export function interpret(
  graph: Graph,
  inputs: readonly DenseTensor[],
  constants: readonly DenseTensor[] = [],
): Interpreted {
  const run = new Run();
  graph.inputs.forEach(({ value }, n) => run.values.set(value, inputs[n]!));
  graph.constants.forEach(({ value }, n) => run.values.set(value, constants[n]!));
  for (const { sym, from } of graph.symbols) {
    if (from) run.symbols.set(sym.name, readSymbol(run.get(from.input), from.axis));
  }
  [...graph.inputs, ...graph.constants].forEach(({ value }) => run.check(value));
  for (const { pred, subject } of graph.guards) {
    if (!evaluatePred(pred, run.symbols)) throw new RunFailure("guard", subject);
  }
  run.nodes(graph.nodes);
  return {
    outputs: graph.outputs.map((leaf) => run.output(leaf)),
    effects: graph.effects.map((effect) => run.get(effect.value)),
    symbols: run.symbols,
  };
}

class Run {
  readonly values = new Map<Value, DenseTensor>();
  readonly symbols = new Map<string, number>();

  get(value: Value): DenseTensor {
    const tensor = this.values.get(value);
    if (!tensor) throw new RangeError(`Cannot read %${value.name}: it is not computed yet`);
    return tensor;
  }

  #shape(exprs: readonly Expr[]): number[] {
    return exprs.map((e) => evaluate(e, this.symbols));
  }

  #zeros({ dtype, shape }: TensorType): DenseTensor {
    return denseZeros(dtype, this.#shape(shape));
  }

  /** A tensor handed in has its value's type. */
  check(value: Value): void {
    const { dtype, shape } = this.get(value), wanted = this.#shape(value.type.shape);
    const same = dtype === value.type.dtype && shape.length === wanted.length &&
      shape.every((size, n) => size === wanted[n]);
    if (same) return;
    throw new RunFailure("guard", `%${value.name} is ${dtype}[${shape}], not ${value.type.dtype}[${wanted}]`);
  }

  output(leaf: GraphOutput): InterpretedOutput {
    switch (leaf.kind) {
      case "tensor":
        return this.get(leaf.value);
      case "size":
        return denseOf("i64", [], [BigInt(evaluate(leaf.expr, this.symbols))]);
      case "truth":
        return denseOf("bool", [], [evaluatePred(leaf.pred, this.symbols)]);
      case "fixed":
        return leaf.value;
    }
  }

  nodes(nodes: readonly Node[]): void {
    for (const node of nodes) {
      const results = this.#results(node, node.inputs.map((v) => this.get(v)));
      for (const [n, value] of node.outputs.entries()) {
        this.#bind(node, value, results[n]!);
        this.values.set(value, results[n]!);
      }
    }
  }

  /** Symbols that the node defines through the sizes of its results. */
  #bind({ binds = [] }: Node, value: Value, result: DenseTensor): void {
    value.type.shape.forEach((size, n) => {
      if (size.kind === "sym" && binds.includes(size)) this.symbols.set(size.name, result.shape[n]!);
    });
    this.values.set(value, result);
    this.check(value);
  }

  #results(node: Node, xs: readonly DenseTensor[]): readonly DenseTensor[] {
    const { op } = node;
    switch (op.kind) {
      case "item":
        this.symbols.set(op.symbol.name, Number(elementOf(xs[0]!, 0)));
        return [];
      case "assert": {
        const holds = op.pred ? evaluatePred(op.pred, this.symbols) : elementOf(xs[0]!, 0);
        if (!holds) throw new RunFailure("assert", op.message);
        return [];
      }
      case "cond": {
        const [then, otherwise] = node.regions!;
        return this.#region(elementOf(xs[0]!, 0) ? then! : otherwise!, xs.slice(1));
      }
      case "while":
        return this.#while(node, op.carried, xs);
      case "routine": {
        const attrs = Object.entries(op.attrs).map(([key, attr]) => [key, this.#attr(attr)] as const);
        const routine = routines[op.routine];
        if (!routine) throw new RangeError(`Cannot run routine ${op.routine}: it has no reference`);
        return routine(xs, Object.fromEntries(attrs));
      }
      default:
        return [this.#one(node, xs)];
    }
  }

  #one({ op, outputs }: Node, xs: readonly DenseTensor[]): DenseTensor {
    const out = this.#zeros(outputs[0]!.type), { symbols } = this;
    switch (op.kind) {
      case "pointwise": {
        const { dtype } = xs.at(-1)!;
        return filled(out, (at) => evaluateScalar(op.fn, xs.map((x) => broadcastAt(x, at)), dtype));
      }
      case "cast":
        return filled(out, (_, n) => castScalar(elementOf(xs[0]!, n), xs[0]!.dtype, out.dtype));
      case "constant":
        return filled(out, () => literalOf(op.value, out.dtype));
      case "iota":
        return iota(op, out, symbols);
      case "mask":
        return mask(op, out, symbols);
      case "remap":
      case "lookup":
        return read(op, xs[0]!, xs.slice(1), out, symbols);
      case "scatter": {
        const copy = { ...out, data: xs[0]!.data.slice() };
        return scatter(op, xs[1]!, xs.slice(2), copy, symbols);
      }
      case "reduce":
        return reduce(op, xs[0]!, out);
      case "einsum":
        return einsum(op, xs[0]!, xs[1]!, out);
      case "concat":
        return concat(op.dim, xs, out);
      default:
        throw new RangeError(`Cannot run ${op.kind}: it has no single result`);
    }
  }

  #region(region: Region, inputs: readonly DenseTensor[]): DenseTensor[] {
    region.inputs.forEach((value, n) => {
      this.values.set(value, inputs[n]!);
      this.check(value);
    });
    this.nodes(region.nodes);
    return region.outputs.map((value) => this.get(value));
  }

  #while(node: Node, carried: number, xs: readonly DenseTensor[]): DenseTensor[] {
    const [condition, body] = node.regions!, captured = xs.slice(carried);
    let state = xs.slice(0, carried);
    while (elementOf(this.#region(condition!, [...state, ...captured])[0]!, 0)) {
      state = this.#region(body!, [...state, ...captured]);
    }
    return [...state];
  }

  #attr(attr: Attr): AttrValue {
    if (attr === null || typeof attr !== "object") return attr;
    return isExpr(attr) ? evaluate(attr, this.symbols) : attr.map((a) => this.#attr(a));
  }
}

function filled(out: DenseTensor, of: (at: readonly number[], n: number) => Num): DenseTensor {
  forEachPosition(out.shape, (at, n) => setElement(out, n, of(at, n)));
  return out;
}

function concat(dim: number, xs: readonly DenseTensor[], out: DenseTensor): DenseTensor {
  let start = 0;
  for (const x of xs) {
    forEachPosition(x.shape, (at, n) => {
      const to = at.map((index, d) => (d === dim ? index + start : index));
      setElement(out, offsetOf(out.shape, to), elementOf(x, n));
    });
    start += x.shape[dim]!;
  }
  return out;
}
