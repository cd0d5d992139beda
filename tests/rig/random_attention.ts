/**
 * Graphs of attention in many forms, several in one graph, with inputs: how models write it, whatever masks, layouts and
 * sizes.
 *
 * @module
 */
import fc from "fast-check";
import type { DType } from "../../src/base/mod.ts";
import { and, type Expr, int, le, lt, sub, type Sym, sym } from "../../src/ir/expr/mod.ts";
import {
  type Graph,
  GraphBuilder,
  type GraphInput,
  type GraphOutput,
  type SymbolDecl,
  type Value,
} from "../../src/ir/graph/mod.ts";
import { rowMajor } from "../../src/ir/loops/mod.ts";
import { denseOf, type DenseTensor } from "../../src/ir/scalar/mod.ts";
import { attend } from "../../src/ops/attention.ts";
import { calc } from "../../src/ops/calc.ts";
import { matmul } from "../../src/ops/contract.ts";
import { softmax } from "../../src/ops/fold.ts";
import { isHalf } from "../../src/ops/numeric.ts";
import { flattenDims, reshape, transpose, unsqueeze } from "../../src/ops/views.ts";

/** One attention. */
export interface AttentionForm {
  /** The operator, the same by hand, or by hand with batch and heads as one dim. */
  readonly by: "operator" | "hand" | "merged";
  readonly dtype: DType;
  readonly batch: number;
  readonly heads: number;
  /** Heads of keys and values; heads are a multiple. */
  readonly own: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly values: number;
  readonly mask: "none" | "causal" | "window" | "choice" | "bias" | "rows";
  readonly cap: boolean;
  /** Heads behind rows in memory, as projections leave them. */
  readonly apart: boolean;
  /** Rows and columns are sizes of the run. */
  readonly symbolic: boolean;
  /** Heads are merged with channels afterwards. */
  readonly joined: boolean;
}

const sizes = [1, 2, 7, 8, 9, 16, 17, 33, 64, 65, 70, 129];

/** Any form. */
export function attentionForm(): fc.Arbitrary<AttentionForm> {
  return fc.record({
    by: fc.constantFrom("operator", "hand", "merged"),
    dtype: fc.constantFrom("f32", "f32", "f32", "bf16", "f16", "f64"),
    batch: fc.integer({ min: 1, max: 2 }),
    own: fc.integer({ min: 1, max: 2 }),
    heads: fc.integer({ min: 1, max: 2 }),
    rows: fc.constantFrom(...sizes),
    columns: fc.constantFrom(...sizes, 200, 520),
    depth: fc.constantFrom(4, 8, 16, 17, 20, 40),
    values: fc.constantFrom(4, 8, 16, 17, 20, 40),
    mask: fc.constantFrom("none", "causal", "window", "choice", "bias", "rows"),
    cap: fc.boolean(),
    apart: fc.boolean(),
    symbolic: fc.boolean(),
    joined: fc.boolean(),
  }).map((form) => ({ ...form, heads: form.own * form.heads }));
}

/** A graph with its inputs' contents. */
export class AttentionGraph {
  readonly g = new GraphBuilder();
  readonly #inputs: GraphInput[] = [];
  readonly #outputs: GraphOutput[] = [];
  readonly #symbols: SymbolDecl[] = [];
  readonly data: DenseTensor[] = [];

