/**
 * Intermediate values of a run, kept for a file or told as statistics.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import type { JobValues } from "./job.ts";
import type { OpenedModel } from "./opened.ts";
import { writeSafetensors } from "./safetensors.ts";
import { type ScriptLaunch, ScriptRunner } from "./script.ts";
import type { Tensor } from "./tensor.ts";

/** Collects what launches write; only the last run that `begin` announced counts. */
export function valuesOf(model: OpenedModel, { file, said: isSaid }: JobValues) {
  if (!(model instanceof ScriptRunner)) {
    return refuse({
      reason: "no-values",
      message: `Cannot show values of "${model.description.name}": its kernels run inside the library`,
      help: "Build it with its TypeScript wrapper (`aoti dev`), or set debug_intermediate_value_printer.",
    });
  }
  const kept = new Map<string, Tensor>(), said: string[] = [];
  const onLaunch = ({ number, kernel, writes }: ScriptLaunch) => {
    for (const view of writes) {
      if (file !== undefined) kept.set(`${number}.${kernel}.${view.name}`, view.dense());
      if (isSaid) said.push(`${number} ${kernel}: ${view.name} ${model.statistics(view)}`);
    }
  };
  const begin = () => {
    kept.clear();
    said.length = 0;
  };
  const end = () => file === undefined ? undefined : writeSafetensors(file, kept);
  return { onLaunch, begin, end, said };
}
