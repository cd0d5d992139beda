/**
 * Random graphs with inputs, for comparing the levels of the compiler.
 *
 * A case is made from a list of small numbers, so that it shrinks: every step picks an operation and operands among
 * what there is. Values carry what is known of their rounding: sums of multiples of a quarter are exact in any order,
 * and what is not (`loose`) flows only into operations that do not blow a rounding error up.
 *
 * @module
 */
import fc from "fast-check";
import type { DType } from "../../src/base/mod.ts";
import { type Expr, int, isInt, lt, type Sym, sym } from "../../src/ir/expr/mod.ts";
import {
  type Effect,
  type Graph,
  GraphBuilder,
  type GraphInput,
  type GraphOutput,
  printGraph,
  type Value,
} from "../../src/ir/graph/mod.ts";
import { contiguousStrides } from "../../src/ir/loops/mod.ts";
import {
  countOf,
  denseOf,
  type DenseTensor,
  elementsOf,
  literalOf,
  type Num,
} from "../../src/ir/scalar/mod.ts";
import { steps } from "./random_steps.ts";

/** A value and how exact it is. */
export interface Known {
  readonly value: Value;
  /** True if rounding may differ between levels. */
  readonly loose: boolean;
  /** Finite elements are multiples of `2^unit` below `2^top`. */
  readonly grid?: Grid;
}
export interface Grid {
  readonly unit: number;
  readonly top: number;
}

/** A graph, concrete inputs and constants, and which outputs are exact. */
export interface RandomCase {
  readonly graph: Graph;
  readonly inputs: readonly DenseTensor[];
  readonly constants: readonly DenseTensor[];
  /** For each output: true if its elements may differ by rounding. */
  readonly loose: readonly boolean[];
  readonly looseEffects: readonly boolean[];
  readonly [fc.toStringMethod]: () => string;
}

/** Which operations may occur. */
export interface RandomOptions {
  readonly halves: boolean;
  readonly control: boolean;
}

/** Numbers that choices are made from, one after another; zeros when they run out. */
export class Choices {
  #at = 0;
  constructor(readonly numbers: readonly number[]) {}

  get left(): number {
    return this.numbers.length - this.#at;
  }

