/**
 * Reads the archives that torch.export.save writes: programs as typed values, tensors as views of byte ranges.
 *
 * Comes in: the path of a `.pt2` file of export schema 8 (torch 2.6 and later). Goes out: an `Archive`, or a Diagnostic.
 * Invariants: weights are never loaded, nothing of the archive is executed, nothing is written without a spill folder.
 *
 * @module
 */
export type * from "./types.ts";
export { readArchive } from "./read.ts";
export { type ByteSink, copyTo, readTensor, readTensorBytes } from "./weights.ts";
export { tensorRanges } from "./tensor_ranges.ts";
export { defaultLimits } from "./limits.ts";
export {
  type ArchiveSummary,
  describeArchive,
  type ProgramSummary,
  type TensorsSummary,
  type ValueSummary,
} from "./describe.ts";
