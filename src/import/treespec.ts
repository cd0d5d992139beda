/**
 * Python containers as torch writes them: `[1, {"type": …, "context": …, "children_spec": […]}]`.
 *
 * @module
 */
import type { Tree } from "./archive/types.ts";

interface Spec {
  readonly type: string | null;
  readonly context: string | null;
  readonly children_spec: readonly Spec[];
}

/** Treespec text of a tree. */
export function printTreespec(tree: Tree): string {
  return JSON.stringify([1, specOf(tree)]);
}

function specOf(tree: Tree): Spec {
  if (tree.kind === "leaf") return { type: null, context: null, children_spec: [] };
  const children_spec = tree.children.map(specOf);
  switch (tree.kind) {
    case "tuple":
    case "list":
      return { type: `builtins.${tree.kind}`, context: "null", children_spec };
    case "named-tuple":
      return { type: "collections.namedtuple", context: JSON.stringify(tree.type), children_spec };
    default:
      return { type: tree.type, context: JSON.stringify(tree.keys), children_spec };
  }
}
