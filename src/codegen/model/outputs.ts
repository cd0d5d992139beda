/**
 * The end of a run: what it wrote to inputs, and where each output comes from.
 *
 * @module
 */
import type { Plan } from "../../ir/plan/mod.ts";
import type { Line, OutputSource } from "./lines.ts";

/** Hands over everything that the host gets. */
export function outputLines(plan: Plan): readonly Line[] {
  const written = plan.inputs.flatMap(({ buffer }, input): readonly Line[] => {
    const isMutated = plan.effects.some((e) => e.target.name === buffer.name);
    return isMutated && plan.placements.has(buffer.name) ? [{ kind: "write-back", input, buffer }] : [];
  });
  const outputs = plan.outputs.flatMap((output, index): readonly Line[] => {
    const source = sourceOf(plan, output);
    return source ? [{ kind: "output", index, source }] : [];
  });
  return [...written, ...outputs];
}

function sourceOf(plan: Plan, { leaf, buffer }: Plan["outputs"][number]): OutputSource | undefined {
  switch (leaf.kind) {
    case "fixed":
      return fixed(leaf.value);
    case "size":
      return { kind: "number", dtype: "i64", value: leaf.expr };
    case "truth":
      return { kind: "number", dtype: "bool", value: leaf.pred };
    case "tensor": {
      const place = plan.placements.get(buffer!.name);
      if (place?.kind === "input") return { kind: "input", index: place.index };
      return place?.kind === "output" ? { kind: "buffer", buffer: buffer!, owner: place.index } : undefined;
    }
  }
}

/** Values that are no numbers are said by the description. */
function fixed(value: null | number | bigint | boolean | string): OutputSource | undefined {
  if (typeof value === "boolean") return { kind: "number", dtype: "bool", value };
  if (typeof value === "bigint") return { kind: "number", dtype: "i64", value };
  return typeof value === "number" ? { kind: "number", dtype: "f64", value } : undefined;
}
