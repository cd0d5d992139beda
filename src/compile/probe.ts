/**
 * Finds a C compiler and learns what it is. What was learnt is remembered with the size and times of every file
 * that it rests on, so a build with nothing to do starts no compiler.
 *
 * @module
 */
import { basename, join } from "@std/path";
import { createHash } from "node:crypto";
import {
  attemptAsync,
  type CpuLevel,
  cpuLevels,
  type Diagnostic,
  digestOf,
  digestOfFile,
  refuse,
  type Result,
} from "../base/mod.ts";
import type { Toolchain, ToolchainKey } from "./toolchain.ts";

/** How a compiler is looked for. */
export interface ProbeOptions {
  /** Command or path named by the user; nothing else is tried. */
  readonly prefer?: string;
  /** `Deno.env.get` by default; read are `CC` and `PATH`. */
  readonly env?: (name: string) => string | undefined;
  /** Folder of the cache; without one nothing is remembered. */
  readonly cacheDir?: string;
}

interface Found {
  readonly toolchain: Toolchain;
  /** Files that the answer rests on, with their stamps. */
  readonly rests: Readonly<Record<string, string>>;
}

const USUAL = ["gcc", "cc", "clang"];
/** Bump when a probe learns something else. */
const PROBE = 1;

/** A C compiler: the one named, or `$CC`, or the first of gcc, cc, clang on the path that answers. */
export async function probeToolchain(options: ProbeOptions = {}): Promise<Result<Toolchain>> {
  return await attemptAsync(async () => {
    const env = options.env ?? ((name) => Deno.env.get(name));
    const named = options.prefer || env("CC");
    const tried: string[] = [];
    for (const name of named ? [named] : USUAL) {
      const program = find(name, env("PATH") ?? "");
      if (!program) {
        tried.push(`${name} is not there`);
        continue;
      }
      const known = await recall(program, options.cacheDir);
      const found = known ?? await learn(program);
      if (typeof found === "string") {
        tried.push(`${name}: ${found}`);
        continue;
      }
      if (!known && options.cacheDir) await remember(program, found, options.cacheDir);
      return found.toolchain;
    }
    return refuse(noCompiler(named, tried));
  });
}

function noCompiler(named: string | undefined, tried: readonly string[]): Diagnostic {
  const install = Deno.build.os === "darwin"
    ? "Install one with: xcode-select --install (or: brew install gcc)"
    : "Install one with: apt-get install gcc (or: dnf install gcc, apk add gcc musl-dev)";
  return {
    reason: "no-compiler",
    message: named
      ? `Cannot use the C compiler "${named}": ${tried.join("; ")}`
      : `Cannot find a C compiler: ${tried.join("; ")}`,
    help: named ? `${install}, or name another with \`compiler\` in the config or CC.` : `${install}.`,
    data: { tried },
  };
}

/** The path of a command; undefined when there is none, or none that may be looked at. */
function find(name: string, path: string): string | undefined {
  const folders = name.includes("/") ? [""] : path.split(":").filter(Boolean);
  for (const folder of folders) {
    const full = folder ? join(folder, name) : name;
    const info = statOrNone(full);
    if (info?.isFile && ((info.mode ?? 0o111) & 0o111) !== 0) return full;
  }
  return undefined;
}

