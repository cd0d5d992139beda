/**
 * Text to graphs: reads what `printGraph` writes. A text that is no graph is a `SyntaxError` with its line.
 *
 * Empty lines and lines that start with `#` are passed over, so that texts written by hand can be commented.
 * @module
 */
import type { Cursor } from "./cursor.ts";
import {
  Declarations,
  type Line,
  linesOf,
  parseComplex,
  parseLeafKind,
  parseStored,
  parseType,
} from "./declarations.ts";
import { parseCall } from "./parse_op.ts";
import type { Effect, Graph, GraphConstant, GraphInput, GraphOutput, Node, Region, Value } from "./types.ts";

/** The graph that a text says. */
export function parseGraph(text: string): Graph {
  return new GraphReader(text).graph();
}

class GraphReader {
  readonly #lines: Line[];
  readonly #values = new Map<string, Value>();
  readonly #declared = new Declarations();
  #at = 0;

  readonly #inputs: GraphInput[] = [];
  readonly #constants: GraphConstant[] = [];
  readonly #outputs: GraphOutput[] = [];
  readonly #effects: Effect[] = [];

  constructor(text: string) {
    this.#lines = linesOf(text);
  }

  #cursor(line: Line): Cursor {
    return this.#declared.cursor(line);
  }

  graph(): Graph {
    const first = this.#lines[this.#at++];
    if (!first) throw new SyntaxError("Cannot read line 1: wanted a graph, found nothing");
    const head = this.#cursor(first);
    head.expect("graph");
    const name = head.only(() => head.name());
    const nodes: Node[] = [];
    while (this.#at < this.#lines.length) {
      const cursor = this.#cursor(this.#lines[this.#at]!);
      if (this.#isHeader(cursor)) {
        this.#at++;
        cursor.end();
      } else nodes.push(this.#node(this.#values));
    }
    const { guards, fixed, inSpec, outSpec } = this.#declared;
    return {
      name,
      symbols: this.#declared.symbols(this.#values),
      guards,
      inputs: this.#inputs,
      fixed,
      constants: this.#constants,
      nodes,
      outputs: this.#outputs,
      effects: this.#effects,
      inSpec,
      outSpec,
    };
  }

  #value(values: ReadonlyMap<string, Value>, cursor: Cursor, name: string): Value {
    return values.get(name) ?? cursor.refuse(`%${name} is not defined before`);
  }

  #typed(cursor: Cursor, values: Map<string, Value>): Value {
    const name = cursor.ref();
    cursor.expect(":");
    const value = { name, type: parseType(cursor) };
    values.set(name, value);
    return value;
  }

  /** Reads one line that is no node. */
  #isHeader(cursor: Cursor): boolean {
    if (cursor.take("input")) this.#inputs.push(this.#input(cursor));
    else if (cursor.take("constant")) this.#constants.push(this.#constant(cursor));
    else if (cursor.take("output")) this.#outputs.push(this.#output(cursor));
    else if (cursor.take("effect")) this.#effects.push(this.#effect(cursor));
    else return this.#declared.read(cursor);
    return true;
  }

  #input(cursor: Cursor): GraphInput {
    const value = this.#typed(cursor, this.#values);
    cursor.expect("strides");
    const strides = cursor.exprs(), label = cursor.string();
    cursor.expect("leaf");
    return { value, label, strides, leaf: cursor.integer(), ...parseLeafKind(cursor) };
  }

  #constant(cursor: Cursor): GraphConstant {
    const value = this.#typed(cursor, this.#values);
    cursor.expect("strides");
    const strides = cursor.items("[").map((i) => i.only(() => i.integer()));
    return { value, strides, ...parseStored(cursor) };
  }

  #output(cursor: Cursor): GraphOutput {
    if (cursor.take("size")) return { kind: "size", expr: cursor.expr(), label: cursor.string() };
    if (cursor.take("truth")) return { kind: "truth", pred: cursor.pred(), label: cursor.string() };
    if (cursor.take("fixed")) return { kind: "fixed", value: cursor.fixed(), label: cursor.string() };
    const value = this.#value(this.#values, cursor, cursor.ref()), label = cursor.string();
    const strides = cursor.take("strides") && { strides: cursor.exprs() };
    return { kind: "tensor", value, label, ...strides, ...parseComplex(cursor) };
  }

  #effect(cursor: Cursor): Effect {
    const target = this.#value(this.#values, cursor, cursor.ref());
    cursor.expect(":=");
    return { target, value: this.#value(this.#values, cursor, cursor.ref()) };
  }

  #node(values: Map<string, Value>): Node {
    const line = this.#lines[this.#at++]!, cursor = this.#cursor(line);
    const outputs: Value[] = [];
    const defined = new Map<string, Value>();
    if (cursor.sees("%")) {
      do outputs.push(this.#typed(cursor, defined)); while (cursor.take(","));
      cursor.expect("=");
    }
    const { op, inputs } = parseCall(cursor, outputs, (name) => this.#value(values, cursor, name));
    const binds = cursor.take("binds") ? cursor.items("[").map((i) => cursor.scope(i.word())) : undefined;
    const origin = cursor.origin();
    cursor.end();
    const regions = this.#regions(line.indent, values);
    defined.forEach((value, name) => values.set(name, value));
    return {
      op,
      inputs,
      outputs,
      ...(regions.length > 0 && { regions }),
      ...(binds && { binds }),
      ...(origin && { origin }),
    };
  }

  #regions(indent: number, outer: ReadonlyMap<string, Value>): Region[] {
    const regions: Region[] = [];
    for (;;) {
      const line = this.#lines[this.#at];
      if (!line || line.indent <= indent || !/^region\b/.test(line.text)) return regions;
      regions.push(this.#region(line, outer));
    }
  }

  /** Values outside are in scope here, so that the verifier can say which region reads past its captures. */
  #region(line: Line, outer: ReadonlyMap<string, Value>): Region {
    const cursor = this.#cursor(line), values = new Map(outer);
    cursor.expect("region");
    const name = cursor.name();
    const inputs = cursor.items("(").map((item) => item.only(() => this.#typed(item, values)));
    cursor.end();
    this.#at++;
    const nodes: Node[] = [];
    for (;;) {
      const next = this.#lines[this.#at];
      if (!next) return cursor.fail(`"return" at the end of region ${name}`);
      const end = this.#cursor(next);
      if (!end.take("return")) {
        nodes.push(this.#node(values));
        continue;
      }
      this.#at++;
      const outputs: Value[] = [];
      if (!end.done) { do outputs.push(this.#value(values, end, end.ref())); while (end.take(",")); }
      end.end();
      return { name, inputs, nodes, outputs };
    }
  }
}
