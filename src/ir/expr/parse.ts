/**
 * Text to expressions and predicates: a parser by precedence, for what `print` writes and Python's spelling of it.
 *
 * @module
 */
import { floorDiv, mod } from "./divide.ts";
import { max, min } from "./minmax.ts";
import { int } from "./node.ts";
import { and, compareDims, ge, gt, not, or, truth } from "./pred.ts";
import { add, mul, neg, pow } from "./ring.ts";
import type { Expr, Pred, Sym } from "./types.ts";

/** Gives the symbol of a name. */
export type Scope = (name: string) => Sym;

/** The expression that a text says; throws `SyntaxError` where it says none. */
export function parse(text: string, scope: Scope): Expr {
  const parser = new Parser(text, scope);
  const result = parser.sum();
  parser.end();
  return result;
}

/** The predicate that a text says; throws `SyntaxError` where it says none. */
export function parsePred(text: string, scope: Scope): Pred {
  const parser = new Parser(text, scope);
  const result = parser.pred();
  parser.end();
  return result;
}

const token = /\s*(\d+|[A-Za-z_$][\w$.']*|\/\/|\*\*|==|!=|<=|>=|[-+*%<>(),])/y;

function tokens(text: string): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < text.trimEnd().length;) {
    token.lastIndex = at;
    const match = token.exec(text);
    if (!match) throw new SyntaxError(`Cannot parse "${text}": unexpected "${text.slice(at).trim()[0]}"`);
    found.push(match[1]!);
    at = token.lastIndex;
  }
  return found;
}

class Parser {
  readonly #tokens: readonly string[];
  readonly #text: string;
  readonly #scope: Scope;
  #at = 0;

  constructor(text: string, scope: Scope) {
    this.#tokens = tokens(text);
    this.#text = text;
    this.#scope = scope;
  }

  end(): void {
    if (this.#at < this.#tokens.length) this.#fail();
  }

  sum(): Expr {
    const terms = [this.#product()];
    for (;;) {
      if (this.#take("+")) terms.push(this.#product());
      else if (this.#take("-")) terms.push(neg(this.#product()));
      else return add(...terms);
    }
  }

  #product(): Expr {
    let left = this.#unary();
    for (;;) {
      if (this.#take("*")) left = mul(left, this.#unary());
      else if (this.#take("//")) left = floorDiv(left, this.#unary());
      else if (this.#take("%")) left = mod(left, this.#unary());
      else return left;
    }
  }

  #unary(): Expr {
    if (this.#take("-")) return neg(this.#unary());
    const base = this.#atom();
    return this.#take("**") ? pow(base, Number(this.#next())) : base;
  }

  #atom(): Expr {
    const word = this.#next();
    if (word === "(") return this.#closed(this.sum());
    if (/^\d/.test(word)) return int(Number(word));
    if (!/^[A-Za-z_$]/.test(word)) this.#fail(this.#at - 1);
    if ((word === "min" || word === "max") && this.#take("(")) return this.#call(word);
    return add(this.#scope(word));
  }

  #call(name: "min" | "max"): Expr {
    const args = [this.sum()];
    while (this.#take(",")) args.push(this.sum());
    return this.#closed(name === "min" ? min(...args) : max(...args));
  }

  pred(): Pred {
    const parts = [this.#conjunction()];
    while (this.#take("or")) parts.push(this.#conjunction());
    return or(...parts);
  }

  #conjunction(): Pred {
    const parts = [this.#negation()];
    while (this.#take("and")) parts.push(this.#negation());
    return and(...parts);
  }

  #negation(): Pred {
    if (this.#take("not")) return not(this.#negation());
    if (this.#take("True")) return truth(true);
    if (this.#take("False")) return truth(false);
    return this.#opensPred() ? this.#closed(this.#inParentheses()) : this.#comparison();
  }

  #inParentheses(): Pred {
    this.#at++;
    return this.pred();
  }

  /** Whether a parenthesis here holds a predicate: one of its own tokens is a word or sign of predicates. */
  #opensPred(): boolean {
    if (this.#tokens[this.#at] !== "(") return false;
    for (let at = this.#at, depth = 0; at < this.#tokens.length; at++) {
      const word = this.#tokens[at]!;
      if (/^(and|or|not|True|False|[=!<>]=?|[=!]=)$/.test(word)) return true;
      depth += word === "(" ? 1 : word === ")" ? -1 : 0;
      if (depth === 0) return false;
    }
    return false;
  }

  #comparison(): Pred {
    const a = this.sum(), sign = this.#next(), b = this.sum();
    if (sign === ">") return gt(a, b);
    if (sign === ">=") return ge(a, b);
    const op = ({ "==": "eq", "!=": "ne", "<": "lt", "<=": "le" } as const)[sign];
    return op ? compareDims(op, a, b) : this.#fail();
  }

  #closed<T>(result: T): T {
    if (!this.#take(")")) this.#fail();
    return result;
  }

  #take(word: string): boolean {
    if (this.#tokens[this.#at] !== word) return false;
    this.#at++;
    return true;
  }

  #next(): string {
    return this.#tokens[this.#at++] ?? this.#fail();
  }

  #fail(at = this.#at): never {
    throw new SyntaxError(
      `Cannot parse "${this.#text}": unexpected ${this.#tokens[at] ?? "end"} (token ${at + 1})`,
    );
  }
}
