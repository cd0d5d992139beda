/**
 * The lines of a text of loops, one after the other.
 *
 * @module
 */
import { type Cursor, Declarations, type Line, linesOf } from "../graph/mod.ts";

/** What is read next, and what has been declared so far. */
export class LoopsText {
  readonly declared = new Declarations();
  readonly #lines: readonly Line[];
  #at = 0;

  constructor(text: string) {
    this.#lines = linesOf(text);
  }

  /** The next line, which is stepped over. */
  next(wanted: string): Cursor {
    const cursor = this.ahead();
    if (!cursor) throw new SyntaxError(`Cannot read the loops: wanted ${wanted}, found the end of the text`);
    this.skip();
    return cursor;
  }

  /** The next line, or the next that `isWanted`; not stepped over. */
  ahead(isWanted: (text: string) => boolean = () => true): Cursor | undefined {
    let at = this.#at;
    while (at < this.#lines.length && !isWanted(this.#lines[at]!.text)) at++;
    const line = this.#lines[at];
    return line && this.declared.cursor(line);
  }

  /** True, and stepped over, if the next line is this word. */
  takes(word: string): boolean {
    const isNext = this.#lines[this.#at]?.text === word;
    if (isNext) this.skip();
    return isNext;
  }

  /** Steps over a line. */
  skip(): void {
    this.#at++;
  }
}
