/**
 * Work of branches and loop bodies that depends on constants alone moves out, so that it can be done once.
 *
 * @module
 */
import type { Graph, Node, Region, Value } from "../../ir/graph/mod.ts";
import { type Fixed, fixedBy, frontier } from "./depends.ts";
import { Names } from "./names.ts";

/** What a region gives up: nodes for the block around it, and values that it gets from there instead. */
interface Moved {
  readonly nodes: readonly Node[];
  readonly given: readonly { readonly inside: Value; readonly outside: Value }[];
}

/** Moves fixed work of regions into the block around them, from the innermost out. */
export function hoistFixed(graph: Graph, constants: ReadonlyMap<Value, Fixed>): Graph {
  const names = new Names(graph);
  return { ...graph, nodes: hoistBlock(graph.nodes, new Map(constants), names, false) };
}

function hoistBlock(
  nodes: readonly Node[],
  known: Map<Value, Fixed>,
  names: Names,
  inBranch: boolean,
): readonly Node[] {
  return nodes.flatMap((node) => {
    const made = node.regions ? hoistNode(node, known, names) : [node];
    for (const n of made) {
      const fact = fixedBy(n, known, inBranch);
      if (fact) n.outputs.forEach((v) => known.set(v, fact));
    }
    return made;
  });
}

function hoistNode(node: Node, known: ReadonlyMap<Value, Fixed>, names: Names): readonly Node[] {
  const carried = node.op.kind === "while" ? node.op.carried : 0, first = node.op.kind === "cond" ? 1 : 0;
  const before: Node[] = [], inputs = [...node.inputs], added: Value[][] = node.regions!.map(() => []);
  const regions = node.regions!.map((region, n) => {
    const outer = new Map<Value, Value>(), inner = new Map<Value, Fixed>();
    region.inputs.forEach((v, i) => {
      const operand = node.inputs[i + first]!, fact = i < carried ? undefined : known.get(operand);
      if (!fact) return;
      outer.set(v, operand);
      inner.set(v, fact);
    });
    const body = hoistBlock(region.nodes, inner, names, true);
    const moved = moveOut(body, region, inner, outer, names);
    before.push(...moved.nodes);
    for (const { inside, outside } of moved.given) {
      inputs.push(outside);
      added.forEach((list, m) => list.push(m === n ? inside : names.fresh(inside, "unused")));
    }
    const gone = new Set(moved.given.map((g) => g.inside));
    return { ...region, nodes: body.filter((x) => !x.outputs.some((v) => gone.has(v))) };
  });
  if (before.length === 0) return [{ ...node, regions }];
  const grown = regions.map((r, n): Region => ({ ...r, inputs: [...r.inputs, ...added[n]!] }));
  return [...before, { ...node, inputs, regions: grown }];
}

/** Copies of the nodes that compute a region's fixed values, as nodes of the block around it. */
function moveOut(
  body: readonly Node[],
  region: Region,
  known: ReadonlyMap<Value, Fixed>,
  outer: ReadonlyMap<Value, Value>,
  names: Names,
): Moved {
  const fixed = (n: Node) => n.outputs.every((v) => known.has(v));
  const read = [...body.filter((n) => !fixed(n)).flatMap((n) => n.inputs), ...region.outputs];
  const wanted = frontier(body, known, read).filter((v) => makerOf(body, v).outputs.length === 1);
  const needed = new Set<Node>(),
    visit = (v: Value): void => {
      const maker = body.find((n) => n.outputs.includes(v));
      if (!maker || needed.has(maker)) return;
      needed.add(maker);
      maker.inputs.forEach(visit);
    };
  wanted.forEach(visit);
  const outside = new Map(outer);
  const nodes = body.filter((n) => needed.has(n)).map((n): Node => {
    const outputs = n.outputs.map((v) => names.fresh(v, "hoisted"));
    n.outputs.forEach((v, i) => outside.set(v, outputs[i]!));
    return { ...n, inputs: n.inputs.map((v) => outside.get(v)!), outputs };
  });
  return { nodes, given: wanted.map((inside) => ({ inside, outside: outside.get(inside)! })) };
}

function makerOf(nodes: readonly Node[], value: Value): Node {
  return nodes.find((n) => n.outputs.includes(value))!;
}
