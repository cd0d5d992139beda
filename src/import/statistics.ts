/**
 * Norms that update running statistics while they compute: their functional form, and where its further results go.
 *
 * @module
 */
import { add, type Expr, floorDiv, int, mod, mul } from "../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import type { ArgValue } from "../ops/mod.ts";
import type { Node } from "./archive/types.ts";
import { bindResults } from "./bind.ts";
import { build, operator } from "./call.ts";
import { type Frame, valueOf } from "./frame.ts";
import { argumentOf, tensorName } from "./special.ts";
import { write } from "./write.ts";

interface Update {
  readonly functional: string;
  /** Which results of the functional form are the operator's own. */
  readonly own: readonly number[];
  /** Which results are the new mean and variance. */
  readonly running: readonly [number, number];
  /** The flag that turns statistics on; absent where they always are. */
  readonly flag?: string;
  /** Arguments that the functional form does not have. */
  readonly without: readonly string[];
}

const legit = "aten._native_batch_norm_legit_functional.default";
const table: Readonly<Record<string, Update>> = {
  "aten.batch_norm.default": {
    functional: legit,
    own: [0],
    running: [3, 4],
    flag: "training",
    without: ["cudnn_enabled"],
  },
  "aten.native_batch_norm.default": {
    functional: legit,
    own: [0, 1, 2],
    running: [3, 4],
    flag: "training",
    without: [],
  },
  "aten._native_batch_norm_legit.default": {
    functional: legit,
    own: [0, 1, 2],
    running: [3, 4],
    flag: "training",
    without: [],
  },
  "aten._batch_norm_with_update.default": {
    functional: "aten._batch_norm_with_update_functional.default",
    own: [0, 1, 2, 3],
    running: [4, 5],
    without: [],
  },
  "aten.instance_norm.default": {
    functional: legit,
    own: [],
    running: [3, 4],
    flag: "use_input_stats",
    without: ["cudnn_enabled", "use_input_stats"],
  },
};

const state = ["running_mean", "running_var"] as const;

/** True for operators of this file. */
export function updatesStatistics(target: string): boolean {
  return Object.hasOwn(table, target);
}

/** Converts a call that updates statistics; false if it does not (evaluation, or no statistics given). */
export function importStatistics(frame: Frame, node: Node, target: string): boolean {
  const update = table[target]!, flag = update.flag && argumentOf(node, update.flag, -1);
  if (flag && !(flag.kind === "bool" && flag.value)) return false;
  if (state.some((name) => argumentOf(node, name, -1).kind !== "tensor")) return false;
  if (target.startsWith("aten.instance_norm")) instanceNorm(frame, node, update);
  else {
    const results = build(frame, node, operator(frame, node, update.functional), {}, update.without);
    state.forEach((name, n) => write(frame, tensorName(node, name, -1), results[update.running[n]!]));
    bindResults(frame, node, update.own.map((n) => results[n] ?? null));
  }
  return true;
}

/** Each instance is a channel of a batch norm over one item; the statistics are the mean over the instances. */
function instanceNorm(frame: Frame, node: Node, update: Update): void {
  const { g } = frame, x = valueOf(frame, tensorName(node, "input", -1));
  const [n, c, ...space] = x.type.shape as readonly [Expr, Expr, ...Expr[]], all = mul(n, c);
  const tensor = (value: Value): ArgValue => ({ kind: "tensor", value });
  const none: ArgValue = { kind: "none" };
  const old = state.map((name) => valueOf(frame, tensorName(node, name, -1)));
  const [mean, variance] = old.map((value) => tensor(g.remap(value, [all], ([i]) => [mod(i!, c)])));
  const flat = g.remap(x, [int(1), all, ...space], ([, i, ...at]) => [floorDiv(i!, c), mod(i!, c), ...at]);
  const changed = {
    input: tensor(flat),
    weight: none,
    bias: none,
    running_mean: mean!,
    running_var: variance!,
  };
  const training: ArgValue = { kind: "bool", truth: true };
  const results = build(
    frame,
    node,
    operator(frame, node, update.functional),
    { ...changed, training },
    update.without,
  );
  const plain = build(frame, node, operator(frame, node), { running_mean: none, running_var: none });
  state.forEach((name, k) => {
    const now = results[update.running[k]!] as Value;
    write(frame, tensorName(node, name, -1), meanOverInstances(g, now, n, c));
  });
  bindResults(frame, node, plain);
}

function meanOverInstances(g: GraphBuilder, flat: Value, n: Expr, c: Expr): Value {
  const table = g.remap(flat, [n, c], ([i, j]) => [add(mul(i!, c), j!)]);
  return g.pointwise("div", g.reduce("sum", table, [0]), g.iota([], () => n, flat.type.dtype));
}
