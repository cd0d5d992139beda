/**
 * Statements from text, with the blocks inside them.
 *
 * @module
 */
import type { Cursor } from "../graph/mod.ts";
import { BodyReader, originOf } from "./parse_body.ts";
import type { HeadReader } from "./parse_head.ts";
import type { LoopsText } from "./text.ts";
import type { Block, Buffer, LoopStatement } from "./types.ts";

/** Reads statements, one after the other. */
export class StatementReader {
  readonly #bodies: BodyReader;

  constructor(readonly text: LoopsText, readonly head: HeadReader) {
    this.#bodies = new BodyReader(text, head);
  }

  /** The next statement. */
  statement(): LoopStatement {
    const cursor = this.text.next("a statement"), kind = cursor.word();
    switch (kind) {
      case "nest":
        return this.#bodies.nest(cursor);
      case "contraction":
        return this.#bodies.contraction(cursor);
      case "attention":
        return this.#bodies.attention(cursor);
      case "scatter":
        return this.#bodies.scatter(cursor);
      case "routine":
        return this.#routine(cursor);
      case "item": {
        const name = cursor.name(), buffer = this.head.buffer(cursor);
        cursor.expect("->");
        const sym = cursor.scope(cursor.word());
        return { kind, name, ...originOf(cursor), buffer, sym };
      }
      case "bind": {
        const name = cursor.name(), expr = cursor.expr();
        cursor.expect("->");
        const sym = cursor.scope(cursor.word());
        return { kind, name, ...originOf(cursor), sym, expr };
      }
      case "assert": {
        const name = cursor.name(), test = cursor.sees("{") ? cursor.pred() : this.head.buffer(cursor);
        const message = cursor.string();
        return { kind, name, ...originOf(cursor), message, test };
      }
      case "cond":
        return this.#cond(cursor);
      case "while":
        return this.#while(cursor);
      default:
        return cursor.refuse(`there is no statement ${kind}`);
    }
  }

  #cond(cursor: Cursor): LoopStatement {
    const name = cursor.name(), test = this.head.buffer(cursor), origin = originOf(cursor);
    return { kind: "cond", name, ...origin, test, then: this.#arm("then"), otherwise: this.#arm("else") };
  }

  #while(cursor: Cursor): LoopStatement {
    const name = cursor.name(), test = this.head.buffer(cursor);
    cursor.expect("carried");
    const carried = this.#bufferList(cursor, "[");
    cursor.expect("next");
    const next = this.#bufferList(cursor, "["), origin = originOf(cursor);
    const condition = this.#arm("condition"), body = this.#arm("body");
    return { kind: "while", name, ...origin, carried, next, condition, test, body };
  }

  #routine(cursor: Cursor): LoopStatement {
    const name = cursor.name(), routine = cursor.name(), inputs = this.#bufferList(cursor, "(");
    cursor.expect("->");
    const outputs = this.#bufferList(cursor, "("), attrs = cursor.attrs();
    const binds = cursor.take("binds") ? cursor.items("[").map((i) => cursor.scope(i.word())) : [];
    return { kind: "routine", name, ...originOf(cursor), routine, attrs, inputs, outputs, binds };
  }

  #bufferList(cursor: Cursor, open: "[" | "("): Buffer[] {
    return cursor.items(open).map((item) => item.only(() => this.head.buffer(item)));
  }

  #arm(word: string): Block {
    const cursor = this.text.next(word);
    cursor.expect(word);
    cursor.end();
    const block: LoopStatement[] = [];
    while (!this.text.takes("end")) block.push(this.statement());
    return block;
  }
}
