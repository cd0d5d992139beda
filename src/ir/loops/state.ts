/**
 * What loops have in memory while they are run: buffers by name, and symbols.
 *
 * @module
 */
import { evaluate, evaluatePred, type Pred } from "../expr/mod.ts";
import { type Attr, type GraphOutput, isExpr } from "../graph/mod.ts";
import {
  type AttrValue,
  denseOf,
  type DenseTensor,
  denseZeros,
  elementOf,
  literalOf,
  type Num,
  setElement,
} from "../scalar/mod.ts";
import type { Buffer, LoopsOutput } from "./types.ts";

/** Memory and symbols of one run. */
export class State {
  readonly symbols = new Map<string, number>();
  readonly #memory = new Map<string, DenseTensor>();

  /** Memory that comes from outside: copied, as effects may write it. */
  give(buffer: Buffer, tensor: DenseTensor): void {
    this.#memory.set(buffer.name, { ...tensor, data: tensor.data.slice() });
  }

  /** Memory that a routine made. */
  put(buffer: Buffer, tensor: DenseTensor): void {
    this.#memory.set(buffer.name, tensor);
  }

  /** The memory of a buffer; there is none before the first write. */
  memory(buffer: Buffer): DenseTensor {
    const tensor = this.#memory.get(buffer.name);
    if (!tensor) throw new RangeError(`Cannot read ${buffer.name}: nothing was written there`);
    return tensor;
  }

  #shape(buffer: Buffer): number[] {
    return buffer.shape.map((size) => evaluate(size, this.symbols));
  }

  /** Memory to write: made at the first write, and again when sizes have changed since. */
  writable(buffer: Buffer): DenseTensor {
    const shape = this.#shape(buffer), known = this.#memory.get(buffer.name);
    if (known && shape.every((size, n) => size === known.shape[n])) return known;
    const tensor = denseZeros(buffer.dtype, shape), junk = literalOf(NaN, buffer.dtype);
    for (let n = 0; n < tensor.data.length; n++) setElement(tensor, n, junk);
    this.#memory.set(buffer.name, tensor);
    return tensor;
  }

  /** A leaf of the result. */
  output({ leaf, buffer }: LoopsOutput): DenseTensor | null | Num | string {
    if (buffer) return this.memory(buffer);
    return this.#fixed(leaf);
  }

  #fixed(leaf: GraphOutput): DenseTensor | null | Num | string {
    switch (leaf.kind) {
      case "tensor":
        throw new RangeError(`Cannot give output ${leaf.label}: it has no buffer`);
      case "size":
        return denseOf("i64", [], [BigInt(evaluate(leaf.expr, this.symbols))]);
      case "truth":
        return denseOf("bool", [], [evaluatePred(leaf.pred, this.symbols)]);
      case "fixed":
        return leaf.value;
    }
  }

  /** Whether a condition holds: a 0-d bool, or a fact about sizes. */
  holds(test: Buffer | Pred): boolean {
    return "strides" in test ? Boolean(elementOf(this.memory(test), 0)) : evaluatePred(test, this.symbols);
  }

  /** An attribute of a routine with its sizes as numbers. */
  attr(attr: Attr): AttrValue {
    if (attr === null || typeof attr !== "object") return attr;
    return isExpr(attr) ? evaluate(attr, this.symbols) : attr.map((a) => this.attr(a));
  }
}
