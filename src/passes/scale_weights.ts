/**
 * Scales of frozen weights move into the weights: what is left of a batch norm after a convolution is one sum.
 *
 * @module
 */
import { type Expr, int, isInt } from "../ir/expr/mod.ts";
import {
  axesOf,
  type Graph,
  inferPointwise,
  type Node,
  type OpOf,
  type TensorType,
  type Value,
} from "../ir/graph/mod.ts";
import { type Fixed, fixedBy, staticBytes } from "./fold/depends.ts";
import { Names } from "./fold/names.ts";
import { type Change, type GraphPass, visitNodes } from "./pass.ts";

/** Makes nodes in place of one. */
class Maker {
  readonly nodes: Node[] = [];

  constructor(readonly names: Names, readonly like: Node) {}

  push(op: Node["op"], inputs: readonly Value[], type: TensorType): Value {
    const value = this.names.value(`${this.like.outputs[0]!.name}_scaled`, type);
    const { origin } = this.like;
    this.nodes.push({ op, inputs, outputs: [value], ...(origin && { origin }) });
    return value;
  }

  pointwise(fn: "add" | "sub" | "mul", a: Value, b: Value): Value {
    const op = { kind: "pointwise", fn } as const;
    return this.push(op, [a, b], inferPointwise(op, [a.type, b.type]));
  }
}

/** What the rules ask about values. */
class Facts {
  readonly #known: Map<Value, Fixed>;
  readonly #uses = new Map<Value, number>();

  constructor(graph: Graph) {
    const written = new Set(graph.effects.map((e) => e.target));
    this.#known = new Map(
      graph.constants.filter((c) => !written.has(c.value))
        .map((c) => [c.value, { from: staticBytes(c.value.type) ?? 0, work: false }]),
    );
    const count = (v: Value) => this.#uses.set(v, (this.#uses.get(v) ?? 0) + 1);
    const visit = (nodes: readonly Node[]): void =>
      nodes.forEach((n) => {
        n.inputs.forEach(count);
        n.regions?.forEach((r) => (r.outputs.forEach(count), visit(r.nodes)));
      });
    visit(graph.nodes);
    graph.outputs.forEach((o) => o.kind === "tensor" && count(o.value));
    graph.effects.forEach((e) => count(e.value));
  }

  learn(node: Node): void {
    const fact = fixedBy(node, this.#known, false);
    if (fact) node.outputs.forEach((v) => this.#known.set(v, fact));
  }

  isFixed(value: Value): boolean {
    return this.#known.has(value);
  }

  /** Values that rules make have one reader. */
  isReadOnce(value: Value): boolean {
    return (this.#uses.get(value) ?? 1) <= 1;
  }
}

type DefinedBy = ReadonlyMap<Value, Node>;

/** The fixed operand of a pointwise node and the other one. */
function pick(node: Node | undefined, fn: string, facts: Facts): readonly [Value, Value] | undefined {
  if (node?.op.kind !== "pointwise" || node.op.fn !== fn) return undefined;
  const [a, b] = node.inputs as [Value, Value];
  if (facts.isFixed(b) && !facts.isFixed(a)) return [a, b];
  return fn !== "sub" && facts.isFixed(a) && !facts.isFixed(b) ? [b, a] : undefined;
}

/** `(a · w) s → a · (w s)`, when `s` varies only along labels of the fixed operand. */
function scaleProduct(
  value: Value,
  s: Value,
  make: Maker,
  definedBy: DefinedBy,
  facts: Facts,
): Value | undefined {
  const node = definedBy.get(value);
  if (node?.op.kind !== "einsum" || !facts.isReadOnce(value)) return undefined;
  const side = [1, 0].find((n) => facts.isFixed(node.inputs[n]!));
  if (side === undefined || facts.isFixed(node.inputs[1 - side]!)) return undefined;
  const { op } = node, labels = side === 1 ? op.b : op.a, weight = node.inputs[side]!;
  const scale = alongLabels(op, labels, weight, s, make);
  if (!scale) return undefined;
  const scaled = make.pointwise("mul", weight, scale);
  return make.push(op, side === 1 ? [node.inputs[0]!, scaled] : [scaled, node.inputs[1]!], value.type);
}

/** `s` with the weight's axes; `undefined` when it varies along another one. */
function alongLabels(
  op: OpOf<"einsum">,
  labels: string,
  weight: Value,
  s: Value,
  make: Maker,
): Value | undefined {
  const skip = op.out.length - s.type.shape.length;
  const axisOf = new Map<string, number>();
  for (const [n, size] of s.type.shape.entries()) {
    if (isInt(size, 1)) continue;
    const label = op.out[n + skip]!;
    if (!labels.includes(label)) return undefined;
    axisOf.set(label, n);
  }
  const shape = [...labels].map((label, n): Expr => (axisOf.has(label) ? weight.type.shape[n]! : int(1)));
  const axes = axesOf(shape);
  const index = s.type.shape.map((_, n): Expr => {
    const at = [...labels].findIndex((label) => axisOf.get(label) === n);
    return at < 0 ? int(0) : axes[at]!;
  });
  return make.push({ kind: "remap", index }, [s], { dtype: s.type.dtype, shape });
}

function rewrite(node: Node, definedBy: DefinedBy, facts: Facts, names: Names): Change | undefined {
  const out = node.outputs[0];
  if (!out || (out.type.dtype !== "f32" && out.type.dtype !== "f64")) return undefined;
  const make = new Maker(names, node);
  const [x, s] = pick(node, "mul", facts) ?? [];
  if (x && s) {
    const direct = scaleProduct(x, s, make, definedBy, facts);
    if (direct) return done(make, facts, out);
    for (const fn of ["add", "sub"] as const) { // (y + c) s → y s + c s
      const [y, c] = pick(definedBy.get(x), fn, facts) ?? [];
      if (!y || !c || !facts.isReadOnce(x)) continue;
      const scaled = scaleProduct(y, s, make, definedBy, facts);
      if (!scaled) return undefined;
      make.pointwise(fn, scaled, make.pointwise("mul", c, s));
      return done(make, facts, out);
    }
  }
  const [y, c] = pick(node, "add", facts) ?? [];
  if (!y || !c || !facts.isReadOnce(y)) return undefined;
  const [z, b] = pick(definedBy.get(y), "add", facts) ?? []; // (z + b) + c → z + (b + c)
  if (!z || !b || definedBy.get(z)?.op.kind !== "einsum") return undefined;
  make.pointwise("add", z, make.pointwise("add", b, c));
  return done(make, facts, out);
}

function done(make: Maker, facts: Facts, out: Value): Change | undefined {
  const made = make.nodes.at(-1)!.outputs[0]!;
  const same = made.type.shape.length === out.type.shape.length &&
    made.type.shape.every((size, n) => size === out.type.shape[n]);
  if (!same) return undefined;
  make.nodes.forEach((n) => facts.learn(n));
  return { kind: "nodes", nodes: make.nodes };
}

/** For frozen weights; rounding differs as the order of multiplications does. */
export const scaleWeights: GraphPass = {
  name: "scale-weights",
  doc: "Scales and sums after a product with frozen weights become part of the weights and one sum.",
  run: (graph) => {
    const facts = new Facts(graph), names = new Names(graph);
    return visitNodes(graph, () => (node, definedBy) => {
      const change = rewrite(node, definedBy, facts, names);
      if (!change) facts.learn(node);
      return change;
    });
  },
};
