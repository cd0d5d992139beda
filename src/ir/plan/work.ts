/**
 * How much a launch computes and moves, for comparing its time with what the machine can do.
 *
 * @module
 */
import { bytesOf } from "../../base/mod.ts";
import { add, type Expr, int, mul } from "../expr/mod.ts";
import { type Axis, type Buffer, loadsOf, numel, type Scalar, scalarsOf } from "../loops/mod.ts";
import { buffersOfKernel } from "./touch.ts";
import type { Kernel } from "./types.ts";

/** Of one launch. */
export interface Work {
  /** Arithmetic operations; a multiply-add is two, an elementary function one. */
  readonly flops: Expr;
  /** Bytes of every buffer that is read or written, once. */
  readonly bytes: Expr;
}

/** Work of a launch, as expressions of the model's dims. Routines count their memory only. */
export function workOf(kernel: Kernel): Work {
  const bytes = add(int(0), ...movedBy(kernel).map((b) => mul(numel(b.shape), bytesOf(b.dtype))));
  return { flops: flopsOf(kernel), bytes };
}

/** Constants that lie packed as well are read there only. */
function movedBy(kernel: Kernel): readonly Buffer[] {
  const all = buffersOfKernel(kernel);
  if (kernel.kind !== "contraction" || !kernel.packed) return all;
  const { a, b, epilogue } = kernel.nest;
  const after = new Set(loadsOf(epilogue, ...kernel.extra.map((x) => x.value)).map((l) => l.buffer.name));
  const before = new Set(loadsOf(a, b).filter((l) => l.buffer.role === "constant").map((l) => l.buffer.name));
  return all.filter(({ name }) => after.has(name) || !before.has(name));
}

function flopsOf(kernel: Kernel): Expr {
  switch (kernel.kind) {
    case "loops": {
      const outer = sizeOf(kernel.outer);
      return add(
        int(0),
        ...kernel.stages.map((stage) => {
          const beside = stage.over.length > 0 && stage.vector === "axes";
          const [sums, after] = [true, false].map((is) =>
            stage.items.filter((i) => !beside || (i.reduce !== undefined) === is)
          );
          const each = sums!.reduce((sum, item) => sum + operations([item.value]), 0);
          const last = beside ? after!.reduce((sum, item) => sum + operations([item.value]), 0) : 0;
          const points = mul(outer, sizeOf(stage.axes)), adds = stage.over.length > 0 ? sums!.length : 0;
          return add(mul(points, sizeOf(stage.over), each + adds), mul(points, last));
        }),
      );
    }
    case "contraction": {
      const { batch, m, n, k, epilogue } = kernel.nest;
      const values = [epilogue, ...kernel.extra.map((x) => x.value)];
      const outputs = mul(sizeOf(batch), sizeOf(m), sizeOf(n));
      return add(mul(outputs, sizeOf(k), 2), mul(outputs, operations(values)));
    }
    case "attention": { // all columns count, also those that a block of rows skips
      const { batch, rows, columns, depth, values, score, epilogue } = kernel.nest;
      const all = mul(sizeOf(batch), sizeOf(rows)), pairs = mul(all, sizeOf(columns));
      const softmax = 4 + operations([score]); // largest, difference, power, total
      const products = mul(pairs, add(mul(add(sizeOf(depth), sizeOf(values)), 2), softmax));
      return add(products, mul(all, sizeOf(values), operations([epilogue])));
    }
    case "scatter":
      return mul(sizeOf(kernel.nest.axes), 1 + operations([kernel.nest.value]));
    case "routine":
      return int(0);
  }
}

function sizeOf(axes: readonly Axis[]): Expr {
  return mul(int(1), ...axes.map((a) => a.extent));
}

function operations(values: readonly Scalar[]): number {
  return scalarsOf(...values).filter((s) => s.kind === "apply").length;
}
