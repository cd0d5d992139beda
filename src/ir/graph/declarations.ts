/**
 * The lines that graphs and loops share: symbols, guards, fixed leaves, treespecs.
 *
 * @module
 */
import { type DType, dtypeNames } from "../../base/mod.ts";
import { type Sym, sym } from "../expr/mod.ts";
import { Cursor } from "./cursor.ts";
import type { FixedLeaf, GraphInput, Guard, SymbolDecl, TensorType, Value } from "./types.ts";

/** A line of text: where it stands and how far it is indented. */
export interface Line {
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

const infinite = (text: string, otherwise: number) => (text === "" ? otherwise : Number(text));

/** Reads `s0 unbacked in 0..64 below {n}`. */
function parseSymbol(cursor: Cursor): Sym {
  const name = cursor.word(), unbacked = cursor.take("unbacked");
  cursor.expect("in");
  const [min, max] = cursor.range();
  const below = cursor.take("below") ? { below: cursor.expr() } : {};
  const facts = { min: infinite(min, -Infinity), max: infinite(max, Infinity), ...below };
  return sym(name, { ...facts, ...(unbacked && { unbacked }) });
}

function parseDType(cursor: Cursor): DType {
  const word = cursor.word();
  return dtypeNames.find((name) => name === word) ?? cursor.fail("an element type");
}

/** Reads `f32[s0, 4]`. */
export function parseType(cursor: Cursor): TensorType {
  return { dtype: parseDType(cursor), shape: cursor.exprs() };
}

/** Reads `complex c64`, where the host's tensor is complex. */
export function parseComplex(cursor: Cursor): { readonly complex?: DType } {
  return cursor.take("complex") ? { complex: parseDType(cursor) } : {};
}

/** What follows the leaf of an input: ` complex c64`, ` number`. */
export function parseLeafKind(cursor: Cursor): Pick<GraphInput, "complex" | "number"> {
  return { ...parseComplex(cursor), ...(cursor.take("number") && { number: true }) };
}

const roles = ["parameter", "buffer", "literal", "folded"] as const;

/** Reads `"l1.weight" parameter @blob+0`. */
export function parseStored(cursor: Cursor) {
  const fqn = cursor.string();
  const role = roles.find((r) => cursor.take(r)) ?? cursor.fail(`one of ${roles.join(", ")}`);
  cursor.expect("@");
  const data = cursor.sees('"') ? cursor.string() : cursor.path();
  cursor.expect("+");
  return { fqn, role, data, offset: cursor.integer(), ...parseComplex(cursor) };
}

/** A declaration whose input is still a name: symbols come before the inputs whose shapes they are. */
interface UnresolvedDecl {
  readonly sym: Sym;
  readonly label: string;
  readonly from?: { readonly name: string; readonly axis?: number; readonly cursor: Cursor };
}

/** Collects declarations as they are read. */
export class Declarations {
  readonly guards: Guard[] = [];
  readonly fixed: FixedLeaf[] = [];
  inSpec = "";
  outSpec = "";
  readonly #symbols = new Map<string, Sym>();
  readonly #decls: UnresolvedDecl[] = [];

  /** A cursor on a line, with the symbols declared so far (and later) in scope. */
  cursor(line: Line): Cursor {
    return new Cursor(line.text, line.number, (name) => {
      const known = this.#symbols.get(name);
      if (!known) throw new SyntaxError(`Cannot read line ${line.number}: symbol ${name} is not declared`);
      return known;
    });
  }

  /** Reads one declaration; false if the line is none. */
  read(cursor: Cursor): boolean {
    if (cursor.take("symbol")) this.#symbol(cursor);
    else if (cursor.take("local")) this.#define(parseSymbol(cursor));
    else if (cursor.take("guard")) this.guards.push({ pred: cursor.pred(), subject: cursor.string() });
    else if (cursor.take("fixed")) this.fixed.push(fixedLeaf(cursor));
    else if (cursor.take("inspec")) this.inSpec = cursor.string();
    else if (cursor.take("outspec")) this.outSpec = cursor.string();
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
    const name = cursor.ref(), [axis] = cursor.sees("[") ? cursor.items("[") : [];
    this.#decls.push({ sym, label, from: { name, ...(axis && { axis: axis.integer() }), cursor } });
  }

  /** The symbols, read from the inputs among `values`. */
  symbols(values: ReadonlyMap<string, Value>): SymbolDecl[] {
    return this.#decls.map(({ sym, label, from }) => {
      if (!from) return { sym, label };
      const input = values.get(from.name) ?? from.cursor.refuse(`%${from.name} is not defined`);
      return { sym, label, from: { input, ...(from.axis !== undefined && { axis: from.axis }) } };
    });
  }
}

function fixedLeaf(cursor: Cursor): FixedLeaf {
  cursor.expect("leaf");
  const leaf = cursor.integer(), label = cursor.string();
  cursor.expect("=");
  return { leaf, label, value: cursor.fixed() };
}
