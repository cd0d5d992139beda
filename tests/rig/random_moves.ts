/**
 * Steps of random graphs that move elements by aten operators: views, pads, repeats, selections.
 *
 * @module
 */
import { asInt, type Expr, int, rangeOf } from "../../src/ir/expr/mod.ts";
import type { Known, Workshop } from "./random_graph.ts";
import { anything, dtypeOf, isFull, rankOf, type Step } from "./random_known.ts";
import { type Arguments, call } from "./random_calls.ts";

type Mover = (shop: Workshop, x: Known, dim: number, size: Expr) => Arguments | undefined;
const known = (e: Expr) => asInt(e) ?? rangeOf(e).min;

const movers: Readonly<Record<string, Mover>> = {
  flip: (_, x, dim) => [x.value, [dim]],
  roll: ({ choices }, x, dim) => [x.value, [choices.below(4) - 1], [dim]],
  rot90: ({ choices }, x) => (rankOf(x) > 1 ? [x.value, choices.below(4), [0, 1]] : undefined),
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
  diagonal: ({ choices }, x) => (rankOf(x) > 1 ? [x.value, choices.below(3) - 1] : undefined),
  diag_embed: (_, x) => (rankOf(x) < 3 ? [x.value] : undefined),
  tril: ({ choices }, x) => (rankOf(x) > 1 ? [x.value, choices.below(3) - 1] : undefined),
  triu: ({ choices }, x) => (rankOf(x) > 1 ? [x.value, choices.below(3) - 1] : undefined),
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
  nonzero_static: (_, x) => (dtypeOf(x) === "bool" ? [x.value, { size: 5 }] : undefined),
  masked_select: (shop, x) => {
    const mask = shop.find((k) => dtypeOf(k) === "bool" && rankOf(k) <= rankOf(x) && sameEnd(k, x));
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
  if (rankOf(x) < 2 || rankOf(x) > 3 || known(last) < 2 || !isFull(x.value.type.shape)) return undefined;
  return [x.value, [1, 1], mode];
}

/** A step that moves elements and leaves their numbers alone. */
export const move: Step = (shop) => {
  const x = shop.find((k) => rankOf(k) > 0 && rankOf(k) < 5, anything), { choices } = shop;
  if (!x) return;
  const name = choices.pick(moverNames), dim = choices.below(rankOf(x));
  const args = movers[name]!(shop, x, dim, x.value.type.shape[dim]!);
  if (args) call(shop, name, args, "moved", [x]);
};
