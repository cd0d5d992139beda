/**
 * What the printers of convolutions share that do not go by packed panels of the image.
 *
 * @module
 */
import type { Expr } from "../../ir/expr/mod.ts";
import type { Axis, Scalars } from "../../ir/loops/mod.ts";
import type { ContractionKernel } from "../../ir/plan/mod.ts";
import type { Names } from "./arguments.ts";
import type { KernelContext } from "./body.ts";

/** Everything that the parts of a kernel share; `how` is the plan that the catalogue made. */
export interface ConvolutionSetting<How> {
  readonly kernel: ContractionKernel;
  readonly how: How;
  readonly names: Names;
  readonly context: KernelContext;
  readonly scalars: Scalars;
  readonly lanes: number;
  /** Axes of the images, and how many these are. */
  readonly images: readonly Axis[];
  readonly count: Expr;
}
