/**
 * Schemas as PyTorch prints them, parsed; and the two constructors of rows.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseSchema } from "./schema.ts";
 *
 * const schema = parseSchema("aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor");
 * assert.equal(schema.target, "aten.add.Tensor");
 * assert.deepEqual(schema.args[2], { name: "alpha", type: "Scalar", default: "1" });
 * ```
 * @module
 */
import type { AtenOp, Schema, SchemaArg } from "./types.ts";

type Build = AtenOp["build"];

/** An operator whose outputs are new tensors. */
export function op(schema: string, build: Build): AtenOp {
  const parsed = parseSchema(schema);
  return { target: parsed.target, schema: parsed, view: false, build };
}

/** An operator whose outputs are views of its first tensor argument: unmasked remaps of it only. */
export function viewOp(schema: string, build: Build): AtenOp {
  return { ...op(schema, build), view: true };
}

/** The schema that a user gives for operator `name`; `problem` says what is wrong with it. */
export function schemaOf(name: string, text: string, problem: (text: string) => never): Schema {
  let schema: Schema;
  try {
    schema = parseSchema(text);
  } catch (error) {
    return problem(error instanceof Error ? error.message : String(error));
  }
  const [space, own, overload] = schema.target.split(".") as [string, string, string];
  const names = [`${space}::${own}`, `${space}::${own}.${overload}`];
  if (!names.includes(name)) problem(`its schema is of "${names[overload === "default" ? 0 : 1]}"`);
  return schema;
}

/** Parses `namespace::name.overload(args) -> results`; the namespace may be left out (`aten`), as may the overload. */
export function parseSchema(text: string): Schema {
  const head = /^(?:(\w+)::)?(\w+)(?:\.(\w+))?\(/.exec(text);
  const arrow = text.lastIndexOf(" -> ");
  const close = text.lastIndexOf(")", arrow);
  if (!head || arrow < 0 || close < head[0].length - 1) {
    throw new SyntaxError(`Cannot parse schema "${text}": wanted "name.overload(arguments) -> results"`);
  }
  const [, namespace = "aten", name, overload = "default"] = head;
  return {
    target: `${namespace}.${name}.${overload}`,
    args: splitTop(text.slice(head[0].length, close)).filter((part) => part !== "*").map(parseArg),
    results: countResults(text.slice(arrow + 4).trim()),
  };
}

function parseArg(text: string): SchemaArg {
  const [declaration, value] = splitOnce(text, "=");
  const space = declaration.lastIndexOf(" ");
  const type = withoutAlias(declaration.slice(0, space)), name = declaration.slice(space + 1);
  return value === undefined ? { name, type } : { name, type, default: value };
}

function countResults(text: string): number {
  if (!text.startsWith("(")) return 1;
  return splitTop(text.slice(1, -1)).length;
}

/** `Tensor(a!)[]` → `Tensor[]`. */
function withoutAlias(type: string): string {
  return type.replace(/\([a-z!|*> -]+\)/g, "");
}

function splitOnce(text: string, mark: string): readonly [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** Splits at commas that stand outside brackets and quotes. */
export function splitTop(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0, quote = "", from = 0;
  for (let n = 0; n <= text.length; n++) {
    const c = text[n];
    if (c === undefined || (c === "," && depth === 0 && quote === "")) {
      if (n > from) parts.push(text.slice(from, n).trim());
      from = n + 1;
    } else if (quote !== "") quote = c === quote ? "" : quote;
    else if (c === "'" || c === '"') quote = c;
    else if (c === "(" || c === "[") depth++;
    else if (c === ")" || c === "]") depth--;
  }
  return parts;
}
