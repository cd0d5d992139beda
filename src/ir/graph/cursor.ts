/**
 * A place in a line of printed text, and how to read words, names, numbers and bracketed lists from there.
 *
 * @module
 */
import { type Expr, parse, parsePred, type Pred, type Scope } from "../expr/mod.ts";
import type { Num } from "../scalar/mod.ts";
import { closeOf, closing, quoted, splitList } from "./brackets.ts";
import type { Attr, Origin } from "./types.ts";
import { originWords } from "./words.ts";

const word = /[A-Za-z_][\w.$]*/y, plainText = /[\w./@+-]+/y;
const number = /-?(?:inf\b|nan\b|\d+(?:\.\d+)?(?:e[+-]?\d+)?n?)/y;

/** Reads one line from left to right. */
export class Cursor {
  #at = 0;

  constructor(readonly text: string, readonly line: number, readonly scope: Scope) {
    this.#space();
  }

  #space(): void {
    while (this.text[this.#at] === " ") this.#at++;
  }

  /** Gives up with a reason that is not about the next characters. */
  refuse(reason: string): never {
    throw new SyntaxError(`Cannot read line ${this.line}: ${reason}`);
  }

  /** Complains that something else stands here than `wanted`. */
  fail(wanted: string): never {
    const found = this.text.slice(this.#at, this.#at + 30).trim() || "end of line";
    throw new SyntaxError(`Cannot read line ${this.line}: wanted ${wanted}, found ${found}`);
  }

  /** What `read` gives; its complaint gets the line's number. */
  #located<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      const known = error instanceof Error && error.message.startsWith("Cannot read line");
      if (known || !(error instanceof Error)) throw error;
      throw new SyntaxError(`Cannot read line ${this.line}: ${error.message}`, { cause: error });
    }
  }

  get done(): boolean {
    return this.#at >= this.text.length;
  }

  /** Complains unless this is the end of the line. */
  end(): void {
    if (!this.done) this.fail("end of line");
  }

