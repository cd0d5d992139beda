/**
 * One node with complex operands or results, in real ones.
 *
 * @module
 */
import { isComplex } from "../../base/mod.ts";
import { asInt, ge, int, sub } from "../../ir/expr/mod.ts";
import { axesOf, type GraphBuilder, type Node, type Op, type OpOf, type Value } from "../../ir/graph/mod.ts";
import type { ScalarFn } from "../../ir/scalar/mod.ts";
import { unsupported } from "../aten/refuse.ts";
import { calc } from "../calc.ts";
import { computeInWide } from "./wide.ts";
import { expand, slice } from "../views.ts";
import { complexFunctions, type Parts } from "./functions.ts";
import type { Held } from "./held.ts";
import { isComplexValue, marks, pairType, realType } from "./parts.ts";

/** Appends to `g` what `node` computes and tells `held` where its results are. */
export function convertNode(g: GraphBuilder, held: Held, node: Node): void {
  const { op, inputs } = node, out = node.outputs[0]!;
  const define = (parts: Parts) => {
    const { shape } = out.type;
    held.give(out, { re: expand(g, parts.re, shape), im: expand(g, parts.im, shape) });
  };
  switch (op.kind) {
    case "pointwise":
      return pointwise(g, held, node, op.fn, define);
    case "cast":
      return cast(g, held, inputs[0]!, out);
    case "constant":
      return held.give(out, { re: g.constant(Number(op.value), realType(out.type.dtype)) });
    case "iota":
      return held.give(out, { re: g.iota(out.type.shape, () => op.expr, realType(out.type.dtype)) });
    case "remap":
      return moved(g, held, op, inputs[0]!, out);
    case "concat":
    case "lookup":
    case "scatter":
      return eachPart(g, held, node, op);
    case "reduce":
      return reduce(g, held, node, op, define);
    case "einsum":
      return einsum(g, held, op, inputs as [Value, Value], out);
    case "routine":
      return routine(g, held, node, op);
    default:
      return meaningless(node, op.kind);
  }
}

function meaningless(node: Node, what: string): never {
  return unsupported(node.origin?.target ?? what, `${what} has no meaning for complex tensors here`);
}

function pointwise(
  g: GraphBuilder,
  held: Held,
  node: Node,
  fn: ScalarFn,
  define: (parts: Parts) => void,
): void {
  const out = node.outputs[0]!, { shape } = out.type;
  if (fn === "where") {
    const [test, a, b] = node.inputs as [Value, Value, Value], c = held.whole(g, test);
    const [p, q] = [held.parts(g, a), held.parts(g, b)];
    return define({ re: g.pointwise("where", c, p.re, q.re), im: g.pointwise("where", c, p.im, q.im) });
  }
  const operands = node.inputs.map((x) => held.parts(g, x));
  if (fn === "eq" || fn === "ne") {
    const [a, b] = operands as [Parts, Parts], join = fn === "eq" ? "and" : "or";
    const same = g.pointwise(join, g.pointwise(fn, a.re, b.re), g.pointwise(fn, a.im, b.im));
    return held.giveReal(out, expand(g, same, shape));
  }
  const formula = complexFunctions[fn];
  if (!formula) return meaningless(node, fn);
  define(computeInWide(g, operands, (...wide) => formula(calc(g), ...wide)));
}

function cast(g: GraphBuilder, held: Held, x: Value, out: Value): void {
  const { dtype } = out.type, part = realType(dtype);
  if (isComplex(dtype)) {
    const re = g.cast(held.real(g, x), part);
    return held.give(out, held.isReal(x) ? { re } : { re, im: g.cast(held.parts(g, x).im, part) });
  }
  if (dtype !== "bool") return held.giveReal(out, g.cast(held.real(g, x), dtype));
  const { re, im } = held.parts(g, x);
  held.giveReal(out, g.pointwise("or", g.cast(re, "bool"), g.cast(im, "bool")));
}

