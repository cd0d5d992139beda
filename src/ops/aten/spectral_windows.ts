/**
 * Windows of signal processing: hann, hamming, blackman, bartlett, kaiser.
 *
 * @module
 */
import { asInt, type Expr } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { type Calc, calc } from "../calc.ts";
import { wideType } from "../numeric.ts";
import { unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** Values at positions `n` of a symmetric window of `last + 1` points. */
type Shape = (m: Calc, n: Value, last: number, a: Args) => Value;

/** Rows of a window: `options` are further arguments, which overloads add one by one. */
function windows(name: string, options: readonly (readonly [overload: string, arg: string])[], shape: Shape) {
  const tail = "*, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None";
  const forms = [
    ["", ""],
    ["periodic", "bool periodic, "],
    ...options.map(([overload], n) => [
      overload,
      `bool periodic, ${options.slice(0, n + 1).map(([, arg]) => `${arg}, `).join("")}`,
    ]),
  ];
  return forms.map(([overload, args]) =>
    op(
      `${name}${overload && `.${overload}`}(int window_length, ${args}${tail}) -> Tensor`,
      (g, a) => built(g, a, shape),
    )
  );
}

function built(g: GraphBuilder, a: Args, shape: Shape): Value {
  const count: Expr = a.int("window_length"), n = asInt(count), dtype = a.dtypeOrNone("dtype") ?? "f32";
  if (n === undefined) return unsupported(a.schema.target, "a dynamic length");
  const periodic = optional(a, "periodic", 1, (name) => Number(a.bool(name)));
  const positions = g.iota([count], ([i]) => i!, wideType(dtype)), m = calc(g);
  if (n === 1) return g.cast(m.add(m.mul(positions, 0), 1), dtype);
  return g.cast(shape(m, positions, periodic ? n : n - 1, a), dtype);
}

/** An argument that some overloads lack. */
function optional(a: Args, name: string, otherwise: number, read = (key: string) => a.float(key)): number {
  return a.schema.args.some((arg) => arg.name === name) ? read(name) : otherwise;
}

/** `alpha - beta cos(2πn / last)`. */
const raised = (alpha: number, beta: number): Shape => (m, n, last, a) => {
  const high = optional(a, "beta", beta), wave = m.cos(m.mul(n, 2 * Math.PI / last));
  return m.add(m.mul(wave, -high), optional(a, "alpha", alpha));
};

const blackman: Shape = (m, n, last) => {
  const x = m.mul(n, Math.PI / last);
  return m.add(m.sub(m.mul(m.cos(m.mul(x, 4)), 0.08), m.mul(m.cos(m.mul(x, 2)), 0.5)), 0.42);
};

const bartlett: Shape = (m, n, last) => {
  const x = m.mul(n, 2 / last);
  return m.where(m.le(n, Math.floor(last / 2)), x, m.sub(2, x));
};

const kaiser: Shape = (m, n, last, a) => {
  const beta = optional(a, "beta", 12), x = m.sub(m.mul(n, 2 / last), 1);
  const root = m.sqrt(m.max(m.sub(1, m.mul(x, x)), 0));
  return m.div(m.bessel_i0(m.mul(root, beta)), m.bessel_i0(m.add(m.mul(n, 0), beta)));
};

/** Rows of this family. */
export const windowOps: readonly AtenOp[] = [
  ...windows("hann_window", [], raised(0.5, 0.5)),
  ...windows(
    "hamming_window",
    [["periodic_alpha", "float alpha"], ["periodic_alpha_beta", "float beta"]],
    raised(0.54, 0.46),
  ),
  ...windows("blackman_window", [], blackman),
  ...windows("bartlett_window", [], bartlett),
  ...windows("kaiser_window", [["beta", "float beta"]], kaiser),
];
