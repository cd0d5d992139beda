/**
 * What a single node must keep to: operands, results, index maps, regions.
 *
 * @module
 */
import { isInteger } from "../../base/mod.ts";
import { asBool, asInt, eq, type Expr, isInt, type Pred, type Sym, symsOf, symsOfPred } from "../expr/mod.ts";
import { axesOf, lookedUp } from "./axes.ts";
import { compileIndex, compilePred, forEachPosition } from "./compile.ts";
import { broadcastShapes, inferConcat, inferEinsum, inferPointwise, inferReduce } from "./infer.ts";
import { indexParts, isAxisName, SymbolSet } from "./symbols.ts";
import type { IndexBound, Node, OpOf, Region, TensorType, Value } from "./types.ts";
import { printType } from "./words.ts";

/** True unless two sizes provably differ. */
function mayEqual(a: Expr, b: Expr): boolean {
  return a === b || asBool(eq(a, b)) !== false;
}

/** True unless element types or sizes provably differ. */
export function sameType(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && a.shape.length === b.shape.length &&
    a.shape.every((size, n) => mayEqual(size, b.shape[n]!));
}

/** The shape that a node's index maps are written over. */
function indexedShape({ op, inputs, outputs }: Node): readonly Expr[] {
  return (op.kind === "scatter" ? inputs[1] : outputs[0])?.type.shape ?? [];
}

/** Symbols of the node's index maps that must be declared; `say` hears of axes that do not exist. */
export function indexSymbolProblems(node: Node, say: (problem: string) => void): readonly Sym[] {
  const { exprs, preds } = indexParts(node.op), bounds = "bounds" in node.op ? node.op.bounds : [];
  const own = new Map<string, Sym>();
  axesOf(indexedShape(node)).forEach((s) => own.set(s.name, s));
  bounds.forEach((bound, k) => own.set(`x${k}`, lookedUp(k, bound)));
  const used = new Set([...exprs.flatMap(symsOf), ...preds.flatMap(symsOfPred)]);
  const outside: Sym[] = [];
  for (const s of used) {
    const axis = own.get(s.name);
    if (axis === s) continue;
    if (axis) say(`uses ${s.name} with another extent than the result's`);
    else if (isAxisName(s.name)) say(`uses ${s.name}, which is no axis of the result`);
    else outside.push(s);
  }
  return outside;
}

/** Symbols of attributes and predicates outside of index maps. */
export function attrProblems({ op }: Node): readonly Sym[] {
  const set = new SymbolSet();
  if (op.kind === "routine") Object.values(op.attrs).forEach((attr) => set.attr(attr));
  if (op.kind === "assert") set.pred(op.pred);
  return [...set.found];
}

/** What is wrong with operands, results and regions. */
export function nodeProblems(node: Node): readonly string[] {
  const { op, inputs, outputs } = node;
  const count = counts[op.kind];
  if (count && inputs.length !== count[0]) return [`takes ${count[0]} operands, not ${inputs.length}`];
  if (count && outputs.length !== count[1]) return [`gives ${count[1]} results, not ${outputs.length}`];
  if (node.regions && op.kind !== "cond" && op.kind !== "while") return [`has regions, but is ${op.kind}`];
  try {
    return [...shapeProblems(node)];
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return [error.message];
    throw error;
  }
}

/** Operands and results of kinds where they are fixed. */
const counts: Readonly<Record<string, readonly [number, number]>> = {
  cast: [1, 1],
  constant: [0, 1],
  iota: [0, 1],
  mask: [0, 1],
  remap: [1, 1],
  reduce: [1, 1],
  einsum: [2, 1],
  item: [1, 0],
};

function* expectType(value: Value, wanted: TensorType): Generator<string> {
  if (!sameType(value.type, wanted)) {
    yield `is ${printType(value.type)}, but its operands make ${printType(wanted)}`;
  }
}

