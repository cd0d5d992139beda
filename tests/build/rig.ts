/**
 * The tool as a process in temporary projects, with the real pipeline and a real compiler.
 *
 * @module
 */
import { dirname, fromFileUrl, join, relative } from "@std/path";
import { walk } from "@std/fs";
import type { BuildEvent, BuildReport } from "../../src/pipeline/mod.ts";

/** The repository. */
export const root = fromFileUrl(new URL("../..", import.meta.url)).replace(/\/$/, "");
/** Small archives that `tests/models/make.py` made. */
export const fixture = (name: string) => join(root, "tests/build/fixtures", `${name}.pt2`);

/** What a call of the tool left behind; the project's folder is printed as `~`. */
export interface Called {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** How the tool is called. */
export interface CallOptions {
  /** Permission set of deno.json. */
  readonly set?: "build" | "aoti";
  readonly env?: Readonly<Record<string, string>>;
  /** Whose sources run. Default: those of the repository when the first call was made. */
  readonly tool?: string;
}

let copy: Promise<string> | undefined;

/** Our sources as they are now: an edit during the tests is not the rebuild that they are about. */
function ownCopy(): Promise<string> {
  return copy ??= (async () => {
    const folder = await Deno.makeTempDir({ prefix: "aoti-tool-" });
    globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
    await copyFiles(root, folder, toolFiles);
    return folder;
  })();
}

/** Begins the tool with `args` in `folder`. */
export async function start(
  folder: string,
  args: readonly string[],
  options: CallOptions = {},
): Promise<Deno.ChildProcess> {
  const tool = options.tool ?? await ownCopy(), config = join(tool, "deno.json");
  const words = ["run", "-q", "--config", config, `-P=${options.set ?? "aoti"}`, "--no-prompt"];
  return new Deno.Command(Deno.execPath(), {
    args: [...words, join(tool, "src/cli/main.ts"), ...args],
    cwd: folder,
    env: { NO_COLOR: "1", ...options.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs any program to its end; one that is not there ends with 127. */
export async function run(program: string, args: readonly string[], cwd = root): Promise<Called> {
  const command = program === "deno" ? Deno.execPath() : program;
  try {
    const piped = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
    return await ended(
      new Deno.Command(command, { args: [...args], cwd, env: { NO_COLOR: "1" }, ...piped }).spawn(),
      cwd,
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { code: 127, out: "", err: `${program} is not there` };
    throw error;
  }
}

/** Runs the tool to its end. */
export async function call(folder: string, args: readonly string[], options?: CallOptions): Promise<Called> {
  return await ended(await start(folder, args, options), folder);
}

/** The end of a process that `start()` began. */
export async function ended(child: Deno.ChildProcess, folder: string): Promise<Called> {
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).replaceAll(folder, "~");
  return { code, out: text(stdout), err: text(stderr) };
}

/** What `build --json` told. */
export interface Built extends Called {
  readonly report: BuildReport;
  readonly events: readonly BuildEvent[];
  /** Labels of the tasks that did work, sorted. */
  readonly ran: readonly string[];
}

/** `build --json`, which must succeed. */
export async function build(
  folder: string,
  args: readonly string[] = [],
  options?: CallOptions,
): Promise<Built> {
  const called = await call(folder, ["build", "--json", ...args], options);
  if (called.code !== 0) throw new Error(`build ${args.join(" ")}: exit code ${called.code}\n${called.err}`);
  const lines = called.out.trim().split("\n").map((line) => JSON.parse(line));
  const events = lines.slice(0, -1) as BuildEvent[];
  const ran = events.flatMap((event) =>
    event.type === "task" && event.event.type === "task-done" ? [event.event.label] : []
  );
  return { ...called, report: lines.at(-1) as BuildReport, events, ran: [...new Set(ran)].sort() };
}

/** Labels of the kernels among tasks. */
export function kernelsIn(labels: readonly string[]): readonly string[] {
  return labels.filter((label) => label.includes("/kernel "));
}

/** Runs `work` in a new folder, and removes it. */
export async function inFolder(work: (folder: string) => Promise<void>, name = "project"): Promise<void> {
  const above = await Deno.realPath(await Deno.makeTempDir({ prefix: "aoti-build-" }));
  const folder = join(above, name);
  try {
    await Deno.mkdir(folder);
    await work(folder);
  } finally {
    await Deno.remove(above, { recursive: true });
  }
}

/** A config of one model, `tiny`, from `tiny.pt2` in the same folder. */
export function tinyConfig(more = ""): string {
  const source = `{ kind: "exported", path: "tiny.pt2" }`;
  return `export default { models: { tiny: { source: ${source}, ${more} } } };\n`;
}

/** Puts an archive of the fixtures into a project as `tiny.pt2`. */
export async function useArchive(folder: string, name: string): Promise<void> {
  await Deno.copyFile(fixture(name), join(folder, "tiny.pt2"));
}

const toolFiles = ["deno.json", "deno.lock", "mod.ts", "src", "templates", "runtime"];

/** A copy of what the repository needs to build, as a clone would be, and of further files. */
export async function clone(to: string, files: readonly string[]): Promise<void> {
  await copyFiles(await ownCopy(), to, toolFiles);
  await copyFiles(root, to, files);
}

async function copyFiles(from: string, to: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    for await (const file of filesOf(join(from, path))) {
      const there = join(to, relative(from, file));
      await Deno.mkdir(dirname(there), { recursive: true });
      await Deno.copyFile(file, there);
    }
  }
}

/** A file itself, or all files below a folder. */
async function* filesOf(path: string): AsyncGenerator<string> {
  if ((await Deno.stat(path)).isFile) yield path;
  else for await (const entry of walk(path, { includeDirs: false })) yield entry.path;
}

/** Every file below a folder: its path there and its bytes. */
export async function filesBelow(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  try {
    for await (const { path } of walk(folder, { includeDirs: false })) {
      found.set(relative(folder, path), await Deno.readFile(path));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return new Map([...found].sort(([a], [b]) => a < b ? -1 : 1));
}

/** Is there a C compiler? Says so where there is none. */
export async function hasCompiler(): Promise<boolean> {
  for (const name of ["gcc", "clang", "cc"]) {
    if ((await run(name, ["--version"])).code === 0) return true;
  }
  console.warn("SKIPPED: no C compiler (gcc, clang, cc), so nothing is built end to end");
  return false;
}

/** The flag of a cache that the tests of a file share: the runtime is compiled once for all that do not ask what a first build does. */
export function sharedCache(): string {
  const shared = Deno.makeTempDirSync({ prefix: "aoti-cache-" });
  globalThis.addEventListener("unload", () => Deno.removeSync(shared, { recursive: true }));
  return `--cache-dir=${shared}`;
}

/** True if there is such a file or folder. */
export function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}
