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
import { type DType, dtypes as allTypes } from "../../src/base/mod.ts";
import { add, type Expr, int, isInt, lt, type Sym } from "../../src/ir/expr/mod.ts";
import {
  type Effect,
  type Graph,
  GraphBuilder,
  type GraphConstant,
  type GraphInput,
  type GraphOutput,
  printGraph,
  type Value,
} from "../../src/ir/graph/mod.ts";
import { rowMajor } from "../../src/ir/loops/mod.ts";
import { type DenseTensor, elementsOf } from "../../src/ir/scalar/mod.ts";
import { asPairs } from "../../src/ops/mod.ts";
import type { Exactness } from "./dense.ts";
import {
  Choices,
  inputStrides,
  randomShape,
  randomTensor,
  s0,
  s1,
  s2,
  turnedStrides,
} from "./random_data.ts";
import { steps } from "./random_steps.ts";

/** A value and how exact it is. */
export interface Known {
  readonly value: Value;
  /** True if rounding may differ between levels. */
  readonly loose: boolean;
  /** Finite elements are multiples of `2^unit` below `2^top`. */
  readonly grid?: Grid;
  /** Elements of all sizes: a sum of them depends on its order. */
  readonly wild?: boolean;
  /** Loose, and fit to be moved about only; says how far off elements may be. */
  readonly final?: "scale" | "element";
}
export interface Grid {
  readonly unit: number;
  readonly top: number;
}

/** What a value's exactness leaves to be compared. */
export function exactnessOf(k: Known): Exactness {
  return k.final ?? (k.loose ? "scale" : "bits");
}

/** What holds of values that are made of others by moving elements. */
export function moved(...from: readonly Known[]): Partial<Known> {
  const finals = from.flatMap((k) => (k.final ? [k.final] : k.loose ? ["scale" as const] : []));
  const final = from.some((k) => k.final) ? (finals.includes("scale") ? "scale" : "element") : undefined;
  return { loose: from.some((k) => k.loose), wild: from.some((k) => k.wild), ...(final && { final }) };
}

/** A graph, concrete inputs and constants, and how exact outputs are. */
export interface RandomCase {
  readonly graph: Graph;
  readonly inputs: readonly DenseTensor[];
  readonly constants: readonly DenseTensor[];
  /** For each output. */
  readonly exactness: readonly Exactness[];
  readonly effectExactness: readonly Exactness[];
  readonly [fc.toStringMethod]: () => string;
}

/** Which operations may occur. */
export interface RandomOptions {
  readonly halves: boolean;
  readonly control: boolean;
}

/** Which values an operation takes besides exact and tame ones. */
export interface Taken {
  readonly final?: boolean;
  readonly wild?: boolean;
}

/** A graph in the making. */
export class Workshop {
  readonly b = new GraphBuilder();
  readonly known: Known[] = [];
  unbacked = 0;

  /** `sizes`: the symbols' values; `fixed`: they are known when the graph is built. */
  constructor(
    readonly choices: Choices,
    readonly options: RandomOptions,
    readonly sizes: ReadonlyMap<Sym, number>,
    readonly fixed: boolean,
  ) {}

  /** A size as the graph knows it. */
  sizeOf(size: Expr): Expr {
    return this.fixed && size.kind === "sym" ? int(this.sizes.get(size)!) : size;
  }

  add(value: Value, more: Partial<Known> = {}): Known {
    const known = { value, loose: false, ...more };
    this.known.push(known);
    return known;
  }

  /** Some value that fits. */
  find(fits: (k: Known) => boolean, taken: Taken = {}): Known | undefined {
    const fine = (k: Known) => (!k.final || taken.final) && (!k.wild || taken.wild) && fits(k);
    const found = this.known.filter(fine);
    const back = Math.min(this.choices.below(found.length), this.choices.below(found.length)); // rather a late one
    return found[found.length - 1 - back];
  }
}

interface Leaves {
  readonly inputs: readonly GraphInput[];
  readonly tensors: readonly DenseTensor[];
}

const realTypes = (Object.keys(allTypes) as DType[]).filter((t) => !/^(c|f8)/.test(t));

/** Three inputs, the first of f32; one in four holds numbers of all sizes. A last one has every symbol. */
function makeLeaves(shop: Workshop): Leaves {
  const { choices, options, sizes } = shop, inputs: GraphInput[] = [], tensors: DenseTensor[] = [];
  const dtypes: DType[] = ["f32", "f32", "i64", "f64", "bool", "i32"];
  if (options.halves) dtypes.push("bf16", "f16", ...realTypes);
  for (let leaf = 0; leaf < (shop.fixed ? 3 : 4); leaf++) {
    const dtype = leaf === 0 ? "f32" : choices.pick(dtypes);
    const shape = (leaf === 3 ? [s0, s2, s1] : randomShape(choices)).map((e) => shop.sizeOf(e));
    const strides = inputStrides(shape, choices), value = shop.b.input(`in${leaf}`, { dtype, shape });
    inputs.push({ value, label: `in${leaf}`, strides, leaf });
    const wild = leaf > 0 && choices.once(4);
    tensors.push(randomTensor({ dtype, shape, strides }, sizes, choices.below(100), wild ? "wide" : "small"));
    shop.add(value, wild ? { wild } : { grid: { unit: -2, top: 3 } });
  }
  return { inputs, tensors };
}