function* shapeProblems(node: Node): Generator<string> {
  const { op, inputs, outputs } = node, types = inputs.map((v) => v.type), out = outputs[0]!;
  switch (op.kind) {
    case "pointwise":
      return yield* expectType(out, inferPointwise(op, types));
    case "cast":
      return yield* expectType(out, { dtype: out.type.dtype, shape: types[0]!.shape });
    case "constant":
      return yield* expectType(out, { dtype: out.type.dtype, shape: [] });
    case "iota":
      return;
    case "mask":
      return yield* expectType(out, { dtype: "bool", shape: out.type.shape });
    case "remap":
    case "lookup":
      yield* expectType(out, { dtype: types[0]!.dtype, shape: out.type.shape });
      if (op.kind === "lookup") yield* boundProblems(op.bounds, types.slice(1), out.type.shape);
      return yield* mapProblems(op, types[0]!, out.type.shape);
    case "scatter":
      return yield* scatterProblems(op, types, out);
    case "reduce":
      yield* dimProblems(op.dims, types[0]!);
      return yield* expectType(out, inferReduce(op, types[0]!));
    case "einsum":
      yield* labelProblems(op, types[0]!, types[1]!);
      return yield* expectType(out, inferEinsum(op, types[0]!, types[1]!));
    case "concat":
      return yield* concatProblems(op.dim, types, out);
    case "item":
      return yield* itemProblems(types[0]!);
    case "assert":
      return yield* assertProblems(op, types);
    case "cond":
      return yield* condProblems(node);
    case "while":
      return yield* whileProblems(node, op);
    case "routine":
      return;
  }
}

function* scatterProblems(op: OpOf<"scatter">, types: readonly TensorType[], out: Value): Generator<string> {
  const [base, updates] = types as [TensorType, TensorType];
  if (updates.dtype !== base.dtype) yield `writes ${updates.dtype} into ${base.dtype}`;
  yield* expectType(out, base);
  yield* boundProblems(op.bounds, types.slice(2), updates.shape);
  yield* mapProblems(op, base, updates.shape);
}

function* assertProblems({ pred }: OpOf<"assert">, types: readonly TensorType[]): Generator<string> {
  if (types.length + (pred ? 1 : 0) !== 1) yield "needs a predicate or one operand";
  if (types[0] && printType(types[0]) !== "bool[]") yield `tests ${printType(types[0])}`;
}

function* itemProblems(x: TensorType): Generator<string> {
  if (x.shape.length > 0) yield `reads ${printType(x)}, which is no single value`;
  if (!isInteger(x.dtype) && x.dtype !== "bool") yield `reads ${x.dtype} as a size`;
}

function* dimProblems(dims: readonly number[], x: TensorType): Generator<string> {
  const fine = dims.every((d, n) => d >= 0 && d < x.shape.length && (n === 0 || d > dims[n - 1]!));
  if (!fine) yield `reduces dims [${dims}] of ${printType(x)}`;
}

function* labelProblems({ a, b, out }: OpOf<"einsum">, x: TensorType, y: TensorType): Generator<string> {
  const spec = `${a},${b}->${out}`, all = a + b;
  if (a.length !== x.shape.length || b.length !== y.shape.length) {
    yield `${spec} has other ranks than its operands`;
  }
  if (new Set(out).size !== out.length) yield `${spec} repeats a label of the result`;
  for (const l of out) if (!all.includes(l)) yield `${spec} makes ${l} out of nothing`;
  for (const l of new Set(all)) {
    if (!out.includes(l) && !(a.includes(l) && b.includes(l))) yield `${spec} sums ${l} of one operand alone`;
    const sizes = [...a].flatMap((m, n) => (m === l ? [x.shape[n]!] : []))
      .concat([...b].flatMap((m, n) => (m === l ? [y.shape[n]!] : []))).filter((e) => !isInt(e, 1));
    if (sizes.some((e) => !mayEqual(e, sizes[0]!))) yield `${spec} gives ${l} two sizes`;
  }
}

function* concatProblems(dim: number, types: readonly TensorType[], out: Value): Generator<string> {
  const first = types[0];
  if (!first) return yield "joins nothing";
  if (dim < 0 || dim >= first.shape.length) yield `joins along dim ${dim} of ${printType(first)}`;
  for (const t of types) {
    const fits = t.dtype === first.dtype && t.shape.length === first.shape.length &&
      t.shape.every((e, n) => n === dim || mayEqual(e, first.shape[n]!));
    if (!fits) yield `joins ${printType(t)} to ${printType(first)}`;
  }
  yield* expectType(out, inferConcat(dim, types));
}

