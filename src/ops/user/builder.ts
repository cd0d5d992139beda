/**
 * Models written in TypeScript: the object that `graph(({ input, ops, cond }) => …)` of aoti.config.ts receives.
 *
 * Operators are those of the aten table, by name: `ops.linear(x, w, b)` is `aten.linear.default`; among overloads the
 * first whose schema takes the arguments is meant. Options go last, as an object: `ops.sum(x, [1], { keepdim: true })`.
 *
 * @module
 */
import { type DType, Refused } from "../../base/mod.ts";
import { type Expr, int, mul, type Sym, sym } from "../../ir/expr/mod.ts";
import {
  type Graph,
  GraphBuilder,
  type GraphConstant,
  type GraphInput,
  type GraphOutput,
  type Region,
  type SymbolDecl,
  type Value,
} from "../../ir/graph/mod.ts";
import {
  type ArgValue,
  type AtenOp,
  atenOp,
  atenTargets,
  makeArgs,
  type OutValue,
  type Schema,
} from "../aten/mod.ts";

/** A tensor of the model under construction. */
export class Tensor {
  constructor(readonly value: Value) {}
  get dtype(): DType {
    return this.value.type.dtype;
  }
  /** Sizes; -1 where a dim varies. */
  get shape(): readonly number[] {
    return this.value.type.shape.map((e) => (e.kind === "int" ? e.value : -1));
  }
}

/** A named dimension, as `dim()` of the config makes it. */
export interface NamedSize {
  readonly kind: "dim";
  readonly name: string;
  readonly min: number;
  readonly max?: number;
}

/** What an operator takes. Sizes may be dims; `null` is None. */
export type Argument = Tensor | NamedSize | number | bigint | boolean | string | null | readonly Argument[];
type Results = Tensor & readonly Tensor[];
type Operator = (...args: readonly (Argument | Readonly<Record<string, Argument>>)[]) => Results;

/** The builder's methods; may be taken apart by destructuring. */
export interface ModelBuilder {
  /** A tensor that the caller hands over. */
  readonly input: (
    name: string,
    spec: { readonly shape: readonly (number | NamedSize)[]; readonly dtype?: DType },
  ) => Tensor;
  /** A weight with its values, row-major. */
  readonly parameter: (
    name: string,
    spec: {
      readonly shape: readonly number[];
      readonly data: ArrayLike<number>;
      readonly dtype?: "f32" | "f64";
    },
  ) => Tensor;
  /** A 0-d constant. */
  readonly scalar: (value: number | bigint | boolean, dtype?: DType) => Tensor;
  /** Every aten operator by its name without overload. */
  readonly ops: Readonly<Record<string, Operator>>;
  /** Both branches take the operands and give tensors of the same types. */
  readonly cond: (
    predicate: Tensor,
    then: (...operands: Tensor[]) => Tensor | readonly Tensor[],
    otherwise: (...operands: Tensor[]) => Tensor | readonly Tensor[],
    operands: readonly Tensor[],
  ) => readonly Tensor[];
}

/** What the user's function may return. */
export type ModelResult = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

/** A built graph with the bytes of its parameters. */
export interface UserGraph {
  readonly graph: Graph;
  readonly storages: Readonly<Record<string, { readonly offset: number; readonly bytes: number }>>;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Runs the user's function and closes the graph. */
export async function buildUserGraph(
  name: string,
  build: (builder: ModelBuilder) => unknown,
): Promise<UserGraph> {
  const session = new Session(name);
  const result = await build(session.builder());
  return session.finish(result as ModelResult);
}

class Session {
  #g = new GraphBuilder();
  readonly #inputs: GraphInput[] = [];
  readonly #constants: GraphConstant[] = [];
  readonly #symbols = new Map<string, SymbolDecl>();
  readonly #blobs: { id: string; bytes: Uint8Array }[] = [];

  constructor(readonly name: string) {}

