/**
 * Steps of random graphs that call aten operators: what is checked is that their compositions are compiled as they are
 * interpreted, not that they are right.
 *
 * A family is a list of operators that take alike arguments. Operators that move elements keep what is known of them;
 * results of the others are compared and moved about, no more, because nothing is known of their slope.
 *
 * @module
 */
import { isInteger } from "../../src/base/mod.ts";
import { add, type Expr, rangeOf } from "../../src/ir/expr/mod.ts";
import type { Value } from "../../src/ir/graph/mod.ts";
import { shapedSteps } from "./random_aten_shaped.ts";
import type { Known, Workshop } from "./random_graph.ts";
import { anything, dtypeOf, exact, fits, isFull, rankOf, type Step } from "./random_known.ts";
import { type Arguments, built, call } from "./random_calls.ts";
import { move } from "./random_moves.ts";

const functions =
  ("relu relu6 gelu silu elu selu celu softplus hardtanh hardswish hardsigmoid hardshrink softshrink " +
    "leaky_relu mish log_sigmoid logit sinc i0 erf erfc erfinv lgamma digamma nan_to_num sgn square reciprocal exp exp2 " +
    "expm1 log log2 log10 log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh sigmoid rsqrt sqrt frac " +
    "trunc ceil floor round abs neg sign isnan isinf isposinf isneginf isfinite logical_not deg2rad rad2deg " +
    "special_i0e special_i1 special_i1e special_erfcx special_entr special_ndtr special_ndtri special_log_ndtr " +
    "special_bessel_j0 special_bessel_j1 special_modified_bessel_i0 special_modified_bessel_k0 special_spherical_bessel_j0 " +
    "angle positive bitwise_not").split(" ");
const pairs = ("add sub mul div atan2 hypot logaddexp logaddexp2 xlogy remainder fmod floor_divide maximum " +
  "minimum fmax fmin heaviside ldexp pow bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift gcd " +
  "lcm isclose logical_and logical_or logical_xor eq ne lt le gt ge rsub true_divide special_xlog1py float_power " +
  "nextafter squared_difference special_zeta igamma").split(" ");
const triples = ["addcmul", "addcdiv", "lerp", "clamp", "where", "masked_fill"] as const;

const unary: Step = (shop) => {
  const x = shop.find(exact);
  if (x) call(shop, shop.choices.pick(functions), [x.value], "element", [x]);
};

/** Operands of other types are promoted. */
const binary: Step = (shop) => {
  const x = shop.find(exact), name = shop.choices.pick(pairs);
  const y = x && shop.find((k) => exact(k) && fits(x.value.type.shape, k.value.type.shape));
  if (x && y) call(shop, name, [x.value, y.value], "element", [x, y]);
};

/** A number beside a tensor. */
const scalar: Step = (shop) => {
  const x = shop.find(exact), { choices } = shop, name = choices.pick(pairs);
  if (x) call(shop, name, [x.value, choices.pick([2, 0.5, -3, 0, 7, -0.25, 1])], "element", [x]);
};

const ternary: Step = (shop) => {
  const { choices } = shop, name = choices.pick(triples), flags = name === "where" || name === "masked_fill";
  const beside = (to: Known) => (k: Known) => exact(k) && fits(to.value.type.shape, k.value.type.shape);
  const x = shop.find(exact), y = x && shop.find((k) => beside(x)(k) && dtypeOf(k) === dtypeOf(x));
  const z = y &&
    shop.find((k) => beside(x)(k) && beside(y)(k) && dtypeOf(k) === (flags ? "bool" : dtypeOf(x)));
  if (!z) return;
  const args = name === "where" ? [z, x, y] : name === "masked_fill" ? [x, z] : [x, y, z];
  const more = name === "masked_fill" ? [choices.pick([0, -1, 3])] : [];
  call(shop, name, [...args.map((k) => k.value), ...more], "element", [x, y, z]);
};

const overDims = ("sum mean amax amin any all var std logsumexp argmax argmin nansum nanmean count_nonzero " +
  "norm prod median max min softmax log_softmax cumsum cumprod cummax cummin logcumsumexp sort argsort aminmax " +
  "mode nanmedian std_mean var_mean linalg_vector_norm").split(" ");
const whole =
  ("sum mean max min any all var std argmax argmin count_nonzero prod norm median unique nonzero trace " +
    "nansum nanmean ravel msort nanmedian aminmax").split(" ");

const keeps = new Set([
  "sum",
  "mean",
  "any",
  "all",
  "prod",
  "max",
  "min",
  "amax",
  "amin",
  "nansum",
  "argmax",
]);

