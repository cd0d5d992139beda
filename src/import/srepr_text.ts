/**
 * The grammar of SymPy's `srepr`: calls of names on numbers, quoted texts, names, calls, and `name=value` pairs.
 *
 * @module
 */

/** A parsed text. */
export type Srepr = SreprLeaf | SreprCall;

export interface SreprLeaf {
  readonly kind: "number" | "text" | "word";
  readonly text: string;
}

export interface SreprCall {
  readonly kind: "call";
  readonly head: string;
  readonly args: readonly Srepr[];
  readonly options: Readonly<Record<string, string>>;
  /** As it was written. */
  readonly source: string;
}

/** Calls within calls; deeper texts are no sizes of tensors. */
const DEPTH = 200;

const TOKEN =
  /\s*(?:(-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|'([^'\\]*)'|"([^"\\]*)"|([A-Za-z_][\w.]*)|([(),=]))/y;

/** Parses a text; undefined for one that is no srepr. */
export function parseSrepr(text: string): Srepr | undefined {
  const reader = new Reader(text), found = reader.value(0);
  return reader.isAtEnd() ? found : undefined;
}

class Reader {
  #at = 0;
  constructor(private readonly source: string) {}

  isAtEnd(): boolean {
    return this.source.slice(this.#at).trim() === "";
  }

  value(depth: number): Srepr | undefined {
    const token = this.#next();
    if (!token || depth > DEPTH) return undefined;
    const [whole, number, single, double, name] = token;
    if (number !== undefined) return { kind: "number", text: number };
    if (name === undefined) {
      const text = single ?? double;
      return text === undefined ? undefined : { kind: "text", text };
    }
    const start = this.#at - whole.trimStart().length;
    return this.#takes("(") ? this.#call(name, start, depth) : { kind: "word", text: name };
  }

  #call(head: string, start: number, depth: number): Srepr | undefined {
    const args: Srepr[] = [], options: Record<string, string> = {};
    if (!this.#takes(")")) {
      do {
        const arg = this.value(depth + 1);
        if (!arg) return undefined;
        if (arg.kind !== "word" || !this.#takes("=")) args.push(arg);
        else {
          const value = this.value(depth + 1);
          if (!value || value.kind === "call") return undefined;
          options[arg.text] = value.text;
        }
      } while (this.#takes(","));
      if (!this.#takes(")")) return undefined;
    }
    return { kind: "call", head, args, options, source: this.source.slice(start, this.#at) };
  }

  #next(): RegExpExecArray | undefined {
    TOKEN.lastIndex = this.#at;
    const found = TOKEN.exec(this.source);
    if (!found) return undefined;
    this.#at = TOKEN.lastIndex;
    return found;
  }

  /** Goes behind a sign if it comes next. */
  #takes(sign: string): boolean {
    const before = this.#at, found = this.#next();
    if (found?.[5] === sign) return true;
    this.#at = before;
    return false;
  }
}
