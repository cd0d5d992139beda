/**
 * Interpolation of images and sequences, and sampling at positions that are data.
 *
 * @module
 */
import { asInt, type Expr, int } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { sampleGrid } from "../grid_sample.ts";
import { isHalf } from "../numeric.ts";
import { keys, lanczos, smooth, triangle } from "../antialias.ts";
import { cubic, linear, nearest, type Resize } from "../resample.ts";
import { rankOf } from "../views.ts";
import { unsupported } from "./refuse.ts";
import { op } from "./schema.ts";
import type { Args, AtenOp } from "./types.ts";

/** Resamples one dim. */
export type Along = (g: GraphBuilder, x: Value, r: Resize, a: Args) => Value;

/** Sizes and factors of the forms with `output_size?, scale_factors?`. */
function resizesOfVec(a: Args, x: Value): Resize[] {
  const sizes = a.intsOrNone("output_size"), d = rankOf(x) - 2;
  const given = a.schema.args.some((arg) => arg.name === "scale_factors") && !sizes;
  const factors = given ? a.floats("scale_factors") : [];
  return Array.from({ length: d }, (_, n) => ({
    dim: n + 2,
    size: sizes?.[n] ?? scaledSize(a, x.type.shape[n + 2]!, factors[n]!, n),
    ...(given && { factor: factors[n]! }),
  }));
}

function scaledSize(a: Args, size: Expr, factor: number, n: number): Expr {
  const known = asInt(size);
  const recorded = a.recorded[0]?.shape[n + 2];
  return known === undefined
    ? recorded ?? unsupported(a.schema.target, "scale_factors with a dynamic size")
    : int(Math.floor(known * factor));
}

/** Sizes and factors of the forms with `output_size` and one factor per dim. */
function resizes(a: Args, x: Value, factors: readonly string[]): Resize[] {
  return a.ints("output_size").map((size, n) => {
    const factor = a.floatOrNone(factors[n]!);
    return { dim: rankOf(x) - factors.length + n, size, ...(factor !== undefined && { factor }) };
  });
}

/** Names of the factors by number of dims. */
export const scaleNames = {
  1: ["scales"],
  2: ["scales_h", "scales_w"],
  3: ["scales_d", "scales_h", "scales_w"],
} as const;

/**
 * `name` and `name.vec`. Of half types, PyTorch's kernel for bilinear images weighs in f32; its general one, which
 * serves the other kinds, rounds `weights` to the elements' own type first.
 */
function resampling(
  name: string,
  d: 1 | 2 | 3,
  corners: boolean,
  along: Along,
  weights: "f32" | "own" = "f32",
): AtenOp[] {
  const factors = scaleNames[d];
  const flag = corners ? "bool align_corners, " : "",
    scales = factors.map((f) => `float? ${f}=None`).join(", ");
  const weighed = ({ type: { dtype } }: Value) => (r: Resize): Resize =>
    weights === "own" && isHalf(dtype) ? { ...r, weights: dtype } : r;
  const run = (g: GraphBuilder, x: Value, list: readonly Resize[], a: Args) =>
    g.cast(list.map(weighed(x)).reduce((y, r) => along(g, y, r, a), x), x.type.dtype);
  return [
    op(`${name}(Tensor self, SymInt[${d}] output_size, ${flag}${scales}) -> Tensor`, (g, a) => {
      const x = a.tensor("self");
      return run(g, x, resizes(a, x, factors), a);
    }),
    op(
      `${name}.vec(Tensor input, SymInt[]? output_size, ${flag}float[]? scale_factors) -> Tensor`,
      (g, a) => {
        const x = a.tensor("input");
        return run(g, x, resizesOfVec(a, x), a);
      },
    ),
  ];
}

/** How each kind resamples one dim. */
export const toNearest: Along = (g, x, r) => nearest(g, x, r, false);
export const toExact: Along = (g, x, r) => nearest(g, x, r, true);
export const toLine: Along = (g, x, r, a) => linear(g, x, r, a.bool("align_corners"));
export const toSmoothLine: Along = (g, x, r, a) => smooth(g, x, r, a.bool("align_corners"), triangle);
export const toSmoothCurve: Along = (g, x, r, a) => smooth(g, x, r, a.bool("align_corners"), keys);
export const toLobes: Along = (g, x, r, a) => smooth(g, x, r, a.bool("align_corners"), lanczos);
export const toCurve: Along = (g, x, r, a) => cubic(g, x, r, a.bool("align_corners"));

/** Modes of grid samplers and what lies outside of the image, by their numbers in the schema. */
export const modes = ["bilinear", "nearest", "bicubic"] as const,
  paddings = ["zeros", "border", "reflection"] as const;

function gridSampler(schema: string): AtenOp {
  return op(schema, (g, a) => {
    const mode = modes[a.fixed("interpolation_mode")]!, padding = paddings[a.fixed("padding_mode")]!;
    const x = a.tensor("input");
    if (mode === "bicubic" && rankOf(x) !== 4) unsupported(a.schema.target, "bicubic sampling of volumes");
    return sampleGrid(g, x, a.tensor("grid"), { mode, padding, corners: a.bool("align_corners") });
  });
}

/** Rows of this family. */
export const resamplingOps: readonly AtenOp[] = [
  ...([1, 2, 3] as const).flatMap((d) => [
    ...resampling(`upsample_nearest${d}d`, d, false, toNearest),
    ...resampling(`_upsample_nearest_exact${d}d`, d, false, toExact),
  ]),
  ...resampling("upsample_linear1d", 1, true, toLine, "own"),
  ...resampling("upsample_bilinear2d", 2, true, toLine),
  ...resampling("upsample_trilinear3d", 3, true, toLine, "own"),
  ...resampling("upsample_bicubic2d", 2, true, toCurve, "own"),
  ...resampling("_upsample_bilinear2d_aa", 2, true, toSmoothLine),
  ...resampling("_upsample_bicubic2d_aa", 2, true, toSmoothCurve),
  ...resampling("_upsample_lanczos2d_aa", 2, true, toLobes),
  gridSampler(
    "grid_sampler(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners) -> Tensor",
  ),
  gridSampler(
    "grid_sampler_2d(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners) -> Tensor",
  ),
  gridSampler(
    "grid_sampler_3d(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners) -> Tensor",
  ),
];
