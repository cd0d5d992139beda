/**
 * Aliasing, followed while import turns writes into values: a storage has a current value, a tensor is the whole of
 * it or a view by an index map. A write to a view makes a new value of the storage; other views are read anew.
 *
 * @module
 */
import { isComplex, refuse } from "../base/mod.ts";
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
import {
  atPosition,
  axesOf,
  type GraphBuilder,
  type Node,
  type TensorType,
  type Value,
} from "../ir/graph/mod.ts";
import { fromPairs, isComplexValue, marks, pairType, toPairs } from "../ops/mod.ts";

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
  /** From now on it holds `value`. */
  write(value: Value): void {
    this.#value = value;
    this.#version++;
  }
}

/**
 * Where the elements of a view lie in the storage's value, by the view's axis symbols; found when first needed. Complex
 * tensors count as pairs on both sides, so that views of their parts are views like all others.
 */
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
    return this.#value = readAt(g, this.storage.value, this.type, this.#indexOrRefuse());
  }

  /** Makes `value`, of this tensor's type, the present value. */
  write(g: GraphBuilder, value: Value): void {
    this.storage.write(this.#index ? this.#intoStorage(g, value) : value);
    this.#value = value;
    this.#seen = this.storage.version;
  }

  #intoStorage(g: GraphBuilder, value: Value): Value {
    const index = this.#indexOrRefuse(), base = this.storage.value;
    if (isWhole(index, value.type) && isComplexValue(base)) {
      return intoBase(g, base, value, index.slice(0, -1)); // both parts go the same way
    }
    const written = intoBase(g, asMemory(g, base), asMemory(g, value), index);
    return isComplexValue(base) ? fromPairs(g, written) : written;
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

/** A shape with the pairs of complex tensors. */
export function memoryShape(type: TensorType): readonly Expr[] {
  return isComplex(type.dtype) ? pairType(type).shape : type.shape;
}

function asMemory(g: GraphBuilder, value: Value): Value {
  return isComplexValue(value) ? toPairs(g, value) : value;
}

/** True if a view of type `type` takes both parts of each element that it takes. */
function isWhole(index: readonly Expr[], type: TensorType): boolean {
  const part = axesOf(memoryShape(type)).at(-1);
  return isComplex(type.dtype) && index.at(-1) === part &&
    !index.slice(0, -1).some((e) => symbolsOf(e).has(part!.name));
}

function readAt(g: GraphBuilder, base: Value, type: TensorType, index: readonly Expr[]): Value {
  if (isWhole(index, type) && isComplexValue(base)) {
    return g.remap(base, type.shape, () => index.slice(0, -1));
  }
  const read = g.remap(asMemory(g, base), memoryShape(type), () => index);
  return isComplex(type.dtype) ? fromPairs(g, read) : read;
}

/** `base` with `value` at the positions of a view. */
function intoBase(g: GraphBuilder, base: Value, value: Value, index: readonly Expr[]): Value {
  const back = inverse(index, value.type.shape, base.type.shape);
  if (back) return g.remap(value, base.type.shape, () => back);
  return g.scatter(base, value, [], "set", () => index);
}

/** How `value` reads `from`, where it does so by unmasked remaps, and as parts or pairs, only. */
export function indexMap(g: GraphBuilder, value: Value, from: Value): readonly Expr[] | undefined {
  let index: readonly Expr[] = axesOf(memoryShape(value.type));
  for (let at = value; at !== from;) {
    const node = producerOf(g, at), before = node && indexBefore(node, at, index);
    if (!before) return undefined;
    index = before;
    at = node.inputs[0]!;
  }
  return index;
}

/** The position in a node's operand of what its result has at `index`. */
function indexBefore({ op }: Node, result: Value, index: readonly Expr[]): readonly Expr[] | undefined {
  if (op.kind === "remap" && !op.valid) {
    const position = atPosition(index), moved = op.index.map((e) => substitute(e, position));
    return isComplexValue(result) ? [...moved, index.at(-1)!] : moved;
  }
  if (op.kind !== "routine") return undefined;
  switch (op.routine) {
    case marks.real:
      return [...index, int(0)];
    case marks.imag:
      return [...index, int(1)];
    case marks.pair:
    case marks.unpair:
      return index;
    default:
      return undefined;
  }
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
