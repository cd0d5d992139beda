/**
 * Running what was built.
 *
 * @module
 */
import { attemptAsync, type Result, unwrap } from "../base/mod.ts";
import { openBuilt, readSafetensors, runModel, writeSafetensors } from "../run/mod.ts";
import type { RunOptions, RunReport } from "./face.ts";

/** Runs a built model on stored tensors. */
export async function run(options: RunOptions): Promise<Result<RunReport>> {
  return await attemptAsync(async () => {
    using model = unwrap(
      await openBuilt(options.folder, { ...(options.threads && { threads: options.threads }) }),
    );
    const inputs = unwrap(readSafetensors(options.inputs));
    const { outputs, ms } = unwrap(runModel(model, inputs, { repeat: options.repeat }));
    writeSafetensors(options.outputs, outputs);
    const shown = [...outputs].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
    return { outputs: shown, ms };
  });
}
