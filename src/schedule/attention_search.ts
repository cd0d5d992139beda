/**
 * The search for powers of scores in an operand of a product.
 *
 * Elementwise nests between two products are looked through: what they compute is put in place of what is loaded, so
 * that the softmax's statements, which were lowered apart, are compared as one scalar each.
 *
 * @module
 */
import { type Expr, int, isInt } from "../ir/expr/mod.ts";
import {
  type Attention,
  type Axis,
  type Block,
  loadsOf,
  type LoopStatement,
  type Nest,
  rootsOf,
  type Scalar,
  type ScalarOf,
  Scalars,
  scalarsOf,
} from "../ir/loops/mod.ts";
import {
  alike,
  axesAt,
  elementwise,
  type Product,
  productOf,
  reduction,
  storesAxes,
} from "./attention_parts.ts";
import { dependsOn, IndexNames, isSeen } from "./attention_scalars.ts";
import { writesOf } from "./dependence.ts";

type Load = ScalarOf<"load">;

/** Powers, over the axes of the product that uses them. */
export interface Powers
  extends Pick<Attention, "columns" | "depth" | "q" | "k" | "score" | "blind" | "highest" | "total"> {
  /** `e^(score - highest)`. */
  readonly power: Scalar;
}

/** Powers in an operand, the whole operand, and the statements that attention stands for. */
export interface Found {
  readonly powers: Powers;
  readonly weights: Scalar;
  readonly used: ReadonlySet<LoopStatement>;
}

/** A scalar with elementwise nests put in place of their loads: what was put there, and the loads on the way. */
interface Inlined {
  readonly scalar: Scalar;
  readonly used: ReadonlySet<LoopStatement>;
  readonly loads: readonly Load[];
}

/** Looks through the statements of a block. */
export class AttentionSearch {
  readonly #makers = new Map<string, LoopStatement | undefined>();
  readonly #names: IndexNames;
  readonly #exponential = new Map<LoopStatement, boolean>();

  constructor(readonly block: Block, readonly scalars: Scalars) {
    this.#names = new IndexNames(scalars);
    for (const s of block) {
      for (const b of writesOf(s)) this.#makers.set(b.name, this.#makers.has(b.name) ? undefined : s);
    }
  }

