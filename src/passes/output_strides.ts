/**
 * Outputs in row-major order, whatever the export recorded.
 *
 * @module
 */
import type { GraphPass } from "./pass.ts";

/** Forgets the strides of outputs. */
export const rowMajorOutputs: GraphPass = {
  name: "row-major-outputs",
  doc: "Outputs are row-major: the strides that the export recorded are forgotten.",
  run: (graph) => ({
    ...graph,
    outputs: graph.outputs.map((leaf) => {
      if (leaf.kind !== "tensor") return leaf;
      const { strides: _, ...plain } = leaf;
      return plain;
    }),
  }),
};
