/**
 * The stages of a build that are not native compilation, as tasks: from an archive to texts, and its weights.
 *
 * @module
 */
import { refuse, type Target, unwrap } from "../base/mod.ts";
import type { EmittedKernel, ModelDescription } from "../codegen/mod.ts";
import { importExport, type NamedDim, readArchive } from "../import/mod.ts";
import { defineTask, json } from "../task/mod.ts";
import { compileGraph, type WeightPiece } from "./compile_graph.ts";

/** A kernel without its text. */
export type KernelHead = Omit<EmittedKernel, "text">;

/** What `plan-model` says besides texts. */
export interface PlannedModel {
  readonly kernels: readonly KernelHead[];
  readonly description: ModelDescription;
  readonly weights: { readonly bytes: number; readonly pieces: readonly WeightPiece[] };
  readonly inSpec: string;
  readonly outSpec: string;
}

/** Settings of a plan that are part of its key. */
export interface PlanSettings {
  readonly name: string;
  readonly target: Target;
  readonly cpuFeatures: string | null;
  readonly dims: Readonly<Record<string, Readonly<Record<number, NamedDim>>>>;
  readonly flags: Readonly<Record<string, unknown>>;
}

/** Archive to texts: import, lower, schedule, emit. `tool` is the digest of our own sources. */
export const planModel = defineTask({
  name: "plan-model",
  version: 1,
  inputs: { archive: "file", settings: json<PlanSettings>(), tool: "text" },
  outputs: { model: "file", kernels: "files", planned: json<PlannedModel>() },
  run: async ({ archive, settings }, box) => {
    const { path } = await box.locate(archive);
    const read = unwrap(await readArchive(path));
    const imported = unwrap(await importExport(read, undefined, { dims: settings.dims }));
    const stray = [...imported.weights.blobs.values()].find((ref) => ref.bytes > 0 && ref.file !== path);
    if (stray) {
      refuse({
        reason: "deflated-weights",
        message: `Cannot use the weights of this archive: ${stray.storageKey} is compressed`,
        help: "Save the archive again with torch.export.save, which stores weights uncompressed.",
      });
    }
    const named = { ...imported, graph: { ...imported.graph, name: settings.name } };
    const { emitted, weights } = compileGraph(named, settings.target, settings.cpuFeatures ?? undefined);
    const kernels = await Promise.all(
      emitted.kernels.map(async (k) => [`${k.symbol}.c`, await box.writeText(k.text)] as const),
    );
    const { inSpec, outSpec } = imported.graph;
    return {
      model: await box.writeText(emitted.model),
      kernels: Object.fromEntries(kernels),
      planned: {
        kernels: emitted.kernels.map(({ text: _text, ...head }) => head),
        description: emitted.description,
        weights: { bytes: weights.bytes, pieces: weights.pieces },
        inSpec,
        outSpec,
      },
    };
  },
});
