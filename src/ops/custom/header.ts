/**
 * The first comment of a custom operator's C source: its schema, and the types of its tensors as patterns.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { readHeader } from "./header.ts";
 *
 * const header = readHeader("demo::outer", "outer.c", `/* aoti operator
 *  * schema: demo::outer(Tensor a, Tensor b) -> Tensor
 *  * tensor a: [m]
 *  * tensor b: [n]
 *  * result: a.dtype [m, n] *\/`);
 * assert.equal(header.schema.target, "demo.outer.default");
 * assert.deepEqual(header.results, [{ dtype: "a.dtype", shape: ["m", "n"] }]);
 * ```
 * @module
 */
import { refuse } from "../../base/mod.ts";
import { schemaOf } from "../aten/schema.ts";
import type { Schema } from "../aten/types.ts";

/** A result: an element type or `a.dtype`, and sizes as texts; or `like` an argument. */
export type ResultText =
  | { readonly dtype: string; readonly shape: readonly string[] }
  | { readonly like: string };

/** What the comment says. */
export interface OpHeader {
  readonly schema: Schema;
  /** Axes of tensor arguments: a name or a number each. */
  readonly patterns: ReadonlyMap<string, readonly string[]>;
  readonly results: readonly ResultText[];
}

const kinds = /^(Tensor\??|int|SymInt|float|bool|str)$/;

/** Reads the comment of `file`, which the config gives for operator `name`. */
export function readHeader(name: string, file: string, source: string): OpHeader {
  const problem = (line: number | undefined, text: string): never =>
    refuse({
      reason: "bad-operator",
      message: `Cannot use ${file} for operator "${name}": ${text}`,
      help: "docs/custom_operators.md shows what the first comment of such a file says.",
      at: { file, ...(line !== undefined && { line }) },
    });
  const start = source.indexOf("/*"), end = source.indexOf("*/", start + 2);
  const comment = start < 0 || end < 0 ? "" : source.slice(start, end);
  if (!/^\/\*\s*aoti operator\s*$/m.test(comment)) {
    return problem(1, 'it has no comment that begins "aoti operator"');
  }
  const first = source.slice(0, start).split("\n").length;
  let schema: Schema | undefined;
  const patterns = new Map<string, readonly string[]>(), results: ResultText[] = [];
  for (const [n, raw] of comment.split("\n").entries()) {
    const line = raw.replace(/^\s*\*?\s?/, "").trim(), at = first + n;
    const said = /^(schema|tensor|result)\b\s*(\w*)\s*:\s*(.*)$/.exec(line);
    if (!said) continue;
    const [, word, argument, rest] = said as unknown as [string, string, string, string];
    if (word === "schema") schema = plainSchema(name, rest, (text) => problem(at, text));
    else if (word === "tensor") {
      patterns.set(argument, sizesOf(rest) ?? problem(at, `no list of axes: ${rest}`));
    } else {results.push(
        resultOf(rest) ?? problem(at, `no result "${rest}": wanted "a.dtype [m, n]" or "like a"`),
      );}
  }
  if (!schema) return problem(first, 'its comment has no line "schema:"');
  const odd = [...patterns.keys()].find((key) => !schema!.args.some((a) => a.name === key));
  if (odd !== undefined) problem(first, `no argument is called "${odd}"`);
  if (results.length !== schema.results) {
    problem(first, `the schema has ${schema.results} results, and ${results.length} lines "result:"`);
  }
  return { schema, patterns, results };
}

function plainSchema(name: string, text: string, problem: (text: string) => never): Schema {
  if (/\([a-z]+!\)/.test(text)) problem("operators that write to their arguments are not supported");
  const schema = schemaOf(name, text, problem);
  const odd = schema.args.find((a) => !kinds.test(a.type));
  if (odd) {
    problem(`argument "${odd.name}" is of type ${odd.type}; Tensor, int, float, bool and str are possible`);
  }
  return schema;
}

function sizesOf(text: string): readonly string[] | undefined {
  const inside = /^\[(.*)\]$/.exec(text)?.[1];
  return inside?.split(",").map((s) => s.trim()).filter((s) => s !== "");
}

function resultOf(text: string): ResultText | undefined {
  const like = /^like\s+(\w+)$/.exec(text)?.[1];
  if (like !== undefined) return { like };
  const parts = /^(\w+(?:\.dtype)?)\s*(\[.*\])$/.exec(text), shape = parts && sizesOf(parts[2]!);
  return shape ? { dtype: parts[1]!, shape } : undefined;
}
