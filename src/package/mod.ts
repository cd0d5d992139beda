/**
 * Library, weights and manifest: written to a folder and read back; bindings and headers for their users.
 *
 * Comes in: a linked library, what the model says of itself, where its constants lie in the archive. Goes out: the
 * files of a build, each byte of them the same in any folder and on any day.
 * Invariants: weights are never wholly in memory; a storage is stored once; a folder holds the old build or the new
 * one; what the build did not write is never removed.
 *
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { planWeights } from "./mod.ts";
 *
 * const tied = { storage: "w", offset: 0, bytes: 100 };
 * const plan = planWeights([tied, { storage: "b", offset: 16, bytes: 4 }, tied]);
 * assertEquals(plan.places.map(({ offset }) => offset), [0, 128, 0]); // stored once, at multiples of 64
 * assertEquals(plan.bytes, 4096);
 * ```
 * @module
 */
export * from "./interface.ts";
export { type Door2, door2, DOOR2_VERSION } from "./door2.ts";
export { type FileFacts, type KernelFacts, type Manifest, manifestText } from "./manifest.ts";
export { type ConstantView, planWeights, type WeightsPiece, type WeightsPlan } from "./weights.ts";
export { type WeightSource, weightsTask } from "./weights.ts";
export { type HeaderParts, headerText } from "./header.ts";
export { type BindingParts, bindingText } from "./binding.ts";
export { type Pt2, type Pt2Layout, type Pt2Model, pt2Task } from "./pt2.ts";
export { writeZip, type ZipMember } from "./zip.ts";
export { type Content, factsOf, writePackage, type Written } from "./write.ts";
export { type Package, readManifest, readPackage } from "./read.ts";
