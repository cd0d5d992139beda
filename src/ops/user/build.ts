/**
 * Models written in TypeScript: what the function of `graph(…)` receives, and the graph that comes of it.
 *
 * @module
 */
import { bytesOf, type DType, refuse } from "../../base/mod.ts";
import { asInt, type Expr, int } from "../../ir/expr/mod.ts";
import {
  type Graph,
  GraphBuilder,
  type GraphConstant,
  type GraphInput,
  type GraphOutput,
  type SymbolDecl,
  type Value,
} from "../../ir/graph/mod.ts";
import type { AtenOp, OutValue } from "../aten/types.ts";
import { number } from "../calc.ts";
import { rowMajor } from "../shapes.ts";
import { asPairs } from "../complex/mod.ts";
import { type Argument, callOperator, dtypeOf, isValue, type Named, type NamedSize, sizeOf } from "./call.ts";
import { bytesFrom } from "./literal.ts";
import { callSpec, resultSpec } from "./specs.ts";
import type { SeveralName, SingleName } from "./names.ts";
import { captures, checkAlike, close, type OpenRegion } from "./region.ts";

/** Element type and sizes; numbers, named dimensions, or sizes of other tensors. */
export interface TensorSpec {
  readonly shape: readonly (number | NamedSize | Expr)[];
  /** `"float32"` or `"f32"`; default `float32`. */
  readonly dtype?: string;
}

type Operator<Result> = (...args: readonly (Argument | Named)[]) => Result;

/** Operators by aten name, e.g. `ops.linear(x, weight, bias)`; the last argument may be an object of named ones. */
export type Operators =
  & { readonly [K in SingleName]: Operator<Value> }
  & {
    readonly [K in SeveralName]: Operator<Value[]>;
  };

/** What the function of `graph(…)` receives. */
export interface ModelBuilder {
  readonly ops: Operators;
  /** A tensor that the host passes in. */
  input(name: string, spec: TensorSpec): Value;
  /** A tensor of the model itself, row by row; nested lists tell their own shape. */
  constant(name: string, data: Data, spec?: Partial<TensorSpec>): Value;
  /** A weight with its values, row-major. */
  parameter(name: string, spec: TensorSpec & { readonly data: Data }): Value;
  /** A number without dims. */
  scalar(value: number | bigint | boolean, dtype?: string): Value;
  /** One of two branches; both may use any tensor built before. */
  cond(
    predicate: Value,
    then: (...operands: Value[]) => Value | readonly Value[],
    otherwise: (...operands: Value[]) => Value | readonly Value[],
    operands?: readonly Value[],
  ): Value[];
  /** Any aten operator by name, or a custom one as `ns::name`. */
  call(name: string, ...args: readonly (Argument | Named)[]): OutValue | readonly OutValue[];
}

/** Numbers of a constant. */
export type Data = number | boolean | readonly Data[] | ArrayBufferView<ArrayBuffer>;

/** What the function may return. */
export type ModelResult = Value | readonly Value[] | Readonly<Record<string, Value>>;

/** A graph with the bytes of its constants. */
export interface UserGraph {
  readonly graph: Graph;
  /** Where in `data` each blob lies that constants name. */
  readonly storages: Readonly<Record<string, { readonly offset: number; readonly bytes: number }>>;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Runs `build` and closes what it made into a graph; it returns a tensor, a list, or tensors by name. */
export async function buildUserGraph(
  name: string,
  build: (builder: ModelBuilder) => unknown,
  custom: ReadonlyMap<string, AtenOp> = new Map(),
): Promise<UserGraph> {
  const session = new Session(name, custom);
  return session.finish(await build(session.builder()));
}

class Session {
  readonly #inputs: GraphInput[] = [];
  readonly #constants: GraphConstant[] = [];
  readonly #symbols = new Map<string, SymbolDecl>();
  readonly #blobs: Uint8Array[] = [];
  readonly #root = new GraphBuilder();
  #g = this.#root;

  constructor(readonly name: string, readonly custom: ReadonlyMap<string, AtenOp>) {}

