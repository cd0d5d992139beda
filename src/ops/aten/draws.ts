/**
 * Random operators whose parameters are tensors, and more forms of those that are not. The numbers come from Philox, as in
 * `random.ts`.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import { type Expr, int } from "../../ir/expr/mod.ts";
import { broadcastShapes, type GraphBuilder, type Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { everyDim, fold, sum } from "../fold.ts";
import { inWide, sizeAs, wideType } from "../numeric.ts";
import * as r from "../random.ts";
import * as v from "../views.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

const generated = "Generator? generator=None";
const made =
  "ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, MemoryFormat? memory_format=None";

function mustHold(g: GraphBuilder, truth: Value, message: string): void {
  g.assert(fold(g, "all", truth, { dims: everyDim(truth) }), message);
}

function poisson(g: GraphBuilder, a: Args): Value {
  const rate = a.tensor("self"), m = calc(g);
  mustHold(g, m.ge(rate, 0), "poisson: a rate is negative or nan");
  return inWide(g, [rate], (x) => r.drawOf(g, "poisson", x!));
}

function binomial(g: GraphBuilder, a: Args): Value {
  const [count, p] = [a.tensor("count"), a.tensor("prob")],
    shape = broadcastShapes(count.type.shape, p.type.shape);
  const [n, q] = [count, p].map((x) => v.expand(g, g.cast(x, wideType(count.type.dtype)), shape)) as [
    Value,
    Value,
  ];
  return g.cast(r.drawOf(g, "binomial", n, q), count.type.dtype);
}

/** Never zero: a logarithm of it is finite. */
function gamma(g: GraphBuilder, alpha: Value): Value {
  const least = alpha.type.dtype === "f64" ? 2.2250738585072014e-308 : 1.1754943508222875e-38;
  return inWide(g, [alpha], (x) => calc(g).max(r.drawOf(g, "gamma", x!), least));
}

/** Gamma variables by their sum. */
function dirichlet(g: GraphBuilder, a: Args): Value {
  return inWide(g, [a.tensor("self")], (alpha) => {
    const m = calc(g), x = gamma(g, alpha!), last = v.rankOf(x) - 1;
    return m.div(x, sum(g, x, { dims: [last], keep: true }));
  });
}

/** Whole numbers that a type holds exactly: how many there are from zero on. */
const exact: Partial<Record<DType, number>> = {
  f64: 2 ** 53 + 1,
  f32: 2 ** 24 + 1,
  f16: 2 ** 11 + 1,
  bf16: 2 ** 8 + 1,
  i32: 2 ** 31,
  i16: 2 ** 15,
  i8: 2 ** 7,
  u8: 2 ** 8,
  bool: 2,
};

/** `[from, to)`; without bounds everything from zero that the type holds. */
function whole(g: GraphBuilder, shape: readonly Expr[], dtype: DType, from: Expr, to?: Expr): Value {
  const span = exact[dtype], low = sizeAs(g, from, "i64");
  if (!to && span === undefined) return g.cast(calc(g).add(r.bits(g, shape), low), dtype);
  return g.cast(r.whole(g, shape, low, to ? sizeAs(g, to, "i64") : g.constant(BigInt(span!), "i64")), dtype);
}

/** The three forms of what `random_` leaves in a tensor. */
function filled(schema: string, bounds: (a: Args) => readonly [Expr, Expr?]): AtenOp {
  return op(schema, (g, a) => {
    const { shape, dtype } = a.tensor("self").type, [from, to] = bounds(a);
    return whole(g, shape, dtype, from, to);
  });
}

/** Of the shape of `self`, between bounds that are numbers of the program. */
function wholesLike(overload: string, args: string): AtenOp {
  return op(`randint_like.${overload}(Tensor self, ${args}, ${made}) -> Tensor`, (g, a) => {
    const { shape, dtype } = a.tensor("self").type, has = a.schema.args.some((arg) => arg.name === "low");
    return whole(g, shape, a.dtypeOrNone("dtype") ?? dtype, has ? a.int("low") : int(0), a.int("high"));
  });
}

/** Below a bound that is data. */
function wholesBelow(overload: string, args: string): AtenOp {
  return op(`randint_like.${overload}(Tensor self, Tensor high, ${args}${made}) -> Tensor`, (g, a) => {
    const { shape, dtype } = a.tensor("self").type, high = v.reshape(g, g.cast(a.tensor("high"), "i64"), []);
    return g.cast(r.whole(g, shape, g.constant(0n, "i64"), high), a.dtypeOrNone("dtype") ?? dtype);
  });
}

function like(name: string, draw: (g: GraphBuilder, shape: readonly Expr[], dtype: DType) => Value): AtenOp {
  return op(`${name}_like.generator(Tensor self, *, Generator? generator, ${made}) -> Tensor`, (g, a) => {
    const { shape, dtype } = a.tensor("self").type;
    return draw(g, shape, a.dtypeOrNone("dtype") ?? dtype);
  });
}

/** Rows of this family. */
export const drawOps: readonly AtenOp[] = [
  op(`poisson(Tensor self, ${generated}) -> Tensor`, poisson),
  op(`binomial(Tensor count, Tensor prob, ${generated}) -> Tensor`, binomial),
  op(`_standard_gamma(Tensor self, ${generated}) -> Tensor`, (g, a) => gamma(g, a.tensor("self"))),
  op(`_sample_dirichlet(Tensor self, ${generated}) -> Tensor`, dirichlet),
  filled(`random(Tensor self, *, ${generated}) -> Tensor`, () => [int(0)]),
  filled(`random.to(Tensor self, int to, *, ${generated}) -> Tensor`, (a) => [int(0), a.int("to")]),
  filled(
    `random.from(Tensor self, int from, int? to, *, ${generated}) -> Tensor`,
    (a) => [a.int("from"), a.intOrNone("to")],
  ),
  wholesLike("generator", "SymInt high, *, Generator? generator"),
  wholesLike("low_generator_dtype", "SymInt low, SymInt high, *, Generator? generator"),
  wholesBelow("Tensor", "*, "),
  wholesBelow("Tensor_generator", "*, Generator? generator, "),
  like("rand", r.uniform),
  like("randn", r.normal),
];
