/**
 * The table of nodes. Makers here intern and nothing else: canonical form is the builders' work.
 *
 * @module
 */
import type { Add, Dim, Expr, FloorDiv, Int, Max, Min, Mod, Mul, Sym } from "./types.ts";

const ints = new Map<number, Int>();
const syms = new Map<string, Sym>();
let nextId = 0;

/** Numbers below 2^26 in pairs, as one number. */
function pair(a: number, b: number): number {
  return a * 0x4000000 + b;
}

/** Nodes of one kind by their operands: each list of operands has a number, found one operand at a time. */
class Table<E extends Expr> {
  readonly #lists = new Map<number, number>();
  readonly #nodes = new Map<number, E>();

  /** The node with these operands. */
  get(head: Expr, tail: readonly Expr[], make: (id: number) => E): E {
    let list = head.id;
    for (const { id } of tail) {
      const slot = pair(list, id), known = this.#lists.get(slot);
      list = known ?? nextId++;
      if (known === undefined) this.#lists.set(slot, list);
    }
    const known = this.#nodes.get(list);
    if (known) return known;
    const made = make(nextId++);
    this.#nodes.set(list, made);
    return made;
  }
}

const sums = new Table<Add>(), products = new Table<Mul>();
const quotients = new Table<FloorDiv>(), remainders = new Table<Mod>();
const extremes = { min: new Table<Min>(), max: new Table<Max>() } as const;

/** The value itself if it is a safe integer; anything else is an overflow, a bug of the caller. */
export function exact(value: number): number {
  if (Number.isSafeInteger(value)) return value + 0; // + 0: no negative zero
  throw new RangeError(`Cannot fold a constant: ${value} is not an integer below 2^53`);
}

/** A constant. */
export function int(value: number): Int {
  const known = ints.get(value);
  if (known) return known;
  const made: Int = { kind: "int", id: nextId++, key: String(exact(value)), value: exact(value) };
  ints.set(value, made);
  return made;
}

/** Facts that `sym` may be given. */
export interface SymFacts {
  readonly min?: number;
  readonly max?: number;
  readonly below?: Dim;
  readonly unbacked?: boolean;
}

/** Interns a symbol whose facts are already consistent. */
/** An expression from what a builder was given, as it is. */
export function toNode(dim: Dim): Expr {
  return typeof dim === "number" ? int(dim) : dim;
}

/** A symbol within its bounds, interned. */
export function makeSym(name: string, min: number, max: number, below?: Expr, unbacked?: boolean): Sym {
  const facts = `${min},${max}${below ? `,<${below.key}` : ""}${unbacked ? ",u" : ""}`;
  const key = facts === "-Infinity,Infinity" ? natural(name) : `${natural(name)}{${facts}}`;
  const more = { ...(below && { below }), ...(unbacked && { unbacked }) };
  const known = syms.get(key);
  if (known) return known;
  const made: Sym = { kind: "sym", id: nextId++, key, name, min, max, ...more };
  syms.set(key, made);
  return made;
}

function list(nodes: readonly Expr[], separator: string): string {
  let text = "";
  for (const node of nodes) text += (text ? separator : "") + node.key;
  return text;
}

/** Interns a sum of at least two parts. */
export function makeAdd(constant: number, terms: readonly Expr[]): Add {
  return sums.get(int(constant), terms, (id) => {
    return { kind: "add", id, key: `(+ ${constant} ${list(terms, " ")})`, constant, terms };
  });
}

/** Interns a product of at least two parts. */
export function makeMul(coef: number, factors: readonly Expr[]): Mul {
  return products.get(int(coef), factors, (id) => {
    return { kind: "mul", id, key: `(* ${coef} ${list(factors, " ")})`, coef, factors };
  });
}

/** Interns a quotient. */
export function makeFloorDiv(a: Expr, b: Expr): FloorDiv {
  return quotients.get(a, [b], (id) => ({ kind: "floordiv", id, key: `(// ${a.key} ${b.key})`, a, b }));
}

/** Interns a remainder. */
export function makeMod(a: Expr, b: Expr): Mod {
  return remainders.get(a, [b], (id) => ({ kind: "mod", id, key: `(% ${a.key} ${b.key})`, a, b }));
}

/** Interns a minimum or maximum of at least two arguments. */
export function makeExtreme(kind: "min" | "max", args: readonly Expr[]): Min | Max {
  const [head, ...tail] = args, key = () => `(${kind} ${list(args, " ")})`;
  if (kind === "min") return extremes.min.get(head!, tail, (id) => ({ kind: "min", id, key: key(), args }));
  return extremes.max.get(head!, tail, (id) => ({ kind: "max", id, key: key(), args }));
}

/** A table of results for pairs of nodes. */
export class PairMemo<T> {
  readonly #results = new Map<number, T>();

  /** The remembered result of `compute` for this ordered pair. */
  get(a: Expr, b: Expr, compute: () => T): T {
    const slot = pair(a.id, b.id);
    const known = this.#results.get(slot);
    if (known !== undefined) return known;
    const result = compute();
    if (this.#results.size >= 1 << 20) this.#results.clear();
    this.#results.set(slot, result);
    return result;
  }
}

const rank = { sym: 0, floordiv: 1, mod: 2, min: 3, max: 4, add: 5, mul: 6, int: 7 } as const;

/**
 * A name that sorts by its numbers: each run of digits after its length, so `i9` comes before `i10`. What shifts all
 * numbers, one more node in front, then leaves the order of what follows alone, and so the texts of its kernels.
 */
function natural(name: string): string {
  return name.replaceAll(/\d+/g, (digits) => String.fromCharCode(0x40 + digits.length) + digits);
}

/** Order of nodes by structure, the same in every process. */
export function compare(a: Expr, b: Expr): number {
  if (a === b) return 0;
  if (a.kind !== b.kind) return rank[a.kind] - rank[b.kind];
  return a.key < b.key ? -1 : 1;
}