/** A view moves pairs where there is one, parts otherwise. */
function moved(g: GraphBuilder, held: Held, op: OpOf<"remap">, x: Value, out: Value): void {
  const form = held.form(x), { shape } = out.type;
  const masked = (fill: OpOf<"remap">["fill"]) => op.valid ? { valid: () => op.valid!, fill: fill ?? 0 } : {};
  const move = (part: Value, fill = op.fill) => g.remap(part, shape, () => op.index, masked(numberOf(fill)));
  if (form.pair && !form.re && !op.valid) {
    const last = axesOf([...shape, int(2)]).at(-1)!;
    return held.give(out, { pair: g.remap(form.pair, [...shape, int(2)], () => [...op.index, last]) });
  }
  const re = move(held.real(g, x));
  held.give(out, held.isReal(x) ? { re } : { re, im: move(held.parts(g, x).im, 0) });
}

function numberOf(fill: OpOf<"remap">["fill"]): number {
  return fill === undefined ? 0 : Number(fill);
}

/** The same operation on both parts; index operands are what they are. */
function eachPart(g: GraphBuilder, held: Held, node: Node, op: Op): void {
  const out = node.outputs[0]!, complexes = node.inputs.filter((x) => isComplex(x.type.dtype));
  if (op.kind === "scatter" && op.combine !== "set" && op.combine !== "add") {
    return meaningless(node, `scatter ${op.combine}`);
  }
  const all = new Map(complexes.map((x) => [x, held.parts(g, x)]));
  const type = { dtype: realType(out.type.dtype), shape: out.type.shape };
  const [re, im] = (["re", "im"] as const).map((part) => {
    const fill = "fill" in op && op.fill !== undefined ? { fill: part === "re" ? Number(op.fill) : 0 } : {};
    return g.push({ ...op, ...fill } as Op, node.inputs.map((x) => all.get(x)?.[part] ?? held.whole(g, x)), [
      type,
    ])[0]!;
  });
  held.give(out, { re: re!, im: im! });
}

function reduce(
  g: GraphBuilder,
  held: Held,
  node: Node,
  op: OpOf<"reduce">,
  define: (parts: Parts) => void,
): void {
  const { re, im } = held.parts(g, node.inputs[0]!);
  if (op.fn === "sum") return define({ re: g.reduce("sum", re, op.dims), im: g.reduce("sum", im, op.dims) });
  if (op.fn !== "prod") return meaningless(node, op.fn);
  define([...op.dims].reverse().reduce((parts, dim) => product(g, node, parts, dim), { re, im } as Parts));
}

/** The product along one dim of known size: halves times halves. */
function product(g: GraphBuilder, node: Node, x: Parts, dim: number): Parts {
  const size = asInt(x.re.type.shape[dim]!), shape = x.re.type.shape.toSpliced(dim, 1);
  if (size === undefined) unsupported(node.origin?.target ?? "prod", "a complex product over a dynamic size");
  const piece = (part: Value, start: number, length: number) =>
    slice(g, part, dim, { start: int(start), end: int(start + length), length: int(length) });
  const both = (f: (part: Value) => Value): Parts => ({ re: f(x.re), im: f(x.im) });
  if (size === 0) {
    const number = (n: number) => expand(g, g.constant(n, x.re.type.dtype), shape);
    return { re: number(1), im: number(0) };
  }
  if (size === 1) {
    return both((part) => g.remap(part, shape, (axes) => axes.toSpliced(dim, 0, int(0) as never)));
  }
  const half = size >> 1, m = calc(g);
  const joined = complexFunctions.mul!(m, both((p) => piece(p, 0, half)), both((p) => piece(p, half, half)));
  if (size % 2 === 0) return product(g, node, joined, dim);
  const last = both((p) => piece(p, size - 1, 1));
  const rest = (a: Value, b: Value) => g.concat([a, b], dim);
  return product(g, node, { re: rest(joined.re, last.re), im: rest(joined.im, last.im) }, dim);
}

