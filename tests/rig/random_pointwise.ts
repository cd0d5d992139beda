/**
 * Pointwise steps of random graphs, with what is known of the results' numbers.
 *
 * @module
 */
import { type DType, isFloat } from "../../src/base/mod.ts";
import { eq } from "../../src/ir/expr/mod.ts";
import { lt, mod } from "../../src/ir/expr/mod.ts";
import { broadcastShapes, type GraphBuilder, type Value } from "../../src/ir/graph/mod.ts";
import type { ScalarFn } from "../../src/ir/scalar/mod.ts";
import { moved } from "./random_graph.ts";
import { dtypeOf, fits, join, shapeOf, small, type Step } from "./random_known.ts";

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

/** Steps whose results have an element for each of their operands'. */
export const pointwiseSteps = { unary, binary, compare, where, cast } as const;
