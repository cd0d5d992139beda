/**
 * `aoti doctor`: what is there, what is missing, and the command that mends it.
 *
 * @module
 */
import { Store } from "../../task/mod.ts";
import { type Command, configOf, type Context } from "../command.ts";
import { count, printBytes } from "../format.ts";
import { cpuLevel, isaNames } from "../cpu.ts";
import type { World } from "../world.ts";
import { placeOf } from "./cache.ts";

/** One finding. A missing `need` makes the command fail; a missing extra does not. */
export interface Finding {
  readonly what: string;
  readonly state: "ok" | "missing" | "extra";
  readonly found: string;
  /** A command or a sentence that mends it. */
  readonly mend?: string;
}

type Check = (context: Context) => Promise<readonly Finding[]>;

const checks: readonly Check[] = [deno, compilers, cpu, gpu, permissions, cacheFolder, config];

/** `aoti doctor`. */
export const doctor: Command = {
  name: "doctor",
  usage: [""],
  doc: "Checks compilers, CPU, GPU, permissions and cache, with the command that mends what is missing.",
  options: [],
  takes: { least: 0, most: 0, noun: "" },
  async run(context) {
    const { output } = context;
    const findings = (await Promise.all(checks.map((check) => check(context)))).flat();
    output.result(findings.map((finding) => printFinding(finding, output.paint)).join(""), findings);
    return findings.some(({ state }) => state === "missing") ? 1 : 0;
  },
};

function printFinding({ what, state, found, mend }: Finding, paint: Context["output"]["paint"]): string {
  const mark = { ok: paint.good("✓"), missing: paint.bad("✗"), extra: paint.warn("–") }[state];
  return `${mark} ${what.padEnd(13)} ${found}\n${mend ? `${" ".repeat(16)}${mend}\n` : ""}`;
}

function deno(): Promise<readonly Finding[]> {
  const { deno, v8 } = Deno.version;
  const [major = 0, minor = 0] = deno.split(".").map(Number);
  const isRecent = major > 2 || (major === 2 && minor >= 9);
  const found = `${deno}, V8 ${v8}, ${Deno.build.target}`;
  if (isRecent) return Promise.resolve([{ what: "deno", state: "ok", found }]);
  return Promise.resolve([{
    what: "deno",
    state: "missing",
    found: `${found}; 2.9 is needed`,
    mend: "deno upgrade",
  }]);
}

const compilerRows = [
  { name: "gcc", isC: true },
  { name: "clang", isC: true },
  { name: "g++", isC: false },
  { name: "clang++", isC: false },
  { name: "nvcc", isC: false },
] as const;

async function compilers({ world }: Context): Promise<readonly Finding[]> {
  const asked = await Promise.all(
    compilerRows.map(async (row) => ({ ...row, version: await version(world, row.name) })),
  );
  const there = asked.filter(({ version }) => version !== undefined);
  const rows = there.map(({ name, version }) => ({ what: name, state: "ok" as const, found: version! }));
  const named = world.env("CC");
  const chosen = named ? await version(world, named) : undefined;
  if (named && chosen === undefined) {
    return [
      { what: "CC", state: "missing", found: `${named} does not answer --version`, mend: "unset CC" },
      ...rows,
    ];
  }
  if (chosen !== undefined || there.some(({ isC }) => isC)) return rows;
  const mend = world.may({ name: "run", command: "gcc" })
    ? "apt-get install gcc  (or: dnf install gcc, apk add gcc musl-dev, xcode-select --install)"
    : "run with --allow-run=gcc,clang, or through `deno task`";
  return [{ what: "C compiler", state: "missing", found: "neither gcc nor clang answers", mend }, ...rows];
}

async function version(world: World, program: string): Promise<string | undefined> {
  const answer = await world.ask(program, ["--version"]);
  if (answer?.code !== 0) return undefined;
  const lines = answer.text.trim().split("\n");
  return (lines.find((line) => /release/.test(line)) ?? lines[0])?.trim();
}

