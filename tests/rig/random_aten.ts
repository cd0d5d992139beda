/**
 * Steps of random graphs that call aten operators: what is checked is that their compositions are compiled as they are
 * interpreted, not that they are right.
 *
 * A family is a list of operators that take alike arguments. Operators that move elements keep what is known of them;
 * results of the others are compared and moved about, no more, because nothing is known of their slope.
 *
 * @module
 */
import { isFloat, isInteger, Refused } from "../../src/base/mod.ts";
import { add, asInt, type Expr, int, isInt, rangeOf } from "../../src/ir/expr/mod.ts";
import type { Value } from "../../src/ir/graph/mod.ts";
import { type Argument, callOperator, type Named } from "../../src/ops/user/call.ts";
import { shapedSteps } from "./random_aten_shaped.ts";
import { type Known, moved, type Workshop } from "./random_graph.ts";

type Step = (shop: Workshop) => void;
type Arguments = readonly (Argument | Named)[];

/** What becomes of an operator's float results. */
export type Gives = "moved" | "exact" | "element" | "scale";

const isValue = (x: unknown): x is Value => typeof x === "object" && x !== null && "type" in x && "name" in x;

/** Operators that may name any of equal elements: what they name is compared, not its place. */
const places = new Set(["kthvalue", "topk", "median", "nanmedian", "mode"]);

/** Calls an operator on values `from`; calls that are refused leave nothing behind. */
export function call(
  shop: Workshop,
  name: string,
  args: Arguments,
  gives: Gives,
  from: readonly Known[],
): void {
  const results = built(shop, name, args);
  for (const value of places.has(name) ? named(shop, args, results) : results) {
    if (gives === "moved") shop.add(value, { ...moved(...from), grid: gridOf(from) });
    else if (!isFloat(value.type.dtype)) shop.add(value);
    else if (gives === "exact") shop.add(value, { wild: true });
    else shop.add(value, { loose: true, final: gives });
  }
}

/** Values, and the elements at the places given, in place of the places. */
function named(shop: Workshop, [x, ...rest]: Arguments, [values, at]: readonly Value[]): readonly Value[] {
  if (!values || !at || !isValue(x)) return values ? [values] : [];
  const dim = rest.findLast((arg) => typeof arg === "number") ?? -1, { length } = x.type.shape;
  const where = at.type.shape.length === length ? at : built(shop, "unsqueeze", [at, dim])[0]!;
  return [values, ...built(shop, "take_along_dim", [x, where, dim])];
}

/** The tensors that an operator gives, if it takes the arguments. */
export function built(shop: Workshop, name: string, args: Arguments): readonly Value[] {
  try {
    const results = callOperator(shop.b, name, args);
    return [results].flat(2).filter(isValue).map((value) => real(shop, value));
  } catch (error) {
    if (error instanceof Refused) return [];
    throw error;
  } finally {
    shop.b.at(undefined);
  }
}

function real(shop: Workshop, value: Value): Value {
  return value.type.dtype.startsWith("c") ? callOperator(shop.b, "view_as_real", [value]) as Value : value;
}

/** The coarsest grid that holds all, zeros and ones included. */
function gridOf(from: readonly Known[]) {
  const grids = from.map((k) => k.grid);
  if (grids.some((g) => !g)) return undefined;
  return { unit: Math.min(0, ...grids.map((g) => g!.unit)), top: Math.max(1, ...grids.map((g) => g!.top)) };
}

const rank = (k: Known) => k.value.type.shape.length;
const dtype = (k: Known) => k.value.type.dtype;
/** Exact, and if integers: few and small, for sums of them may be floats. */
const exact = (k: Known) => !k.loose && (!isInteger(dtype(k)) || k.grid !== undefined);
const anything = { final: true, wild: true };
/** Sizes that are surely not 0. */
export const isFull = (shape: readonly Expr[]) => shape.every((e) => rangeOf(e).min >= 1);

function broadcasts(a: readonly Expr[], b: readonly Expr[]): boolean {
  return a.every((_, n) => {
    const x = a.at(-1 - n), y = b.at(-1 - n);
    return !x || !y || x === y || isInt(x, 1) || isInt(y, 1);
  });
}

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
  const y = x && shop.find((k) => exact(k) && broadcasts(x.value.type.shape, k.value.type.shape));
  if (x && y) call(shop, name, [x.value, y.value], "element", [x, y]);
};

