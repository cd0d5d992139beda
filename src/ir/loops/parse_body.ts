/**
 * Statements with scalars, from text: nests, contractions, attention, scatters.
 *
 * @module
 */
import { type DType, dtypeNames } from "../../base/mod.ts";
import { int, type Scope, type Sym, sym } from "../expr/mod.ts";
import type { Cursor } from "../graph/mod.ts";
import { reduceFns } from "../scalar/mod.ts";
import { loopAxis } from "./buffers.ts";
import type { HeadReader } from "./parse_head.ts";
import { ScalarReader } from "./parse_scalar.ts";
import { Scalars } from "./scalars.ts";
import type { LoopsText } from "./text.ts";
import type { Axis, LoopStatement, Store } from "./types.ts";

const combines = ["set", "add", "mul", "min", "max"] as const;

/** Where a statement comes from, if its line says so; nothing may follow. */
export function originOf(cursor: Cursor) {
  const origin = cursor.origin();
  cursor.end();
  return origin ? { origin } : {};
}

/** Reads what follows the kind of such a statement, and its lines below. */
export class BodyReader {
  readonly #scalars = new Scalars();

  constructor(readonly text: LoopsText, readonly head: HeadReader) {}

  /** `nest t over [a0 < 4]` and its value. */
  nest(cursor: Cursor): LoopStatement {
    const name = cursor.name();
    cursor.expect("over");
    const axes = this.#axes(cursor), scope = this.#scope(cursor, axes), origin = originOf(cursor);
    const over = this.#overAhead(scope), inner = this.#withAxes(scope, over);
    const reader = this.#reader(inner), body = this.#bodyLine(inner, reader), store = this.#store(body);
    const fn = reduceFns.find((f) => body.peeks(`${f} [`));
    if (fn) {
      body.expect(fn);
      body.inside("[");
    }
    const value = body.only(() => reader.scalar(body));
    return { kind: "nest", name, ...origin, axes, value, store, ...(fn && { reduce: { fn, over } }) };
  }

