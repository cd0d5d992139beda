/**
 * Builds graphs node by node. A builder is a scratch pad: `finish` parts copy out immutable arrays.
 *
 * Everything an aten operator needs is composed from these few methods (plus `views.ts` of room `ops`).
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import { add, type Expr, int, type Pred, type Sym } from "../expr/mod.ts";
import type { Num, ReduceFn, ScalarFn } from "../scalar/mod.ts";
import { axesOf, lookedUp } from "./axes.ts";
import { inferConcat, inferEinsum, inferPointwise, inferReduce } from "./infer.ts";
import type { Attr, IndexBound, Node, Op, Origin, Region, TensorType, Value } from "./types.ts";

/** A loaded index: integer values broadcast to the output's shape, with their bound. */
export interface IndexOperand extends IndexBound {
  readonly value: Value;
}

/** Mask and fill of a `remap` or `lookup`. */
export interface Masked {
  readonly valid?: (axes: readonly Sym[], looked: readonly Sym[]) => Pred;
  readonly fill?: Num;
}

/** Index maps as the algebra writes them: an axis of one element is 0. */
function canonical(index: readonly Expr[]): readonly Expr[] {
  return index.map((e) => add(e));
}

/** Names are unique over a builder and the builders of its regions. */
class Names {
  readonly #used = new Map<string, number>();
  fresh(hint: string): string {
    const count = this.#used.get(hint) ?? 0;
    this.#used.set(hint, count + 1);
    if (count === 0) return hint;
    const name = `${hint}_${count}`;
    return this.#used.has(name) ? this.fresh(hint) : (this.#used.set(name, 1), name);
  }
}

/** Appends nodes and gives back their values. */
export class GraphBuilder {
  readonly #nodes: Node[] = [];
  readonly #names: Names;
  #origin: Origin | undefined;
  #hint: string | undefined;

  constructor(names: Names = new Names()) {
    this.#names = names;
  }

