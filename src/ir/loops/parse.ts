/**
 * Text to loops: reads what `printLoops` writes. A text that says no loops is a `SyntaxError` with its line.
 *
 * @module
 */
import { type DType, dtypeNames } from "../../base/mod.ts";
import { int, rowMajor, type Scope, type Sym, sym } from "../expr/mod.ts";
import {
  type Cursor,
  Declarations,
  type GraphOutput,
  type Line,
  linesOf,
  parseComplex,
  parseLeafKind,
  parseStored,
  parseType,
  type Value,
} from "../graph/mod.ts";
import { reduceFns } from "../scalar/mod.ts";
import { loopAxis } from "./buffers.ts";
import { ScalarReader } from "./parse_scalar.ts";
import { Scalars } from "./scalars.ts";
import type { Axis, Block, Buffer, Loops, LoopsEffect, LoopsOutput, LoopStatement, Store } from "./types.ts";

/** The loops that a text says. */
export function parseLoops(text: string): Loops {
  return new LoopsReader(text).loops();
}

const combines = ["set", "add", "mul", "min", "max"] as const;

class LoopsReader {
  readonly #lines: Line[];
  readonly #declared = new Declarations();
  readonly #scalars = new Scalars();
  readonly #buffers = new Map<string, Buffer>();
  readonly #values = new Map<string, Value>();
  readonly #inputs: Loops["inputs"][number][] = [];
  readonly #constants: Loops["constants"][number][] = [];
  readonly #outputs: LoopsOutput[] = [];
  readonly #effects: LoopsEffect[] = [];
  #at = 0;

  constructor(text: string) {
    this.#lines = linesOf(text);
  }

