/**
 * What stands at the head and the end of a text of loops: buffers, and what hosts give and get.
 *
 * @module
 */
import { rowMajor } from "../expr/mod.ts";
import {
  type Cursor,
  type Declarations,
  type GraphOutput,
  parseComplex,
  parseLeafKind,
  parseStored,
  parseType,
  type Value,
} from "../graph/mod.ts";
import type { Buffer, Loops, LoopsEffect, LoopsOutput } from "./types.ts";

/** Reads declarations of buffers and leaves. */
export class HeadReader {
  readonly inputs: Loops["inputs"][number][] = [];
  readonly constants: Loops["constants"][number][] = [];
  readonly outputs: LoopsOutput[] = [];
  readonly effects: LoopsEffect[] = [];
  readonly values = new Map<string, Value>();
  readonly #buffers = new Map<string, Buffer>();

  constructor(readonly declared: Declarations) {}

  /** Reads the line if it declares something; nothing is taken of any other. */
  isHeader(cursor: Cursor): boolean {
    if (cursor.take("temp")) this.#declare(cursor, "temp");
    else if (cursor.take("input")) this.#input(cursor);
    else if (cursor.take("constant")) this.#constant(cursor);
    else if (cursor.take("result")) this.outputs.push(this.#result(cursor));
    else if (cursor.take("effect")) this.effects.push(this.#effect(cursor));
    else if (cursor.take("output")) this.#output(cursor);
    else return this.declared.read(cursor);
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

  /** A buffer that was declared, by its name. */
  buffer(cursor: Cursor): Buffer {
    const name = cursor.name();
    return this.#buffers.get(name) ?? cursor.refuse(`there is no buffer ${name}`);
  }

  /** `= %x`: the graph's value that a buffer holds. */
  #given(cursor: Cursor, { dtype, shape }: Buffer): Value {
    cursor.expect("=");
    const value = { name: cursor.ref(), type: { dtype, shape } };
    this.values.set(value.name, value);
    return value;
  }

  #input(cursor: Cursor): void {
    const buffer = this.#declare(cursor, "input"),
      value = this.#given(cursor, buffer),
      label = cursor.string();
    cursor.expect("leaf");
    this.inputs.push({
      buffer,
      input: { value, label, strides: buffer.strides, leaf: cursor.integer(), ...parseLeafKind(cursor) },
    });
  }

  #constant(cursor: Cursor): void {
    const buffer = this.#declare(cursor, "constant"), value = this.#given(cursor, buffer);
    const strides = buffer.strides.map((
      s,
    ) => (s.kind === "int" ? s.value : cursor.refuse("a stride is no number")));
    this.constants.push({ buffer, constant: { value, strides, ...parseStored(cursor) } });
  }

  /** An output buffer, or a leaf of the result that is no tensor. */
  #output(cursor: Cursor): void {
    const leaf = this.#plainLeaf(cursor);
    if (leaf) this.outputs.push({ leaf });
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
    const made = { name, type: parseType(cursor) }, value = this.values.get(name) ?? made;
    this.values.set(name, value);
    return value;
  }

  #result(cursor: Cursor): LoopsOutput {
    const value = this.#value(cursor), label = cursor.string();
    const strides = cursor.take("strides") ? { strides: cursor.exprs() } : {};
    const leaf = { kind: "tensor", value, label, ...strides, ...parseComplex(cursor) } as const;
    return { leaf, ...(cursor.take("=") && { buffer: this.buffer(cursor) }) };
  }

  #effect(cursor: Cursor): LoopsEffect {
    const target = this.buffer(cursor);
    cursor.expect(":=");
    const from = this.buffer(cursor);
    cursor.expect("for");
    const name = cursor.ref(), known = this.values.get(name) ?? cursor.refuse(`%${name} is not defined`);
    cursor.expect(":=");
    return { target, from, effect: { target: known, value: this.#value(cursor) } };
  }
}
