/**
 * The steps that random graphs are made of: each picks operands among what there is, and adds its result.
 *
 * @module
 */
import { isFloat } from "../../src/base/mod.ts";
import { add, asInt, eq, type Expr, ge, int } from "../../src/ir/expr/mod.ts";
import { mod, mul, rangeOf } from "../../src/ir/expr/mod.ts";
import type { Value } from "../../src/ir/graph/mod.ts";
import type { ReduceFn } from "../../src/ir/scalar/mod.ts";
import { controlSteps } from "./random_control.ts";
import { atenSteps } from "./random_aten.ts";
import { type Known, moved, type Workshop } from "./random_graph.ts";
import { randomViews } from "./random_views.ts";
import { dtypeOf, join, MANY, rankOf, shapeOf, small, type Step } from "./random_known.ts";
import { pointwiseSteps } from "./random_pointwise.ts";

const { unary, binary, compare, where, cast } = pointwiseSteps;

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
