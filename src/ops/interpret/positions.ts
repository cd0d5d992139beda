/**
 * Elements of dense tensors by position.
 *
 * @module
 */
import { type DenseTensor, elementOf, type Num } from "../../ir/scalar/mod.ts";

/** Number of the element at a position; a position outside is a bug of an index map. */
export function offsetOf(shape: readonly number[], at: readonly number[]): number {
  let offset = 0;
  for (let d = 0; d < shape.length; d++) {
    const index = at[d]!;
    if (!(index >= 0 && index < shape[d]!)) {
      throw new RangeError(`Cannot read [${at.slice(0, shape.length)}]: outside of [${shape}]`);
    }
    offset = offset * shape[d]! + index;
  }
  return offset;
}

/** The element that a broadcast operand has at the output's position. */
export function broadcastAt(tensor: DenseTensor, at: readonly number[]): Num {
  const skip = at.length - tensor.shape.length;
  let offset = 0;
  for (let d = 0; d < tensor.shape.length; d++) {
    offset = offset * tensor.shape[d]! + (tensor.shape[d] === 1 ? 0 : at[d + skip]!);
  }
  return elementOf(tensor, offset);
}

/** The element at a position. */
export function elementAt(tensor: DenseTensor, at: readonly number[]): Num {
  return elementOf(tensor, offsetOf(tensor.shape, at));
}