  builder(): ModelBuilder {
    const ops = new Proxy({} as Record<string, Operator>, {
      get: (_, key) => (...args: readonly unknown[]) => this.#call(String(key), args),
    });
    return {
      input: (name, spec) => this.#input(name, spec),
      parameter: (name, spec) => this.#parameter(name, spec),
      scalar: (value, dtype) => new Tensor(this.#g.constant(value, dtype ?? scalarType(value))),
      ops,
      cond: (p, then, otherwise, operands) => this.#cond(p, then, otherwise, operands),
    };
  }

  #input(
    name: string,
    { shape, dtype = "f32" }: { shape: readonly (number | NamedSize)[]; dtype?: DType },
  ): Tensor {
    const sizes = shape.map((size) => this.#size(size));
    const value = this.#g.input(name, { dtype, shape: sizes });
    sizes.forEach((size, axis) => {
      if (size.kind === "sym") this.#bind(size, value, axis);
    });
    this.#inputs.push({ value, label: name, strides: rowMajor(sizes), leaf: this.#inputs.length });
    return new Tensor(value);
  }

  #size(size: number | NamedSize): Expr {
    if (typeof size === "number") return int(size);
    return sym(size.name, { min: size.min, ...(size.max !== undefined && { max: size.max }) });
  }

  #bind(symbol: Sym, input: Value, axis: number): void {
    if (this.#symbols.has(symbol.name)) return;
    this.#symbols.set(symbol.name, { sym: symbol, from: { input, axis }, label: symbol.name });
  }

  #parameter(
    name: string,
    spec: { shape: readonly number[]; data: ArrayLike<number>; dtype?: "f32" | "f64" },
  ): Tensor {
    const dtype = spec.dtype ?? "f32", count = spec.shape.reduce((a, b) => a * b, 1);
    if (spec.data.length !== count) {
      throw new RangeError(`parameter "${name}": ${spec.data.length} values for shape [${spec.shape}]`);
    }
    const array = dtype === "f32" ? Float32Array.from(spec.data) : Float64Array.from(spec.data);
    const shape = spec.shape.map((s) => int(s)), value = this.#g.input(name, { dtype, shape });
    const id = `parameter/${name}`;
    this.#blobs.push({ id, bytes: new Uint8Array(array.buffer) });
    const strides = rowMajor(shape).map((e) => (e.kind === "int" ? e.value : 1));
    this.#constants.push({ value, fqn: name, role: "parameter", strides, offset: 0, data: id });
    return new Tensor(value);
  }

  #call(name: string, args: readonly unknown[]): Results {
    const overloads = atenTargets.filter((t) => t.startsWith(`aten.${name}.`)).sort(defaultFirst);
    if (overloads.length === 0) throw new TypeError(`ops.${name}: there is no aten operator of this name`);
    const tried: string[] = [];
    for (const target of overloads) {
      const op = atenOp(target)!, given = this.#match(op, args);
      if (typeof given === "string") tried.push(`${target}: ${given}`);
      else return wrap(this.#build(op, given));
    }
    throw new TypeError(`ops.${name}: no overload takes these arguments\n  ${tried.join("\n  ")}`);
  }

  #build(op: AtenOp, given: Readonly<Record<string, ArgValue>>): OutValue | readonly OutValue[] {
    this.#g.at({ target: op.target }, op.target.split(".")[1]);
    const strides = (value: Value) => rowMajor(value.type.shape);
    try {
      return op.build(this.#g, makeArgs(op.schema, given, [], strides));
    } catch (error) {
      if (error instanceof Refused) throw new TypeError(error.message);
      throw error;
    }
  }