function* boundProblems(
  bounds: readonly IndexBound[],
  operands: readonly TensorType[],
  shape: readonly Expr[],
): Generator<string> {
  if (bounds.length !== operands.length) yield `has ${bounds.length} bounds for ${operands.length} indices`;
  for (const type of operands) {
    if (!isInteger(type.dtype)) yield `loads indices of ${type.dtype}`;
    const wide = broadcastShapes(type.shape, shape);
    const fits = type.shape.length <= shape.length && wide.every((e, n) => mayEqual(e, shape[n]!));
    if (!fits) yield `loads indices of ${printType(type)} that do not stretch to the result`;
  }
}

/** Positions that are tried one by one. */
const FEW = 4096;

/** Rank of an index map, and positions outside where all sizes are known. */
function* mapProblems(
  op: OpOf<"remap"> | OpOf<"lookup"> | OpOf<"scatter">,
  target: TensorType,
  shape: readonly Expr[],
): Generator<string> {
  const { index } = op, valid: Pred | undefined = "valid" in op ? op.valid : undefined;
  if (index.length !== target.shape.length) {
    return yield `gives ${index.length} indices for ${printType(target)}`;
  }
  const sizes = shape.map(asInt), limits = target.shape.map(asInt), names = shape.map((_, n) => `i${n}`);
  const count = sizes.reduce<number>((product, size) => product * (size ?? Infinity), 1);
  const used = new Set([...index.flatMap(symsOf), ...(valid ? symsOfPred(valid) : [])]);
  if (!(count <= FEW) || limits.includes(undefined) || [...used].some((s) => !names.includes(s.name))) return;
  const at = compileIndex(index, names), holds = valid && compilePred(valid, names), into: number[] = [];
  let outside: string | undefined;
  forEachPosition(sizes as number[], (position) => {
    if (outside || (holds && !holds(position))) return;
    at(position, into);
    if (into.some((i, n) => i < 0 || i >= limits[n]!)) {
      outside = `reads [${into}] of ${printType(target)} at [${position}]`;
    }
  });
  if (outside) yield outside;
}

function* bindingProblems(region: Region, given: readonly TensorType[]): Generator<string> {
  if (region.inputs.length !== given.length) {
    return yield `hands ${given.length} values to region ${region.name}, which takes ${region.inputs.length}`;
  }
  for (const [n, value] of region.inputs.entries()) {
    if (!sameType(value.type, given[n]!)) {
      yield `hands ${printType(given[n]!)} to %${value.name} : ${printType(value.type)}`;
    }
  }
}

function* resultProblems(region: Region, wanted: readonly TensorType[]): Generator<string> {
  const found = region.outputs.map((v) => v.type);
  if (found.length !== wanted.length) {
    return yield `wants ${wanted.length} values of region ${region.name}, which gives ${found.length}`;
  }
  for (const [n, type] of found.entries()) {
    if (!sameType(type, wanted[n]!)) {
      yield `wants ${printType(wanted[n]!)} of region ${region.name}, not ${printType(type)}`;
    }
  }
}

function* condProblems({ inputs, outputs, regions = [] }: Node): Generator<string> {
  if (regions.length !== 2) return yield `has ${regions.length} regions, not 2`;
  if (!inputs[0] || printType(inputs[0].type) !== "bool[]") yield "needs a single truth value to branch on";
  for (const region of regions) {
    yield* bindingProblems(region, inputs.slice(1).map((v) => v.type));
    yield* resultProblems(region, outputs.map((v) => v.type));
  }
}

function* whileProblems(
  { inputs, outputs, regions = [] }: Node,
  { carried }: OpOf<"while">,
): Generator<string> {
  if (regions.length !== 2) return yield `has ${regions.length} regions, not 2`;
  const [condition, body] = regions as [Region, Region], types = inputs.map((v) => v.type);
  if (carried > inputs.length || carried !== outputs.length) {
    return yield `carries ${carried} of ${inputs.length} operands and gives ${outputs.length} results`;
  }
  for (const region of regions) yield* bindingProblems(region, types);
  yield* resultProblems(condition, [{ dtype: "bool", shape: [] }]);
  yield* resultProblems(body, types.slice(0, carried));
  for (const [n, value] of outputs.entries()) yield* expectType(value, types[n]!);
}