/** A number beside a tensor. */
const scalar: Step = (shop) => {
  const x = shop.find(exact), { choices } = shop, name = choices.pick(pairs);
  if (x) call(shop, name, [x.value, choices.pick([2, 0.5, -3, 0, 7, -0.25, 1])], "element", [x]);
};

const ternary: Step = (shop) => {
  const { choices } = shop, name = choices.pick(triples), flags = name === "where" || name === "masked_fill";
  const fits = (to: Known) => (k: Known) => exact(k) && broadcasts(to.value.type.shape, k.value.type.shape);
  const x = shop.find(exact), y = x && shop.find((k) => fits(x)(k) && dtype(k) === dtype(x));
  const z = y && shop.find((k) => fits(x)(k) && fits(y)(k) && dtype(k) === (flags ? "bool" : dtype(x)));
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
  const x = shop.find((k) => exact(k) && rank(k) > 0), { choices } = shop, name = choices.pick(overDims);
  if (!x) return;
  const dim = choices.below(rank(x)), size = x.value.type.shape[dim]!;
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
  const x = shop.find((k) => exact(k) && rank(k) > 1 && isFull(k.value.type.shape)), { choices } = shop;
  if (!x) return;
  const dims = x.value.type.shape.map((_, n) => n).filter(() => choices.once(2));
  const name = choices.pick(["sum", "mean", "amax", "amin", "var", "logsumexp", "any", "all"]);
  call(shop, name, [x.value, dims.length > 0 ? dims : [0], choices.once(2)], "scale", [x]);
};

type Mover = (shop: Workshop, x: Known, dim: number, size: Expr) => Arguments | undefined;
const known = (e: Expr) => asInt(e) ?? rangeOf(e).min;

const movers: Readonly<Record<string, Mover>> = {
  flip: (_, x, dim) => [x.value, [dim]],
  roll: ({ choices }, x, dim) => [x.value, [choices.below(4) - 1], [dim]],
  rot90: ({ choices }, x) => (rank(x) > 1 ? [x.value, choices.below(4), [0, 1]] : undefined),
  narrow: (_, x, dim, size) => (known(size) > 1 ? [x.value, dim, 1, known(size) - 1] : undefined),
  slice: (
    { choices },
    x,
    dim,
  ) => [x.value, dim, choices.below(4) - 2, choices.pick([1000, -1, 3]), 1 + choices.below(3)],
  select: (
    { choices },
    x,
    dim,
    size,
  ) => (known(size) > 0 ? [x.value, dim, choices.pick([0, -1])] : undefined),
  unfold: (_, x, dim, size) => (known(size) > 2 ? [x.value, dim, 2, 2] : undefined),
  transpose: (_, x, dim) => [x.value, dim, 0],
  movedim: (_, x, dim) => [x.value, dim, -1],
  unsqueeze: (_, x, dim) => [x.value, dim],
  squeeze: (_, x) => [x.value],
  expand: ({ choices }, x) => [x.value, [int(1 + choices.below(3)), ...x.value.type.shape]],
  flatten: (_, x) => [x.value],
  diagonal: ({ choices }, x) => (rank(x) > 1 ? [x.value, choices.below(3) - 1] : undefined),
  diag_embed: (_, x) => (rank(x) < 3 ? [x.value] : undefined),
  tril: ({ choices }, x) => (rank(x) > 1 ? [x.value, choices.below(3) - 1] : undefined),
  triu: ({ choices }, x) => (rank(x) > 1 ? [x.value, choices.below(3) - 1] : undefined),
  repeat: (_, x, dim) => [x.value, x.value.type.shape.map((_, n) => (n === dim ? 2 : 1))],
  tile: (_, x) => [x.value, [2]],
  repeat_interleave: (_, x, dim) => [x.value, 2, dim],
  chunk: (_, x, dim, size) => (asInt(size) ? [x.value, 2, dim] : undefined),
  tensor_split: (_, x, dim, size) => (asInt(size) ? [x.value, 3, dim] : undefined),
  split: (_, x, dim, size) => (asInt(size) ? [x.value, 2, dim] : undefined),
  unbind: (_, x, dim, size) => ((asInt(size) ?? 9) < 4 ? [x.value, dim] : undefined),
  stack: (_, x, dim) => [[x.value, x.value], dim],
  hstack: (_, x) => [[x.value, x.value]],
  constant_pad_nd: ({ choices }, x) => [x.value, [choices.below(3), 2 - choices.below(4)], 1],
  clone: (_, x) => [x.value],
  permute: (_, x) => [x.value, x.value.type.shape.map((_, n) => n).reverse()],
  swapaxes: (_, x, dim) => [x.value, dim, -1],
  unflatten: (
    _,
    x,
    dim,
    size,
  ) => ((asInt(size) ?? 1) % 2 === 0 && asInt(size) ? [x.value, dim, [2, -1]] : undefined),
  pad: (shop, x, _, size) => padding(shop, x, size),
  nonzero_static: (_, x) => (dtype(x) === "bool" ? [x.value, { size: 5 }] : undefined),
  masked_select: (shop, x) => {
    const mask = shop.find((k) => dtype(k) === "bool" && rank(k) <= rank(x) && sameEnd(k, x));
    return mask && [x.value, mask.value];
  },
  fill_diagonal: () => undefined,
};
const moverNames = Object.keys(movers);

