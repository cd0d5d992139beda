/**
 * Steps of optimisers over lists of parameters, as PyTorch's fused kernels compute them on CPUs.
 *
 * Each gives back its lists in the order of its schema, changed or not: import writes the ones that an in-place form
 * changes.
 *
 * @module
 */
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { type Calc, calc } from "../calc.ts";
import { isHalf, isTensor, type Mixed } from "../numeric.ts";
import { reshape } from "../views.ts";
import { unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** One parameter of the lists and what belongs to it, in the computing type, by the names of the schema. */
type State = Readonly<Record<string, Value>>;
type Step = (g: GraphBuilder, m: Calc, a: Args, s: State, rate: Rate) => State;

/** The learning rate: a number, or 0-d data. */
type Rate = number | Value;

function rateOf(g: GraphBuilder, a: Args): Mixed {
  const rate = a.scalar("lr");
  return isTensor(rate) ? reshape(g, rate, []) : rate;
}

/** Runs `step` for each parameter; `lists` are the results, in order. */
function fused(schema: string, lists: readonly string[], step: Step): AtenOp {
  const row = op(schema, (g, a) => {
    if (a.tensorOrNone("grad_scale") || a.tensorOrNone("found_inf")) {
      unsupported(a.schema.target, "gradients are scaled (grad_scale, found_inf)");
    }
    const m = calc(g), rate = rateOf(g, a);
    const made = a.tensors("self").map((self, n) => {
      const wide = isHalf(self.type.dtype) ? "f32" : self.type.dtype;
      const given = Object.fromEntries(
        [...lists, "state_steps"].filter((name) => has(a, name)).flatMap((name) => {
          const value = a.tensors(name)[n];
          return value ? [[name, g.cast(value, name === "state_steps" ? "f64" : wide)]] : [];
        }),
      );
      const by = isTensor(rate) ? g.cast(rate, wide) : a.float("lr");
      return { ...given, ...step(g, m, a, given, by) } as Record<string, Value>;
    });
    return lists.flatMap((name) => a.tensors(name).map((old, n) => g.cast(made[n]![name]!, old.type.dtype)));
  });
  return { ...row, writes: lists };
}

function has(a: Args, name: string): boolean {
  return a.schema.args.some((arg) => arg.name === name);
}

/** `grads` with the sign of what is sought, and weight decay added where it is not decoupled. */
function slope(m: Calc, a: Args, s: State, decays = true): Value {
  const grad = a.bool("maximize") ? m.neg(s.grads!) : s.grads!, decay = a.float("weight_decay");
  return decays && decay !== 0 ? m.add(grad, m.mul(s.self!, decay)) : grad;
}

/** `1 - beta^step` in the type of the parameter. */
function correction(m: Calc, s: State, beta: number): Value {
  const power = m.exp(m.mul(s.state_steps!, Math.log(beta)));
  return m.sub(1, power);
}

function adam(decoupled: boolean): Step {
  return (g, m, a, s, rate) => {
    const [b1, b2, eps] = [a.float("beta1"), a.float("beta2"), a.float("eps")];
    const decay = a.float("weight_decay"), grad = slope(m, a, s, !decoupled);
    const shrink = typeof rate === "number" ? 1 - rate * decay : m.sub(1, m.mul(rate, decay));
    const self = decoupled && decay !== 0 ? m.mul(s.self!, shrink) : s.self!;
    const mean = m.add(s.exp_avgs!, m.mul(m.sub(grad, s.exp_avgs!), 1 - b1));
    const square = m.add(m.mul(s.exp_avg_sqs!, b2), m.mul(m.mul(grad, grad), 1 - b2));
    const largest = a.bool("amsgrad") ? m.max(s.max_exp_avg_sqs!, square) : square;
    const fit = (x: Value) => g.cast(x, self.type.dtype);
    const root = fit(m.sqrt(correction(m, s, b2))), size = m.div(rate, fit(correction(m, s, b1)));
    const step = m.div(m.mul(mean, size), m.add(m.div(m.sqrt(largest), root), eps));
    return {
      self: m.sub(self, step),
      exp_avgs: mean,
      exp_avg_sqs: square,
      ...(a.bool("amsgrad") && { max_exp_avg_sqs: largest }),
    };
  };
}

const sgd: Step = (_, m, a, s, rate): State => {
  const grad = slope(m, a, s), momentum = a.float("momentum");
  if (momentum === 0) return { self: m.sub(s.self!, m.mul(grad, rate)) };
  const kept = a.bool("is_first_step")
    ? grad
    : m.add(m.mul(s.momentum_buffer_list!, momentum), m.mul(grad, 1 - a.float("dampening")));
  const way = a.bool("nesterov") ? m.add(grad, m.mul(kept, momentum)) : kept;
  return { self: m.sub(s.self!, m.mul(way, rate)), momentum_buffer_list: kept };
};

const adagrad: Step = (g, m, a, s, rate) => {
  const grad = slope(m, a, s), sum = m.add(s.state_sums!, m.mul(grad, grad));
  const slower = g.cast(m.add(m.mul(m.sub(s.state_steps!, 1), a.float("lr_decay")), 1), sum.type.dtype);
  return {
    self: m.sub(s.self!, m.div(m.mul(grad, m.div(rate, slower)), m.add(m.sqrt(sum), a.float("eps")))),
    state_sums: sum,
  };
};

const adamLists = ["self", "grads", "exp_avgs", "exp_avg_sqs", "max_exp_avg_sqs"];
const more = "bool maximize, Tensor? grad_scale=None, Tensor? found_inf=None";
const tensors = (lists: readonly string[]) => lists.map((name) => `Tensor[] ${name}`).join(", ");
const outs = (lists: readonly string[]) => lists.map((name) => `Tensor[] ${name}_out`).join(", ");

function adamRow(name: string, rate: string, decoupled: boolean): AtenOp {
  const options = "float beta1, float beta2, float weight_decay, float eps, bool amsgrad";
  const given = `${tensors([...adamLists, "state_steps"])}, *, ${rate} lr, ${options}, ${more}`;
  return fused(`${name}(${given}) -> (${outs(adamLists)})`, adamLists, adam(decoupled));
}

function sgdRow(name: string, rate: string): AtenOp {
  const lists = ["self", "grads", "momentum_buffer_list"], first = "bool is_first_step";
  const options = `float weight_decay, float momentum, ${rate} lr, float dampening, bool nesterov`;
  const given = `${tensors(lists)}, *, ${options}, ${more.replace(",", `, ${first},`)}`;
  return fused(`${name}(${given}) -> (${outs(lists)})`, lists, sgd);
}

function adagradRow(name: string, rate: string): AtenOp {
  const lists = ["self", "grads", "state_sums"];
  const options = `${rate} lr, float lr_decay, float weight_decay, float eps`;
  const given = `${tensors([...lists, "state_steps"])}, *, ${options}, ${more}`;
  return fused(`${name}(${given}) -> (${outs(lists)})`, lists, adagrad);
}

/** Rows of this family. */
export const optimiserOps: readonly AtenOp[] = [["", "float"], [".tensor_lr", "Tensor"]].flatMap((
  [form, rate],
) => [
  adamRow(`_fused_adam${form}`, rate!, false),
  adamRow(`_fused_adamw${form}`, rate!, true),
  sgdRow(`_fused_sgd${form}`, rate!),
  adagradRow(`_fused_adagrad${form}`, rate!),
]);
