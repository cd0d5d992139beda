/**
 * Operators that draw random numbers. Distributions are PyTorch's, the numbers are not: they come from Philox, by the seed
 * that the host sets.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import { type Expr, int } from "../../ir/expr/mod.ts";
import { broadcastShapes, type GraphBuilder, type Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { sum } from "../fold.ts";
import { defaultFloat, isTensor, sizeAs, toFloat } from "../numeric.ts";
import { search } from "../positions.ts";
import * as r from "../random.ts";
import * as v from "../views.ts";
import { scan, sort } from "./scans.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

const made = "ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None";
const madeLong = made.replace("None", "long");
const generated = "Generator? generator=None";
type Draw = (g: GraphBuilder, shape: readonly Expr[], dtype: DType) => Value;

/** `name`, with and without a generator, and `name_like`. */
function creations(name: string, draw: Draw): AtenOp[] {
  const sized = (g: GraphBuilder, a: Args) => draw(g, a.ints("size"), a.dtypeOrNone("dtype") ?? defaultFloat);
  return [
    op(`${name}(SymInt[] size, *, ${made}) -> Tensor`, sized),
    op(`${name}.generator(SymInt[] size, *, Generator? generator, ${made}) -> Tensor`, sized),
    op(`${name}_like(Tensor self, *, ${made}, MemoryFormat? memory_format=None) -> Tensor`, (g, a) => {
      const { shape, dtype } = a.tensor("self").type;
      return draw(g, shape, a.dtypeOrNone("dtype") ?? dtype);
    }),
  ];
}

function whole(g: GraphBuilder, a: Args, shape: readonly Expr[], dtype: DType): Value {
  const low = a.schema.args.some((arg) => arg.name === "low") ? a.int("low") : int(0);
  return g.cast(r.whole(g, shape, sizeAs(g, low, "i64"), sizeAs(g, a.int("high"), "i64")), dtype);
}

function wholes(schema: string): AtenOp {
  return op(schema, (g, a) => {
    const self = a.schema.args[0]!.name === "self" ? a.tensor("self").type : undefined;
    return whole(g, a, self?.shape ?? a.ints("size"), a.dtypeOrNone("dtype") ?? self?.dtype ?? "i64");
  });
}

/** The positions of `n` numbers in order are a permutation, each as likely as any other. */
function permutation(schema: string): AtenOp {
  return op(schema, (g, a) => {
    const order = sort(g, r.bits(g, [a.int("n")]), 0, false)[1];
    return g.cast(order, a.dtypeOrNone("dtype") ?? "i64");
  });
}

/** What an operator in place leaves in a tensor of this type. */
function filled(
  schema: string,
  draw: (g: GraphBuilder, a: Args, shape: readonly Expr[], dtype: DType) => Value,
) {
  return op(schema, (g, a) => {
    const { shape, dtype } = a.tensor("self").type;
    return g.cast(draw(g, a, shape, dtype), dtype);
  });
}

/** `mean + std * normal`; both may be tensors. */
function gauss(g: GraphBuilder, a: Args, asked?: readonly Expr[], type?: DType): Value {
  const m = calc(g),
    [mean, std] = [a.scalar("mean"), a.scalar("std")],
    tensors = [mean, std].filter(isTensor);
  const shape = asked ?? broadcastShapes(...tensors.map((x) => x.type.shape));
  const dtype = type ?? tensors[0]?.type.dtype ?? defaultFloat, x = r.normal(g, shape, dtype);
  const [by, plus] = [std, mean].map((s, n) => isTensor(s) ? g.cast(s, dtype) : a.float(n ? "mean" : "std"));
  return m.add(m.mul(x, by!), plus!);
}

function categories(g: GraphBuilder, a: Args): Value {
  const x = toFloat(g, a.tensor("self")), last = v.rankOf(x) - 1, m = calc(g), count = a.int("num_samples");
  const shape = [...x.type.shape.slice(0, last), count];
  if (!a.bool("replacement")) {
    const order = sort(g, m.div(x, r.exponential(g, x.type.shape, x.type.dtype)), last, true)[1];
    return v.narrow(g, order, last, int(0), count);
  }
  const wide = g.cast(x, "f64"), total = sum(g, wide, { dims: [last], keep: true });
  const edges = scan(g, "sum", m.div(wide, total), last);
  const found = search(g, edges, r.uniform(g, shape, "f64"), true, "i64");
  return m.min(found, m.sub(sizeAs(g, x.type.shape[last]!, "i64"), 1));
}

/** Zeros with probability `p` over `shape`, the rest scaled up; and which were kept. */
function dropped(g: GraphBuilder, x: Value, p: number, shape: readonly Expr[]): [Value, Value] {
  const m = calc(g), kept = r.chance(g, shape, 1 - p), scale = p === 1 ? 0 : 1 / (1 - p);
  return [m.mul(x, m.mul(g.cast(kept, x.type.dtype), scale)), kept];
}

/** All elements of a channel are dropped together. */
const perChannel = (x: Value) => x.type.shape.map((size, n) => n < 2 ? size : int(1));

/** Dropout that keeps mean and variance of what SELU gives. */
function alphaDropped(g: GraphBuilder, x: Value, p: number, shape: readonly Expr[]): Value {
  const m = calc(g), alpha = 1.7580993408473766, scale = 1 / Math.sqrt((alpha * alpha * p + 1) * (1 - p));
  if (p === 1) return m.mul(x, 0);
  const kept = r.chance(g, shape, 1 - p), low = alpha * scale * (p - 1), high = alpha * scale * p;
  const factor = m.where(kept, g.constant(scale, x.type.dtype), 0);
  const offset = m.where(kept, g.constant(high, x.type.dtype), low);
  return m.add(m.mul(x, factor), offset);
}