function sameEnd(a: Known, b: Known): boolean {
  return a.value.type.shape.every((_, n) => a.value.type.shape.at(-1 - n) === b.value.type.shape.at(-1 - n));
}

/** Around the last dim, in one of the ways. */
function padding({ choices }: Workshop, x: Known, _: Expr): Arguments | undefined {
  const mode = choices.pick(["constant", "reflect", "replicate", "circular"]),
    last = x.value.type.shape.at(-1)!;
  if (mode === "constant") return [x.value, [1, 2], mode];
  if (rank(x) < 2 || rank(x) > 3 || known(last) < 2 || !isFull(x.value.type.shape)) return undefined;
  return [x.value, [1, 1], mode];
}

const move: Step = (shop) => {
  const x = shop.find((k) => rank(k) > 0 && rank(k) < 5, anything), { choices } = shop;
  if (!x) return;
  const name = choices.pick(moverNames), dim = choices.below(rank(x));
  const args = movers[name]!(shop, x, dim, x.value.type.shape[dim]!);
  if (args) call(shop, name, args, "moved", [x]);
};

/** Indices from values of any integer type, in range. */
function indices(shop: Workshop, size: Expr): Value | undefined {
  const { b } = shop, x = shop.find((k) => isInteger(dtype(k)) && rank(k) > 0 && rank(k) < 3)?.value;
  return x && b.pointwise("mod", b.cast(x, "i64"), b.iota([], () => size));
}

const indexing: Step = (shop) => {
  const x = shop.find((k) => rank(k) > 0 && rank(k) < 4 && isFull(k.value.type.shape), anything),
    { choices } = shop;
  if (!x) return;
  const dim = choices.below(rank(x)), at = indices(shop, x.value.type.shape[dim]!);
  if (!at) return;
  const rows: [string, Arguments][] = [["index_select", [x.value, dim, at]], ["take", [x.value, at]]];
  if (dim === 0) rows.push(["index", [x.value, [at]]], ["embedding", [x.value, at]]);
  if (rank(x) === 1 && at.type.shape.length === 1) rows.push(["gather", [x.value, 0, at]]);
  const [name, args] = choices.pick(rows);
  call(shop, name, args, "moved", [x]);
};

/** Writes of a value's own rows into it: duplicates add up, or the last one stays. */
const writing: Step = (shop) => {
  const tame = (k: Known) => rank(k) > 0 && rank(k) < 4 && exact(k) && isFull(k.value.type.shape);
  const x = shop.find((k) => tame(k) && dtype(k) !== "bool"), { choices } = shop;
  const at = x && indices(shop, x.value.type.shape[0]!);
  if (!x || at?.type.shape.length !== 1) return;
  const rows = built(shop, "index_select", [x.value, 0, at])[0]!;
  const flat = rank(x) === 1, reduce = choices.pick(["sum", "amax", "amin"]);
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
  const { choices } = shop, x = shop.find((k) => rank(k) > 0, anything);
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
