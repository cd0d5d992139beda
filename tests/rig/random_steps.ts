/**
 * The steps that random graphs are made of: each picks operands among what there is, and adds its result.
 *
 * @module
 */
import { type DType, isFloat } from "../../src/base/mod.ts";
import { add, asInt, eq, type Expr, ge, int } from "../../src/ir/expr/mod.ts";
import { isInt, lt, mod, mul, rangeOf } from "../../src/ir/expr/mod.ts";
import { broadcastShapes, type GraphBuilder, type Value } from "../../src/ir/graph/mod.ts";
import type { ReduceFn, ScalarFn } from "../../src/ir/scalar/mod.ts";
import { controlSteps } from "./random_control.ts";
import { atenSteps } from "./random_aten.ts";
import { type Grid, type Known, moved, type Workshop } from "./random_graph.ts";
import { randomViews } from "./random_views.ts";

export type Step = (shop: Workshop) => void;

export const dtypeOf = (k: Known) => k.value.type.dtype;
export const shapeOf = (k: Known) => k.value.type.shape;
export const rankOf = (k: Known) => shapeOf(k).length;

/** True where two shapes surely broadcast, to not too much. */
function fits(a: readonly Expr[], b: readonly Expr[]): boolean {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, n) => [a[n - rank + a.length], b[n - rank + b.length]])
    .every(([x, y]) => !x || !y || x === y || isInt(x, 1) || isInt(y, 1));
}

const join = (a?: Grid, b?: Grid) =>
  a && b && { unit: Math.min(a.unit, b.unit), top: Math.max(a.top, b.top) };
/** Grids finer or larger than this lose bits in f32. */
const small = (
  g: Grid | undefined,
) => (g && g.top - g.unit <= 22 && g.unit > -20 && g.top < 15 ? g : undefined);

/** Functions that give the same bits everywhere. */
const exactUnary: ScalarFn[] = ["neg", "abs", "floor", "ceil", "trunc", "round", "sign", "frac", "sqrt"];
/** Functions whose last bits differ, of slope at most one or so. */
const smooth: ScalarFn[] = ["tanh", "sigmoid", "sin", "cos", "erf", "atan", "asinh"];

const unary: Step = (shop) => {
  const x = shop.find(() => true, { wild: true })!, { b, choices } = shop, dtype = dtypeOf(x), { wild } = x;
  if (dtype === "bool") return void shop.add(b.pointwise("not", x.value));
  if (!isFloat(dtype)) {
    return void shop.add(b.pointwise(choices.pick(["neg", "abs", "sign", "not"]), x.value), { wild });
  }
  if (x.loose || choices.once(3)) {
    return void shop.add(b.pointwise(choices.pick(smooth), x.value), { loose: true });
  }
  const fn = choices.pick(exactUnary), kept = fn === "neg" || fn === "abs" || fn === "frac";
  const whole = { unit: 0, top: (x.grid?.top ?? 99) + 1 };
  const grid = fn === "sqrt" ? undefined : kept ? x.grid : x.grid && whole;
  shop.add(b.pointwise(fn, x.value), { grid, wild });
};

const floatBinary: ScalarFn[] = [
  "add",
  "sub",
  "mul",
  "min",
  "max",
  "div",
  "fmin",
  "fmax",
  "mod",
  "floordiv",
  "fmod",
  "nextafter",
  "copysign",
];
const integerBinary: ScalarFn[] = [
  "add",
  "sub",
  "mul",
  "min",
  "max",
  "div",
  "floordiv",
  "mod",
  "and",
  "xor",
  "or",
  "fmod",
  "shl",
  "shr",
  "pow",
  "gcd",
];

const binary: Step = (shop) => {
  const x = shop.find(() => true, { wild: true })!, { b, choices } = shop, dtype = dtypeOf(x);
  const y = shop.find((k) => dtypeOf(k) === dtype && fits(shapeOf(x), shapeOf(k)), { wild: true })!;
  const wild = x.wild || y.wild;
  if (dtype === "bool") {
    return void shop.add(b.pointwise(choices.pick(["and", "or", "xor", "min", "max"]), x.value, y.value));
  }
  if (!isFloat(dtype)) {
    return void shop.add(b.pointwise(choices.pick(integerBinary), x.value, y.value), { wild });
  }
  const loose = x.loose || y.loose, fn = choices.pick(loose ? floatBinary.slice(0, 2) : floatBinary);
  const wide = join(x.grid, y.grid);
  const grid = fn === "mul" && x.grid && y.grid
    ? small({ unit: x.grid.unit + y.grid.unit, top: x.grid.top + y.grid.top })
    : fn === "add" || fn === "sub"
    ? wide && small({ ...wide, top: wide.top + 1 })
    : ["min", "max", "fmin", "fmax"].includes(fn)
    ? wide
    : undefined;
  const second = fn === "copysign" ? signed(b, y.value) : y.value;
  shop.add(b.pointwise(fn, x.value, second), { loose, grid, wild });
};

