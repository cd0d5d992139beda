/**
 * A torch.export archive becomes a Graph, or says which nodes cannot.
 *
 * Comes in: the path of a `.pt2` file (`readArchive`), then one of its programs. Goes out: an `Imported`: a functional
 * `Graph` and where the bytes of its constants lie; or one Diagnostic for every node that stands in the way.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { importExport, readArchive } from "./mod.ts";
 *
 * const archive = await readArchive("tests/import/archive/fixtures/mutdec_2_13.pt2");
 * assert(archive.ok);
 * const imported = await importExport(archive.value);
 * assert(imported.ok);
 * assert.equal(imported.value.graph.effects.length, 2); // a buffer and an input that the model writes
 * ```
 * Invariants: weights are never loaded; writes and views are resolved here, so the graph has values only; every result
 * has the element type and the sizes that the export recorded.
 *
 * @module
 */
export type * from "./types.ts";
export type {
  Archive,
  ArchivedProgram,
  ArchiveLayout,
  ReadOptions,
  SampleValue,
  TensorEntry,
  WeightRef,
} from "./archive/mod.ts";
export {
  type ArchiveSummary,
  type ByteSink,
  copyTo,
  describeArchive,
  readArchive,
  readTensor,
  readTensorBytes,
  tensorRanges,
} from "./archive/mod.ts";
export { importExport } from "./convert.ts";
export { type Formula, formulaParser, type Formulas, readFormulas } from "./formula.ts";
