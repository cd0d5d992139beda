/**
 * Graph to Loops: index maps for views, nests for what needs memory, blocks for control flow.
 *
 * Comes in: a verified functional `Graph`. Goes out: `Loops`.
 *
 * @module
 */
export { lower } from "./lower.ts";