/** Signs of nan, and of zeros that were summed, are nobody's promise: they become plus. */
function signed(b: GraphBuilder, x: Value): Value {
  const { dtype } = x.type, plus = b.pointwise("add", x, b.constant(0, dtype));
  return b.pointwise("where", b.pointwise("isnan", x), b.constant(1, dtype), plus);
}

const compare: Step = (shop) => {
  const x = shop.find((k) => !k.loose, { wild: true })!, { b, choices } = shop;
  if (isFloat(dtypeOf(x)) && choices.once(4)) {
    const test = choices.pick(["isnan", "isinf", "isfinite", "signbit"] as const);
    return void shop.add(b.pointwise(test, test === "signbit" ? signed(b, x.value) : x.value));
  }
  const y = shop.find((k) => !k.loose && dtypeOf(k) === dtypeOf(x) && fits(shapeOf(x), shapeOf(k)), {
    wild: true,
  })!;
  shop.add(b.pointwise(choices.pick(["lt", "eq", "ge", "ne", "le", "gt"]), x.value, y.value));
};

const where: Step = (shop) => {
  const all = { final: true, wild: true }, x = shop.find(() => true, all)!, { b } = shop;
  const y = shop.find((k) => dtypeOf(k) === dtypeOf(x) && fits(shapeOf(x), shapeOf(k)), all)!;
  const shape = broadcastShapes(shapeOf(x), shapeOf(y));
  const test = shop.find((k) => dtypeOf(k) === "bool" && fits(shape, shapeOf(k)))?.value ??
    b.mask(shape, (axes) => axes.length ? lt(mod(axes.at(-1)!, 3), 2) : eq(0, 0));
  shop.add(b.pointwise("where", test, x.value, y.value), { ...moved(x, y), grid: join(x.grid, y.grid) });
};

const cast: Step = (shop) => {
  const { b, choices } = shop, wanted: DType[] = ["f32", "i64", "f64", "bool", "i32"];
  if (shop.options.halves) wanted.push("bf16", "f16", "i8", "u8", "i16", "u16", "u32", "u64");
  const dtype = choices.pick(wanted), x = shop.find((k) => isFloat(dtype) || !k.loose, { wild: true });
  if (!x) return;
  if (x.loose && dtype !== "f32" && dtype !== "f64") return; // a half type would blow the error up
  const grid = x.grid && isFloat(dtype) && isFloat(dtypeOf(x)) ? x.grid : undefined;
  shop.add(b.cast(x.value, dtype), { loose: x.loose, grid, wild: x.wild || (!grid && isFloat(dtype)) });
};

const constant: Step = (shop) => {
  const { b, choices } = shop;
  if (choices.once(2)) {
    return void shop.add(b.constant(choices.pick([0.5, 2, -1, NaN, -0]), "f32"), {
      grid: { unit: -1, top: 2 },
    });
  }
  shop.add(b.constant(choices.pick([2n, -3n, 0n, 7n]), "i64"));
};

const iota: Step = (shop) => {
  const { b, choices } = shop,
    shape = shapeOf(shop.find((k) => rankOf(k) > 0, { final: true, wild: true }) ?? shop.known[0]!),
    dtype = choices.pick(["i64", "f32"] as const);
  const value = b.iota(
    shape,
    (axes) => axes.reduce<Expr>((sum, a, n) => add(sum, mul(a, n + 2)), int(-1)),
    dtype,
  );
  shop.add(value, { grid: { unit: 0, top: 8 } });
};

const view: Step = (shop) => {
  const x = shop.find((k) => rankOf(k) > 0 && rankOf(k) < 5, { final: true, wild: true });
  const out = x && shop.choices.pick(randomViews)(shop.b, x.value, shop);
  if (out) {
    shop.add(out, { ...moved(x), grid: x.grid && { unit: Math.min(x.grid.unit, -1), top: x.grid.top } });
  }
};

