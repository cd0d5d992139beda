/**
 * Recurrent layers and cells. What inputs add to the gates is one product over all steps; the steps themselves are the
 * routine `recurrence`.
 *
 * @module
 */
import { int, lt, mul } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { calc } from "../calc.ts";
import { linear } from "../contract.ts";
import { wideType } from "../numeric.ts";
import * as v from "../views.ts";
import { unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

type Kind = "tanh" | "relu" | "gru" | "lstm";

/** Parameters of one direction of one layer. */
interface Weights {
  readonly input: Value;
  readonly state: Value;
  readonly biases: readonly [input: Value, state: Value] | undefined;
  readonly project: Value | undefined;
}

/** Output for all steps, last state, last cells (lstm). */
interface Layer {
  readonly out: Value;
  readonly last: Value;
  readonly cell: Value | undefined;
}

/** The biases together; of a gru's third gate only that of the input: a reset applies to the other. */
function biasOf(g: GraphBuilder, kind: Kind, [input, state]: readonly [Value, Value], size: Value): Value {
  const m = calc(g), width = size.type.shape[1]!;
  if (kind !== "gru") return m.add(input, state);
  const early = g.mask(state.type.shape, ([at]) => lt(at!, mul(2, width)));
  return m.add(input, m.where(early, state, 0));
}

/** The bias that a gru's state adds to the third gate. */
function lateBias(g: GraphBuilder, biases: Weights["biases"], state: Value): Value {
  const size = state.type.shape[1]!;
  if (!biases) return v.expand(g, g.constant(0, state.type.dtype), [size]);
  return v.narrow(g, biases[1], 0, mul(2, size), size);
}

/** One direction of one layer over `x [steps, batch, features]`. */
function layer(
  g: GraphBuilder,
  kind: Kind,
  x: Value,
  w: Weights,
  first: { readonly state: Value; readonly cell: Value | undefined },
  reverse: boolean,
): Layer {
  const { state, cell } = first;
  const gates = linear(g, x, w.input, w.biases && biasOf(g, kind, w.biases, state));
  const more = cell ?? (kind === "gru" ? lateBias(g, w.biases, state) : undefined);
  const inputs = [
    gates,
    v.transpose(g, w.state, 0, 1),
    state,
    more,
    w.project && v.transpose(g, w.project, 0, 1),
  ];
  const shapes = [
    [x.type.shape[0]!, ...state.type.shape],
    state.type.shape,
    ...(cell ? [cell.type.shape] : []),
  ];
  const types = shapes.map((shape) => ({ dtype: x.type.dtype, shape }));
  const attrs = { kind, reverse, project: w.project !== undefined };
  const [out, last, lastCell] = g.routine("recurrence", inputs.filter((i) => i !== undefined), types, attrs);
  return { out: out!, last: last!, cell: lastCell };
}

function joined(g: GraphBuilder, values: readonly Value[], dim: number): Value {
  return values.length === 1 ? values[0]! : g.concat(values, dim);
}

/** Parameters in PyTorch's order, layer by layer, direction by direction. */
function weightsOf(params: readonly Value[], count: number, hasBiases: boolean): readonly Weights[] {
  const each = params.length / count;
  return Array.from({ length: count }, (_, n) => {
    const [input, state, ...rest] = params.slice(n * each, (n + 1) * each) as [Value, Value, ...Value[]];
    const biases = hasBiases ? [rest[0]!, rest[1]!] as const : undefined;
    return { input, state, biases, project: rest[hasBiases ? 2 : 0] };
  });
}

/** All layers; the states before and behind are `[layers × directions, batch, size]`. */
function layers(g: GraphBuilder, kind: Kind, a: Args, states: Value, cells?: Value): Value[] {
  const given = a.tensor("input"), { dtype } = given.type, wide = (x: Value) => g.cast(x, wideType(dtype));
  if (a.bool("train") && a.float("dropout") !== 0) {
    unsupported(a.schema.target, "train=True draws random numbers");
  }
  const directions = a.bool("bidirectional") ? 2 : 1, count = a.fixed("num_layers") * directions;
  const weights = weightsOf(a.tensors("params").map(wide), count, a.bool("has_biases"));
  let x = a.bool("batch_first") ? v.transpose(g, wide(given), 0, 1) : wide(given);
  const made: Layer[] = [];
  for (let n = 0; n < count; n += directions) {
    const both = weights.slice(n, n + directions).map((w, d) => {
      const at = (all: Value) => v.select(g, wide(all), 0, int(n + d));
      return layer(g, kind, x, w, { state: at(states), cell: cells && at(cells) }, d === 1);
    });
    made.push(...both);
    x = joined(g, both.map((one) => one.out), 2);
  }
  const out = a.bool("batch_first") ? v.transpose(g, x, 0, 1) : x;
  const stacked = (all: readonly Value[]) => joined(g, all.map((one) => v.unsqueeze(g, one, 0)), 0);
  const last = [stacked(made.map((one) => one.last))];
  if (cells) last.push(stacked(made.map((one) => one.cell!)));
  return [out, ...last].map((y) => g.cast(y, dtype));
}

const options =
  "bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first";

function plainLayers(name: string, kind: Kind): AtenOp {
  return op(
    `${name}.input(Tensor input, Tensor hx, Tensor[] params, ${options}) -> (Tensor, Tensor)`,
    (g, a) => layers(g, kind, a, a.tensor("hx")),
  );
}

const cellArguments = "Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None";

/** What the input and what the state add to the gates, in the wide type. */
function cellGates(g: GraphBuilder, a: Args, state: Value): [input: Value, state: Value, before: Value] {
  const wide = (x: Value | undefined) => x && g.cast(x, wideType(a.tensor("input").type.dtype));
  const of = (x: Value, weight: string, bias: string) =>
    linear(g, wide(x)!, wide(a.tensor(weight))!, wide(a.tensorOrNone(bias)));
  return [of(a.tensor("input"), "w_ih", "b_ih"), of(state, "w_hh", "b_hh"), wide(state)!];
}

/** Gate `n` of several, `[batch, size]`. */
function gate(g: GraphBuilder, gates: Value, n: number, like: Value): Value {
  const size = like.type.shape[1]!;
  return v.narrow(g, gates, 1, mul(n, size), size);
}

function plainCell(name: string, kind: "tanh" | "relu"): AtenOp {
  return op(`${name}(Tensor input, Tensor hx, ${cellArguments}) -> Tensor`, (g, a) => {
    const [x, h] = cellGates(g, a, a.tensor("hx")), m = calc(g), sum = m.add(x, h);
    return g.cast(kind === "tanh" ? m.tanh(sum) : m.max(sum, 0), a.tensor("input").type.dtype);
  });
}

function gruCell(g: GraphBuilder, a: Args): Value {
  const m = calc(g), [x, h, before] = cellGates(g, a, a.tensor("hx"));
  const [reset, keep] = [0, 1].map((n) => m.sigmoid(m.add(gate(g, x, n, before), gate(g, h, n, before))));
  const fresh = m.tanh(m.add(gate(g, x, 2, before), m.mul(reset!, gate(g, h, 2, before))));
  return g.cast(m.add(m.mul(m.sub(before, fresh), keep!), fresh), a.tensor("input").type.dtype);
}

function lstmCell(g: GraphBuilder, a: Args): Value[] {
  const m = calc(g), [state, cell] = a.tensors("hx"), { dtype } = a.tensor("input").type;
  const [x, h, before] = cellGates(g, a, state!), sum = m.add(x, h);
  const [into, forget, fresh, show] = [0, 1, 2, 3].map((n) => gate(g, sum, n, before));
  const old = g.cast(cell!, before.type.dtype);
  const kept = m.add(m.mul(m.sigmoid(forget!), old), m.mul(m.sigmoid(into!), m.tanh(fresh!)));
  return [m.mul(m.sigmoid(show!), m.tanh(kept)), kept].map((y) => g.cast(y, dtype));
}

/** Rows of this family. */
export const recurrentOps: readonly AtenOp[] = [
  op(
    `lstm.input(Tensor input, Tensor[] hx, Tensor[] params, ${options}) -> (Tensor, Tensor, Tensor)`,
    (g, a) => {
      const [states, cells] = a.tensors("hx");
      return layers(g, "lstm", a, states!, cells!);
    },
  ),
  plainLayers("gru", "gru"),
  plainLayers("rnn_tanh", "tanh"),
  plainLayers("rnn_relu", "relu"),
  op(`lstm_cell(Tensor input, Tensor[] hx, ${cellArguments}) -> (Tensor, Tensor)`, lstmCell),
  op(`gru_cell(Tensor input, Tensor hx, ${cellArguments}) -> Tensor`, gruCell),
  plainCell("rnn_tanh_cell", "tanh"),
  plainCell("rnn_relu_cell", "relu"),
];
