/**
 * Text to graphs: reads what `printGraph` writes. A text that is no graph is a `SyntaxError` with its line.
 *
 * Empty lines and lines that start with `#` are passed over, so that texts written by hand can be commented.
 * @module
 */
import { dtypeNames } from "../../base/mod.ts";
import { type Sym, sym } from "../expr/mod.ts";
import { Cursor } from "./cursor.ts";
import { parseCall } from "./parse_op.ts";
import type {
  Effect,
  FixedLeaf,
  Graph,
  GraphConstant,
  GraphInput,
  GraphOutput,
  Guard,
  Node,
  Region,
  SymbolDecl,
  TensorType,
  Value,
} from "./types.ts";

/** The graph that a text says. */
export function parseGraph(text: string): Graph {
  return new GraphReader(text).graph();
}

interface Line {
  readonly number: number;
  readonly indent: number;
  readonly text: string;
}

/** Lines with something on them. */
export function linesOf(text: string): Line[] {
  return text.split("\n").map((line, n) => {
    const bare = line.trimStart();
    return { number: n + 1, indent: line.length - bare.length, text: bare.trimEnd() };
  }).filter((line) => line.text !== "" && !line.text.startsWith("#"));
}

/** A declaration whose input is still a name: symbols come before the inputs whose shapes they are. */
interface UnresolvedDecl {
  readonly sym: Sym;
  readonly label: string;
  readonly from?: { readonly name: string; readonly axis: number; readonly cursor: Cursor };
}

const infinite = (text: string, otherwise: number) => (text === "" ? otherwise : Number(text));

/** Reads `s0 unbacked in 0..64 below {n}`. */
export function parseSymbol(cursor: Cursor): Sym {
  const name = cursor.word(), unbacked = cursor.take("unbacked");
  cursor.expect("in");
  const [min, max] = cursor.range();
  const below = cursor.take("below") ? { below: cursor.expr() } : {};
  const facts = { min: infinite(min, -Infinity), max: infinite(max, Infinity), ...below };
  return sym(name, { ...facts, ...(unbacked && { unbacked }) });
}

/** Reads `f32[s0, 4]`. */
export function parseType(cursor: Cursor): TensorType {
  const word = cursor.word(),
    dtype = dtypeNames.find((name) => name === word) ?? cursor.fail("an element type");
  return { dtype, shape: cursor.exprs() };
}

const roles = ["parameter", "buffer", "literal"] as const;

class GraphReader {
  readonly #lines: Line[];
  readonly #symbols = new Map<string, Sym>();
  readonly #values = new Map<string, Value>();
  #at = 0;

  readonly #decls: UnresolvedDecl[] = [];
  readonly #guards: Guard[] = [];
  readonly #inputs: GraphInput[] = [];
  readonly #constants: GraphConstant[] = [];
  readonly #fixed: FixedLeaf[] = [];
  readonly #outputs: GraphOutput[] = [];
  readonly #effects: Effect[] = [];
  #inSpec = "";
  #outSpec = "";

  constructor(text: string) {
    this.#lines = linesOf(text);
  }

  #cursor(line: Line): Cursor {
    return new Cursor(line.text, line.number, (name) => {
      const known = this.#symbols.get(name);
      if (!known) throw new SyntaxError(`Cannot read line ${line.number}: symbol ${name} is not declared`);
      return known;
    });
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
    return {
      name,
      symbols: this.#decls.map((decl) => this.#decl(decl)),
      guards: this.#guards,
      inputs: this.#inputs,
      fixed: this.#fixed,
      constants: this.#constants,
      nodes,
      outputs: this.#outputs,
      effects: this.#effects,
      inSpec: this.#inSpec,
      outSpec: this.#outSpec,
    };
  }

  #decl({ sym, label, from }: UnresolvedDecl): SymbolDecl {
    if (!from) return { sym, label };
    return {
      sym,
      label,
      from: { input: this.#value(this.#values, from.cursor, from.name), axis: from.axis },
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
    if (cursor.take("symbol")) this.#symbol(cursor);
    else if (cursor.take("local")) this.#define(parseSymbol(cursor));
    else if (cursor.take("guard")) this.#guards.push({ pred: cursor.pred(), subject: cursor.string() });
    else if (cursor.take("input")) this.#inputs.push(this.#input(cursor));
    else if (cursor.take("constant")) this.#constants.push(this.#constant(cursor));
    else if (cursor.take("fixed")) this.#fixed.push(fixedLeaf(cursor));
    else if (cursor.take("output")) this.#outputs.push(this.#output(cursor));
    else if (cursor.take("effect")) this.#effects.push(this.#effect(cursor));
    else if (cursor.take("inspec")) this.#inSpec = cursor.string();
    else if (cursor.take("outspec")) this.#outSpec = cursor.string();
    else return false;
    return true;
  }

  #define(symbol: Sym): Sym {
    this.#symbols.set(symbol.name, symbol);
    return symbol;
  }

  #symbol(cursor: Cursor): void {
    const sym = this.#define(parseSymbol(cursor)), label = cursor.string();
    if (!cursor.take("=")) {
      this.#decls.push({ sym, label });
      return;
    }
    const name = cursor.ref(), [axis] = cursor.items("[");
    this.#decls.push({ sym, label, from: { name, axis: axis?.integer() ?? cursor.fail("an axis"), cursor } });
  }

  #input(cursor: Cursor): GraphInput {
    const value = this.#typed(cursor, this.#values);
    cursor.expect("strides");
    const strides = cursor.exprs(), label = cursor.string();
    cursor.expect("leaf");
    return { value, label, strides, leaf: cursor.integer() };
  }

  #constant(cursor: Cursor): GraphConstant {
    const value = this.#typed(cursor, this.#values);
    cursor.expect("strides");
    const strides = cursor.items("[").map((i) => i.only(() => i.integer())), fqn = cursor.string();
    const role = roles.find((r) => cursor.take(r)) ?? cursor.fail(`one of ${roles.join(", ")}`);
    cursor.expect("@");
    const data = cursor.sees('"') ? cursor.string() : cursor.path();
    cursor.expect("+");
    return { value, fqn, role, strides, offset: cursor.integer(), data };
  }

  #output(cursor: Cursor): GraphOutput {
    if (cursor.take("size")) return { kind: "size", expr: cursor.expr(), label: cursor.string() };
    if (cursor.take("truth")) return { kind: "truth", pred: cursor.pred(), label: cursor.string() };
    if (cursor.take("fixed")) return { kind: "fixed", value: cursor.fixed(), label: cursor.string() };
    const value = this.#value(this.#values, cursor, cursor.ref()), label = cursor.string();
    return { kind: "tensor", value, label, ...(cursor.take("strides") && { strides: cursor.exprs() }) };
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

function fixedLeaf(cursor: Cursor): FixedLeaf {
  cursor.expect("leaf");
  const leaf = cursor.integer(), label = cursor.string();
  cursor.expect("=");
  return { leaf, label, value: cursor.fixed() };
}
