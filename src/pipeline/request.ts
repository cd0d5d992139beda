/**
 * What to ask of the compiler for a model of a config.
 *
 * @module
 */
import { cpuLevels, refuse } from "../base/mod.ts";
import { defaultFlags, flagsFor, flagsNotYet, type ResolvedModel } from "../config/mod.ts";
import type { OpGiven } from "../ops/mod.ts";
import { graphSource } from "./graph_source.ts";
import type { LibraryRequest, LibrarySource } from "./library.ts";
import { opSources } from "./op_sources.ts";
import { targetNamed, type Workshop } from "./workshop.ts";

/** The request of a model; refuses what is not supported. */
export async function requestFor(shop: Workshop, model: ResolvedModel): Promise<LibraryRequest> {
  const ops = await opSources(model);
  return {
    name: model.name,
    source: await sourceOf(model, ops),
    ops,
    target: targetNamed(shop, onlyTarget(model)),
    dims: model.dynamic,
    flags: {
      ...flagsFor(model, "import"),
      ...flagsFor(model, "passes"),
      ...flagsFor(model, "schedule"),
      ...flagsFor(model, "codegen"),
    },
    embedWeights: model.flags.package_constants_in_so,
    debug: model.flags.debug_compile,
  };
}

function onlyTarget(model: ResolvedModel): ResolvedModel["target"][number] {
  const path = `models.${model.name}`;
  for (const name of flagsNotYet(model.flags)) {
    refuse({
      reason: "unsupported-flag",
      message: `Cannot build "${model.name}" with ${name}: ${model.flags[name]} is not supported yet`,
      help: `Leave out ${name}; its default is ${defaultFlags[name]}.`,
      at: { path: `${path}.flags.${name}` },
    });
  }
  if (model.device.type !== "cpu") {
    refuse({
      reason: "unsupported-device",
      message: `Cannot build "${model.name}" for ${model.device.type}: only cpu is supported`,
      help: 'Set device: "cpu".',
      at: { path: `${path}.device` },
    });
  }
  if (model.target.length > 1) {
    refuse({
      reason: "unsupported-target",
      message: `Cannot build "${model.name}" for several targets in one library: ${model.target.join(", ")}`,
      help: `Name one of native, ${cpuLevels.join(", ")}.`,
      at: { path: `${path}.flags.target` },
    });
  }
  return model.target[0] ?? "native";
}

async function sourceOf(
  model: ResolvedModel,
  ops: Readonly<Record<string, OpGiven>>,
): Promise<LibrarySource> {
  const { source } = model;
  return source.kind === "exported"
    ? { kind: "archive", path: source.path }
    : await graphSource(model.name, source.build, ops);
}
