/**
 * Models written in TypeScript, with the operators of the aten table.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { buildUserGraph } from "./user.ts";
 *
 * const { graph } = await buildUserGraph("gate", ({ input, ops, cond }) => {
 *   const x = input("x", { shape: [{ kind: "dim", name: "batch", min: 1 }, 4] });
 *   const positive = ops.gt(ops.sum(x), 0);
 *   return cond(positive, (y) => ops.relu(y), (y) => ops.neg(y), [x]);
 * });
 * assert.equal(graph.inputs[0]?.label, "x");
 * assert.equal(graph.nodes.at(-1)?.regions?.length, 2);
 * ```
 * @module
 */
export type { Value as Tensor } from "../ir/graph/mod.ts";
export type { Argument, Named, NamedSize } from "./user/call.ts";
export { operatorNames } from "./user/call.ts";
export {
  buildUserGraph,
  type Data,
  type ModelBuilder,
  type ModelResult,
  type Operators,
  type TensorSpec,
  type UserGraph,
} from "./user/build.ts";
export { several, single } from "./user/names.ts";