/** Reductions, scans and orders along one dim. Empty lines are refused or have a value. */
const alongDim: Step = (shop) => {
  const x = shop.find((k) => exact(k) && rankOf(k) > 0), { choices } = shop, name = choices.pick(overDims);
  if (!x) return;
  const dim = choices.below(rankOf(x)), size = x.value.type.shape[dim]!;
  if (rangeOf(size).min < 1 && !/^(sum|any|all|cumsum|softmax|prod)$/.test(name)) return;
  const listed = /^(sum|mean|amax|amin|var|std|logsumexp|nansum|nanmean|std_mean|var_mean)$/.test(name);
  const d = listed ? [dim] : dim, keep = keeps.has(name) && choices.once(2);
  const args: Arguments = name === "norm" || name === "linalg_vector_norm"
    ? [x.value, choices.pick([1, 2, 3]), [dim]]
    : name === "aminmax"
    ? [x.value, { dim }]
    : [x.value, d, ...(keep ? [true] : [])];
  call(shop, name, args, "scale", [x]);
};

const total: Step = (shop) => {
  const x = shop.find((k) => exact(k) && isFull(k.value.type.shape));
  if (x) call(shop, shop.choices.pick(whole), [x.value], "scale", [x]);
};

const several: Step = (shop) => {
  const x = shop.find((k) => exact(k) && rankOf(k) > 1 && isFull(k.value.type.shape)), { choices } = shop;
  if (!x) return;
  const dims = x.value.type.shape.map((_, n) => n).filter(() => choices.once(2));
  const name = choices.pick(["sum", "mean", "amax", "amin", "var", "logsumexp", "any", "all"]);
  call(shop, name, [x.value, dims.length > 0 ? dims : [0], choices.once(2)], "scale", [x]);
};

/** Indices from values of any integer type, in range. */
function indices(shop: Workshop, size: Expr): Value | undefined {
  const { b } = shop, x = shop.find((k) => isInteger(dtypeOf(k)) && rankOf(k) > 0 && rankOf(k) < 3)?.value;
  return x && b.pointwise("mod", b.cast(x, "i64"), b.iota([], () => size));
}

const indexing: Step = (shop) => {
  const x = shop.find((k) => rankOf(k) > 0 && rankOf(k) < 4 && isFull(k.value.type.shape), anything),
    { choices } = shop;
  if (!x) return;
  const dim = choices.below(rankOf(x)), at = indices(shop, x.value.type.shape[dim]!);
  if (!at) return;
  const rows: [string, Arguments][] = [["index_select", [x.value, dim, at]], ["take", [x.value, at]]];
  if (dim === 0) rows.push(["index", [x.value, [at]]], ["embedding", [x.value, at]]);
  if (rankOf(x) === 1 && at.type.shape.length === 1) rows.push(["gather", [x.value, 0, at]]);
  const [name, args] = choices.pick(rows);
  call(shop, name, args, "moved", [x]);
};

/** Writes of a value's own rows into it: duplicates add up, or the last one stays. */
const writing: Step = (shop) => {
  const tame = (k: Known) => rankOf(k) > 0 && rankOf(k) < 4 && exact(k) && isFull(k.value.type.shape);
  const x = shop.find((k) => tame(k) && dtypeOf(k) !== "bool"), { choices } = shop;
  const at = x && indices(shop, x.value.type.shape[0]!);
  if (!x || at?.type.shape.length !== 1) return;
  const rows = built(shop, "index_select", [x.value, 0, at])[0]!;
  const flat = rankOf(x) === 1, reduce = choices.pick(["sum", "amax", "amin"]);
  const ways: [string, Arguments][] = [
    ["index_add", [x.value, 0, at, rows]],
    ["index_put", [x.value, [at], rows, choices.once(2)]],
    ["index_copy", [x.value, 0, at, rows]],
    ["index_fill", [x.value, 0, at, 3]],
  ];
  if (flat) ways.push(["scatter", [x.value, 0, at, rows]], ["scatter_add", [x.value, 0, at, rows]]);
  if (flat) ways.push(["scatter_reduce", [x.value, 0, at, rows, reduce]]);
  const [name, args] = choices.pick(ways);
  call(shop, name, args, "scale", [x]);
};

const creation: Step = (shop) => {
  const { choices } = shop, x = shop.find((k) => rankOf(k) > 0, anything);
  if (!x) return;
  const n = x.value.type.shape[0]!, end = add(n, 2);
  const rows: [string, Arguments][] = [
    ["arange", [end]],
    ["linspace", [-1, 2, 7]],
    ["eye", [n]],
    ["full", [[n, 2], 3]],
    ["ones_like", [x.value]],
    ["zeros_like", [x.value]],
    ["tril_indices", [4, 3]],
    ["hann_window", [9]],
  ];
  const [name, args] = choices.pick(rows);
  call(shop, name, args, "element", []);
};

/** What is likely stands several times. */
export const atenSteps: readonly Step[] = [
  unary,
  unary,
  binary,
  binary,
  scalar,
  ternary,
  alongDim,
  alongDim,
  total,
  several,
  move,
  move,
  move,
  indexing,
  writing,
  creation,
  ...shapedSteps,
];