  /** The next line, which is stepped over. */
  #next(wanted: string): Cursor {
    const line = this.#lines[this.#at++];
    if (!line) throw new SyntaxError(`Cannot read the loops: wanted ${wanted}, found the end of the text`);
    return this.#declared.cursor(line);
  }

  loops(): Loops {
    const cursor = this.#next("loops");
    cursor.expect("loops");
    const name = cursor.only(() => cursor.name()), body: LoopStatement[] = [];
    while (this.#at < this.#lines.length) {
      const cursor = this.#declared.cursor(this.#lines[this.#at]!);
      if (this.#isHeader(cursor)) {
        this.#at++;
        cursor.end();
      } else body.push(this.#statement());
    }
    const { guards, fixed, inSpec, outSpec } = this.#declared;
    return {
      name,
      symbols: this.#declared.symbols(this.#values),
      guards,
      inputs: this.#inputs,
      constants: this.#constants,
      fixed,
      body,
      outputs: this.#outputs,
      effects: this.#effects,
      inSpec,
      outSpec,
    };
  }

  #isHeader(cursor: Cursor): boolean {
    if (cursor.take("temp")) this.#declare(cursor, "temp");
    else if (cursor.take("input")) this.#input(cursor);
    else if (cursor.take("constant")) this.#constant(cursor);
    else if (cursor.take("result")) this.#outputs.push(this.#result(cursor));
    else if (cursor.take("effect")) this.#effects.push(this.#effect(cursor));
    else if (cursor.take("output")) this.#output(cursor);
    else return this.#declared.read(cursor);
    return true;
  }

  #declare(cursor: Cursor, role: Buffer["role"]): Buffer {
    const name = cursor.name();
    cursor.expect(":");
    const type = parseType(cursor);
    const strides = cursor.take("strides") ? cursor.exprs() : rowMajor(type.shape);
    const buffer = { name, ...type, strides, offset: cursor.take("offset") ? cursor.integer() : 0, role };
    this.#buffers.set(name, buffer);
    return buffer;
  }

  #buffer(cursor: Cursor): Buffer {
    const name = cursor.name();
    return this.#buffers.get(name) ?? cursor.refuse(`there is no buffer ${name}`);
  }

  /** `= %x`: the graph's value that a buffer holds. */
  #given(cursor: Cursor, { dtype, shape }: Buffer): Value {
    cursor.expect("=");
    const value = { name: cursor.ref(), type: { dtype, shape } };
    this.#values.set(value.name, value);
    return value;
  }

  #input(cursor: Cursor): void {
    const buffer = this.#declare(cursor, "input"),
      value = this.#given(cursor, buffer),
      label = cursor.string();
    cursor.expect("leaf");
    this.#inputs.push({
      buffer,
      input: { value, label, strides: buffer.strides, leaf: cursor.integer(), ...parseLeafKind(cursor) },
    });
  }

  #constant(cursor: Cursor): void {
    const buffer = this.#declare(cursor, "constant"), value = this.#given(cursor, buffer);
    const strides = buffer.strides.map((
      s,
    ) => (s.kind === "int" ? s.value : cursor.refuse("a stride is no number")));
    this.#constants.push({ buffer, constant: { value, strides, ...parseStored(cursor) } });
  }

  /** An output buffer, or a leaf of the result that is no tensor. */
  #output(cursor: Cursor): void {
    const leaf = this.#plainLeaf(cursor);
    if (leaf) this.#outputs.push({ leaf });
    else this.#declare(cursor, "output");
  }

  #plainLeaf(cursor: Cursor): GraphOutput | undefined {
    const kind = (["size", "truth", "fixed"] as const).find((k) =>
      cursor.peeks(`${k} `) && !cursor.peeks(`${k} :`)
    );
    if (!kind) return undefined;
    cursor.expect(kind);
    if (kind === "size") return { kind, expr: cursor.expr(), label: cursor.string() };
    if (kind === "truth") return { kind, pred: cursor.pred(), label: cursor.string() };
    return { kind, value: cursor.fixed(), label: cursor.string() };
  }

  /** `%t : f32[4]`: a value of the graph, known or new. */
  #value(cursor: Cursor): Value {
    const name = cursor.ref();
    cursor.expect(":");
    const made = { name, type: parseType(cursor) }, value = this.#values.get(name) ?? made;
    this.#values.set(name, value);
    return value;
  }

  #result(cursor: Cursor): LoopsOutput {
    const value = this.#value(cursor), label = cursor.string();
    const strides = cursor.take("strides") ? { strides: cursor.exprs() } : {};
    const leaf = { kind: "tensor", value, label, ...strides, ...parseComplex(cursor) } as const;
    return { leaf, ...(cursor.take("=") && { buffer: this.#buffer(cursor) }) };
  }

  #effect(cursor: Cursor): LoopsEffect {
    const target = this.#buffer(cursor);
    cursor.expect(":=");
    const from = this.#buffer(cursor);
    cursor.expect("for");
    const name = cursor.ref(), known = this.#values.get(name) ?? cursor.refuse(`%${name} is not defined`);
    cursor.expect(":=");
    return { target, from, effect: { target: known, value: this.#value(cursor) } };
  }

  #statement(): LoopStatement {
    const cursor = this.#next("a statement"), kind = cursor.word();
    switch (kind) {
      case "nest":
        return this.#nest(cursor);
      case "contraction":
        return this.#contraction(cursor);
      case "attention":
        return this.#attention(cursor);
      case "scatter":
        return this.#scatter(cursor);
      case "routine":
        return this.#routine(cursor);
      case "item": {
        const name = cursor.name(), buffer = this.#buffer(cursor);
        cursor.expect("->");
        const sym = cursor.scope(cursor.word());
        return { kind, name, ...this.#origin(cursor), buffer, sym };
      }
      case "bind": {
        const name = cursor.name(), expr = cursor.expr();
        cursor.expect("->");
        const sym = cursor.scope(cursor.word());
        return { kind, name, ...this.#origin(cursor), sym, expr };
      }
      case "assert": {
        const name = cursor.name(), test = cursor.sees("{") ? cursor.pred() : this.#buffer(cursor);
        const message = cursor.string();
        return { kind, name, ...this.#origin(cursor), message, test };
      }
      case "cond": {
        const name = cursor.name(), test = this.#buffer(cursor), origin = this.#origin(cursor);
        return { kind, name, ...origin, test, then: this.#arm("then"), otherwise: this.#arm("else") };
      }
      case "while": {
        const name = cursor.name(), test = this.#buffer(cursor);
        cursor.expect("carried");
        const carried = this.#bufferList(cursor, "[");
        cursor.expect("next");
        const next = this.#bufferList(cursor, "["), origin = this.#origin(cursor);
        return {
          kind,
          name,
          ...origin,
          carried,
          next,
          condition: this.#arm("condition"),
          test,
          body: this.#arm("body"),
        };
      }
      default:
        return cursor.refuse(`there is no statement ${kind}`);
    }
  }

  #origin(cursor: Cursor) {
    const origin = cursor.origin();
    cursor.end();
    return origin ? { origin } : {};
  }

  #bufferList(cursor: Cursor, open: "[" | "("): Buffer[] {
    return cursor.items(open).map((item) => item.only(() => this.#buffer(item)));
  }

  #arm(word: string): Block {
    const cursor = this.#next(word);
    cursor.expect(word);
    cursor.end();
    const block: LoopStatement[] = [];
    while (this.#lines[this.#at]?.text !== "end") block.push(this.#statement());
    this.#at++;
    return block;
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
    return new ScalarReader(this.#scalars, scope, (cursor) => this.#buffer(cursor));
  }

  #bodyLine(scope: Scope, reader: ScalarReader): Cursor {
    for (;;) {
      const cursor = this.#next("a body").scoped(scope);
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
    const store = { buffer: this.#buffer(cursor), index: cursor.exprs() };
    cursor.expect("=");
    return store;
  }

  #nest(cursor: Cursor): LoopStatement {
    const name = cursor.name();
    cursor.expect("over");
    const axes = this.#axes(cursor), scope = this.#scope(cursor, axes), origin = this.#origin(cursor);
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
    const last = this.#lines.slice(this.#at).find((line) => !line.text.startsWith("%"));
    if (!last) return [];
    const cursor = this.#declared.cursor(last).scoped(scope);
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

  #contraction(cursor: Cursor): LoopStatement {
    const name = cursor.name();
    const group = (word: string) => this.#group(cursor, word);
    const [batch, m, n, k] = [group("batch"), group("m"), group("n"), group("k")];
    const accumulate = this.#typeAfter(cursor, "in");
    const scope = this.#scope(cursor, [...batch, ...m, ...n, ...k]), origin = this.#origin(cursor);
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

  #attention(cursor: Cursor): LoopStatement {
    const name = cursor.name(), group = (word: string) => this.#group(cursor, word);
    const batch = group("batch"), rows = group("rows"), columns = group("columns");
    const depth = group("depth"), values = group("values");
    const accumulate = this.#typeAfter(cursor, "in"), weight = this.#typeAfter(cursor, "weight");
    cursor.expect("blind");
    const word = cursor.word(), blind = word === "nan" || word === "zero" ? word : cursor.fail("nan or zero");
    const axes = { batch, rows, columns, depth, values };
    const scope = this.#scope(cursor, Object.values(axes).flat()), origin = this.#origin(cursor);
    const reader = this.#reader(scope);
    const part = (label: string) => this.#labelled(scope, reader, label, (line) => reader.scalar(line));
    const place = (label: string) =>
      this.#labelled(scope, reader, label, (line) => ({ buffer: this.#buffer(line), index: line.exprs() }));
    const scalars = { q: part("q"), k: part("k"), v: part("v"), score: part("score") };
    const highest = place("highest"), total = place("total");
    const last = this.#bodyLine(scope, reader), store = this.#store(last);
    const epilogue = last.only(() => reader.scalar(last));
    const how = { accumulate, weight, blind, highest, total } as const;
    return { kind: "attention", name, ...origin, ...axes, ...scalars, ...how, epilogue, store };
  }

  #scatter(cursor: Cursor): LoopStatement {
    const name = cursor.name(), word = cursor.word();
    const combine = combines.find((c) => c === word) ?? cursor.fail(`one of ${combines.join(", ")}`);
    cursor.expect("over");
    const axes = this.#axes(cursor), scope = this.#scope(cursor, axes), origin = this.#origin(cursor);
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

  #routine(cursor: Cursor): LoopStatement {
    const name = cursor.name(), routine = cursor.name(), inputs = this.#bufferList(cursor, "(");
    cursor.expect("->");
    const outputs = this.#bufferList(cursor, "("), attrs = cursor.attrs();
    const binds = cursor.take("binds") ? cursor.items("[").map((i) => cursor.scope(i.word())) : [];
    return { kind: "routine", name, ...this.#origin(cursor), routine, attrs, inputs, outputs, binds };
  }
}