  /** Reduction axes stand on the last line of a nest, and are in scope of those before. */
  #overAhead(scope: Scope): Axis[] {
    const cursor = this.text.ahead((line) => !line.startsWith("%"))?.scoped(scope);
    if (!cursor) return [];
    cursor.name();
    cursor.inside("[");
    cursor.expect("=");
    const fn = reduceFns.find((f) => cursor.peeks(`${f} [`));
    if (!fn) return [];
    cursor.expect(fn);
    return cursor.bounds(scope).map(({ name, below }) => loopAxis(name, below ?? int(1)));
  }

  #withAxes(scope: Scope, axes: readonly Axis[]): Scope {
    return (name) => axes.find((a) => a.sym.name === name)?.sym ?? scope(name);
  }

  /** `contraction t batch [] m [a0 < 4] n [] k [a1 < 8] in f32`, its operands and epilogue. */
  contraction(cursor: Cursor): LoopStatement {
    const name = cursor.name();
    const group = (word: string) => this.#group(cursor, word);
    const [batch, m, n, k] = [group("batch"), group("m"), group("n"), group("k")];
    const accumulate = this.#typeAfter(cursor, "in");
    const scope = this.#scope(cursor, [...batch, ...m, ...n, ...k]), origin = originOf(cursor);
    const reader = this.#reader(scope);
    const part = (label: string) => this.#labelled(scope, reader, label, (line) => reader.scalar(line));
    const a = part("a"), b = part("b"), last = this.#bodyLine(scope, reader), store = this.#store(last);
    const epilogue = last.only(() => reader.scalar(last));
    return { kind: "contraction", name, ...origin, batch, m, n, k, a, b, accumulate, epilogue, store };
  }

  /** Axes after a word. */
  #group(cursor: Cursor, word: string): Axis[] {
    cursor.expect(word);
    return this.#axes(cursor);
  }

  #typeAfter(cursor: Cursor, keyword: string): DType {
    cursor.expect(keyword);
    const word = cursor.word();
    return dtypeNames.find((d) => d === word) ?? cursor.fail("an element type");
  }

  /** `attention t batch […] rows […] columns […] …`, its operands, scores and epilogue. */
  attention(cursor: Cursor): LoopStatement {
    const name = cursor.name(), group = (word: string) => this.#group(cursor, word);
    const batch = group("batch"), rows = group("rows"), columns = group("columns");
    const depth = group("depth"), values = group("values");
    const accumulate = this.#typeAfter(cursor, "in"), weight = this.#typeAfter(cursor, "weight");
    cursor.expect("blind");
    const word = cursor.word(), blind = word === "nan" || word === "zero" ? word : cursor.fail("nan or zero");
    const axes = { batch, rows, columns, depth, values };
    const scope = this.#scope(cursor, Object.values(axes).flat()), origin = originOf(cursor);
    const reader = this.#reader(scope);
    const part = (label: string) => this.#labelled(scope, reader, label, (line) => reader.scalar(line));
    const place = (label: string) =>
      this.#labelled(
        scope,
        reader,
        label,
        (line) => ({ buffer: this.head.buffer(line), index: line.exprs() }),
      );
    const scalars = { q: part("q"), k: part("k"), v: part("v"), score: part("score") };
    const highest = place("highest"), total = place("total");
    const last = this.#bodyLine(scope, reader), store = this.#store(last);
    const epilogue = last.only(() => reader.scalar(last));
    const how = { accumulate, weight, blind, highest, total } as const;
    return { kind: "attention", name, ...origin, ...axes, ...scalars, ...how, epilogue, store };
  }

  /** `scatter t add over [a0 < 4]`, the indices it loads and its value. */
  scatter(cursor: Cursor): LoopStatement {
    const name = cursor.name(), word = cursor.word();
    const combine = combines.find((c) => c === word) ?? cursor.fail(`one of ${combines.join(", ")}`);
    cursor.expect("over");
    const axes = this.#axes(cursor), scope = this.#scope(cursor, axes), origin = originOf(cursor);
    const reader = this.#reader(scope), bounds = [];
    for (;;) {
      const line = this.#bodyLine(scope, reader);
      if (line.peeksStore()) {
        const store = this.#store(line), value = line.only(() => reader.scalar(line));
        return { kind: "scatter", name, ...origin, axes, value, combine, store, bounds };
      }
      const bound = line.only(() => reader.bound(line));
      bounds.push(bound);
    }
  }

  #axes(cursor: Cursor): Axis[] {
    return cursor.bounds().map(({ name, below }) => loopAxis(name, below ?? int(1)));
  }

  /** The axes and loaded indices of a statement, in scope of its expressions. */
  #scope(cursor: Cursor, axes: readonly Axis[]): Scope {
    const own = new Map<string, Sym>(axes.map((a) => [a.sym.name, a.sym]));
    const scope: Scope = (name) => own.get(name) ?? cursor.scope(name);
    if (cursor.take("loading")) {
      for (const { name, below } of cursor.bounds(scope)) own.set(name, sym(name, below ? { below } : {}));
    }
    return scope;
  }

  /** Reads the lines below a statement: shared scalars, then what `read` takes. */
  #reader(scope: Scope): ScalarReader {
    return new ScalarReader(this.#scalars, scope, (cursor) => this.head.buffer(cursor));
  }

  #bodyLine(scope: Scope, reader: ScalarReader): Cursor {
    for (;;) {
      const cursor = this.text.next("a body").scoped(scope);
      if (!cursor.sees("%")) return cursor;
      reader.shared(cursor);
    }
  }

  /** `label = …` */
  #labelled<T>(scope: Scope, reader: ScalarReader, label: string, read: (line: Cursor) => T): T {
    const line = this.#bodyLine(scope, reader);
    line.expect(label);
    line.expect("=");
    return line.only(() => read(line));
  }

  #store(cursor: Cursor): Store {
    const store = { buffer: this.head.buffer(cursor), index: cursor.exprs() };
    cursor.expect("=");
    return store;
  }
}
