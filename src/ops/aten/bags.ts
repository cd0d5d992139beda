/**
 * Rows and runs reduced in groups of different lengths: embedding_bag, segment_reduce.
 *
 * @module
 */
import { isFloat } from "../../base/mod.ts";
import { asInt, type Expr, int, isInt, sub } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { isTensor } from "../numeric.ts";
import { counting, recordedSize, search, zeros } from "../positions.ts";
import { wrapDim } from "../shapes.ts";
import * as v from "../views.ts";
import { badArgument, unsupported } from "./refuse.ts";
import { scan } from "./scans.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

const modes = ["sum", "mean", "max"] as const;

/** The row that does not count, -1 for none. The forms with an underscore say so themselves. */
function paddingOf(a: Args, rows: Expr): number {
  const has = a.schema.args.some((arg) => arg.name === "padding_idx");
  const given = has ? a.fixedOrNone("padding_idx") : undefined;
  if (given === undefined || given >= 0 || a.schema.target.includes("._")) return given ?? -1;
  const known = asInt(rows) ?? unsupported(a.schema.target, "padding_idx counts from a dynamic end");
  return wrapDim(given, known);
}

/** Output, bag of each index, rows in each bag, rows of maxima. */
function embeddingBag(g: GraphBuilder, a: Args): Value[] {
  const table = a.tensor("weight"),
    { dtype, shape: [rows, width] } = table.type,
    mode = modes[a.fixed("mode")];
  if (!mode) return badArgument(a.schema.target, "mode", "is none of 0 (sum), 1 (mean), 2 (max)");
  if (!isFloat(dtype)) return unsupported(a.schema.target, `a table of ${dtype}`);
  const index = g.cast(a.tensor("indices"), "i64"), offset = g.cast(a.tensor("offsets"), "i64");
  const scale = a.tensorOrNone("per_sample_weights");
  const bags = sub(offset.type.shape[0]!, a.bool("include_last_offset") ? 1 : 0);
  const wide = { dtype: "i64", shape: [bags, width!] } as const,
    line = { dtype: "i64", shape: [bags] } as const;
  const out = { dtype, shape: [bags, width!] };
  const inputs = [table, index, offset, ...(scale ? [g.cast(scale, dtype)] : [])];
  const results = g.routine("bags", inputs, mode === "max" ? [out, wide, line] : [out, line], {
    mode,
    bags,
    padding: paddingOf(a, rows!),
  });
  const kept = a.tensor("indices").type.dtype;
  const [best, counts] = mode === "max" ? [results[1], results[2]!] : [undefined, results[1]!];
  return [
    results[0]!,
    bagOfIndex(g, a, index, offset),
    like(g, a, 2, mode === "sum" ? undefined : counts),
    like(g, a, 3, best),
  ]
    .map((x, n) => n === 0 ? x : g.cast(x, kept));
}

/** Empty where the export has it so: PyTorch leaves it out where a sum needs none. */
function bagOfIndex(g: GraphBuilder, a: Args, index: Value, offset: Value): Value {
  const size = recordedSize(a, 1, 0);
  if (size && isInt(size, 0)) return zeros(g, [int(0)], "i64");
  return calc(g).sub(search(g, offset, counting(g, index.type.shape[0]!), true), 1);
}

/** `value` if it has the shape that the export recorded, else zeros: what PyTorch leaves uninitialised. */
function like(g: GraphBuilder, a: Args, output: number, value: Value | undefined): Value {
  const shape = a.recorded[output]?.shape;
  const fits = value &&
    (!shape || shape.length === 0 || shape.every((size, n) => size === value.type.shape[n]));
  return fits ? value : zeros(g, shape ?? [int(0)], "i64");
}

const neutral: Readonly<Record<string, number>> = { sum: 0, mean: 0, max: -Infinity, min: Infinity, prod: 1 };

function segmentReduce(g: GraphBuilder, a: Args): Value {
  const x = a.tensor("data"),
    fn = a.string("reduce"),
    start = neutral[fn],
    initial = a.scalarOrNone("initial");
  if (start === undefined) return badArgument(a.schema.target, "reduce", `is "${fn}"`);
  if (initial && isTensor(initial)) return unsupported(a.schema.target, "an initial value that is a tensor");
  const lengths = a.tensorOrNone("lengths"), offsets = a.tensorOrNone("offsets");
  if (!lengths && !offsets) return unsupported(a.schema.target, "neither lengths nor offsets are given");
  const bounds = g.cast(offsets ?? offsetsOf(g, lengths!), "i64"),
    dim = wrapDim(a.fixed("axis"), v.rankOf(x));
  const shape = x.type.shape.toSpliced(dim, 1, sub(bounds.type.shape.at(-1)!, 1));
  const attrs = { fn, dim, start: initial ? a.float("initial") : start, started: initial !== undefined };
  return g.routine("segments", [x, bounds], [{ dtype: x.type.dtype, shape }], attrs)[0]!;
}

/** `0, l0, l0 + l1, …` along the last dim. */
export function offsetsOf(g: GraphBuilder, lengths: Value): Value {
  const last = v.rankOf(lengths) - 1, ends = scan(g, "sum", g.cast(lengths, "i64"), last);
  return g.concat([zeros(g, lengths.type.shape.toSpliced(last, 1, int(1)), "i64"), ends], last);
}

const four = "(Tensor, Tensor, Tensor, Tensor)";
const bagArgs =
  "(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq=False, int mode=0, bool sparse=False, Tensor? per_sample_weights=None, bool include_last_offset=False";

/** Rows of this family. */
export const bagOps: readonly AtenOp[] = [
  op(`embedding_bag${bagArgs}) -> ${four}`, embeddingBag),
  op(
    `embedding_bag.padding_idx(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq, int mode, bool sparse, Tensor? per_sample_weights, bool include_last_offset, int? padding_idx) -> ${four}`,
    embeddingBag,
  ),
  op(`_embedding_bag${bagArgs}, int padding_idx=-1) -> ${four}`, embeddingBag),
  op(`_embedding_bag_forward_only${bagArgs}, int padding_idx=-1) -> ${four}`, embeddingBag),
  op(
    "segment_reduce(Tensor data, str reduce, *, Tensor? lengths=None, Tensor? indices=None, Tensor? offsets=None, int axis=0, bool unsafe=False, Scalar? initial=None) -> Tensor",
    segmentReduce,
  ),
];