  /** What makes a temporary, when one statement does. */
  #maker(load: Load): LoopStatement | undefined {
    return load.buffer.role === "temp" ? this.#makers.get(load.buffer.name) : undefined;
  }

  /** True if a statement reads what elementwise nests make of exponentials: cheap to ask. */
  mayUsePowers(s: LoopStatement): boolean {
    return loadsOf(...rootsOf(s)).some((load) => {
      const nest = elementwise(this.#maker(load));
      if (!nest) return false;
      const known = this.#exponential.get(nest) ??
        (scalarsOf(nest.value).some((x) => x.kind === "apply" && x.fn === "exp") || this.mayUsePowers(nest));
      this.#exponential.set(nest, known);
      return known;
    });
  }

  /** Every way to see `weights`, an operand of the product at `at`, as made of powers. */
  *powersIn(weights: Scalar, product: Product, at: number): Iterable<Found> {
    for (const source of this.#products(weights)) {
      const scores = productOf(source, this.scalars)!;
      const inlined = this.#inline(weights, source), found = this.#powers(inlined, scores, product.over, at);
      if (found) yield found;
    }
  }

  /** Products that elementwise nests lead to. */
  #products(s: Scalar, seen = new Set<LoopStatement>()): readonly LoopStatement[] {
    return loadsOf(s).flatMap((load) => {
      const maker = this.#maker(load), nest = elementwise(maker);
      if (!maker || seen.has(maker)) return [];
      seen.add(maker);
      if (nest) return this.#products(nest.value, seen);
      const product = productOf(maker, this.scalars);
      return product && storesAxes(product.axes, product.store) ? [maker] : [];
    });
  }

  #leadsTo(load: Load, source: LoopStatement): boolean {
    const nest = elementwise(this.#maker(load));
    return nest !== undefined && loadsOf(nest.value).some((inner) => {
      return this.#maker(inner) === source || this.#leadsTo(inner, source);
    });
  }

  /** `s` with every elementwise nest that stands between it and `source` in place. */
  #inline(s: Scalar, source: LoopStatement): Inlined {
    const used = new Set<LoopStatement>(), loads: Load[] = [];
    const go = (x: Scalar): Scalar =>
      this.scalars.rewrite(x, new Map(), (leaf) => {
        if (leaf.kind !== "load") return undefined;
        loads.push(leaf);
        if (!this.#leadsTo(leaf, source)) return undefined;
        const nest = this.#maker(leaf) as Nest;
        used.add(nest);
        return go(this.scalars.substitute(nest.value, axesAt(nest.axes, nest.store, leaf.index)));
      });
    return { scalar: this.#names.unify(go(s)), used, loads };
  }

  #powers(
    { scalar: weights, used, loads }: Inlined,
    scores: Product,
    columns: readonly Axis[],
    at: number,
  ): Found | undefined {
    for (const power of scalarsOf(weights)) {
      if (power.kind !== "apply" || power.fn !== "exp") continue;
      const [gap] = power.args;
      if (gap?.kind !== "apply" || gap.fn !== "sub") continue;
      const [score, shift] = gap.args as readonly [Scalar, Scalar], limit = shiftOf(shift);
      if (!limit) continue;
      const highest = this.#highest(limit.load, score, columns, scores.statement);
      const total = highest && this.#total(power, loads, columns, scores.statement, at);
      const parts = total && this.#scores(score, scores, columns);
      if (!parts) continue;
      const seen = this.#seen(weights, score, limit.load, columns, scores.statement);
      const all = new Set([...used, ...highest.used, ...total.used, ...seen.used, scores.statement]);
      const stats = { highest: { buffer: limit.load.buffer, index: limit.load.index }, total: total.store };
      const powers = { power, columns, ...parts, blind: limit.blind, ...stats };
      return { weights: seen.weights, used: all, powers };
    }
    return undefined;
  }

  /** The statements that make the largest score, if that is what `load` reads. */
  #highest(load: Load, score: Scalar, columns: readonly Axis[], source: LoopStatement) {
    const nest = reduction(this.#maker(load), "max");
    const over = nest && alike(nest.reduce!.over, columns);
    if (!nest || !over || nest.value.dtype !== score.dtype) return undefined;
    const map = new Map([...axesAt(nest.axes, nest.store, load.index), ...over]);
    const { scalar, used } = this.#inline(this.scalars.substitute(nest.value, map), source);
    return scalar === score ? { used: new Set([...used, nest]) } : undefined;
  }

  /** Weights in which the question whether a row has any score above minus infinity is one about the largest. */
  #seen(weights: Scalar, score: Scalar, highest: Load, columns: readonly Axis[], source: LoopStatement) {
    const used = new Set<LoopStatement>(), { scalars } = this;
    const rewritten = scalars.rewrite(weights, new Map(), (leaf) => {
      const nest = leaf.kind === "load" ? reduction(this.#maker(leaf), "any") : undefined;
      const over = nest && alike(nest.reduce!.over, columns);
      if (leaf.kind !== "load" || !nest || !over) return undefined;
      const map = new Map([...axesAt(nest.axes, nest.store, leaf.index), ...over]);
      const asked = this.#inline(scalars.substitute(nest.value, map), source);
      if (!isSeen(asked.scalar, score)) return undefined;
      for (const s of [...asked.used, nest]) used.add(s);
      return scalars.apply("ne", highest, scalars.literal(-Infinity, highest.dtype));
    });
    return { weights: rewritten, used };
  }

  /** The sum of powers over the columns, wherever it is: it reads some of what was read on the way to the powers. */
  #total(
    power: Scalar,
    loads: readonly Load[],
    columns: readonly Axis[],
    source: LoopStatement,
    at: number,
  ) {
    for (const statement of this.block.slice(0, at)) {
      const nest = reduction(statement, "sum"), over = nest && alike(nest.reduce!.over, columns);
      if (!nest || !over || nest.value.dtype !== power.dtype) continue;
      for (const map of placesOf(nest, loads)) {
        for (const [name, e] of over) map.set(name, e);
        for (const a of nest.axes) if (isInt(a.extent, 1)) map.set(a.sym.name, int(0));
        if (nest.axes.some((a) => !map.has(a.sym.name))) continue;
        const { scalar, used } = this.#inline(this.scalars.substitute(nest.value, map), source);
        if (scalar !== power) continue;
        const store = { buffer: nest.store.buffer, index: Scalars.indices(nest.store.index, map) };
        return { store, used: new Set([...used, nest]) };
      }
    }
    return undefined;
  }

  /** The operands of the scores, seen from the product of the weights. */
  #scores(score: Scalar, scores: Product, columns: readonly Axis[]) {
    const { buffer } = scores.store, names = columns.map((a) => a.sym.name);
    const loads = loadsOf(score).filter((l) => l.buffer.name === buffer.name);
    if (loads.length !== 1) return undefined;
    const map = axesAt(scores.axes, scores.store, loads[0]!.index);
    const [x, y, last] = [scores.x, scores.y, scores.epilogue].map((s) => this.scalars.substitute(s, map));
    const swapped = dependsOn(x!, names), [q, k] = swapped ? [y!, x!] : [x!, y!];
    const whole = this.scalars.rewrite(score, new Map(), (leaf) => {
      return leaf.kind === "load" && leaf.buffer.name === buffer.name ? last : undefined;
    });
    return { q, k, score: whole, depth: scores.over };
  }
}

/** Where the nest's axes would stand, if one of its loads were one of `loads`. */
function* placesOf(nest: Nest, loads: readonly Load[]): Iterable<Map<string, Expr>> {
  for (const own of loadsOf(nest.value)) {
    for (const other of loads) {
      if (other.buffer.name !== own.buffer.name) continue;
      const store = { buffer: own.buffer, index: own.index };
      const axes = [...nest.axes, ...nest.reduce!.over].filter((a) => own.index.includes(a.sym));
      yield axesAt(axes, store, other.index);
    }
  }
}

/** What a score is lessened by: the largest one, or zero where that is minus infinity. */
function shiftOf(s: Scalar): { readonly load: Load; readonly blind: Attention["blind"] } | undefined {
  if (s.kind === "load") return { load: s, blind: "nan" };
  if (s.kind !== "apply" || s.fn !== "where") return undefined;
  const [test, zero, load] = s.args as readonly [Scalar, Scalar, Scalar];
  if (load.kind !== "load" || !isNumber(zero, 0) || test.kind !== "apply" || test.fn !== "eq") {
    return undefined;
  }
  return test.args[0] === load && isNumber(test.args[1]!, -Infinity) ? { load, blind: "zero" } : undefined;
}

function isNumber(s: Scalar, value: number): boolean {
  return s.kind === "literal" && Number(s.value) === value;
}
