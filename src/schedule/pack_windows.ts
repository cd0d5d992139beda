/**
 * Factors of windows whose lanes run along channels: constants that lie tap by tap for each channel are laid out anew, and
 * what is made of constants alone is made once.
 *
 * @module
 */
import { asInt, linear } from "../ir/expr/mod.ts";
import { type Axis, flatBuffer, linearIndex, type Scalar, type Scalars } from "../ir/loops/mod.ts";
import type { LoopKernel, Stage } from "../ir/plan/mod.ts";
import { isElsewhere, keptAxes, valueNest } from "./pack_epilogue.ts";
import { accessText } from "./pack_panels.ts";
import type { PackedConstants } from "./packed_constants.ts";

/** The kernel with constants side by side where its lanes want them so. */
export function packWindows(kernel: LoopKernel, constants: PackedConstants, scalars: Scalars): LoopKernel {
  const wants = kernel.stages.some((s) =>
    s.items.some(({ value }) => hasApart(value, s, constants, scalars))
  );
  if (!wants) return kernel;
  const stages = kernel.stages.map((stage) => {
    const lane = stage.axes.at(-1), axes = [...kernel.outer, ...stage.axes, ...stage.over];
    const order = lane ? [...axes.filter((a) => a !== lane), lane] : axes;
    const lift = (value: Scalar) => scalars.rebuild(value, (part) => lifted(part, order, constants, scalars));
    return { ...stage, items: stage.items.map((item) => ({ ...item, value: lift(item.value) })) };
  });
  return { ...kernel, stages };
}

/** True where lanes of a window's constants lie apart. */
function hasApart(value: Scalar, stage: Stage, constants: PackedConstants, scalars: Scalars): boolean {
  const lane = stage.axes.at(-1);
  if (!lane || stage.vector !== "axes" || stage.over.length === 0) return false;
  let found = false;
  scalars.rebuild(value, (part) => {
    if (isElsewhere(part)) return part;
    if (part.kind !== "load" || !constants.isSteady(part)) return undefined;
    const step = asInt(linear(part.index[0]!, lane.sym.name)?.coef ?? part.index[0]!);
    found ||= step === undefined || step > 1;
    return undefined;
  });
  return found;
}

/** A load of what was made of constants, its axes in order; the last ones are lanes. */
function lifted(
  part: Scalar,
  axes: readonly Axis[],
  constants: PackedConstants,
  scalars: Scalars,
): Scalar | undefined {
  if (isElsewhere(part)) return part;
  const isMade = part.kind === "load" || part.kind === "apply";
  if (!isMade || part.dtype !== "f32" || !constants.isSteady(part)) return undefined;
  const own = keptAxes(part, axes);
  if (!own) return undefined;
  const nest = valueNest(constants.stored(part), own, constants.nextName);
  const key = part.kind === "load" ? accessText(part, own) : nest.name;
  const buffer = constants.keep(`lanes ${key}`, [nest]);
  return scalars.load(flatBuffer(buffer), [linearIndex(buffer, own.map((a) => a.sym))]);
}
