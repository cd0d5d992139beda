/**
 * Compiles and runs the checks of the kernel headers (C programs beside this file) at the instruction levels that this
 * machine can execute. Each prints the largest error of every function in ULP; `-DCOUNT=…` samples more densely.
 */
import { assert } from "@std/assert";

const here = new URL(".", import.meta.url).pathname;
const include = new URL("../../runtime/include", import.meta.url).pathname;
const flags = [
  "-std=gnu11",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-Wno-psabi",
  "-ffp-contract=off",
  "-fno-math-errno",
  "-fno-trapping-math",
  `-I${include}`,
];

async function run(command: string, args: readonly string[], stdin = "") {
  try {
    const child = new Deno.Command(command, {
      args: [...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
    const { code, stdout, stderr } = await child.output();
    const text = new TextDecoder();
    return { code, out: text.decode(stdout) + text.decode(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The compiler and the levels (as `-march`, vector bytes) that this machine executes; none without a compiler. */
async function machine() {
  const compiler = Deno.env.get("CC") ?? "gcc";
  const macros = await run(compiler, ["-march=native", "-dM", "-E", "-"]);
  if (macros === undefined || macros.code !== 0) return { compiler, levels: [] };
  const has = (...names: readonly string[]) => names.every((name) => macros.out.includes(`#define ${name} `));
  if (!has("__x86_64__")) return { compiler, levels: [{ march: "native", bytes: 16 }] };
  const levels = [{ march: "x86-64-v2", bytes: 16 }];
  if (has("__AVX2__", "__FMA__", "__F16C__")) levels.push({ march: "x86-64-v3", bytes: 32 });
  if (has("__AVX512F__", "__AVX512BW__", "__AVX512DQ__", "__AVX512VL__")) {
    levels.push({ march: "x86-64-v4", bytes: 64 });
  }
  return { compiler, levels };
}

/** A clang, which fuses and vectorises by other rules: it gets the widest level only. */
async function clang() {
  for (const name of ["clang", "clang-14"]) {
    if ((await run(name, ["--version"]))?.code === 0) return name;
  }
  return undefined;
}

const { compiler, levels } = await machine();
const second = await clang();
if (levels.length === 0) console.warn(`kernel header checks skipped: no C compiler (${compiler})`);

interface Check {
  readonly program: string;
  readonly optimize: string;
  readonly lanes: (bytes: number) => readonly number[];
  /** Given on standard input. */
  readonly values?: string;
}
const values = await Deno.readTextFile(new URL("../ir/scalar/special_values.txt", import.meta.url));
const checks: readonly Check[] = [
  { program: "check_core", optimize: "-O1", lanes: (bytes) => bytes === 64 ? [8, 16] : [1, bytes / 4] },
  { program: "check_math_f32", optimize: "-O3", lanes: (bytes) => bytes === 16 ? [1, 4] : [bytes / 4] },
  { program: "check_math_f64", optimize: "-O3", lanes: (bytes) => [bytes / 8] },
  { program: "check_special", optimize: "-O2", lanes: (bytes) => [bytes / 8], values },
  { program: "check_matmul", optimize: "-O3", lanes: () => [16] },
];

const widest = levels.at(-1);
const targets = [
  ...levels.map((level) => ({ ...level, by: compiler })),
  ...(second !== undefined && second !== compiler && widest !== undefined ? [{ ...widest, by: second }] : []),
];

for (const { program, optimize, lanes, values } of checks) {
  for (const { march, bytes, by } of targets) {
    for (const count of lanes(bytes)) {
      Deno.test(`${program} holds at ${march} with ${count} lanes by ${by}`, async () => {
        const binary = await Deno.makeTempFile({ prefix: "aoti-kernel-" });
        try {
          const source = `${here}${program}.c`;
          const target = [optimize, `-march=${march}`, `-DAOTI_LANES=${count}`];
          const built = await run(by, [...flags, ...target, source, "-o", binary, "-lm"]);
          assert(built?.code === 0, built?.out);
          const ran = await run(binary, [], values);
          assert(ran?.code === 0, ran?.out);
        } finally {
          await Deno.remove(binary);
        }
      });
    }
  }
}