  /** A number in [0, count). */
  below(count: number): number {
    return (this.numbers[this.#at++] ?? 0) % Math.max(1, count);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  /** True once in `n` times. */
  once(n: number): boolean {
    return this.below(n) === n - 1;
  }
}

/** A graph in the making. */
export class Workshop {
  readonly b = new GraphBuilder();
  readonly known: Known[] = [];
  unbacked = 0;

  constructor(readonly choices: Choices, readonly options: RandomOptions) {}

  add(value: Value, more: Partial<Known> = {}): Known {
    const known = { value, loose: false, ...more };
    this.known.push(known);
    return known;
  }

  /** Some value that fits. */
  find(fits: (k: Known) => boolean): Known | undefined {
    const found = this.known.filter(fits);
    const back = Math.min(this.choices.below(found.length), this.choices.below(found.length)); // rather a late one
    return found[found.length - 1 - back];
  }
}

const special = [NaN, Infinity, -Infinity, -0];

/** An element: mostly a small multiple of a quarter. */
function element(dtype: DType, n: number): Num {
  if (dtype === "bool") return n % 2 === 0;
  const small = (n * 37) % 41 - 20;
  if (dtype.startsWith("i")) return literalOf(small, dtype);
  if (dtype.startsWith("u")) return literalOf(Math.abs(small), dtype);
  return n % 23 === 22 ? special[Math.floor(n / 23) % 4]! : small / 4;
}

/** Distinct symbols of a case with their values. */
const s0 = sym("s0", { min: 2, max: 6 }), s1 = sym("s1", { min: 0, max: 5 });

const dims: readonly Expr[] = [
  s0,
  int(3),
  int(1),
  int(5),
  s1,
  int(2),
  s0,
  int(7),
  int(17),
  int(3),
  int(1),
  int(0),
];

function inputShape(choices: Choices): Expr[] {
  const rank = choices.pick([2, 1, 3, 0, 2]);
  return Array.from(
    { length: rank },
    () => choices.pick(dims),
  );
}

/** Positions of dims from the outermost in memory to the innermost. */
function stridesOf(shape: readonly Expr[], choices: Choices): readonly Expr[] {
  if (shape.length < 2 || !choices.once(3)) return contiguousStrides(shape);
  const reversed = contiguousStrides(shape.toReversed());
  return reversed.toReversed();
}

function makeCase(numbers: readonly number[], options: RandomOptions): RandomCase {
  const choices = new Choices(numbers), shop = new Workshop(choices, options);
  const sizes = new Map<Sym, number>([[s0, 2 + choices.below(5)], [s1, choices.below(6)]]);
  const inputs: GraphInput[] = [], tensors: DenseTensor[] = [];
  const dtypes: DType[] = ["f32", "f32", "i64", "f64", "bool", "i32"];
  if (options.halves) dtypes.push("bf16", "f16", "u8", "i8");
  for (let leaf = 0; leaf < 3; leaf++) {
    const dtype = leaf === 0 ? "f32" : choices.pick(dtypes), shape = inputShape(choices);
    const value = shop.b.input(`in${leaf}`, { dtype, shape });
    inputs.push({ value, label: `in${leaf}`, strides: stridesOf(shape, choices), leaf });
    tensors.push(randomTensor(dtype, shape, sizes, choices.below(100)));
    shop.add(value, { grid: { unit: -2, top: 3 } });
  }
  const data: DType = choices.pick(["f32", "i64", "f64"]), shape = [int(3), int(1 + choices.below(4))];
  const constant = shop.b.input("weight", { dtype: data, shape });
  shop.add(constant, { grid: { unit: -2, top: 3 } });
  const count = Math.min(20, 1 + Math.floor(choices.left / 6));
  for (let n = 0; n < count; n++) choices.pick(steps)(shop);
  const { outputs, loose } = outputsOf(shop, inputs.map((x) => x.value));
  const effect = effectOf(shop, inputs);
  const used = [s0, s1].filter((s) => inputs.some((x) => x.value.type.shape.includes(s)));
  const first = (s: Sym) => inputs.find((x) => x.value.type.shape.includes(s))!.value;
  const graph: Graph = {
    name: "random",
    symbols: used.map((s) => {
      const input = first(s);
      return { sym: s, label: s.name, from: { input, axis: input.type.shape.indexOf(s) } };
    }),
    guards: used.includes(s0) ? [{ pred: lt(s0, 6), subject: "s0" }].filter(() => sizes.get(s0)! < 6) : [],
    inputs,
    fixed: [],
    constants: [{
      value: constant,
      fqn: "weight",
      role: "buffer",
      strides: contiguousStrides(shape).map((e) => (e as Expr & { value: number }).value),
      offset: 0,
      data: "blob",
    }],
    nodes: shop.b.nodes,
    outputs,
    effects: effect ? [effect.effect] : [],
    inSpec: "",
    outSpec: "",
  };
  return {
    graph,
    inputs: tensors,
    constants: [randomTensor(data, shape, sizes, choices.below(100))],
    loose,
    looseEffects: effect ? [effect.loose] : [],
    [fc.toStringMethod]: () => printCase(graph, tensors),
  };
}

function printCase(graph: Graph, tensors: readonly DenseTensor[]): string {
  return [printGraph(graph), ...tensors.map((t) => `${t.dtype}[${t.shape}] ${elementsOf(t)}`)].join("\n");
}

function randomTensor(
  dtype: DType,
  shape: readonly Expr[],
  sizes: ReadonlyMap<Sym, number>,
  seed: number,
): DenseTensor {
  const concrete = shape.map((e) => (e.kind === "int" ? e.value : sizes.get(e as Sym)!));
  const values = Array.from({ length: countOf(concrete) }, (_, n) => element(dtype, n * 7 + seed));
  return denseOf(dtype, concrete, values);
}

/** Every value that nothing reads is an output, and now and then one that something reads, or an input. */
function outputsOf(shop: Workshop, inputs: readonly Value[]): { outputs: GraphOutput[]; loose: boolean[] } {
  const read = new Set(shop.b.nodes.flatMap((node) => node.inputs));
  const isOutput = (
    { value }: Known,
  ) => (inputs.includes(value) ? shop.choices.once(9) : !read.has(value) || shop.choices.once(6));
  const chosen = shop.known.filter(isOutput);
  const outputs = chosen.map(({ value }, n): GraphOutput => {
    const { shape } = value.type, strides = stridesOf(shape, shop.choices);
    const plain = inputs.includes(value) || strides.every((s, d) => s === contiguousStrides(shape)[d]);
    return { kind: "tensor", value, label: `out${n}`, ...(!plain && { strides }) };
  });
  return { outputs, loose: chosen.map((k) => k.loose) };
}

/** Now and then an input of the same type takes over a value. */
function effectOf(
  shop: Workshop,
  inputs: readonly GraphInput[],
): { effect: Effect; loose: boolean } | undefined {
  if (!shop.choices.once(3)) return undefined;
  const target = shop.choices.pick(inputs).value;
  const same = shop.find(({ value }) =>
    value.type.dtype === target.type.dtype && value.type.shape.length === target.type.shape.length &&
    value.type.shape.every((e, n) => e === target.type.shape[n])
  );
  return same && { effect: { target, value: same.value }, loose: same.loose };
}

/** Random graphs of up to twenty steps. */
export function randomGraph(options: Partial<RandomOptions> = {}): fc.Arbitrary<RandomCase> {
  const all = { halves: true, control: true, ...options };
  return fc.array(fc.noBias(fc.nat({ max: 999 })), { minLength: 12, maxLength: 180, size: "max" }).map((
    numbers,
  ) => makeCase(numbers, all));
}

/** True for shapes whose sizes are all provably at least one. */
export function isNonEmpty(shape: readonly Expr[]): boolean {
  return shape.every((e) => (e.kind === "int" ? e.value > 0 : e.kind === "sym" && e.min > 0) || isInt(e, 1));
}