  /** The nodes so far. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** A builder for a region: fresh nodes, the same name space. */
  region(): GraphBuilder {
    const inner = new GraphBuilder(this.#names);
    inner.at(this.#origin, this.#hint);
    return inner;
  }

  /** Following nodes come from `origin`; their values are named after `hint`. */
  at(origin: Origin | undefined, hint?: string): this {
    this.#origin = origin;
    this.#hint = hint;
    return this;
  }

  /** A value of a given type that no node of this builder defines: an input, a constant, a region's argument. */
  input(name: string, type: TensorType): Value {
    return { name: this.#names.fresh(name), type };
  }

  /** Appends any operation; the methods below infer `types` for you. */
  push(op: Op, inputs: readonly Value[], types: readonly TensorType[], more: Partial<Node> = {}): Value[] {
    const hint = this.#hint ?? (op.kind === "pointwise" ? op.fn : op.kind);
    const outputs = types.map((type) => ({ name: this.#names.fresh(hint), type }));
    this.#nodes.push({ op, inputs, outputs, ...(this.#origin && { origin: this.#origin }), ...more });
    return outputs;
  }

  #one(op: Op, inputs: readonly Value[], type: TensorType): Value {
    return this.push(op, inputs, [type])[0]!;
  }

  /** Elementwise `fn` with broadcasting; operands share a dtype. */
  pointwise(fn: ScalarFn, ...inputs: readonly Value[]): Value {
    const op = { kind: "pointwise", fn } as const;
    return this.#one(op, inputs, inferPointwise(op, inputs.map((v) => v.type)));
  }

  /** `x` as `dtype`; the same value when it already is. */
  cast(x: Value, dtype: DType): Value {
    return x.type.dtype === dtype ? x : this.#one({ kind: "cast" }, [x], { dtype, shape: x.type.shape });
  }

  /** A 0-d constant. */
  constant(value: Num, dtype: DType): Value {
    return this.#one({ kind: "constant", value }, [], { dtype, shape: [] });
  }

  /** `out[i…] = of(i…)`. */
  iota(shape: readonly Expr[], of: (axes: readonly Sym[]) => Expr, dtype: DType = "i64"): Value {
    return this.#one({ kind: "iota", expr: add(of(axesOf(shape))) }, [], { dtype, shape });
  }

  /** `out[i…] = of(i…)` as bool. */
  mask(shape: readonly Expr[], of: (axes: readonly Sym[]) => Pred): Value {
    return this.#one({ kind: "mask", pred: of(axesOf(shape)) }, [], { dtype: "bool", shape });
  }

  /** `out[i…] = x[index(i…)]`, or `fill` where `valid(i…)` does not hold. */
  remap(
    x: Value,
    shape: readonly Expr[],
    index: (axes: readonly Sym[]) => readonly Expr[],
    masked: Masked = {},
  ): Value {
    const axes = axesOf(shape);
    const mask = masked.valid && { valid: masked.valid(axes, []), fill: masked.fill ?? 0 };
    return this.#one({ kind: "remap", index: canonical(index(axes)), ...mask }, [x], {
      dtype: x.type.dtype,
      shape,
    });
  }

  /** `out[i…] = x[index(i…, loaded indices at i…)]`. Index operands must already have the output's shape. */
  lookup(
    x: Value,
    shape: readonly Expr[],
    operands: readonly IndexOperand[],
    index: (axes: readonly Sym[], looked: readonly Sym[]) => readonly Expr[],
    masked: Masked = {},
  ): Value {
    const axes = axesOf(shape), looked = operands.map((o, k) => lookedUp(k, o));
    const mask = masked.valid && { valid: masked.valid(axes, looked), fill: masked.fill ?? 0 };
    const bounds = operands.map(({ size, wrap }) => ({ size, wrap }));
    const op = { kind: "lookup", index: canonical(index(axes, looked)), bounds, ...mask } as const;
    return this.#one(op, [x, ...operands.map((o) => o.value)], { dtype: x.type.dtype, shape });
  }

  /** `into` with `out[index(i…, x…)] combine= updates[i…]`. Index operands have the updates' shape. */
  scatter(
    into: Value,
    updates: Value,
    operands: readonly IndexOperand[],
    combine: "set" | "add" | "mul" | "min" | "max",
    index: (axes: readonly Sym[], looked: readonly Sym[]) => readonly Expr[],
  ): Value {
    const axes = axesOf(updates.type.shape), looked = operands.map((o, k) => lookedUp(k, o));
    const bounds = operands.map(({ size, wrap }) => ({ size, wrap }));
    const op = { kind: "scatter", index: canonical(index(axes, looked)), bounds, combine } as const;
    return this.#one(op, [into, updates, ...operands.map((o) => o.value)], into.type);
  }

  /** Reduces `dims` (any order, no negatives); `keep` leaves sizes of one. */
  reduce(fn: ReduceFn, x: Value, dims: readonly number[], keep = false): Value {
    const op = { kind: "reduce", fn, dims: [...new Set(dims)].sort((a, b) => a - b) } as const;
    const out = this.#one(op, [x], inferReduce(op, x.type));
    if (!keep) return out;
    const shape = x.type.shape.map((size, n) => (op.dims.includes(n) ? int(1) : size));
    const kept = x.type.shape.map((_, n) => n).filter((n) => !op.dims.includes(n));
    return this.remap(out, shape, (axes) => kept.map((n) => axes[n]!));
  }

  /** Sum of products, e.g. `einsum("bmk,bkn->bmn", a, b)`. */
  einsum(spec: string, a: Value, b: Value): Value {
    const [left, right, out] = spec.replaceAll(" ", "").split(/,|->/);
    const op = { kind: "einsum", a: left!, b: right!, out: out! } as const;
    return this.#one(op, [a, b], inferEinsum(op, a.type, b.type));
  }

  /** Operands side by side along `dim` (not negative). */
  concat(inputs: readonly Value[], dim: number): Value {
    if (inputs.length === 1) return inputs[0]!;
    return this.#one({ kind: "concat", dim }, inputs, inferConcat(dim, inputs.map((v) => v.type)));
  }

  /** A whole-tensor algorithm. */
  routine(
    name: string,
    inputs: readonly Value[],
    types: readonly TensorType[],
    attrs: Readonly<Record<string, Attr>> = {},
    binds?: readonly Sym[],
  ): Value[] {
    return this.push({ kind: "routine", routine: name, attrs }, inputs, types, binds ? { binds } : {});
  }

  /** Binds `symbol` to the value of the 0-d integer `x`. */
  item(x: Value, symbol: Sym): void {
    this.push({ kind: "item", symbol }, [x], []);
  }

  /** Fails the run with `message` where the condition does not hold. */
  assert(condition: Pred | Value, message: string): void {
    const isValue = "type" in condition && "name" in condition;
    const op = isValue
      ? { kind: "assert", message } as const
      : { kind: "assert", message, pred: condition } as const;
    this.push(op, isValue ? [condition] : [], []);
  }

  /** Control flow; outputs have the types of the last region's outputs. */
  control(
    op: Op,
    inputs: readonly Value[],
    regions: readonly Region[],
    types: readonly TensorType[],
  ): Value[] {
    return this.push(op, inputs, types, { regions });
  }
}
