/**
 * Powers.
 *
 * @module
 */
import { isFloat } from "../../base/mod.ts";
import { asInt } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { type Calc, calc } from "../calc.ts";
import { asTensor, inWide, isTensor, type Mixed, promoted, resultType } from "../numeric.ts";
import { op } from "./schema.ts";
import type { AtenOp } from "./types.ts";

/** Exponents that PyTorch's kernels compute without `pow`. */
const shortcuts: ReadonlyMap<number, (m: Calc, x: Value) => Value> = new Map([
  [1, (_, x) => x],
  [2, (m, x) => m.mul(x, x)],
  [3, (m, x) => m.mul(m.mul(x, x), x)],
  [0.5, (m, x) => m.sqrt(x)],
  [-0.5, (m, x) => m.rsqrt(x)],
  [-1, (m, x) => m.reciprocal(x)],
  [-2, (m, x) => m.reciprocal(m.mul(x, x))],
]);

/** `base ** exponent` in the promoted type. */
export function power(g: GraphBuilder, base: Mixed, exponent: Mixed): Value {
  const known = knownNumber(exponent), dtype = resultType(base, exponent);
  const shortcut = known === undefined ? undefined : shortcuts.get(known);
  if (shortcut && isTensor(base) && (isFloat(dtype) || known! >= 1)) {
    return inWide(g, [g.cast(base, dtype)], (x) => shortcut(calc(g), x!));
  }
  const [a, b] = promoted(g, base, exponent);
  return g.pointwise("pow", a!, b!);
}

function knownNumber(x: Mixed): number | undefined {
  if (isTensor(x) || x.kind === "complex") return undefined;
  if (x.kind === "int") return asInt(x.expr);
  return x.kind === "float" ? x.float : Number(x.truth);
}

/** As `power`, in f64 whatever comes in. */
function floatPower(g: GraphBuilder, base: Mixed, exponent: Mixed): Value {
  return power(g, asTensor(g, base, "f64"), isTensor(exponent) ? g.cast(exponent, "f64") : exponent);
}

const forms = ["Tensor_Scalar", "Tensor_Tensor", "Scalar"] as const;
const signatures = {
  Tensor_Scalar: "Tensor self, Scalar exponent",
  Tensor_Tensor: "Tensor self, Tensor exponent",
  Scalar: "Scalar self, Tensor exponent",
} as const;

/** Rows of this family. */
export const powOps: readonly AtenOp[] = [
  ...forms.map((form) =>
    op(
      `pow.${form}(${signatures[form]}) -> Tensor`,
      (g, a) => power(g, a.scalar("self"), a.scalar("exponent")),
    )
  ),
  ...forms.map((form) =>
    op(
      `float_power.${form}(${signatures[form]}) -> Tensor`,
      (g, a) => floatPower(g, a.scalar("self"), a.scalar("exponent")),
    )
  ),
];
