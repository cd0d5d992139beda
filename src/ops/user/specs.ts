/**
 * Trees of arguments and results as PyTorch writes them (JSON text of a TreeSpec): flat tuples here.
 *
 * @module
 */

const leaf = node(null, null, []);

function node(type: string | null, context: string | null, children: readonly string[]): string {
  return `{"type": ${JSON.stringify(type)}, "context": ${JSON.stringify(context)}, "children_spec": [${
    children.join(", ")
  }]}`;
}

function tuple(children: readonly string[]): string {
  return node("builtins.tuple", "null", children);
}

/** A call with `count` positional tensors and no named ones. */
export function callSpec(count: number): string {
  return `[1, ${tuple([tuple(Array<string>(count).fill(leaf)), node("builtins.dict", "[]", [])])}]`;
}

/** One tensor, or a tuple of them. */
export function resultSpec(count: number): string {
  return `[1, ${count === 1 ? leaf : tuple(Array<string>(count).fill(leaf))}]`;
}
