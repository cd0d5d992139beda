/**
 * Weights of convolutions in Winograd's tiles: G g Gᵀ for each pair of channels, in panels.
 *
 * @module
 */
import { add, ceilDiv, type Expr, int, lt, mul } from "../ir/expr/mod.ts";
import {
  type Buffer,
  type Contraction,
  loopAxis,
  type Nest,
  rowMajor,
  type Scalar,
  type Scalars,
} from "../ir/loops/mod.ts";
import { tapTransform, type WinogradPlan } from "../kernels/mod.ts";
import { decoded } from "./decode.ts";

/** `packed[panel][position][k…][lane]`, one nest a position. Taps are summed in f64: this happens once. */
export function winogradNests(
  nest: Pick<Contraction, "m" | "k" | "a">,
  how: WinogradPlan,
  name: string,
  s: Scalars,
): readonly Nest[] {
  const { m, a } = nest, k = nest.k.slice(0, -2), taps = nest.k.slice(-2), g = tapTransform(how.tile);
  const count = mul(int(1), ...m.map((x) => x.extent));
  const panel = loopAxis(`${name}_panel`, ceilDiv(count, how.mr)),
    lane = loopAxis(`${name}_lane`, int(how.mr));
  const flat = add(mul(panel.sym, how.mr), lane.sym), inside = lt(flat, count);
  const tap = (y: number, x: number): Scalar => {
    const map = new Map<string, Expr>(decoded(m, flat));
    [y, x].forEach((at, n) => map.set(taps[n]!.sym.name, int(at)));
    return s.cast(s.substitute(a, map), "f64");
  };
  const shape = [panel.extent, int(g.length ** 2), ...k.map((x) => x.extent), lane.extent];
  const buffer: Buffer = {
    ...{ name, dtype: "f32", shape, strides: rowMajor(shape), offset: 0, role: "output" },
  };
  const image = [0, 1, 2].map((y) => [0, 1, 2].map((x) => tap(y, x)));
  const lines = g.map((row) => [0, 1, 2].map((x) => weighted(row, image.map((line) => line[x]!), s)));
  return lines.flatMap((line, i) =>
    g.map((row, j): Nest => {
      const value = s.cast(weighted(row, line, s), "f32");
      return {
        ...{ kind: "nest", name, axes: [panel, ...k, lane] },
        value: s.guarded(inside, value, s.literal(0, "f32")),
        store: { buffer, index: [panel.sym, int(i * g.length + j), ...k.map((x) => x.sym), lane.sym] },
      };
    })
  );
}

/** Σ weights[n] · values[n]. */
function weighted(weights: readonly number[], values: readonly Scalar[], s: Scalars): Scalar {
  const terms = values.flatMap((value, n) => {
    const weight = weights[n]!;
    if (weight === 0) return [];
    return [weight === 1 ? value : s.apply("mul", value, s.literal(weight, "f64"))];
  });
  return terms.reduce((sum, term) => s.apply("add", sum, term));
}
