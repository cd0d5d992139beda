/**
 * Tensors as hosts see them: a buffer of pairs is a complex tensor there, the same memory in larger elements.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import { type Expr, floorDiv } from "../../ir/expr/mod.ts";
import type { Buffer } from "../../ir/loops/mod.ts";
import type { Plan } from "../../ir/plan/mod.ts";

/** Element type, sizes, and strides in elements. */
export interface HostTensor {
  readonly dtype: DType;
  readonly shape: readonly Expr[];
  readonly strides: readonly Expr[];
}

/** A buffer to the host; `complex` is the type of the tensor whose pairs it holds. */
export function hostTensor({ dtype, shape, strides }: Buffer, complex: DType | undefined): HostTensor {
  if (!complex) return { dtype, shape, strides };
  const elements = strides.slice(0, -1).map((stride) => floorDiv(stride, 2));
  return { dtype: complex, shape: shape.slice(0, -1), strides: elements };
}

/** A buffer of an input or output to the host. */
export function hostTensorOf(plan: Plan, buffer: Buffer): HostTensor {
  const input = plan.inputs.find((x) => x.buffer.name === buffer.name)?.input;
  const leaf = plan.outputs.find((x) => x.buffer?.name === buffer.name)?.leaf;
  return hostTensor(buffer, input?.complex ?? (leaf?.kind === "tensor" ? leaf.complex : undefined));
}
