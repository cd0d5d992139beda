/**
 * Special functions: Bessel, gamma and zeta, the normal distribution, orthogonal polynomials, divisors.
 *
 * @module
 */
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import type { ScalarFn } from "../../ir/scalar/mod.ts";
import { type Calc, calc } from "../calc.ts";
import { sum } from "../fold.ts";
import { inWide, type Mixed, promoted, promotedFloat, toFloat } from "../numeric.ts";
import { rankOf, unsqueeze } from "../views.ts";
import { op } from "./schema.ts";
import type { AtenOp } from "./types.ts";

/** A row per name; integers become floats first. */
function unary(names: string, fn: ScalarFn, arg = "self"): AtenOp[] {
  return names.split(" ").map((name) =>
    op(`${name}(Tensor ${arg}) -> Tensor`, (g, a) => g.pointwise(fn, toFloat(g, a.tensor(arg))))
  );
}

/** Rows of two tensors. */
function pair(names: string, fn: ScalarFn): AtenOp[] {
  return names.split(" ").map((name) =>
    op(
      `${name}(Tensor self, Tensor other) -> Tensor`,
      (g, a) => inFloats(g, fn, a.tensor("self"), a.tensor("other")),
    )
  );
}

function inFloats(g: GraphBuilder, fn: ScalarFn, a: Mixed, b: Mixed): Value {
  const [x, y] = promotedFloat(g, a, b);
  return g.pointwise(fn, x!, y!);
}

type OfTwo = (g: GraphBuilder, a: Mixed, b: Mixed) => Value;

/** Rows of two tensors, and those whose first or second operand is a number. */
function mixed(name: string, [first, second]: readonly [string, string], body: OfTwo): AtenOp[] {
  return [
    `${name}(Tensor ${first}, Tensor ${second}) -> Tensor`,
    `${name}.${first}_scalar(Scalar ${first}, Tensor ${second}) -> Tensor`,
    `${name}.${second}_scalar(Tensor ${first}, Scalar ${second}) -> Tensor`,
  ].map((schema) => op(schema, (g, a) => body(g, a.scalar(first), a.scalar(second))));
}

function polynomial(name: string, fn: ScalarFn): AtenOp[] {
  return mixed(`special_${name}`, ["x", "n"], (g, x, n) => inFloats(g, fn, x, n));
}

/** Over [0, 1] instead of [-1, 1]. */
function shifted(kind: "t" | "u" | "v" | "w"): AtenOp[] {
  return mixed(`special_shifted_chebyshev_polynomial_${kind}`, ["x", "n"], (g, a, b) => {
    const m = calc(g);
    return inWide(g, promotedFloat(g, a, b), (x, n) => m[`chebyshev_${kind}`](m.sub(m.add(x!, x!), 1), n!));
  });
}

/** PyTorch's steps, whose rounding shows beside the poles: reflection below 1/2, six recurrences, asymptotic series. */
function trigamma(m: Calc, x: Value, g: GraphBuilder): Value {
  const low = m.lt(x, 0.5), sine = m.sin(m.mul(x, Math.PI));
  const square = m.mul(g.constant(Math.PI, x.type.dtype), g.constant(Math.PI, x.type.dtype));
  let sum = m.where(low, m.neg(m.div(square, m.mul(sine, sine))), 0), at = m.where(low, m.sub(1, x), x);
  for (let k = 0; k < 6; k++) {
    sum = m.add(sum, m.reciprocal(m.mul(at, at)));
    at = m.add(at, 1);
  }
  const z = m.reciprocal(m.mul(at, at));
  const tail = m.mul(z, m.sub(1 / 6, m.mul(z, m.sub(1 / 30, m.mul(z, 1 / 42)))));
  sum = m.add(sum, m.div(m.add(m.add(m.div(0.5, at), 1), tail), at));
  return m.where(low, m.neg(sum), sum);
}

/** Derivative `n` of digamma: `(-1)^(n+1) n! ζ(n+1, x)`. */
function polygamma(g: GraphBuilder, x: Value, n: number): Value {
  if (n === 0) return g.pointwise("digamma", toFloat(g, x));
  if (n === 1) return inWide(g, [toFloat(g, x)], (wide) => trigamma(calc(g), wide!, g));
  let factor = n % 2 ? 1 : -1;
  for (let k = 2; k <= n; k++) factor *= k;
  return inWide(g, [toFloat(g, x)], (wide) => {
    const m = calc(g), value = m.zeta(g.constant(n + 1, wide!.type.dtype), wide!);
    return factor === 1 ? value : m.mul(value, factor);
  });
}

/** `p(p-1)/4 log π + Σ log Γ(x - k/2)`, k below p. */
function multiLgamma(g: GraphBuilder, self: Value, p: number): Value {
  const m = calc(g), x = toFloat(g, self), dtype = x.type.dtype;
  const terms = Array.from({ length: p }, (_, k) => unsqueeze(g, m.lgamma(m.add(x, -k / 2)), -1));
  const total = sum(g, g.concat(terms, rankOf(x)), { dims: [rankOf(x)] }, dtype);
  return m.add(total, (p * (p - 1) / 4) * Math.log(Math.PI));
}

/** `-x log x`, 0 at 0, minus infinity below. */
function entropy(m: Calc, x: Value): Value {
  const value = m.where(m.eq(x, 0), 0, m.mul(m.neg(x), m.log(x)));
  return m.where(m.isnan(x), x, m.where(m.lt(x, 0), -Infinity, value));
}

