/**
 * Operators that update running statistics while they compute: their functional form, and where its further results
 * go.
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
  /** Which results are written to which arguments. */
  readonly state: Readonly<Record<string, number>>;
  /** The flag that turns statistics on; absent where they always are. */
  readonly flag?: string;
  /** Arguments that the functional form does not have. */
  readonly without: readonly string[];
}

const legit = "aten._native_batch_norm_legit_functional.default";
const afterThree = { running_mean: 3, running_var: 4 } as const;
const observing = {
  functional: "aten._fused_moving_avg_obs_fq_helper_functional.default",
  state: { running_min: 2, running_max: 3, scale: 4, zero_point: 5 },
  without: [],
} as const;

const table: Readonly<Record<string, Update>> = {
  "aten.batch_norm.default": {
    functional: legit,
    own: [0],
    state: afterThree,
    flag: "training",
    without: ["cudnn_enabled"],
  },
  "aten.native_batch_norm.default": {
    functional: legit,
    own: [0, 1, 2],
    state: afterThree,
    flag: "training",
    without: [],
  },
  "aten._native_batch_norm_legit.default": {
    functional: legit,
    own: [0, 1, 2],
    state: afterThree,
    flag: "training",
    without: [],
  },
  "aten._batch_norm_with_update.default": {
    functional: "aten._batch_norm_with_update_functional.default",
    own: [0, 1, 2, 3],
    state: { running_mean: 4, running_var: 5 },
    without: [],
  },
  "aten.instance_norm.default": {
    functional: legit,
    own: [],
    state: afterThree,
    flag: "use_input_stats",
    without: ["cudnn_enabled", "use_input_stats"],
  },
  "aten.fused_moving_avg_obs_fake_quant.default": { ...observing, own: [0] },
  "aten._fused_moving_avg_obs_fq_helper.default": { ...observing, own: [0, 1] },
};

/** True for operators of this file. */
export function updatesStatistics(target: string): boolean {
  return Object.hasOwn(table, target);
}

/** Converts a call that updates statistics; false if it does not (evaluation, or no statistics given). */
export function importStatistics(frame: Frame, node: Node, target: string): boolean {
  const update = table[target]!, flag = update.flag && argumentOf(node, update.flag, -1);
  if (flag && !(flag.kind === "bool" && flag.value)) return false;
  const written = Object.entries(update.state);
  if (written.some(([name]) => argumentOf(node, name, -1).kind !== "tensor")) return false;
  if (target.startsWith("aten.instance_norm")) instanceNorm(frame, node, update);
  else {
    const results = build(frame, node, operator(frame, node, update.functional), {}, update.without);
    for (const [name, n] of written) write(frame, tensorName(node, name, -1), results[n]);
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
  const spread = (value: Value) => tensor(g.remap(value, [all], ([i]) => [mod(i!, c)]));
  const old = (name: string) => spread(valueOf(frame, tensorName(node, name, -1)));
  const flat = g.remap(x, [int(1), all, ...space], ([, i, ...at]) => [floorDiv(i!, c), mod(i!, c), ...at]);
  const changed = {
    input: tensor(flat),
    weight: none,
    bias: none,
    running_mean: old("running_mean"),
    running_var: old("running_var"),
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
  for (const [name, k] of Object.entries(update.state)) {
    write(frame, tensorName(node, name, -1), meanOverInstances(g, results[k] as Value, n, c));
  }
  bindResults(frame, node, plain);
}

function meanOverInstances(g: GraphBuilder, flat: Value, n: Expr, c: Expr): Value {
  const table = g.remap(flat, [n, c], ([i, j]) => [add(mul(i!, c), j!)]);
  return g.pointwise("div", g.reduce("sum", table, [0]), g.iota([], () => n, flat.type.dtype));
}
