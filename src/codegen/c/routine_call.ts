/**
 * A routine's call while it is printed: its buffers by position, attributes by name and kind, sizes as text.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import { type Expr, int, mul } from "../../ir/expr/mod.ts";
import { type Buffer, numel, type RoutineCall } from "../../ir/loops/mod.ts";
import { Arguments, Names } from "./arguments.ts";

/** Positions of a dim's lines in a tensor `[outer, size, inner]`. */
export interface Lines {
  readonly outer: Expr;
  readonly size: Expr;
  readonly inner: Expr;
}

/** What rows of the routine table print from. */
export class CallPrinter {
  readonly args = new Arguments();
  readonly #names = new Names(this.args);

  constructor(readonly call: RoutineCall) {
    call.inputs.forEach((buffer) => this.args.pointer(buffer));
    call.outputs.forEach((buffer) => this.args.pointer(buffer, true));
  }

  /** Input buffer `n`. */
  input(n: number): Buffer {
    return this.#at("input", this.call.inputs, n);
  }

  /** Output buffer `n`. */
  output(n: number): Buffer {
    return this.#at("output", this.call.outputs, n);
  }

  #at(side: string, buffers: readonly Buffer[], n: number): Buffer {
    const buffer = buffers[n];
    if (!buffer) throw new RangeError(`routine ${this.call.routine} has no ${side} ${n}`);
    return buffer;
  }

  /** C name of input `n`'s pointer, `NULL` when the call has fewer. */
  from(n: number): string {
    return n < this.call.inputs.length ? this.args.pointer(this.input(n)) : "NULL";
  }

  /** C name of output `n`'s pointer, `NULL` when the call has fewer. */
  to(n: number): string {
    return n < this.call.outputs.length ? this.args.pointer(this.output(n), true) : "NULL";
  }

  /** C text of a size. */
  text(size: Expr | number): string {
    return this.#names.expr(typeof size === "number" ? int(size) : size);
  }

  /** Elements of a buffer. */
  count(buffer: Buffer): Expr {
    return numel(buffer.shape);
  }

  /** An attribute that is a number. */
  number(name: string): number {
    const value = this.call.attrs[name];
    return typeof value === "number" ? value : this.#wrong(name, "a number");
  }

  /** An attribute that is a truth value. */
  truth(name: string): boolean {
    const value = this.call.attrs[name];
    return typeof value === "boolean" ? value : this.#wrong(name, "a truth value");
  }

  /** An attribute that is a text. */
  word(name: string): string {
    const value = this.call.attrs[name];
    return typeof value === "string" ? value : this.#wrong(name, "a word");
  }

  /** An attribute that is a size. */
  size(name: string): Expr {
    const value = this.call.attrs[name];
    return typeof value === "object" && value !== null && "kind" in value
      ? value
      : this.#wrong(name, "a size");
  }

  #wrong(name: string, wanted: string): never {
    const found = typeof this.call.attrs[name];
    throw new RangeError(`attribute ${name} of routine ${this.call.routine} is ${found}, not ${wanted}`);
  }

  /** How a buffer lies around the dim that attribute `dim` names. */
  lines(buffer: Buffer): Lines {
    const dim = this.number("dim"), { shape } = buffer;
    return {
      outer: mul(int(1), ...shape.slice(0, dim)),
      size: shape[dim]!,
      inner: mul(int(1), ...shape.slice(dim + 1)),
    };
  }

  /** The element type of input `n`; `except` are types that the routine's arithmetic does not know. */
  element(n: number, except: readonly DType[] = []): DType {
    const { dtype } = this.input(n);
    if (except.includes(dtype)) {
      throw new RangeError(`routine ${this.call.routine} does not work on ${dtype}`);
    }
    return dtype;
  }
}
