/**
 * Scalars of a statement as functions of a frame: the values of its symbols at one point of its axes.
 *
 * @module
 */
import { compileExpr, type Expr, type Pred, symsOf, symsOfPred } from "../expr/mod.ts";
import { compilePred } from "../graph/mod.ts";
import {
  castScalar,
  type DenseTensor,
  elementOf,
  evaluateScalar,
  literalOf,
  type Num,
  RunFailure,
} from "../scalar/mod.ts";
import { scalarsOf } from "./scalars.ts";
import type { Buffer, Scalar, ScalarOf } from "./types.ts";

/** Gives the memory of a buffer. */
export type Memory = (buffer: Buffer) => DenseTensor;

/** Number of the element at a position; one outside is a bug of the loops. */
export function elementIndex(tensor: DenseTensor, at: readonly number[], buffer: Buffer): number {
  let offset = 0;
  tensor.shape.forEach((size, d) => {
    const index = at[d]!;
    if (!(index >= 0 && index < size)) {
      throw new RangeError(`Cannot touch ${buffer.name}[${at}]: outside of [${tensor.shape}]`);
    }
    offset = offset * size + index;
  });
  return offset;
}

/** Values of symbols, and every scalar at them, each computed once per position. */
export class Frame {
  readonly #names: string[] = [];
  readonly #slots = new Map<string, number>();
  readonly #values: number[] = [];
  readonly #compiled = new Map<Scalar, () => Num>();
  /** Counts positions: what was computed at another one is stale. */
  #epoch = 0;
  /** The sum that an epilogue sees. */
  accumulator: Num = 0;

  constructor(readonly memory: Memory, symbols: ReadonlyMap<string, number>) {
    for (const [name, value] of symbols) this.#values[this.#slot(name)] = value;
  }

  #slot(name: string): number {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    this.#slots.set(name, this.#names.length);
    this.#values.push(NaN);
    return this.#names.push(name) - 1;
  }

  /** Sets a symbol. */
  set(name: string, value: number): void {
    const slot = this.#slot(name);
    if (this.#values[slot] === value) return;
    this.#values[slot] = value;
    this.#epoch++;
  }

  /** What was computed so far no longer holds: memory or the accumulator changed. */
  renew(): void {
    this.#epoch++;
  }

  /** An expression at the frame's values. */
  expr(e: Expr): () => number {
    symsOf(e).forEach((s) => this.#slot(s.name));
    const value = compileExpr(e, this.#names);
    return () => value(this.#values);
  }

  /** A predicate at the frame's values. */
  pred(p: Pred): () => boolean {
    symsOfPred(p).forEach((s) => this.#slot(s.name));
    const holds = compilePred(p, this.#names);
    return () => holds(this.#values);
  }

  /** A scalar at the frame's values. */
  scalar(root: Scalar): () => Num {
    for (const s of scalarsOf(root)) {
      if (!this.#compiled.has(s)) this.#compiled.set(s, this.#remembered(this.#compile(s)));
    }
    return this.#compiled.get(root)!;
  }

  #remembered(compute: () => Num): () => Num {
    let at = -1, value: Num = 0;
    return () => {
      if (at === this.#epoch) return value;
      const found = compute();
      at = this.#epoch;
      return value = found;
    };
  }

  #compile(s: Scalar): () => Num {
    const of = (x: Scalar) => this.#compiled.get(x)!;
    switch (s.kind) {
      case "literal": {
        const value = literalOf(s.value, s.dtype);
        return () => value;
      }
      case "index": {
        const value = this.expr(s.expr);
        return () => castScalar(BigInt(value()), "i64", s.dtype);
      }
      case "truth":
        return this.pred(s.pred);
      case "load":
        return this.#load(s);
      case "apply": {
        const args = s.args.map(of), dtype = s.args.at(-1)!.dtype;
        return () => evaluateScalar(s.fn, args.map((arg) => arg()), dtype);
      }
      case "cast": {
        const arg = of(s.arg), from = s.arg.dtype;
        return () => castScalar(arg(), from, s.dtype);
      }
      case "guarded": {
        const holds = this.pred(s.pred), value = of(s.value), other = of(s.other);
        return () => (holds() ? value() : other());
      }
      case "bound": {
        const set = this.bound(s), body = of(s.body);
        return () => {
          set();
          const value = body();
          return value;
        };
      }
      case "accumulator":
        return () => this.accumulator;
    }
  }

  #load(s: ScalarOf<"load">): () => Num {
    const index = s.index.map((e) => this.expr(e));
    return () => {
      const tensor = this.memory(s.buffer);
      return elementOf(tensor, elementIndex(tensor, index.map((at) => at()), s.buffer));
    };
  }

  /** Sets the symbol of a loaded index, wrapped and checked. */
  bound(b: { sym: { name: string }; value: Scalar; size: Expr; wrap: boolean }): () => void {
    const value = this.scalar(b.value), size = this.expr(b.size);
    return () => {
      const given = Number(value()), limit = size();
      const index = b.wrap && given < 0 ? given + limit : given;
      if (index < 0 || index >= limit) throw new RunFailure("index", `index ${given} of a dim of ${limit}`);
      this.set(b.sym.name, index);
    };
  }
}