/** Integers in [0, size) of a shape, from some values. */
function indices(shop: Workshop, size: Expr, wrap: boolean): Value {
  const { b } = shop, x = shop.find((k) => dtypeOf(k) === "i64" && rankOf(k) > 0)?.value;
  const shape = x?.type.shape ?? [int(4)];
  const raw = x ?? b.iota(shape, ([i]) => mul(i!, 3));
  const limit = b.iota([], () => size);
  const at = b.pointwise("mod", raw, limit);
  return wrap
    ? b.pointwise(
      "sub",
      at,
      b.pointwise("mul", limit, b.cast(b.mask(shape, ([i]) => eq(mod(i!, 2), 0)), "i64")),
    )
    : at;
}

const isIndexable = (k: Known) => rankOf(k) > 0 && rangeOf(shapeOf(k)[0]!).min >= 1;

const lookup: Step = (shop) => {
  const x = shop.find(isIndexable, { final: true, wild: true }), { b, choices } = shop;
  if (!x || rankOf(x) > 3) return;
  const size = shapeOf(x)[0]!, wrap = choices.once(2), at = indices(shop, size, wrap);
  const rank = at.type.shape.length, shape = [...at.type.shape, ...shapeOf(x).slice(1)];
  if (shape.length > 5) return;
  const stretched = rank === shape.length ? at : b.remap(at, shape, (axes) => axes.slice(0, rank));
  const masked = choices.once(3) &&
    { valid: (axes: readonly Expr[]) => ge(axes[0]!, 1), fill: dtypeOf(x) === "bool" ? false : 0 };
  const operands = [{ value: stretched, size, wrap }];
  const out = b.lookup(x.value, shape, operands, (axes, [k]) => [k!, ...axes.slice(rank)], masked || {});
  shop.add(out, { ...moved(x), grid: x.grid });
};

const scatter: Step = (shop) => {
  const x = shop.find((k) => isIndexable(k) && rankOf(k) <= 2 && !k.loose && dtypeOf(k) !== "bool"),
    { b, choices } = shop;
  if (!x) return;
  const size = shapeOf(x)[0]!, at = indices(shop, size, false), rank = at.type.shape.length;
  const shape = [...at.type.shape, ...shapeOf(x).slice(1)];
  if (shape.length > 4) return;
  const stretched = rank === shape.length ? at : b.remap(at, shape, (axes) => axes.slice(0, rank));
  const updates = b.cast(
    b.iota(shape, (axes) => axes.reduce<Expr>((sum, a) => add(sum, a), int(-1))),
    dtypeOf(x),
  );
  const combine = choices.pick(["add", "set", "max", "min", "mul"] as const);
  if (combine === "mul" && isFloat(dtypeOf(x))) return;
  const out = b.scatter(
    x.value,
    updates,
    [{ value: stretched, size, wrap: false }],
    combine,
    (axes, [k]) => [k!, ...axes.slice(rank)],
  );
  const wide = x.grid && { unit: Math.min(0, x.grid.unit), top: x.grid.top + 8 };
  shop.add(out, { grid: combine === "add" ? small(wide) : wide });
};

/** Sums of at most this many elements: more would leave the grid. */
const MANY = 8;

const reduce: Step = (shop) => {
  const x = shop.find((k) => rankOf(k) > 0, { wild: true }), { b, choices } = shop;
  if (!x) return;
  const dtype = dtypeOf(x);
  const dims = shapeOf(x).map((_, n) => n).filter(() => choices.once(2));
  if (dims.length === 0) dims.push(rankOf(x) - 1);
  const keep = choices.once(3), float = isFloat(dtype);
  const numbers: ReduceFn[] = x.loose
    ? ["sum"]
    : ["sum", "max", "min", "argmax", "argmin", "any", "all", "prod"];
  const fn: ReduceFn = dtype === "bool" ? choices.pick(["any", "all", "max", "min"]) : choices.pick(numbers);
  if (float && (fn === "prod" || (fn === "sum" && x.wild))) return;
  const grid = fn === "sum" ? small(x.grid && { ...x.grid, top: x.grid.top + MANY }) : x.grid;
  const out = b.reduce(fn, x.value, dims, keep), extreme = float && (fn === "max" || fn === "min");
  const plain = extreme ? b.pointwise("add", out, b.constant(0, dtype)) : out; // -0 becomes 0: ties have no order
  const kept = float && (fn === "sum" || extreme);
  const loose = kept && (x.loose || (fn === "sum" && !grid));
  shop.add(plain, { loose, wild: x.wild && (kept || !float), grid: kept ? grid : undefined });
};