  builder(): ModelBuilder {
    const call = (name: string, ...args: readonly (Argument | Named)[]) =>
      callOperator(this.#g, name, args, this.custom);
    const ops = new Proxy({}, {
      get: (_, name) =>
        typeof name === "string" ? (...args: (Argument | Named)[]) => call(name, ...args) : undefined,
    });
    return {
      ops: ops as Operators,
      call,
      input: (name, spec) => this.#input(name, spec),
      constant: (name, data, spec) => this.#constant(name, data, spec),
      parameter: (name, { data, ...spec }) => this.#constant(name, data, spec),
      scalar: (value, dtype) => this.#scalar(value, dtype),
      cond: (predicate, then, otherwise, operands = []) => this.#cond(predicate, [then, otherwise], operands),
    };
  }

  #input(label: string, spec: TensorSpec): Value {
    if (this.#inputs.some((input) => input.label === label)) refused(`two inputs are called "${label}"`);
    const shape = spec.shape.map((size) => sizeOf(size)), dtype = typeOf(spec.dtype ?? "float32");
    const value = this.#root.input(label, { dtype, shape });
    this.#inputs.push({ value, label, strides: rowMajor(shape), leaf: this.#inputs.length });
    shape.forEach((size, axis) => this.#declare(size, value, axis, label));
    return value;
  }

  /** The first input that has a named size tells it; later ones are compared with it. */
  #declare(size: Expr, input: Value, axis: number, label: string): void {
    if (size.kind !== "sym") return;
    const known = this.#symbols.get(size.name);
    if (!known) this.#symbols.set(size.name, { sym: size, from: { input, axis }, label: size.name });
    else if (known.sym !== size) refused(`dimension "${size.name}" has two ranges (input "${label}")`);
  }

  #constant(fqn: string, data: Data, spec: Partial<TensorSpec> = {}): Value {
    const dtype = typeOf(spec.dtype ?? "float32"), { bytes, shape: own } = bytesFrom(data, dtype);
    const shape = spec.shape ? spec.shape.map((size) => fixedSize(size, fqn)) : own;
    const elements = shape.reduce((count, size) => count * size, 1);
    if (elements * bytesOf(dtype) !== bytes.length) {
      refused(
        `constant "${fqn}" of shape [${shape}] needs ${elements} elements, not ${
          bytes.length / bytesOf(dtype)
        }`,
      );
    }
    const value = this.#root.input(fqn, { dtype, shape: shape.map((size) => int(size)) }),
      id = `c${this.#blobs.length}`;
    const strides = rowMajor(value.type.shape).map((stride) => asInt(stride)!);
    this.#constants.push({ value, fqn, role: "parameter", strides, offset: 0, data: id });
    this.#blobs.push(bytes);
    return value;
  }

  #scalar(value: number | bigint | boolean, dtype?: string): Value {
    const own = typeof value === "boolean" ? "bool" : typeof value === "bigint" ? "int64" : "float32";
    return number(this.#g, Number(value), typeOf(dtype ?? own));
  }

  #cond(predicate: Value, branches: readonly Branch[], operands: readonly Value[]): Value[] {
    if (predicate.type.shape.length > 0) refused("cond's predicate must be a tensor without dims");
    const [then, otherwise] = branches.map((branch, n) =>
      this.#region(n === 0 ? "then" : "else", branch, operands)
    );
    checkAlike(then!, otherwise!);
    const captured = [...new Set([...captures(then!), ...captures(otherwise!)])];
    const regions = [then!, otherwise!].map((region) => close(this.#root, region, captured));
    const inputs = [this.#g.cast(predicate, "bool"), ...operands, ...captured];
    return this.#g.control({ kind: "cond" }, inputs, regions, then!.outputs.map((value) => value.type));
  }

  #region(name: string, branch: Branch, operands: readonly Value[]): OpenRegion {
    const outer = this.#g, inner = outer.region();
    const inputs = operands.map((value) => inner.input(value.name, value.type));
    this.#g = inner;
    try {
      const made = branch(...inputs), outputs = Array.isArray(made) ? made as Value[] : [made as Value];
      return { name, inputs, nodes: [...inner.nodes], outputs };
    } finally {
      this.#g = outer;
    }
  }

  finish(result: unknown): UserGraph {
    let offset = 0;
    const storages = Object.fromEntries(this.#blobs.map((blob, n) => {
      const range = { offset, bytes: blob.length };
      offset += blob.length;
      return [`c${n}`, range];
    }));
    const data = new Uint8Array(offset);
    this.#blobs.forEach((blob, n) => data.set(blob, storages[`c${n}`]!.offset));
    const outputs = outputsOf(result);
    const graph: Graph = {
      name: this.name,
      symbols: [...this.#symbols.values()],
      guards: [],
      inputs: this.#inputs,
      fixed: [],
      constants: this.#constants,
      nodes: [...this.#root.nodes],
      outputs,
      effects: [],
      inSpec: callSpec(this.#inputs.length),
      outSpec: resultSpec(outputs.length),
    };
    return { graph: asPairs(this.#root, graph), storages, data };
  }
}

type Branch = (...operands: Value[]) => Value | readonly Value[];

function outputsOf(result: unknown): GraphOutput[] {
  const named = isValue(result)
    ? [["output", result] as const]
    : Array.isArray(result)
    ? result.map((value, n) => [`output${n}`, value as unknown] as const)
    : typeof result === "object" && result !== null
    ? Object.entries(result)
    : [];
  if (named.length === 0) refused("its function returns no tensor");
  return named.map(([label, value]) => {
    if (!isValue(value)) return refused(`output "${label}" is no tensor`);
    return { kind: "tensor", value, label, strides: rowMajor(value.type.shape) };
  });
}

function typeOf(name: string): DType {
  return dtypeOf(name) ?? refused(`no element type is called "${name}"`);
}

function fixedSize(size: number | NamedSize | Expr, fqn: string): number {
  return typeof size === "number" ? size : refused(`constant "${fqn}" must have sizes that are numbers`);
}

function refused(found: string): never {
  return refuse({ reason: "bad-graph", message: `Cannot build the graph: ${found}` });
}