  /** Steps over `token` if it stands here; a word must end where the token ends. */
  take(token: string): boolean {
    if (!this.text.startsWith(token, this.#at)) return false;
    const next = this.text[this.#at + token.length] ?? " ";
    if (/\w$/.test(token) && /\w/.test(next)) return false;
    this.#at += token.length;
    this.#space();
    return true;
  }

  /** Steps over `token`, which must stand here. */
  expect(token: string): void {
    if (!this.take(token)) this.fail(`"${token}"`);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) return undefined;
    this.#at += found.length;
    this.#space();
    return found;
  }

  /** True if the next character is one of `chars`. */
  sees(chars: string): boolean {
    return !this.done && chars.includes(this.text[this.#at]!);
  }

  /** A text in quotes, as JSON has it. */
  string(): string {
    const text = this.#match(quoted) ?? this.fail("text in quotes");
    return this.#located(() => JSON.parse(text) as string);
  }

  /** A plain word. */
  word(): string {
    return this.#match(word) ?? this.fail("a word");
  }

  /** A plain word or one in quotes. */
  name(): string {
    return this.sees('"') ? this.string() : this.word();
  }

  /** The name in `%name`. */
  ref(): string {
    if (!this.sees("%")) this.fail("a value such as %x");
    this.#at++;
    return this.name();
  }

  /** A number or truth value; `7n` is a bigint. */
  num(): Num {
    if (this.take("true")) return true;
    if (this.take("false")) return false;
    const text = this.#match(number) ?? this.fail("a number");
    if (text.endsWith("n") && text !== "nan" && text !== "-nan") return BigInt(text.slice(0, -1));
    return text.includes("inf") ? (text.startsWith("-") ? -Infinity : Infinity) : Number(text);
  }

  /** The ends of `1..64`; an open end is empty. */
  range(): readonly [string, string] {
    const text = this.#match(/(?:-?\d+)?\.\.(?:-?\d+)?/y) ?? this.fail("a range such as 1..64");
    const [min, max] = text.split("..");
    return [min!, max!];
  }

  /** Labels of a contraction: `mk,kn->mn`. */
  labels(): string {
    return this.#match(/[A-Za-z]*,[A-Za-z]*->[A-Za-z]*/y) ?? this.fail("labels such as mk,kn->mn");
  }

  /** A path without spaces. */
  path(): string {
    return this.#match(/[\w./-]+/y) ?? this.fail("a path");
  }

  /** A whole number. */
  integer(): number {
    const value = this.num();
    return typeof value === "number" && Number.isInteger(value) ? value : this.fail("an integer");
  }

  /** A value of Python: none, a number, a text. */
  fixed(): null | Num | string {
    if (this.take("null")) return null;
    return this.sees('"') ? this.string() : this.num();
  }

  /** True if `token` stands here. */
  peeks(token: string): boolean {
    return this.text.startsWith(token, this.#at);
  }

  /** True if a number or truth value stands here. */
  seesNum(): boolean {
    number.lastIndex = this.#at;
    return number.test(this.text) || /(?:true|false)\b/y.test(this.text.slice(this.#at, this.#at + 6));
  }

  /** True if `name[…]` stands here. */
  peeksStore(): boolean {
    return /^(?:"(?:[^"\\]|\\.)*"|[A-Za-z_][\w.$]*)\[/.test(this.text.slice(this.#at));
  }

  /** The word before an opening parenthesis, if that is what stands here. */
  callee(): string | undefined {
    const found = /^[A-Za-z_]\w*(?=\()/.exec(this.text.slice(this.#at))?.[0];
    if (found !== undefined) this.expect(found);
    return found;
  }

  /** `[a0 < s0, x0]`: names with strict bounds. */
  bounds(scope = this.scope): { readonly name: string; readonly below?: Expr }[] {
    return this.items("[", scope).map((item) => {
      const name = item.word();
      return item.take("<") ? { name, below: item.restExpr() } : { name };
    });
  }

  /** The expression from here to the end. */
  restExpr(): Expr {
    const text = this.text.slice(this.#at);
    this.#at = this.text.length;
    return this.#located(() => read(text, this.scope));
  }

  /** The same place with other symbols in scope. */
  scoped(scope: Scope): Cursor {
    const inner = new Cursor(this.text, this.line, scope);
    inner.#at = this.#at;
    return inner;
  }

  /** The text between `open` here and the bracket that closes it. */
  inside(open: "(" | "[" | "{"): string {
    if (!this.sees(open)) this.fail(`"${open}"`);
    const start = this.#at + 1, close = closeOf(this.text, this.#at);
    if (close === undefined) this.fail(`"${closing[open]}"`);
    this.#at = close + 1;
    this.#space();
    return this.text.slice(start, close);
  }

  /** Cursors on the items of a bracketed list. */
  items(open: "(" | "[" | "{", scope = this.scope): Cursor[] {
    return splitList(this.inside(open)).map((text) => new Cursor(text, this.line, scope));
  }

  /** Expressions in brackets. */
  exprs(scope = this.scope): Expr[] {
    return splitList(this.inside("[")).map((text) => this.#located(() => read(text, scope)));
  }

  /** An expression in braces. */
  expr(scope = this.scope): Expr {
    const text = this.inside("{");
    return this.#located(() => read(text, scope));
  }

  /** A predicate in braces. */
  pred(scope = this.scope): Pred {
    const text = this.inside("{");
    return this.#located(() => parsePred(text, scope));
  }

  /** An attribute: a value, an expression or a list of these. */
  attr(): Attr {
    if (this.sees("[")) return this.items("[").map((item) => item.only(() => item.attr()));
    return this.sees("{") ? this.expr() : this.fixed();
  }

  /** Attributes by name, in braces. */
  attrs(): Record<string, Attr> {
    const rows = this.items("{").map((row): [string, Attr] => {
      const key = row.name();
      row.expect(":");
      return [key, row.only(() => row.attr())];
    });
    return Object.fromEntries(rows);
  }

  /** What `read` gives, which must reach the end of the text. */
  only<T>(read: () => T): T {
    const value = read();
    this.end();
    return value;
  }

  /** A comment that says where a node comes from. */
  origin(): Origin | undefined {
    if (!this.take("//")) return undefined;
    const origin: { -readonly [K in keyof Origin]: Origin[K] } = {};
    if (!this.done && !this.sees(":") && !this.#isField()) origin.file = this.#plainOrQuoted();
    if (this.take(":")) origin.line = this.integer();
    for (const key of originWords) if (this.take(`${key}=`)) origin[key] = this.#plainOrQuoted();
    return origin;
  }

  #isField(): boolean {
    return originWords.some((key) => this.text.startsWith(`${key}=`, this.#at));
  }

  #plainOrQuoted(): string {
    return this.sees('"') ? this.string() : this.#match(plainText) ?? this.fail("a word");
  }
}

/** An expression; a symbol alone is itself, even where it can only be 0: an axis of one element is still that axis. */
function read(text: string, scope: Scope): Expr {
  return /^[A-Za-z_$][\w$.']*$/.test(text.trim()) ? scope(text.trim()) : parse(text, scope);
}
