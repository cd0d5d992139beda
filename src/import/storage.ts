/**
 * Aliasing, followed while import turns writes into values: a storage has a current value, a tensor is the whole of
 * it or a view by an index map. A write to a view makes a new value of the storage; other views are read anew.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import {
  add,
  asInt,
  type Expr,
  floorDiv,
  int,
  isInt,
  mod,
  mul,
  sub,
  substitute,
  symbolsOf,
} from "../ir/expr/mod.ts";
import { atPosition, axesOf, type GraphBuilder, type Node, type Value } from "../ir/graph/mod.ts";

/** What one piece of memory holds, by the value that a whole read of it gives. */
export class Storage {
  #value: Value;
  #version = 0;

  constructor(value: Value) {
    this.#value = value;
  }
  get value(): Value {
    return this.#value;
  }
  /** How often it was written. */
  get version(): number {
    return this.#version;
  }
  write(value: Value): void {
    this.#value = value;
    this.#version++;
  }
}

/** Where the elements of a view lie in the storage's value, by the view's axis symbols; found when first needed. */
type IndexMap = () => readonly Expr[] | undefined;

/** One tensor of the program. */
export class Alias {
  readonly storage: Storage;
  readonly #index: IndexMap | undefined;
  #value: Value;
  #seen: number;

  private constructor(storage: Storage, value: Value, index?: IndexMap) {
    this.storage = storage;
    this.#value = value;
    this.#seen = storage.version;
    this.#index = index;
  }

  /** A tensor with memory of its own. */
  static whole(value: Value): Alias {
    return new Alias(new Storage(value), value);
  }

  /** A view of `parent`; `value` was built from `from`, which `parent` was at that time. */
  static view(parent: Alias, value: Value, from: Value, g: GraphBuilder): Alias {
    const index = () => {
      const own = indexMap(g, value, from), outer = parent.#index ? parent.#index() : undefined;
      if (!own || (parent.#index && !outer)) return undefined;
      return outer ? outer.map((e) => substitute(e, atPosition(own))) : own;
    };
    return new Alias(parent.storage, value, value === from ? parent.#index : index);
  }

  /** Type of the tensor; writes never change it. */
  get type(): Value["type"] {
    return this.#value.type;
  }

  /** The present value. */
  read(g: GraphBuilder): Value {
    if (this.#seen === this.storage.version) return this.#value;
    this.#seen = this.storage.version;
    if (!this.#index) return this.#value = this.storage.value;
    const index = this.#indexOrRefuse();
    return this.#value = g.remap(this.storage.value, this.type.shape, () => index);
  }

  /** Makes `value`, of this tensor's type, the present value. */
  write(g: GraphBuilder, value: Value): void {
    this.storage.write(this.#index ? this.#intoStorage(g, value) : value);
    this.#value = value;
    this.#seen = this.storage.version;
  }

  #intoStorage(g: GraphBuilder, value: Value): Value {
    const index = this.#indexOrRefuse(), base = this.storage.value;
    const back = inverse(index, value.type.shape, base.type.shape);
    if (back) return g.remap(value, base.type.shape, () => back);
    return g.scatter(base, value, [], "set", () => index);
  }

  #indexOrRefuse(): readonly Expr[] {
    return this.#index!() ?? refuse({
      reason: "unsupported-mutation",
      message:
        `Cannot follow a write through a view: "${this.#value.name}" is not a plain selection of elements`,
      help: "Run the export through run_decompositions(), which makes writes explicit.",
    });
  }
}

const producers = new WeakMap<GraphBuilder, { upTo: number; readonly of: Map<Value, Node> }>();

/** The node of `g` that computes `value`. */
function producerOf(g: GraphBuilder, value: Value): Node | undefined {
  const index = producers.get(g) ?? { upTo: 0, of: new Map<Value, Node>() };
  producers.set(g, index);
  for (; index.upTo < g.nodes.length; index.upTo++) {
    const node = g.nodes[index.upTo]!;
    for (const output of node.outputs) index.of.set(output, node);
  }
  return index.of.get(value);
}

/** How `value` reads `from`, where it does so by unmasked remaps only. */
export function indexMap(g: GraphBuilder, value: Value, from: Value): readonly Expr[] | undefined {
  let index: readonly Expr[] = axesOf(value.type.shape);
  for (let at = value; at !== from;) {
    const node = producerOf(g, at);
    if (node?.op.kind !== "remap" || node.op.valid) return undefined;
    const position = atPosition(index);
    index = node.op.index.map((e) => substitute(e, position));
    at = node.inputs[0]!;
  }
  return index;
}

/** The element number of a position in row-major order. */
function flatten(index: readonly Expr[], shape: readonly Expr[]): Expr {
  return index.reduce<Expr>((flat, i, n) => add(mul(flat, shape[n]!), i), int(0));
}

/** The position of an element number. */
function unflatten(flat: Expr, shape: readonly Expr[]): readonly Expr[] {
  let rest = flat;
  const position: Expr[] = [];
  for (let n = shape.length - 1; n > 0; n--) {
    position.unshift(mod(rest, shape[n]!));
    rest = floorDiv(rest, shape[n]!);
  }
  return shape.length === 0 ? [] : [rest, ...position];
}

/** The map from the storage's positions to the view's, where the view is a permutation or reshape of all elements. */
function inverse(
  index: readonly Expr[],
  shape: readonly Expr[],
  base: readonly Expr[],
): readonly Expr[] | undefined {
  if (mul(...shape) !== mul(...base) || [...shape, ...base].some((size) => isInt(size, 0))) return undefined;
  const to = axesOf(base), axes = axesOf(shape);
  if (flatten(index, base) === flatten(axes, shape)) return unflatten(flatten(to, base), shape);
  const sources = axes.map((axis, n) => isInt(shape[n]!, 1) ? int(0) : to[index.indexOf(axis)]);
  const used = new Set(sources.filter((s) => s !== undefined && asInt(s) === undefined));
  const wide = base.filter((size) => !isInt(size, 1)).length;
  return sources.every((s) => s !== undefined) && used.size === wide ? sources : undefined;
}

/** True if a view with these strides lies at the same addresses as the elements of `from` it reads. */
export function sharesLayout(
  index: readonly Expr[],
  fromStrides: readonly Expr[],
  shape: readonly Expr[],
  strides: readonly Expr[],
): boolean {
  const address = (at: readonly Expr[], by: readonly Expr[]) => add(...at.map((i, n) => mul(i, by[n]!)));
  const gap = symbolsOf(sub(address(index, fromStrides), address(axesOf(shape), strides)));
  return !axesOf(shape).some((axis) => gap.has(axis.name));
}
