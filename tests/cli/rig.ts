/**
 * The tool in a temporary project, with a fake pipeline and everything it prints.
 *
 * @module
 */
import { join } from "@std/path";
import { fail, ok } from "../../src/base/mod.ts";
import { main } from "../../src/cli/main.ts";
import type { ModelReport, Pipeline } from "../../src/pipeline/mod.ts";
import type { World } from "../../src/cli/world.ts";

/** What a call of the tool left behind; the project's folder is printed as `~`. */
export interface Called {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A project on disk and a way to call the tool in it. */
export interface Project {
  readonly folder: string;
  call(args: readonly string[], changes?: Partial<World>, pipeline?: Partial<Pipeline>): Promise<Called>;
}

/** Runs `work` in a new project with `files`, and removes it. */
export async function inProject(
  files: Readonly<Record<string, string>>,
  work: (project: Project) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(join(folder, name, ".."), { recursive: true });
      await Deno.writeTextFile(join(folder, name), text);
    }
    await work({
      folder,
      call: (args, changes = {}, pipeline = {}) => call(folder, args, changes, pipeline),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function call(
  folder: string,
  args: readonly string[],
  changes: Partial<World>,
  pipeline: Partial<Pipeline>,
): Promise<Called> {
  let out = "", err = "";
  const world: World = {
    cwd: folder,
    cores: 2,
    terminal: false,
    columns: 80,
    signal: new AbortController().signal,
    env: () => undefined,
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    now: () => 0,
    stdin: () => Promise.resolve(""),
    ask: () => Promise.resolve(undefined),
    readText: (path) => {
      try {
        return Deno.readTextFileSync(path);
      } catch {
        return undefined;
      }
    },
    may: () => true,
    ...changes,
  };
  const code = await main(args, world, () => Promise.resolve({ ...refusing, ...pipeline }));
  return { code, out: out.replaceAll(folder, "~"), err: err.replaceAll(folder, "~") };
}

const refuse = () =>
  Promise.resolve(fail({ reason: "fake", message: "the fake pipeline was not told what to do" }));
const refusing: Pipeline = {
  build: refuse,
  dev: refuse,
  run: refuse,
  verify: refuse,
  bench: refuse,
  inspect: refuse,
  dump: refuse,
  explain: refuse,
  graph: refuse,
};

/** A config with models of these names. */
export function configOf(...names: readonly string[]): string {
  const models = names.map((name) => `${name}: { source: { kind: "exported", path: "${name}.pt2" } }`);
  return `export default { models: { ${models.join(", ")} } };`;
}

/** The report of a small model. */
export function reportOf(model: string, changes: Partial<ModelReport> = {}): ModelReport {
  return {
    model,
    device: "cpu",
    kernels: 4,
    kernelsCached: 0,
    tasks: 9,
    tasksCached: 0,
    files: [],
    libraryBytes: 41_300,
    weightsBytes: 1_200_000,
    ms: 840,
    ...changes,
  };
}

/** A pipeline that builds every model at once, one kernel of four from the cache. */
export const building: Pick<Pipeline, "build"> = {
  build(config, options, tell) {
    const models = config.models.filter(({ name }) =>
      options.models.length === 0 || options.models.includes(name)
    );
    const reports = models.map(({ name: model }) => {
      const task = { label: `${model}/k0`, task: "compile-unit", key: "0" };
      tell({ type: "model-start", model });
      tell({ type: "stage", model, stage: "compile", total: 4 });
      tell({ type: "task", model, stage: "compile", event: { ...task, type: "task-hit", at: 0, ms: 1 } });
      tell({
        type: "task",
        model,
        stage: "compile",
        event: { ...task, type: "task-done", start: 0, end: 1, lane: 0 },
      });
      const report = reportOf(model, { kernelsCached: 1 });
      tell({ type: "model-done", report });
      return report;
    });
    return Promise.resolve(ok({ models: reports, ms: 1_234 }));
  },
};
