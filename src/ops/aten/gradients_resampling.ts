/**
 * Backward formulas of resampling and of sampling at positions that are data.
 *
 * @module
 */
import { adjointAlong } from "../adjoint.ts";
import { gridGradients } from "../grid_gradient.ts";
import { inWide } from "../numeric.ts";
import { rankOf } from "../views.ts";
import { unsupported } from "./refuse.ts";
import {
  type Along,
  modes,
  paddings,
  scaleNames,
  toCurve,
  toExact,
  toLine,
  toLobes,
  toNearest,
  toSmoothCurve,
  toSmoothLine,
} from "./resampling.ts";
import { op } from "./schema.ts";
import type { AtenOp } from "./types.ts";

/** Every dim's resampling is linear: its matrix turned. */
function resampling(name: string, d: 1 | 2 | 3, corners: boolean, along: Along): AtenOp {
  const factors = scaleNames[d], flag = corners ? "bool align_corners, " : "";
  const scales = factors.map((f) => `float? ${f}=None`).join(", ");
  return op(
    `${name}_backward(Tensor grad_output, SymInt[${d}] output_size, SymInt[${
      d + 2
    }] input_size, ${flag}${scales}) -> Tensor`,
    (g, a) => {
      const sizes = a.ints("input_size"), outputs = a.ints("output_size");
      return inWide(g, [a.tensor("grad_output")], (grad) =>
        factors.reduce((y, name, n) => {
          const factor = a.floatOrNone(name),
            resize = { dim: 1, size: outputs[n]!, ...(factor !== undefined && { factor }) };
          return adjointAlong(g, y, n + 2, sizes[n + 2]!, (units) => along(g, units, resize, a));
        }, grad!));
    },
  );
}

function gridSampler(d: 2 | 3): AtenOp {
  return op(
    `grid_sampler_${d}d_backward(Tensor grad_output, Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners, bool[2] output_mask) -> (Tensor, Tensor)`,
    (g, a) => {
      const mode = modes[a.fixed("interpolation_mode")]!, padding = paddings[a.fixed("padding_mode")]!;
      const x = a.tensor("input"), how = { mode, padding, corners: a.bool("align_corners") };
      if (mode === "bicubic" && rankOf(x) !== 4) unsupported(a.schema.target, "bicubic sampling of volumes");
      const [image, grid] = gridGradients(g, a.tensor("grad_output"), x, a.tensor("grid"), how);
      const wanted = a.bools("output_mask");
      return [wanted[0] ? image : null, wanted[1] ? grid : null];
    },
  );
}

/** Rows of this family. */
export const resamplingGradientOps: readonly AtenOp[] = [
  ...([1, 2, 3] as const).flatMap((d) => [
    resampling(`upsample_nearest${d}d`, d, false, toNearest),
    resampling(`_upsample_nearest_exact${d}d`, d, false, toExact),
  ]),
  resampling("upsample_linear1d", 1, true, toLine),
  resampling("upsample_bilinear2d", 2, true, toLine),
  resampling("upsample_trilinear3d", 3, true, toLine),
  resampling("upsample_bicubic2d", 2, true, toCurve),
  resampling("_upsample_bilinear2d_aa", 2, true, toSmoothLine),
  resampling("_upsample_bicubic2d_aa", 2, true, toSmoothCurve),
  resampling("_upsample_lanczos2d_aa", 2, true, toLobes),
  gridSampler(2),
  gridSampler(3),
];