function dropout(name: string, drop: (g: GraphBuilder, x: Value, p: number) => Value): AtenOp {
  return op(`${name}(Tensor input, float p, bool train) -> Tensor`, (g, a) => {
    const x = a.tensor("input"), p = a.float("p");
    return a.bool("train") && p !== 0 ? drop(g, x, p) : x;
  });
}

/** Rows of this family. */
export const randomOps: readonly AtenOp[] = [
  ...creations("rand", r.uniform),
  ...creations("randn", r.normal),
  wholes(`randint(SymInt high, SymInt[] size, *, ${madeLong}) -> Tensor`),
  wholes(`randint.low(SymInt low, SymInt high, SymInt[] size, *, ${madeLong}) -> Tensor`),
  wholes(`randint.generator(SymInt high, SymInt[] size, *, Generator? generator, ${madeLong}) -> Tensor`),
  wholes(
    `randint.low_generator(SymInt low, SymInt high, SymInt[] size, *, Generator? generator, ${madeLong}) -> Tensor`,
  ),
  wholes(`randint_like(Tensor self, SymInt high, *, ${made}, MemoryFormat? memory_format=None) -> Tensor`),
  wholes(
    `randint_like.low_dtype(Tensor self, SymInt low, SymInt high, *, ${made}, MemoryFormat? memory_format=None) -> Tensor`,
  ),
  permutation(`randperm(SymInt n, *, ${madeLong}) -> Tensor`),
  permutation(`randperm.generator(SymInt n, *, Generator? generator, ${madeLong}) -> Tensor`),
  filled(
    `bernoulli(Tensor self, *, ${generated}) -> Tensor`,
    (g, a, shape) => r.chance(g, shape, a.tensor("self")),
  ),
  ...["p(Tensor self, float p", "float(Tensor self, float p=0.5"].map((start) =>
    filled(
      `bernoulli.${start}, *, ${generated}) -> Tensor`,
      (g, a, shape) => r.chance(g, shape, a.float("p")),
    )
  ),
  filled(
    `bernoulli.Tensor(Tensor self, Tensor p, *, ${generated}) -> Tensor`,
    (g, a, shape) => r.chance(g, shape, v.expand(g, a.tensor("p"), shape)),
  ),
  filled(
    `uniform(Tensor self, float from=0, float to=1, *, ${generated}) -> Tensor`,
    (g, a, shape, dtype) => {
      const m = calc(g), low = a.float("from");
      return m.add(m.mul(r.uniform(g, shape, dtype), a.float("to") - low), low);
    },
  ),
  ...["normal", "normal_functional"].map((name) =>
    filled(`${name}(Tensor self, float mean=0, float std=1, *, ${generated}) -> Tensor`, gauss)
  ),
  op(`normal.Tensor_float(Tensor mean, float std=1, *, ${generated}) -> Tensor`, (g, a) => gauss(g, a)),
  op(`normal.float_Tensor(float mean, Tensor std, *, ${generated}) -> Tensor`, (g, a) => gauss(g, a)),
  op(`normal.Tensor_Tensor(Tensor mean, Tensor std, *, ${generated}) -> Tensor`, (g, a) => gauss(g, a)),
  op(
    `normal.float_float(float mean, float std, SymInt[] size, *, ${generated}, ${made}) -> Tensor`,
    (g, a) => gauss(g, a, a.ints("size"), a.dtypeOrNone("dtype") ?? defaultFloat),
  ),
  filled(
    `exponential(Tensor self, float lambd=1, *, ${generated}) -> Tensor`,
    (g, a, shape, dtype) => calc(g).div(r.exponential(g, shape, dtype), a.float("lambd")),
  ),
  filled(
    `log_normal(Tensor self, float mean=1, float std=2, *, ${generated}) -> Tensor`,
    (g, a, shape, dtype) => calc(g).exp(gauss(g, a, shape, dtype)),
  ),
  filled(`geometric(Tensor self, float p, *, ${generated}) -> Tensor`, (g, a, shape) => {
    const m = calc(g), rate = -Math.log1p(-a.float("p"));
    return m.max(m.ceil(m.div(r.exponential(g, shape, "f32"), rate)), 1);
  }),
  filled(
    `cauchy(Tensor self, float median=0, float sigma=1, *, ${generated}) -> Tensor`,
    (g, a, shape, dtype) => {
      const m = calc(g), wide = dtype === "f64" ? "f64" : "f32";
      const turn = m.tan(m.mul(m.sub(r.uniform(g, shape, wide), 0.5), Math.PI));
      return m.add(m.mul(turn, a.float("sigma")), a.float("median"));
    },
  ),
  op(
    `multinomial(Tensor self, SymInt num_samples, bool replacement=False, *, ${generated}) -> Tensor`,
    categories,
  ),
  dropout("dropout", (g, x, p) => dropped(g, x, p, x.type.shape)[0]),
  dropout("feature_dropout", (g, x, p) => dropped(g, x, p, perChannel(x))[0]),
  dropout("alpha_dropout", (g, x, p) => alphaDropped(g, x, p, x.type.shape)),
  dropout("feature_alpha_dropout", (g, x, p) => alphaDropped(g, x, p, perChannel(x))),
  op("native_dropout(Tensor input, float p, bool? train) -> (Tensor, Tensor)", (g, a) => {
    const x = a.tensor("input"), p = a.float("p");
    if (a.boolOrNone("train") ?? true) return dropped(g, x, p, x.type.shape);
    return [x, g.mask(x.type.shape, () => ({ kind: "bool", value: true }))];
  }),
];
