/**
 * A node as the `.json` beside a library holds it for the host's executor: the serializer of torch.export for one node,
 * spaced as Python prints it.
 *
 * @module
 */

/** A number that stays a float: `3.0`, `-0.0`. */
export class Float {
  constructor(readonly value: number) {}
}

/** What such a node is made of. */
export type NodeJson =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | readonly NodeJson[]
  | { readonly [key: string]: NodeJson };

/** The text of a node. */
export function printNode(json: NodeJson): string {
  if (json instanceof Float) return floatText(json.value);
  if (typeof json === "bigint") return json.toString();
  if (json === null || typeof json !== "object") return JSON.stringify(json);
  if (Array.isArray(json)) return `[${json.map(printNode).join(", ")}]`;
  const members = Object.entries(json).map(([key, value]) => `${JSON.stringify(key)}: ${printNode(value)}`);
  return `{${members.join(", ")}}`;
}

function floatText(x: number): string {
  if (Object.is(x, -0)) return "-0.0";
  const text = String(x);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
