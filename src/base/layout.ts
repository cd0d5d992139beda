/**
 * How elements of a tensor lie in memory.
 *
 * @module
 */

/** Row-major strides, in elements; sizes of zero count as one, as in PyTorch. */
export function denseStrides(shape: readonly number[]): readonly number[] {
  const strides: number[] = Array(shape.length).fill(1);
  for (let d = shape.length - 2; d >= 0; d--) strides[d] = strides[d + 1]! * Math.max(1, shape[d + 1]!);
  return strides;
}
