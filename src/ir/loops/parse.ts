/**
 * Text to loops: reads what `printLoops` writes. A text that says no loops is a `SyntaxError` with its line.
 *
 * @module
 */
import { HeadReader } from "./parse_head.ts";
import { StatementReader } from "./parse_statement.ts";
import { LoopsText } from "./text.ts";
import type { Loops, LoopStatement } from "./types.ts";

/** The loops that a text says. */
export function parseLoops(source: string): Loops {
  const text = new LoopsText(source), { declared } = text, first = text.next("loops");
  first.expect("loops");
  const name = first.only(() => first.name()), body: LoopStatement[] = [];
  const head = new HeadReader(declared), statements = new StatementReader(text, head);
  for (let cursor = text.ahead(); cursor; cursor = text.ahead()) {
    if (head.isHeader(cursor)) {
      text.skip();
      cursor.end();
    } else body.push(statements.statement());
  }
  const { inputs, constants, outputs, effects, values } = head;
  const { guards, fixed, inSpec, outSpec } = declared, symbols = declared.symbols(values);
  return { name, symbols, guards, inputs, constants, fixed, body, outputs, effects, inSpec, outSpec };
}