/** Running products along a dim of known size: every element times the one 1, 2, 4, … before it. */
function products(g: GraphBuilder, node: Node, x: Parts, dim: number): Parts {
  const { shape } = x.re.type, size = asInt(shape[dim]!);
  if (size === undefined) {
    unsupported(node.origin?.target ?? "cumprod", "a complex product over a dynamic size");
  }
  let parts = x;
  for (let step = 1; step < size; step *= 2) {
    const before = (part: Value, fill: number) =>
      g.remap(part, shape, (axes) => axes.map((axis, n) => n === dim ? sub(axis, step) : axis), {
        valid: (axes) => ge(axes[dim]!, step),
        fill,
      });
    parts = complexFunctions.mul!(calc(g), parts, { re: before(parts.re, 1), im: before(parts.im, 0) });
  }
  return parts;
}

/** Products of parts; of real operands only those that are not zero. */
function einsum(g: GraphBuilder, held: Held, op: OpOf<"einsum">, [a, b]: [Value, Value], out: Value): void {
  const spec = `${op.a},${op.b}->${op.out}`, times = (x: Value, y: Value) => g.einsum(spec, x, y);
  const [p, q] = [held.real(g, a), held.real(g, b)];
  if (held.isReal(a) && held.isReal(b)) return held.give(out, { re: times(p, q) });
  if (held.isReal(a)) return held.give(out, { re: times(p, q), im: times(p, held.parts(g, b).im) });
  const ai = held.parts(g, a).im;
  if (held.isReal(b)) return held.give(out, { re: times(p, q), im: times(ai, q) });
  const bi = held.parts(g, b).im;
  held.give(out, {
    re: g.pointwise("sub", times(p, q), times(ai, bi)),
    im: g.pointwise("add", times(p, bi), times(ai, q)),
  });
}

/** The host has complex tensors; pairs are the same memory, so the call says which buffers are pairs. */
function hostCall(g: GraphBuilder, held: Held, node: Node, op: OpOf<"routine">): void {
  const names = (values: readonly Value[]) =>
    values.map(({ type }) => (isComplex(type.dtype) ? type.dtype : null));
  const types = node.outputs.map(({ type }) => (isComplex(type.dtype) ? pairType(type) : type));
  const attrs = { ...op.attrs, complexIn: names(node.inputs), complexOut: names(node.outputs) };
  const made = g.routine(op.routine, node.inputs.map((value) => held.whole(g, value)), types, attrs);
  node.outputs.forEach((value, n) => {
    if (isComplex(value.type.dtype)) held.give(value, { pair: made[n]! });
    else held.giveReal(value, made[n]!);
  });
}

function routine(g: GraphBuilder, held: Held, node: Node, op: OpOf<"routine">): void {
  const [x, y] = node.inputs as [Value, Value], out = node.outputs[0]!;
  switch (op.routine) {
    case "host":
    case "host_take":
      return hostCall(g, held, node, op);
    case marks.join:
      return held.give(out, { re: held.whole(g, x), im: held.whole(g, y) });
    case marks.real:
      return held.giveReal(out, held.real(g, x));
    case marks.imag:
      return held.giveReal(out, held.parts(g, x).im);
    case marks.pair:
      return held.giveReal(out, held.whole(g, x));
    case marks.unpair:
      return held.give(out, { pair: held.whole(g, x) });
    case "scan":
      if (op.attrs.fn === "sum") return eachPart(g, held, node, op);
      if (op.attrs.fn === "prod") {
        return held.give(out, products(g, node, held.parts(g, x), Number(op.attrs.dim)));
      }
  }
  if (op.routine.startsWith("linalg_")) return ofMatrices(g, held, node, op);
  meaningless(node, `routine ${op.routine}`);
}

/** Matrices of complex numbers have routines of their own, on pairs. */
function ofMatrices(g: GraphBuilder, held: Held, node: Node, op: OpOf<"routine">): void {
  const name = node.inputs.some(isComplexValue)
    ? op.routine.replace("linalg_", "linalg_complex_")
    : op.routine;
  const types = node.outputs.map(({ type }) => isComplex(type.dtype) ? pairType(type) : type);
  const made = g.routine(name, node.inputs.map((x) => held.whole(g, x)), types, op.attrs);
  node.outputs.forEach((out, n) => {
    if (isComplexValue(out)) held.give(out, { pair: made[n]! });
    else held.giveReal(out, made[n]!);
  });
}
