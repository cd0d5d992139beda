/**
 * Showing without building: archives, builds, levels of the compiler, reasons of rebuilds.
 *
 * @module
 */
import { attemptAsync, digestOf, refuse, type Result, unwrap } from "../base/mod.ts";
import { hostCpu, nativeTarget } from "../compile/mod.ts";
import type { ResolvedConfig, ResolvedModel } from "../config/mod.ts";
import { describeArchive, importExport, readArchive } from "../import/mod.ts";
import { type Graph, printGraph } from "../ir/graph/mod.ts";
import { parseLoops, printLoops } from "../ir/loops/mod.ts";
import { printPlan } from "../ir/plan/mod.ts";
import { customOps, hostOps } from "../ops/mod.ts";
import { lower } from "../lower/mod.ts";
import { readPackage } from "../package/mod.ts";
import { runPasses } from "../passes/mod.ts";
import { schedule } from "../schedule/mod.ts";
import {
  explain as explainTask,
  labels,
  printExplanation,
  printRebuild,
  Store,
  whyRebuilt,
} from "../task/mod.ts";
import { compileGraph, passOptions } from "./compile_graph.ts";
import type { DumpOptions, ExplainOptions, Shown } from "./face.ts";
import { graphSource } from "./graph_source.ts";
import { opSources } from "./op_sources.ts";
import { wellFormed } from "./tasks.ts";

/** What an archive or a build contains. */
export async function inspect(path: string): Promise<Result<Shown>> {
  return await attemptAsync(async () => {
    const isFolder = (await Deno.stat(path).catch(() => undefined))?.isDirectory ?? false;
    if (!isFolder) {
      const { json, text } = describeArchive(unwrap(await readArchive(path)));
      return { text, value: json };
    }
    const { manifest } = unwrap(await readPackage(path));
    return { text: `${JSON.stringify(manifest, null, 2)}\n`, value: manifest };
  });
}

/** Prints a model at a level, from its source or from an edited text. */
export async function dump(config: ResolvedConfig, options: DumpOptions): Promise<Result<string>> {
  return await attemptAsync(async () => {
    const model = config.models.find((m) => m.name === options.model) ?? unknownModel(config, options.model);
    const { to, from, text } = options;
    if (from === "loops" && to === "plan") return printPlan(schedule(parseLoops(text ?? "")));
    if (from !== undefined && from !== "graph" && from !== "passes") {
      refuse({
        reason: "dump-from",
        message: `Cannot go on from ${from}: only graph, passes and (to plan) loops can be read back`,
      });
    }
    const graph = from === undefined ? await graphOf(model) : wellFormed(text ?? "");
    if (to === "graph") return printGraph(graph);
    const simple = from === "passes" ? graph : runPasses(graph, passOptions(model.flags));
    if (to === "passes") return printGraph(simple);
    const loops = lower(simple);
    if (to === "loops") return printLoops(loops);
    if (to === "plan") return printPlan(schedule(loops));
    const { emitted } = compileGraph(simple, nativeTarget(await hostCpu()), {
      flags: model.flags,
    });
    return [...emitted.kernels.map((k) => k.text), emitted.model].join("\n");
  });
}

function unknownModel(config: ResolvedConfig, name: string): ResolvedModel {
  const names = config.models.map((m) => m.name).join(", ");
  return refuse({ reason: "unknown-model", message: `Cannot dump "${name}": the config has ${names}` });
}

async function graphOf(model: ResolvedModel): Promise<Graph> {
  const { source } = model;
  if (source.kind === "exported") {
    const archive = unwrap(await readArchive(source.path));
    const ops = await opSources(model);
    const { graph } = unwrap(
      await importExport(archive, undefined, {
        dims: model.dynamic,
        custom: customOps(ops),
        host: hostOps(ops),
        fallback: model.flags.implicit_fallbacks,
      }),
    );
    return { ...graph, name: model.name };
  }
  const made = await graphSource(model.name, source.build, await opSources(model));
  return wellFormed(made.kind === "graph" ? made.text : "");
}

/** Why tasks ran again, or what went into one. */
export async function explain(config: ResolvedConfig, options: ExplainOptions): Promise<Result<Shown>> {
  return await attemptAsync(async () => {
    await using store = unwrap(await Store.open(config.cacheDir));
    if (options.whyRebuilt) {
      const parts: string[] = [], values: unknown[] = [];
      for (const label of await labels(store)) {
        const why = await whyRebuilt(store, label);
        if (!why) continue;
        parts.push(printRebuild(why));
        values.push(why);
      }
      return { text: parts.join("\n"), value: values };
    }
    const what = options.what ?? "", all = await labels(store);
    const label = all.find((l) => l === what) ?? all.find((l) => l.endsWith(what)) ??
      all.find((l) => l.includes(what));
    const why = label === undefined ? undefined : await whyRebuilt(store, label);
    if (why) return { text: printRebuild(why), value: why };
    const found = await explainTask(store, what);
    if (!found) {
      refuse({
        reason: "unknown-task",
        message: `Cannot explain "${what}": no task has this label or key`,
        help: `Labels look like ${all.slice(0, 3).join(", ") || digestOf("").slice(0, 12)}.`,
      });
    }
    return { text: printExplanation(found), value: found };
  });
}
