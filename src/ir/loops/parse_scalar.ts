/**
 * Scalars from text: what `printScalars` writes.
 *
 * @module
 */
import { type DType, dtypeNames } from "../../base/mod.ts";
import type { Expr, Scope, Sym } from "../expr/mod.ts";
import type { Cursor } from "../graph/mod.ts";
import { type ScalarFn, scalarFns } from "../scalar/mod.ts";
import type { Scalars } from "./scalars.ts";
import type { Buffer, Scalar } from "./types.ts";

/** Reads the scalars of one statement. */
export class ScalarReader {
  readonly #shared: Scalar[] = [];

  constructor(
    readonly scalars: Scalars,
    readonly scope: Scope,
    readonly buffer: (cursor: Cursor) => Buffer,
  ) {}

  /** `%0 = exp(x[a0])`. */
  shared(cursor: Cursor): void {
    cursor.expect("%");
    if (cursor.integer() !== this.#shared.length) cursor.refuse("shared scalars are numbered 0, 1, …");
    cursor.expect("=");
    this.#shared.push(cursor.only(() => this.scalar(cursor)));
  }

  #dtype(cursor: Cursor): DType {
    const word = cursor.word();
    return dtypeNames.find((name) => name === word) ?? cursor.fail("an element type");
  }

  scalar(cursor: Cursor): Scalar {
    const { scalars } = this;
    if (cursor.take("%")) {
      return this.#shared[cursor.integer()] ?? cursor.refuse("a shared scalar is missing");
    }
    if (cursor.take("?")) return scalars.truth(cursor.pred());
    if (cursor.sees("{")) {
      const expr = cursor.expr();
      cursor.expect(":");
      return scalars.index(expr, this.#dtype(cursor));
    }
    if (cursor.seesNum()) {
      const value = cursor.num();
      cursor.expect(":");
      return scalars.literal(value, this.#dtype(cursor));
    }
    if (cursor.take("sum:")) return scalars.accumulator(this.#dtype(cursor));
    const call = cursor.callee();
    return call === undefined ? this.#load(cursor) : this.#call(cursor, call);
  }

  #load(cursor: Cursor): Scalar {
    return this.scalars.load(this.buffer(cursor), cursor.exprs());
  }

  #call(cursor: Cursor, name: string): Scalar {
    const { scalars } = this, items = cursor.items("("), dtype = dtypeNames.find((d) => d === name);
    const read = (item: Cursor | undefined) =>
      (item ?? cursor.fail("an argument")).only(() => this.scalar(item!));
    if (name === "when") {
      const pred = items[0]?.pred() ?? cursor.fail("a predicate");
      return scalars.guarded(pred, read(items[1]), read(items[2]));
    }
    if (name === "with") {
      const { sym, value, size, wrap } = items[0] ? this.bound(items[0]) : cursor.fail("a bound");
      return scalars.bound(sym, value, size, wrap, read(items[1]));
    }
    if (dtype) return scalars.cast(read(items[0]), dtype);
    if (!Object.hasOwn(scalarFns, name)) cursor.refuse(`there is no function ${name}`);
    return scalars.apply(name as ScalarFn, ...items.map(read));
  }

  /** `x0 = idx[a0] wrap {10}`. */
  bound(cursor: Cursor): { sym: Sym; value: Scalar; size: Expr; wrap: boolean } {
    const sym = this.scope(cursor.word());
    cursor.expect("=");
    const value = this.scalar(cursor), wrap = cursor.take("wrap");
    if (!wrap) cursor.expect("in");
    return { sym, value, size: cursor.expr(), wrap };
  }
}