/** Mantissa in [0.5, 1) and exponent. */
function frexp(g: GraphBuilder, x: Value): readonly [Value, Value] {
  const m = calc(g), plain = m.and(m.isfinite(x), m.ne(x, 0)), near = m.where(plain, x, 1);
  const guess = m.add(m.floor(m.log2(m.abs(near))), 1), half = m.floor(m.mul(guess, 0.5));
  const scaled = m.mul(m.mul(near, m.exp2(m.neg(half))), m.exp2(m.sub(half, guess)));
  const size = m.abs(scaled), low = m.lt(size, 0.5), high = m.ge(size, 1);
  const mantissa = m.where(low, m.mul(scaled, 2), m.where(high, m.mul(scaled, 0.5), scaled));
  const exponent = m.where(low, m.sub(guess, 1), m.where(high, m.add(guess, 1), guess));
  return [m.where(plain, mantissa, x), g.cast(m.where(plain, exponent, 0), "i32")];
}

/** Least common multiple, never negative. */
function lcm(g: GraphBuilder, a: Value, b: Value): Value {
  const m = calc(g), divisor = m.gcd(a, b);
  return m.abs(m.mul(m.div(a, divisor), b)); // division by zero gives zero
}

/** Rows of this family. */
export const specialOps: readonly AtenOp[] = [
  ...unary("special_bessel_j0", "bessel_j0"),
  ...unary("special_bessel_j1", "bessel_j1"),
  ...unary("special_bessel_y0", "bessel_y0"),
  ...unary("special_bessel_y1", "bessel_y1"),
  ...unary("i0 special_i0 special_modified_bessel_i0", "bessel_i0"),
  ...unary("special_i0e", "bessel_i0e"),
  ...unary("special_i1 special_modified_bessel_i1", "bessel_i1"),
  ...unary("special_i1e", "bessel_i1e"),
  ...unary("special_modified_bessel_k0", "bessel_k0"),
  ...unary("special_modified_bessel_k1", "bessel_k1"),
  ...unary("special_scaled_modified_bessel_k0", "bessel_k0e", "x"),
  ...unary("special_scaled_modified_bessel_k1", "bessel_k1e", "x"),
  ...unary("special_spherical_bessel_j0", "spherical_j0", "x"),
  ...unary("special_airy_ai", "airy_ai", "x"),
  ...unary("special_erfcx", "erfcx"),
  ...unary("special_log_ndtr", "log_ndtr"),
  ...unary("special_ndtri", "ndtri"),
  op("special_ndtr(Tensor self) -> Tensor", (g, a) => {
    const m = calc(g), x = toFloat(g, a.tensor("self"));
    return m.mul(m.add(m.erf(m.mul(x, Math.SQRT1_2)), 1), 0.5);
  }),
  op(
    "special_entr(Tensor self) -> Tensor",
    (g, a) => inWide(g, [toFloat(g, a.tensor("self"))], (x) => entropy(calc(g), x!)),
  ),
  ...pair("igamma special_gammainc", "igamma"),
  ...pair("igammac special_gammaincc", "igammac"),
  op("polygamma(int n, Tensor self) -> Tensor", (g, a) => polygamma(g, a.tensor("self"), a.fixed("n"))),
  op(
    "special_polygamma(int n, Tensor self) -> Tensor",
    (g, a) => polygamma(g, a.tensor("self"), a.fixed("n")),
  ),
  op("mvlgamma(Tensor self, int p) -> Tensor", (g, a) => multiLgamma(g, a.tensor("self"), a.fixed("p"))),
  op(
    "special_multigammaln(Tensor self, int p) -> Tensor",
    (g, a) => multiLgamma(g, a.tensor("self"), a.fixed("p")),
  ),
  ...mixed("special_zeta", ["self", "other"], (g, x, q) => inFloats(g, "zeta", x, q)),
  ...polynomial("chebyshev_polynomial_t", "chebyshev_t"),
  ...polynomial("chebyshev_polynomial_u", "chebyshev_u"),
  ...polynomial("chebyshev_polynomial_v", "chebyshev_v"),
  ...polynomial("chebyshev_polynomial_w", "chebyshev_w"),
  ...polynomial("hermite_polynomial_h", "hermite_h"),
  ...polynomial("hermite_polynomial_he", "hermite_he"),
  ...polynomial("laguerre_polynomial_l", "laguerre"),
  ...polynomial("legendre_polynomial_p", "legendre"),
  ...(["t", "u", "v", "w"] as const).flatMap(shifted),
  op("gcd(Tensor self, Tensor other) -> Tensor", (g, a) => {
    const [x, y] = promoted(g, a.tensor("self"), a.tensor("other"));
    return g.pointwise("gcd", x!, y!);
  }),
  op("lcm(Tensor self, Tensor other) -> Tensor", (g, a) => {
    const [x, y] = promoted(g, a.tensor("self"), a.tensor("other"));
    return lcm(g, x!, y!);
  }),
  op("frexp.Tensor(Tensor self) -> (Tensor mantissa, Tensor exponent)", (g, a) => {
    const x = a.tensor("self"), wide = g.cast(x, x.type.dtype === "f64" ? "f64" : "f32");
    const [mantissa, exponent] = frexp(g, wide);
    return [g.cast(mantissa, x.type.dtype), exponent];
  }),
];
