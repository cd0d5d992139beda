/**
 * The arguments of a kernel in the order of first appearance: pointers `p0, p1, …`, sizes `n0, n1, …`. Names of the
 * plan never reach a kernel's text, so equal kernels are equal texts.
 *
 * @module
 */
import { type Expr, int, type Pred, printC, printPredC, type Sym, symsOf } from "../../ir/expr/mod.ts";
import type { Buffer } from "../../ir/loops/mod.ts";
import type { InPlace } from "../../ir/plan/mod.ts";
import { elementType } from "./types.ts";

/** Collects what a kernel's text refers to. */
export class Arguments {
  readonly #buffers = new Map<string, { readonly buffer: Buffer; readonly name: string; written: boolean }>();
  readonly #sizes = new Map<string, { readonly size: Expr; readonly name: string }>();
  readonly #over: ReadonlyMap<string, string>;

  /**
   * Results that are written over an operand share its pointer: pointers are `restrict`. With `givenSizes` fixed sizes
   * are arguments too, so that kernels which differ in them alone are equal texts.
   */
  constructor(inPlace: readonly InPlace[] = [], private readonly givenSizes = false) {
    this.#over = new Map(inPlace.map(({ result, operand }) => [result, operand]));
  }

  /** C name of a buffer's pointer. */
  pointer(buffer: Buffer, write = false): string {
    const key = this.#over.get(buffer.name) ?? buffer.name;
    let entry = this.#buffers.get(key);
    if (!entry) {
      entry = { buffer, name: `p${this.#buffers.size}`, written: false };
      this.#buffers.set(key, entry);
    }
    entry.written ||= write;
    return entry.name;
  }

  /** C name of a size. */
  symbol(sym: Sym): string {
    return this.#size(sym.name, sym);
  }

  /** C name of a fixed number in an index, where it has one. */
  constant(value: number): string | undefined {
    return this.givenSizes && Math.abs(value) > 1 ? this.#size(String(value), int(value)) : undefined;
  }

  #size(key: string, size: Expr): string {
    const entry = this.#sizes.get(key) ?? { size, name: `n${this.#sizes.size}` };
    this.#sizes.set(key, entry);
    return entry.name;
  }

  get buffers(): readonly Buffer[] {
    return [...this.#buffers.values()].map((e) => e.buffer);
  }

  get sizes(): readonly Expr[] {
    return [...this.#sizes.values()].map((e) => e.size);
  }

  /** Declarations at the top of a function: all, or those that its `lines` mention. */
  declarations(lines?: readonly string[]): readonly string[] {
    const words = lines && new Set(lines.flatMap((line) => line.match(/\b[pn]\d+\b/g) ?? []));
    const isMentioned = (name: string) => words === undefined || words.has(name);
    const pointers = [...this.#buffers.values()].flatMap(({ buffer, name, written }, n) => {
      if (!isMentioned(name)) return [];
      const type = elementType(buffer.dtype);
      return `${written ? "" : "const "}${type}* restrict ${name} = (${
        written ? "" : "const "
      }${type}*)args->p[${n}];`;
    });
    const sizes = [...this.#sizes.values()].flatMap(({ name }, n) => {
      return isMentioned(name) ? [`const int64_t ${name} = args->n[${n}];`] : [];
    });
    return [...pointers, ...sizes];
  }
}

/** Names of loop and index symbols in scope; others are arguments. */
export class Names {
  readonly #local = new Map<string, string>();

  constructor(readonly args: Arguments, parent?: Names) {
    parent?.entries().forEach(([k, v]) => this.#local.set(k, v));
  }

  /** Symbols with their texts, outer ones first. */
  entries(): readonly (readonly [string, string])[] {
    return [...this.#local];
  }

  /** Lets `text` stand for a symbol. */
  set(symbol: string, text: string): this {
    this.#local.set(symbol, text);
    return this;
  }

  /** An expression in C. */
  expr(e: Expr): string {
    return printC(e, this.#lookup(symsOf(e)), (value) => this.args.constant(value));
  }

  /** A predicate in C. */
  pred(p: Pred, syms: readonly Sym[]): string {
    return printPredC(p, this.#lookup(syms), (value) => this.args.constant(value));
  }

  #lookup(syms: readonly Sym[]): (name: string) => string {
    const byName = new Map(syms.map((s) => [s.name, s]));
    return (name) => this.#local.get(name) ?? this.args.symbol(byName.get(name)!);
  }
}