  get graph(): Graph {
    const { g } = this;
    const plain = { guards: [], constants: [], fixed: [], effects: [], inSpec: "", outSpec: "" };
    const [symbols, inputs, outputs] = [this.#symbols, this.#inputs, this.#outputs];
    return { name: "attention", symbols, inputs, outputs, nodes: g.nodes, ...plain };
  }

  input(dtype: DType, shape: readonly Expr[], known: readonly number[], of: (n: number) => number): Value {
    const leaf = this.#inputs.length, label = `x${leaf}`, value = this.g.input(label, { dtype, shape });
    this.#inputs.push({ value, leaf, label, strides: rowMajor(shape) });
    const count = known.reduce((a, b) => a * b, 1);
    const element = (n: number) => (dtype === "bool" ? of(n) > 0 : of(n));
    this.data.push(denseOf(dtype, known, Array.from({ length: count }, (_, n) => element(n))));
    return value;
  }

  output(value: Value): void {
    this.#outputs.push({ kind: "tensor", value, label: `y${this.#outputs.length}` });
  }

  /** A size of the run: dim `axis` of the next input. */
  size(known: number, axis: number, isSymbolic: boolean): Expr {
    if (!isSymbolic) return int(known);
    const name = `s${this.#symbols.length}`, size: Sym = sym(name, { min: 1, max: 4096 });
    const decl: { sym: Sym; label: string; at: number } = { sym: size, label: name, at: this.#inputs.length };
    this.#pending.push({ ...decl, axis });
    return size;
  }
  readonly #pending: { sym: Sym; label: string; at: number; axis: number }[] = [];

  /** Declares the sizes asked for, once their inputs exist. */
  settle(): void {
    for (const { sym, label, at, axis } of this.#pending.splice(0)) {
      this.#symbols.push({ sym, label, from: { input: this.#inputs[at]!.value, axis } });
    }
  }

  /** Numbers that are multiples of a quarter and look random. */
  static spread(seed: number): (n: number) => number {
    return (n) => ((Math.imul(n + 1, 2654435761) ^ Math.imul(seed, 40503)) >>> 8) % 17 / 4 - 2;
  }

  add(form: AttentionForm, seed: number): void {
    const { batch, heads, own, depth, values, dtype, apart, symbolic } = form, { g } = this;
    const operand = (h: number, known: number, length: Expr | undefined, d: number, salt: number) => {
      const rows = length ?? this.size(known, apart ? 1 : 2, symbolic), b = int(batch);
      const shape = apart ? [b, rows, int(h), int(d)] : [b, int(h), rows, int(d)];
      const sizes = apart ? [batch, known, h, d] : [batch, h, known, d];
      const x = this.input(dtype, shape, sizes, AttentionGraph.spread(seed + salt));
      this.settle();
      return apart ? transpose(g, x, 1, 2) : x;
    };
    const q = operand(heads, form.rows, undefined, depth, 1);
    const k = operand(own, form.columns, undefined, depth, 2);
    const v = operand(own, form.columns, k.type.shape[2], values, 3);
    const mask = this.#mask(form, q.type.shape[2]!, k.type.shape[2]!, seed);
    const out = form.by === "operator"
      ? attend(g, q, k, v, { ...(mask && { mask }), causal: form.mask === "causal", grouped: own !== heads })
        .out
      : this.#byHand(form, q, k, v, mask);
    this.output(form.joined ? flattenDims(g, transpose(g, out, 1, 2), 2, 3) : out);
  }

  #mask({ mask, by, dtype, ...form }: AttentionForm, rows: Expr, columns: Expr, seed: number) {
    const { g } = this, of = AttentionGraph.spread(seed + 4);
    switch (mask) {
      case "causal":
        return by === "operator" ? undefined : g.mask([rows, columns], ([i, j]) => le(j!, i!));
      case "window":
        return g.mask([rows, columns], ([i, j]) => and(le(j!, i!), lt(sub(i!, j!), 5)));
      case "choice": // some rows see nothing
        return this.input(
          "bool",
          [int(form.batch), int(1), rows, columns],
          [form.batch, 1, form.rows, form.columns],
          (n) => (Math.floor(n / form.columns) % 5 === 3 ? -1 : of(n) + 1),
        );
      case "bias":
        return this.input(dtype, [rows, columns], [form.rows, form.columns], of);
      case "rows":
        return this.input("bool", [int(form.batch), int(1), int(1), columns], [
          form.batch,
          1,
          1,
          form.columns,
        ], of);
      default:
        return undefined;
    }
  }

  #byHand(form: AttentionForm, q: Value, k: Value, v: Value, mask: Value | undefined): Value {
    const { g } = this, m = calc(g), { batch, heads, own, dtype } = form;
    const share = (x: Value) => {
      if (own === heads) return x;
      const [b, , length, d] = x.type.shape as [Expr, Expr, Expr, Expr];
      const times = g.remap(
        unsqueeze(g, x, 2),
        [b, int(own), int(heads / own), length, d],
        (a) => [a[0]!, a[1]!, int(0), a[3]!, a[4]!],
      );
      return reshape(g, times, [b, int(heads), length, d]);
    };
    const merge = (x: Value) => (form.by === "merged" ? flattenDims(g, x, 0, 1) : x);
    const part = (x: Value) => {
      if (form.by !== "merged") return x;
      return reshape(g, x, [int(batch), int(heads), ...x.type.shape.slice(1)]);
    };
    const raw = part(matmul(g, merge(q), transpose(g, merge(share(k)), -2, -1)));
    let scores = m.div(raw, 3);
    if (form.cap) scores = m.mul(m.tanh(m.div(scores, 5)), 5);
    if (mask) {
      scores = mask.type.dtype === "bool" ? m.where(mask, scores, -Infinity) : m.add(scores, mask);
    }
    const weights = isHalf(dtype)
      ? g.cast(softmax(g, g.cast(scores, "f32"), 3), dtype)
      : softmax(g, scores, 3);
    return part(matmul(g, merge(weights), merge(share(v))));
  }
}