function makeConstant(shop: Workshop): GraphConstant {
  const { choices } = shop, dtype: DType = choices.pick(["f32", "i64", "f64", "bf16", "u8"]);
  const shape = [int(3), int(1 + choices.below(4))],
    strides = rowMajor(shape).map((e) => Number(valueOf(e)));
  const value = shop.b.input("weight", { dtype, shape });
  shop.add(value, { grid: { unit: -2, top: 3 } });
  return { value, fqn: "weight", role: "buffer", strides, offset: 0, data: "blob" };
}

const valueOf = (e: Expr) => (e.kind === "int" ? e.value : NaN);

function makeCase(numbers: readonly number[], options: RandomOptions): RandomCase {
  const choices = new Choices(numbers), at = [choices.below(5), choices.below(6), choices.below(19)] as const;
  const sizes = new Map<Sym, number>([[s0, 2 + at[0]], [s1, at[1]], [s2, 1 + at[2]]]);
  const shop = new Workshop(choices, options, sizes, choices.once(3));
  const { inputs, tensors } = makeLeaves(shop), constant = makeConstant(shop);
  const count = Math.min(20, 1 + Math.floor(choices.left / 6));
  for (let n = 0; n < count; n++) choices.pick(steps)(shop);
  const { outputs, exactness } = outputsOf(shop, inputs.map((x) => x.value)),
    effects = effectsOf(shop, inputs, constant);
  const used = [s0, s1, s2].filter((s) => inputs.some((x) => x.value.type.shape.includes(s)));
  const graph: Graph = asPairs(shop.b, {
    name: "random",
    symbols: used.map((s) => {
      const input = inputs.find((x) => x.value.type.shape.includes(s))!.value;
      return { sym: s, label: s.name, from: { input, axis: input.type.shape.indexOf(s) } };
    }),
    guards: used.includes(s0) ? [{ pred: lt(s0, 6), subject: "s0" }].filter(() => sizes.get(s0)! < 6) : [],
    inputs,
    fixed: [],
    constants: [constant],
    nodes: shop.b.nodes,
    outputs: [...outputs, ...sizeOutputs(used, choices)],
    effects: effects.map((e) => e.effect),
    inSpec: "",
    outSpec: "",
  });
  const { dtype, shape } = constant.value.type;
  const blob = { dtype, shape, strides: rowMajor(shape) };
  return {
    graph,
    inputs: tensors,
    constants: [randomTensor(blob, sizes, choices.below(100))],
    exactness: [...exactness, "bits", "bits"],
    effectExactness: effects.map((e) => e.exactness),
    [fc.toStringMethod]: () => printCase(graph, tensors),
  };
}

function printCase(graph: Graph, tensors: readonly DenseTensor[]): string {
  return [printGraph(graph), ...tensors.map((t) => `${t.dtype}[${t.shape}] ${elementsOf(t)}`)].join("\n");
}

/** Now and then a size and a truth about sizes are results. */
function sizeOutputs(used: readonly Sym[], choices: Choices): GraphOutput[] {
  if (used.length === 0 || !choices.once(4)) return [];
  return [
    { kind: "size", expr: add(used[0]!, 3), label: "size" },
    { kind: "truth", pred: lt(used[0]!, 4), label: "truth" },
  ];
}

/** Every value that nothing reads is an output, and now and then one that something reads, or an input. */
function outputsOf(
  shop: Workshop,
  inputs: readonly Value[],
): { outputs: GraphOutput[]; exactness: Exactness[] } {
  const read = new Set(shop.b.nodes.flatMap((node) => node.inputs));
  const isOutput = (
    { value }: Known,
  ) => (inputs.includes(value) ? shop.choices.once(9) : !read.has(value) || shop.choices.once(6));
  const chosen = shop.known.filter(isOutput);
  const outputs = chosen.map(({ value }, n): GraphOutput => {
    const { shape } = value.type, strides = turnedStrides(shape, shop.choices);
    const plain = inputs.includes(value) || strides.every((s, d) => s === rowMajor(shape)[d]);
    return { kind: "tensor", value, label: `out${n}`, ...(!plain && { strides }) };
  });
  return { outputs, exactness: chosen.map(exactnessOf) };
}

/** Now and then an input, or the constant, takes over a value of its type. */
function effectsOf(shop: Workshop, inputs: readonly GraphInput[], constant: GraphConstant) {
  const effects: { effect: Effect; exactness: Exactness }[] = [];
  const sparse = (x: GraphInput) =>
    x.strides.some((e, d) => isInt(e, 0) && !isInt(x.value.type.shape[d]!, 0));
  for (const target of [...inputs.filter((x) => !sparse(x)).map((x) => x.value), constant.value]) {
    if (!shop.choices.once(5)) continue;
    const { dtype, shape } = target.type;
    const fits = ({ value: { type } }: Known) =>
      type.dtype === dtype && type.shape.length === shape.length &&
      type.shape.every((e, n) => e === shape[n]);
    const known = shop.find((k) => k.value !== target && fits(k), { final: true, wild: true });
    if (known) effects.push({ effect: { target, value: known.value }, exactness: exactnessOf(known) });
  }
  return effects;
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
