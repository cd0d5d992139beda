/**
 * What a lowering run keeps while it walks a graph: lazies of values, statements of the current block, names.
 *
 * @module
 */
import { add, type Expr } from "../ir/expr/mod.ts";
import type { Node, Origin, Value } from "../ir/graph/mod.ts";
import {
  type Axis,
  type Buffer,
  loopAxis,
  type LoopStatement,
  type Scalar,
  Scalars,
  tempBuffer,
} from "../ir/loops/mod.ts";
import { withoutIdleLoads } from "./empty.ts";
import { fromBuffer, type Lazy, memoised } from "./lazy.ts";

/** How often each value is read, over a graph with all its regions. */
export function countUses(nodes: readonly Node[], outputs: readonly Value[]): Map<Value, number> {
  const uses = new Map<Value, number>();
  const use = (v: Value) => uses.set(v, (uses.get(v) ?? 0) + 1);
  const walk = (inner: readonly Node[]) => {
    for (const node of inner) {
      node.inputs.forEach(use);
      for (const region of node.regions ?? []) {
        walk(region.nodes);
        region.outputs.forEach(use);
      }
    }
  };
  walk(nodes);
  outputs.forEach(use);
  return uses;
}

/** Mutable state of one lowering; lives inside `lower` only. */
export class Lowering {
  readonly scalars = new Scalars();
  /** Buffers that values should be realised into: graph outputs, results of branches. */
  readonly homes = new Map<Value, Buffer>();
  /** Remaps by their results. */
  readonly views = new Map<Value, Node>();
  /** Values made element by element of a product's result that nothing else reads. */
  readonly finishing = new Set<Value>();
  /** Where values come from in the user's model. */
  readonly origins = new Map<Value, Origin>();
  #lazies = new Map<Value, Lazy>();
  #block: LoopStatement[] = [];
  #counter = 0;
  #names = new Set<string>();

  constructor(readonly uses: ReadonlyMap<Value, number>) {}

  /** A value as a function of the index. */
  lazy(value: Value): Lazy {
    const lazy = this.#lazies.get(value);
    if (!lazy) throw new RangeError(`value ${value.name} is read before it is defined`);
    return lazy;
  }

  /** Says what a value is. */
  define(value: Value, lazy: Lazy): void {
    this.#lazies.set(value, lazy.buffer ? lazy : memoised(lazy));
  }

  /** Adds a statement. */
  emit(statement: LoopStatement): void {
    const needed = withoutIdleLoads(statement, this.scalars);
    if (needed) this.#block.push(needed);
  }

  /** Statements that `work` emits, as a block of their own. */
  block(work: () => void): readonly LoopStatement[] {
    const outer = this.#block;
    this.#block = [];
    work();
    const inner = this.#block;
    this.#block = outer;
    return inner;
  }

  /** A name that nothing else has. */
  name(hint: string): string {
    let name = hint;
    for (let n = 1; this.#names.has(name); n++) name = `${hint}_${n}`;
    this.#names.add(name);
    return name;
  }

  /** Fresh axes over `shape`. */
  axes(shape: readonly Expr[], letter = "a"): Axis[] {
    return shape.map((extent) => loopAxis(`${letter}${this.#counter++}`, extent));
  }

  /** Where `value` belongs when it is put into memory: its home, or a new temporary. */
  place(value: Value): Buffer {
    const home = this.homes.get(value);
    if (home) return home;
    return tempBuffer(this.name(value.name), value.type.dtype, value.type.shape);
  }

  /** Emits the nest that computes `lazy` into `buffer`, `offset` elements along each dimension. */
  store(lazy: Lazy, buffer: Buffer, origin?: Origin, offset?: readonly Expr[]): void {
    const axes = this.axes(lazy.type.shape);
    const at = axes.map((a) => a.sym);
    const value: Scalar = lazy.at(at);
    const index = offset ? at.map((s, n) => add(s, offset[n]!)) : at;
    this.emit({
      kind: "nest",
      name: buffer.name,
      ...(origin && { origin }),
      axes,
      value,
      store: { buffer, index },
    });
  }

  /** `value` in memory: its buffer if it has one, else a nest is emitted. */
  realise(value: Value, origin?: Origin): Buffer {
    const lazy = this.lazy(value);
    if (lazy.buffer) return lazy.buffer;
    const buffer = this.place(value);
    this.store(lazy, buffer, this.origins.get(value) ?? origin);
    this.define(value, fromBuffer(buffer, this.scalars));
    return buffer;
  }

  /** `value` in row-major memory without offset, for routines and control flow. */
  contiguous(value: Value, origin?: Origin): Buffer {
    const buffer = this.realise(value, origin);
    const plain = tempBuffer(buffer.name, buffer.dtype, buffer.shape);
    const same = buffer.offset === 0 && plain.strides.every((s, n) => s === buffer.strides[n]);
    if (same) return buffer;
    const copy = tempBuffer(this.name(`${value.name}_contiguous`), buffer.dtype, buffer.shape);
    this.store(fromBuffer(buffer, this.scalars), copy, origin);
    return copy;
  }
}

/** Where a node comes from, for a statement made of it. */
export function from(node: Node): { origin: NonNullable<Node["origin"]> } | Record<never, never> {
  return node.origin ? { origin: node.origin } : {};
}