async function cpu({ world }: Context): Promise<readonly Finding[]> {
  // Deno keeps /proc for those with all permissions.
  const text = world.readText("/proc/cpuinfo") ?? (await world.ask("lscpu", []))?.text;
  if (text === undefined) {
    const found = `${Deno.build.arch}; features are unknown without /proc/cpuinfo and lscpu`;
    return [{ what: "cpu", state: "extra", found }];
  }
  const { level, features, model } = cpuLevel(text, Deno.build.arch);
  const sets = isaNames(features).join(" ");
  const found = `${model}, ${count(world.cores, "core")}, ${level}${sets && `: ${sets}`}`;
  return [{ what: "cpu", state: "ok", found }];
}

async function gpu({ world }: Context): Promise<readonly Finding[]> {
  const query = ["--query-gpu=name,compute_cap,memory.total", "--format=csv,noheader"];
  const answer = await world.ask("nvidia-smi", query);
  const lines = answer?.code === 0 ? answer.text.trim().split("\n").filter(Boolean) : [];
  if (lines.length === 0) {
    return [{ what: "gpu", state: "extra", found: "none found; only models for device cuda need one" }];
  }
  return lines.map((found, i) => ({ what: `gpu ${i}`, state: "ok", found }));
}

function permissions({ world }: Context): Promise<readonly Finding[]> {
  const wanted = [
    [{ name: "read", path: world.cwd }, `--allow-read=${world.cwd}`],
    [{ name: "write", path: `${world.cwd}/dist` }, `--allow-write=${world.cwd}`],
    [{ name: "run", command: "gcc" }, "--allow-run=gcc"],
    [{ name: "ffi", path: `${world.cwd}/dist` }, `--allow-ffi=${world.cwd}/dist`],
  ] as const;
  const missing = wanted.filter(([permission]) => !world.may(permission));
  if (missing.length === 0) {
    return Promise.resolve([{ what: "permissions", state: "ok", found: "read, write, run, ffi" }]);
  }
  const found = `missing: ${missing.map(([{ name }]) => name).join(", ")}`;
  const mend = `deno task aoti …, or add ${missing.map(([, option]) => option).join(" ")}`;
  return Promise.resolve([{ what: "permissions", state: "missing", found, mend }]);
}

async function cacheFolder(context: Context): Promise<readonly Finding[]> {
  const place = await placeOf(context);
  if (!place.ok) return []; // the config says why
  const { folder } = place.value;
  const opened = await Store.open(folder);
  if (!opened.ok) return [unwritable(folder, opened.diagnostics[0]!.message)];
  await using store = opened.value;
  try {
    Deno.writeTextFileSync(await store.temp("doctor"), "");
  } catch (error) {
    return [unwritable(folder, error instanceof Error ? error.message : String(error))];
  }
  const listing = await store.list();
  const size = listing.ok
    ? `${count(listing.value.objects, "object")}, ${printBytes(listing.value.bytes)}`
    : "unreadable";
  return [{ what: "cache", state: "ok", found: `${folder}: ${size}` }];
}

function unwritable(folder: string, reason: string): Finding {
  return {
    what: "cache",
    state: "missing",
    found: `${folder}: ${reason}`,
    mend: "name another folder with --cache-dir",
  };
}

async function config(context: Context): Promise<readonly Finding[]> {
  const loaded = await configOf(context);
  if (loaded.ok) {
    const { configPath, models } = loaded.value;
    return [{ what: "config", state: "ok", found: `${configPath}: ${count(models.length, "model")}` }];
  }
  const [first] = loaded.diagnostics;
  if (first?.reason === "config-not-found") {
    return [{ what: "config", state: "extra", found: "there is no aoti.config.ts here", mend: "aoti init" }];
  }
  return loaded.diagnostics.map(({ message, help }) => ({
    what: "config",
    state: "missing",
    found: message,
    mend: help,
  }));
}
