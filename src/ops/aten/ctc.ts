/**
 * CTC losses and their gradient. Lengths are data or numbers of the program.
 *
 * @module
 */
import { add, type Expr, int, mul } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { mean, sum } from "../fold.ts";
import { sizeAs } from "../numeric.ts";
import * as v from "../views.ts";
import { unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** Lengths as a tensor of i64. */
function lengths(g: GraphBuilder, a: Args, name: string): Value {
  const list = a.schema.args.find((arg) => arg.name === name)!.type !== "Tensor";
  if (!list) return v.flattenDims(g, g.cast(a.tensor(name), "i64"));
  const each = a.ints(name).map((size) => v.unsqueeze(g, sizeAs(g, size, "i64"), 0));
  return each.length > 0 ? g.concat(each, 0) : v.expand(g, g.constant(0n, "i64"), [int(0)]);
}

/** What the routines take: logarithms, targets, numbers of steps, lengths of targets. */
function operands(g: GraphBuilder, a: Args): readonly [Value, Value, Value, Value] {
  const targets = g.cast(a.tensor("targets"), "i64");
  return [a.tensor("log_probs"), targets, lengths(g, a, "input_lengths"), lengths(g, a, "target_lengths")];
}

/** States of the longest target: its elements and the blanks around them. */
function statesOf(a: Args, targets: Value): Expr {
  return a.recorded[1]?.shape[2] ?? add(mul(2, targets.type.shape.at(-1)!), 1);
}

/** Losses and partial sums, for [steps, samples, classes]. */
function forward(
  g: GraphBuilder,
  inputs: readonly [Value, Value, Value, Value],
  states: Expr,
  blank: number,
): readonly [Value, Value] {
  const [steps, samples] = inputs[0].type.shape as [Expr, Expr, Expr], { dtype } = inputs[0].type;
  const types = [{ dtype, shape: [samples] }, { dtype, shape: [samples, steps, states] }];
  const [loss, alpha] = g.routine("ctc", inputs, types, { blank, states });
  return [loss!, alpha!];
}

/** The loss with its reduction; without a dim for samples there is one. */
function loss(g: GraphBuilder, a: Args): Value {
  const m = calc(g), [logs, targets, steps, sizes] = operands(g, a), single = v.rankOf(logs) === 2;
  if (single && v.rankOf(targets) > 1) {
    unsupported(a.schema.target, "targets of several samples beside one sample");
  }
  const batch = single ? v.unsqueeze(g, logs, 1) : logs, states = add(mul(2, targets.type.shape.at(-1)!), 1);
  const [plain] = forward(g, [batch, targets, steps, sizes], states, a.fixed("blank"));
  const losses = a.bool("zero_infinity") ? m.where(m.eq(plain, Infinity), 0, plain) : plain;
  const mode = a.fixed("reduction"), over = { dims: [0] };
  if (mode === 1) return mean(g, m.div(losses, g.cast(m.max(sizes, 1), losses.type.dtype)), over);
  return mode === 2 ? sum(g, losses, over) : single ? v.squeeze(g, losses, [0]) : losses;
}

function native(g: GraphBuilder, a: Args): readonly Value[] {
  const [logs, targets, steps, sizes] = operands(g, a);
  return forward(g, [logs, targets, steps, sizes], statesOf(a, targets), a.fixed("blank"));
}

function backward(g: GraphBuilder, a: Args): Value {
  const rest = ["grad", "neg_log_likelihood", "log_alpha"].map((name) => a.tensor(name)),
    inputs = operands(g, a);
  const attrs = { blank: a.fixed("blank"), zero_infinity: a.bool("zero_infinity") };
  const [grad, ...more] = rest, each = v.expand(g, grad!, [inputs[0].type.shape[1]!]);
  return g.routine("ctc_backward", [...inputs, each, ...more], [inputs[0].type], attrs)[0]!;
}

/** Rows of this family. */
export const ctcOps: readonly AtenOp[] =
  ([["IntList", "default", "int[]"], ["Tensor", "Tensor", "Tensor"]] as const)
    .flatMap(([overload, native_, type]) => {
      const sizes = `${type} input_lengths, ${type} target_lengths`,
        suffix = native_ === "default" ? "" : `.${native_}`;
      return [
        op(
          `ctc_loss.${overload}(Tensor log_probs, Tensor targets, ${sizes}, int blank=0, int reduction=Mean, bool zero_infinity=False) -> Tensor`,
          loss,
        ),
        op(
          `_ctc_loss${suffix}(Tensor log_probs, Tensor targets, ${sizes}, int blank=0, bool zero_infinity=False) -> (Tensor, Tensor)`,
          native,
        ),
        op(
          `_ctc_loss_backward${suffix}(Tensor grad, Tensor log_probs, Tensor targets, ${sizes}, Tensor neg_log_likelihood, Tensor log_alpha, int blank, bool zero_infinity=False) -> Tensor`,
          backward,
        ),
      ];
    });