const einsum: Step = (shop) => {
  const x = shop.find((k) => rankOf(k) > 0 && rankOf(k) <= 3 && dtypeOf(k) !== "bool"), { b, choices } = shop;
  if (!x) return;
  const y = shop.find((k) =>
    dtypeOf(k) === dtypeOf(x) && rankOf(k) > 0 && rankOf(k) <= 3 && shapeOf(k).at(-1) === shapeOf(x).at(-1)
  )!;
  if (x.loose && y.loose) return;
  const batch = rankOf(x) > 1 && rankOf(y) > 1 && shapeOf(x)[0] === shapeOf(y)[0] && choices.once(2)
    ? "a"
    : "";
  const left = batch + "bc".slice(0, rankOf(x) - 1 - batch.length),
    right = batch + "de".slice(0, rankOf(y) - 1 - batch.length);
  const out = batch +
    (choices.once(3)
      ? right.slice(batch.length) + left.slice(batch.length)
      : left.slice(batch.length) + right.slice(batch.length));
  const value = b.einsum(`${left}k,${right}k->${out}`, x.value, y.value);
  const grid = x.grid && y.grid &&
    small({ unit: x.grid.unit + y.grid.unit, top: x.grid.top + y.grid.top + 5 });
  const float = isFloat(dtypeOf(x));
  shop.add(value, { loose: float && (!grid || x.loose || y.loose), grid: float ? grid : undefined });
};

const concat: Step = (shop) => {
  const all = { final: true, wild: true }, x = shop.find((k) => rankOf(k) > 0, all), { b, choices } = shop;
  if (!x) return;
  const dim = choices.below(rankOf(x));
  const y = shop.find((k) =>
    dtypeOf(k) === dtypeOf(x) && rankOf(k) === rankOf(x) &&
    shapeOf(k).every((e, n) => n === dim || e === shapeOf(x)[n]), all)!;
  shop.add(b.concat([x.value, y.value, x.value], dim), { ...moved(x, y), grid: join(x.grid, y.grid) });
};

/** Whole-tensor algorithms. */
const routine: Step = (shop) => {
  const x = shop.find((k) => rankOf(k) > 0 && !k.loose && dtypeOf(k) !== "bool"), { b, choices } = shop;
  if (!x) return;
  const dim = choices.below(rankOf(x)), half = dtypeOf(x) === "f16" || dtypeOf(x) === "bf16";
  if (choices.once(2) && !half) {
    const fn = choices.pick(["max", "sum", "min"]),
      grid = small(x.grid && { ...x.grid, top: x.grid.top + MANY });
    if (fn === "sum" && isFloat(dtypeOf(x)) && !grid) return;
    shop.add(b.routine("scan", [x.value], [x.value.type], { fn, dim })[0]!, { grid });
    return;
  }
  const types = [x.value.type, { dtype: "i64", shape: shapeOf(x) }] as const;
  const [values, order] = b.routine("sort", [x.value], types, {
    dim,
    descending: choices.once(2),
    stable: true,
  });
  const zero = isFloat(dtypeOf(x)) ? b.pointwise("add", values!, b.constant(0, dtypeOf(x))) : values!; // -0 is 0
  shop.add(zero, { grid: x.grid });
  shop.add(order!);
};

/** What a size is at most; sizes that are data are taken for middling. */
function most(e: Expr): number {
  const { max } = rangeOf(e);
  return Number.isFinite(max) ? max : 40;
}

/** A graph does not grow beyond what plain loops visit in no time. */
function sized(step: Step): Step {
  return (shop) => {
    const before = shop.known.length;
    step(shop);
    const big = ({ value }: Known) =>
      value.type.shape.reduce((n, e) => n * Math.max(1, asInt(e) ?? most(e)), 1) > 6000;
    const kept = shop.known.slice(before).filter((k) => !big(k));
    shop.known.length = before;
    shop.known.push(...kept);
  };
}

/** Every kind of step; what is likely stands several times. */
export const steps: readonly Step[] = [
  binary,
  unary,
  view,
  reduce,
  compare,
  where,
  cast,
  einsum,
  lookup,
  concat,
  view,
  binary,
  unary,
  view,
  reduce,
  einsum,
  view,
  binary,
  constant,
  iota,
  scatter,
  routine,
  ...controlSteps,
  ...atenSteps,
].map(sized);
