/** Builds the runtime's test programs and demo libraries with whatever C compiler there is. */
import { join } from "@std/path";

const root = new URL("../../", import.meta.url).pathname;
const runtime = join(root, "runtime");

async function sh(command: string, args: string[], cwd?: string): Promise<{ ok: boolean; text: string }> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd,
    stdout: "piped",
    stderr: "piped",
  })
    .output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { ok: success, text: decode(stdout) + decode(stderr) };
}

async function works(command: string, ...args: string[]): Promise<boolean> {
  return await sh(command, [...args, "--version"]).then((r) => r.ok, () => false);
}

/** A command that compiles C (and one for C++), or undefined. */
export const cc = await works("cc") ? "cc" : await works("gcc") ? "gcc" : undefined;
export const cxx = await works("c++") ? "c++" : await works("g++") ? "g++" : undefined;

/** Is this sanitizer installed with the compiler? */
export async function hasSanitizer(name: string): Promise<boolean> {
  if (!cc) return false;
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(dir, "t.c"), "int main(void) { return 0; }");
    const built = await sh(cc, [`-fsanitize=${name}`, "t.c", "-o", "t"], dir);
    return built.ok && (await sh(join(dir, "t"), [])).ok;
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function sources(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.name.endsWith(".c")) names.push(join(folder, entry.name));
  }
  return names.sort();
}

const includes = [`-I${runtime}/include`, `-I${runtime}/src`, `-I${root}/tests/runtime`];
const language = ["-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"];
/** What the runtime is compiled with in a real build. */
const sized = ["-O1", "-fPIC", "-fvisibility=hidden", "-ffunction-sections", "-fdata-sections"];
const lean = [...sized, "-fno-asynchronous-unwind-tables"];
const strict = ["-shared", "-Wl,--gc-sections", "-Wl,--as-needed", "-Wl,--no-undefined", "-Wl,-s"];

async function must(command: string, args: string[], cwd?: string): Promise<string> {
  const { ok, text } = await sh(command, args, cwd);
  if (!ok) throw new Error(`${command} ${args.join(" ")}\n${text}`);
  return text;
}

/** A demo as a model library, the runtime one unit as in a real build; `more` are further sources. */
export async function library(demo: string, out: string, more: string[] = []): Promise<void> {
  const unit = `${out}.runtime.c`, parts = await sources(join(runtime, "src"));
  await Deno.writeTextFile(unit, parts.map((path) => `#include "${path}"\n`).join(""));
  const files = [
    unit,
    ...await sources(join(runtime, "demo", demo)),
    ...more,
  ];
  await must(cc!, [...language, ...lean, ...includes, ...strict, ...files, "-o", out]);
}

const scratch = Deno.makeTempDirSync({ prefix: "aoti-runtime-objects-" });
globalThis.addEventListener("unload", () => Deno.removeSync(scratch, { recursive: true }));
const built = new Map<string, Promise<string[]>>();

/** Objects of all C files in a folder, compiled once for each set of flags. */
function objects(folder: string, flags: string[]): Promise<string[]> {
  const key = [folder, ...flags].join(" ");
  let made = built.get(key);
  if (!made) built.set(key, made = compile(folder, flags, join(scratch, String(built.size))));
  return made;
}

async function compile(folder: string, flags: string[], out: string): Promise<string[]> {
  await Deno.mkdir(out);
  const files = await sources(folder);
  await must(cc!, [...language, ...flags, "-c", ...files], out);
  return files.map((file) => join(out, file.split("/").pop()!.replace(/\.c$/, ".o")));
}

/** A test program with runtime and demo linked in, and run; returns what it printed. */
export async function program(test: string, demo: string, dir: string, flags: string[], args: string[] = []) {
  const out = join(dir, test.replace(/\.c+$/, ""));
  const common = ["-g", "-O1", ...includes, ...flags, "-pthread"];
  const parts = [
    ...await objects(join(runtime, "src"), common),
    ...await objects(join(runtime, "demo", demo), common),
  ];
  const [compiler, standard] = test.endsWith(".cc")
    ? [cxx!, ["-std=c++17", "-Wall", "-Werror"]]
    : [cc!, language];
  await must(compiler, [...standard, ...common, join(root, "tests/runtime", test), ...parts, "-o", out]);
  return await must(out, args);
}

export const run = must;

/** weights.bin of the linear demo: w[64][32], b[32], small multiples of 1/8 and 1/4 (see linear.h). */
export function linearWeights(): Uint8Array {
  const [k, n] = [64, 32];
  const w = Array.from({ length: k * n }, (_, i) => (((Math.floor(i / n) * 7 + (i % n) * 3) % 11) - 5) / 8);
  const b = Array.from({ length: n }, (_, j) => ((j % 5) - 2) / 4);
  return new Uint8Array(new Float32Array([...w, ...b]).buffer);
}

/** weights.bin of the effects demo: total at 0, table at 64. */
export function effectsWeights(): Uint8Array {
  const values = new Float32Array(20);
  values[0] = 10;
  values.set([1, 2, 3, 4], 16);
  return new Uint8Array(values.buffer);
}