  /** Arguments by schema name, or why they do not fit. */
  #match(op: AtenOp, args: readonly unknown[]): Readonly<Record<string, ArgValue>> | string {
    const last = args.at(-1), hasOptions = isOptions(last);
    const positional = hasOptions ? args.slice(0, -1) : args;
    const given: Record<string, ArgValue> = {}, schema = op.schema.args;
    if (positional.length > schema.length) return `takes ${schema.length} arguments`;
    const named = positional.map((value, n) => [schema[n]!.name, value] as const);
    for (const [key, value] of [...named, ...Object.entries(hasOptions ? last : {})]) {
      const arg = schema.find((a) => a.name === key);
      if (!arg) return `has no argument "${key}"`;
      const converted = this.#convert(value, arg.type);
      if (!converted) return `"${key}" is not a ${arg.type}`;
      given[key] = converted;
    }
    const missing = schema.find((a) => a.default === undefined && !(a.name in given));
    return missing ? `"${missing.name}" is missing` : given;
  }

  #convert(value: unknown, type: Schema["args"][number]["type"]): ArgValue | undefined {
    const optional = type.endsWith("?"), base = type.replace(/\?$/, "");
    if (value === null || value === undefined) return optional ? { kind: "none" } : undefined;
    if (base.startsWith("Tensor[]") || base === "Tensor?[]") {
      const list = Array.isArray(value) && value.every((v) => v instanceof Tensor || v === null);
      return list
        ? { kind: "tensors", values: (value as (Tensor | null)[]).map((t) => t?.value ?? null) }
        : undefined;
    }
    if (value instanceof Tensor) {
      return base === "Tensor" ? { kind: "tensor", value: value.value } : undefined;
    }
    if (base === "Tensor") return undefined;
    if (/^(Sym)?[iI]nt\[/.test(base)) return this.#intList(value);
    if (base.startsWith("float[")) {
      return Array.isArray(value) ? { kind: "floats", floats: value as number[] } : undefined;
    }
    if (base.startsWith("bool[")) {
      return Array.isArray(value) ? { kind: "bools", truths: value as boolean[] } : undefined;
    }
    return this.#plain(value, base);
  }

  #intList(value: unknown): ArgValue | undefined {
    const list = Array.isArray(value) ? value : [value];
    const exprs = list.map((v) => this.#int(v));
    return exprs.every((e) => e !== undefined) ? { kind: "ints", exprs: exprs as Expr[] } : undefined;
  }

  #int(value: unknown): Expr | undefined {
    if (typeof value === "number" && Number.isInteger(value)) return int(value);
    if (typeof value === "bigint") return int(Number(value));
    return isDim(value) ? this.#size(value) : undefined;
  }

  #plain(value: unknown, type: string): ArgValue | undefined {
    if (type === "bool") return typeof value === "boolean" ? { kind: "bool", truth: value } : undefined;
    if (type === "str") return typeof value === "string" ? { kind: "string", text: value } : undefined;
    if (type === "ScalarType") {
      return typeof value === "string" ? { kind: "dtype", dtype: value as DType } : undefined;
    }
    if (type === "float") return typeof value === "number" ? { kind: "float", float: value } : undefined;
    const whole = this.#int(value);
    if (whole && /^(Sym)?[iI]nt$|^Scalar$/.test(type)) return { kind: "int", expr: whole };
    if (type !== "Scalar") return undefined;
    if (typeof value === "number") return { kind: "float", float: value };
    return typeof value === "boolean" ? { kind: "bool", truth: value } : undefined;
  }

  #cond(
    predicate: Tensor,
    then: (...operands: Tensor[]) => Tensor | readonly Tensor[],
    otherwise: (...operands: Tensor[]) => Tensor | readonly Tensor[],
    operands: readonly Tensor[],
  ): readonly Tensor[] {
    const regions = [this.#region("then", then, operands), this.#region("otherwise", otherwise, operands)];
    const types = regions.map((r) => r.outputs.map((v) => v.type));
    const text = (list: typeof types[number]) =>
      list.map((t) => `${t.dtype}[${t.shape.map((e) => e.key)}]`).join(", ");
    if (text(types[0]!) !== text(types[1]!)) {
      throw new TypeError(
        `cond: the branches give different types: ${text(types[0]!)} and ${text(types[1]!)}`,
      );
    }
    const inputs = [predicate, ...operands].map((t) => t.value);
    return this.#g.control({ kind: "cond" }, inputs, regions, types[0]!).map((v) => new Tensor(v));
  }

  #region(
    name: string,
    build: (...operands: Tensor[]) => Tensor | readonly Tensor[],
    operands: readonly Tensor[],
  ): Region {
    const outer = this.#g, inner = outer.region();
    const inputs = operands.map((t) => inner.input(t.value.name, t.value.type));
    this.#g = inner;
    try {
      const made = build(...inputs.map((v) => new Tensor(v)));
      return { name, inputs, nodes: inner.nodes, outputs: listOf(made).map((t) => t.value) };
    } finally {
      this.#g = outer;
    }
  }

  finish(result: ModelResult): UserGraph {
    const outputs = namedOutputs(result).map(([label, tensor]): GraphOutput => {
      return { kind: "tensor", value: tensor.value, label, strides: rowMajor(tensor.value.type.shape) };
    });
    const graph: Graph = {
      name: this.name,
      symbols: [...this.#symbols.values()],
      guards: [],
      inputs: this.#inputs,
      fixed: [],
      constants: this.#constants,
      nodes: this.#g.nodes,
      outputs,
      effects: [],
      inSpec: treeOf(this.#inputs.length),
      outSpec: outputs.length === 1 ? LEAF : listSpec(outputs.length),
    };
    return { graph, ...this.#pack() };
  }

  #pack(): Pick<UserGraph, "storages" | "data"> {
    const storages: Record<string, { offset: number; bytes: number }> = {};
    let end = 0;
    for (const { id, bytes } of this.#blobs) {
      storages[id] = { offset: end, bytes: bytes.length };
      end += bytes.length;
    }
    const data = new Uint8Array(end);
    for (const { id, bytes } of this.#blobs) data.set(bytes, storages[id]!.offset);
    return { storages, data };
  }
}

const LEAF = '[1, {"type": null, "context": null, "children_spec": []}]';
const leaf = '{"type": null, "context": null, "children_spec": []}';

function tupleSpec(count: number): string {
  return `{"type": "builtins.tuple", "context": "null", "children_spec": [${
    Array(count).fill(leaf).join(", ")
  }]}`;
}

function listSpec(count: number): string {
  return `[1, ${tupleSpec(count)}]`;
}

function treeOf(inputs: number): string {
  const none = '{"type": "builtins.dict", "context": "[]", "children_spec": []}';
  return `[1, {"type": "builtins.tuple", "context": "null", "children_spec": [${
    tupleSpec(inputs)
  }, ${none}]}]`;
}

/** `default` before other overloads, those with tensors before those with numbers. */
function defaultFirst(a: string, b: string): number {
  const rank = (
    t: string,
  ) => (t.endsWith(".default") ? 0 : t.endsWith(".Tensor") ? 1 : t.endsWith(".Scalar") ? 2 : 3);
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}

function rowMajor(shape: readonly Expr[]): readonly Expr[] {
  const strides: Expr[] = [];
  let step: Expr = int(1);
  for (let n = shape.length - 1; n >= 0; n--) {
    strides[n] = step;
    step = mul(step, shape[n]!);
  }
  return strides;
}

function isDim(value: unknown): value is NamedSize {
  return typeof value === "object" && value !== null && (value as NamedSize).kind === "dim";
}

function isOptions(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Tensor) &&
    !isDim(value);
}

function scalarType(value: number | bigint | boolean): DType {
  return typeof value === "boolean" ? "bool" : typeof value === "bigint" ? "i64" : "f32";
}

function listOf(result: Tensor | readonly Tensor[]): readonly Tensor[] {
  return result instanceof Tensor ? [result] : result;
}

function namedOutputs(result: ModelResult): readonly (readonly [string, Tensor])[] {
  if (result instanceof Tensor) return [["output", result]];
  const entries = Array.isArray(result)
    ? (result as readonly Tensor[]).map((t, n) => [`output${n}`, t] as const)
    : Object.entries(result as Readonly<Record<string, Tensor>>);
  const odd = entries.find(([, t]) => !(t instanceof Tensor));
  if (odd || entries.length === 0) {
    throw new TypeError(
      `graph(): return a tensor, a list or an object of tensors${odd ? `; "${odd[0]}" is none` : ""}`,
    );
  }
  return entries;
}

/** One tensor, or a list that is also its first tensor. */
function wrap(out: OutValue | readonly OutValue[]): Results {
  const flat = Array.isArray(out) ? out.flat() : [out];
  const tensors = flat.filter((v): v is Value =>
    v !== null && typeof v === "object" && "type" in v && "name" in v
  )
    .map((v) => new Tensor(v));
  const first = tensors[0];
  if (!first) throw new TypeError("this operator gives no tensor");
  return Object.assign(
    first,
    { length: tensors.length, [Symbol.iterator]: () => tensors.values() },
    tensors,
  ) as unknown as Results;
}
