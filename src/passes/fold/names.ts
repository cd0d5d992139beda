/**
 * Fresh names for values that passes add to a graph.
 *
 * @module
 */
import type { Graph, Node, TensorType, Value } from "../../ir/graph/mod.ts";

/** The names that a graph has. */
export class Names {
  readonly #used = new Set<string>();

  constructor(graph: Graph) {
    const visit = (nodes: readonly Node[]): void => {
      for (const n of nodes) {
        n.outputs.forEach((v) => this.#used.add(v.name));
        n.regions?.forEach((r) => (r.inputs.forEach((v) => this.#used.add(v.name)), visit(r.nodes)));
      }
    };
    [...graph.inputs, ...graph.constants].forEach((x) => this.#used.add(x.value.name));
    visit(graph.nodes);
  }

  /** A value of a name that nothing has yet. */
  value(hint: string, type: TensorType): Value {
    let name = hint;
    for (let n = 1; this.#used.has(name); n++) name = `${hint}_${n}`;
    this.#used.add(name);
    return { name, type };
  }

  /** A value like another. */
  fresh(like: Value, suffix: string): Value {
    return this.value(`${like.name}_${suffix}`, like.type);
  }
}