function statOrNone(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

function stampOf(path: string): string {
  const info = statOrNone(path);
  if (!info) return "none";
  return [info.size, info.mtime?.getTime() ?? 0, info.ino ?? 0, info.ctime?.getTime() ?? 0].join("-");
}

function placeOf(program: string, cacheDir: string): string {
  return join(cacheDir, "toolchains", `${digestOf(`${PROBE} ${program}`).slice(0, 32)}.json`);
}

async function recall(program: string, cacheDir: string | undefined): Promise<Found | undefined> {
  if (!cacheDir) return undefined;
  try {
    const found = JSON.parse(await Deno.readTextFile(placeOf(program, cacheDir))) as Found;
    const same = Object.entries(found.rests).every(([path, stamp]) => stampOf(path) === stamp);
    return same ? found : undefined;
  } catch {
    return undefined; // none, or damaged: the compiler is asked again
  }
}

async function remember(program: string, found: Found, cacheDir: string): Promise<void> {
  const to = placeOf(program, cacheDir), via = `${to}.${crypto.randomUUID().slice(0, 8)}`;
  try {
    await Deno.mkdir(join(cacheDir, "toolchains"), { recursive: true });
    await Deno.writeTextFile(via, JSON.stringify(found));
    await Deno.rename(via, to);
  } catch {
    await Deno.remove(via).catch(() => {}); // a cache that cannot be written costs time, nothing else
  }
}

/** Asks the compiler; a text says why it will not do. */
async function learn(program: string): Promise<Found | string> {
  const version = await ask(program, ["--version"]);
  if (!version.ok) return version.text;
  const banner = version.text.trim();
  const family = /clang/i.test(banner) ? "clang" : "gcc";
  const [number, triple, headers, parts, paths, levels] = await Promise.all([
    ask(program, ["-dumpfullversion", "-dumpversion"]),
    ask(program, ["-dumpmachine"]),
    ask(program, ["-E", "-P", "-dD", "-x", "c", "-"], SYSTEM_HEADERS),
    partsOf(program, family),
    headerPaths(program),
    levelsOf(program),
  ]);
  if (!headers.ok) return `it cannot find the C library's headers (libc6-dev): ${firstLine(headers.text)}`;
  const hash = createHash("sha256");
  hash.update(`${PROBE}\n${banner.replaceAll(program, basename(program))}\n${digestOf(headers.text)}\n`);
  for (const [name, path] of parts) hash.update(`${name} ${fileDigest(path)}\n`);
  const key: ToolchainKey = {
    family,
    version: firstLine(number.text),
    triple: firstLine(triple.text),
    fingerprint: hash.digest("hex"),
  };
  const rests = [...new Set([program, ...parts.values(), ...paths])].sort();
  const toolchain: Toolchain = { key, program, levels };
  return { toolchain, rests: Object.fromEntries(rests.map((path) => [path, stampOf(path)])) };
}

/** Headers of the C library that the runtime or kernels include. */
const SYSTEM_HEADERS = [
  ...[
    "dlfcn",
    "errno",
    "fcntl",
    "limits",
    "link",
    "math",
    "pthread",
    "sched",
    "stdarg",
    "stdatomic",
    "stdbool",
  ],
  ...["stddef", "stdint", "stdio", "stdlib", "string", "sys/mman", "sys/stat", "time", "unistd"],
].map((name) => `#if __has_include(<${name}.h>)\n#include <${name}.h>\n#endif\n`).join("");

async function headerPaths(program: string): Promise<readonly string[]> {
  const { ok, text } = await ask(program, ["-M", "-x", "c", "-"], SYSTEM_HEADERS);
  return ok ? text.replaceAll("\\\n", " ").split(/\s+/).filter((word) => word.endsWith(".h")) : [];
}

/** Files of the toolchain whose bytes reach ours, by a name without path. */
async function partsOf(program: string, family: string): Promise<ReadonlyMap<string, string>> {
  const programs = family === "gcc" ? ["cc1", "as", "ld", "collect2"] : ["ld"];
  const files = ["crti.o", "crtbeginS.o", "crtendS.o", "crtn.o", "libgcc.a", "libc_nonshared.a"];
  const asked = [
    ...programs.map((name) => [name, `-print-prog-name=${name}`] as const),
    ...files.map((name) => [name, `-print-file-name=${name}`] as const),
  ];
  const parts = new Map([["driver", program]]);
  await Promise.all(asked.map(async ([name, option]) => {
    const said = firstLine((await ask(program, [option])).text);
    const path = said.includes("/") ? said : find(said, "/usr/local/bin:/usr/bin:/bin");
    if (path) parts.set(name, path);
  }));
  return new Map([...parts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function fileDigest(path: string): string {
  try {
    return digestOfFile(path);
  } catch {
    return "unreadable";
  }
}

async function levelsOf(program: string): Promise<readonly CpuLevel[]> {
  const known = await Promise.all(cpuLevels.map(async (level) => {
    const march = level === "aarch64" ? "armv8-a" : level;
    return (await ask(program, [`-march=${march}`, "-E", "-x", "c", "-"], "")).ok;
  }));
  return cpuLevels.filter((_, i) => known[i]);
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0]!.trim();
}

async function ask(program: string, args: readonly string[], input?: string) {
  try {
    const child = new Deno.Command(program, {
      args: [...args],
      clearEnv: true,
      env: { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C" },
      stdin: input === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    if (input !== undefined) {
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(input)).then(() => writer.close()).catch(() => {});
    }
    const { success, stdout, stderr } = await child.output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { ok: success, text: success ? decode(stdout) : decode(stderr) || decode(stdout) };
  } catch (error) {
    return { ok: false, text: error instanceof Error ? error.message : String(error) };
  }
}
