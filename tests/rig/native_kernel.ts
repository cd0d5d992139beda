/**
 * One kernel as a shared library: printed, compiled with the machine's C compiler, called over its whole range, and the
 * loops-level oracle beside it.
 *
 * @module
 */
import { bytesOf, cpuTarget, type DType, type Target } from "../../src/base/mod.ts";
import { evaluate, evaluatePred } from "../../src/ir/expr/mod.ts";
import { type Axis, type Buffer, linearIndex, type Scalar } from "../../src/ir/loops/mod.ts";
import type { Kernel } from "../../src/ir/plan/mod.ts";
import { kernelText } from "../../src/codegen/kernel_text.ts";
import { Templates } from "../../src/codegen/render.ts";

type Memory = Float32Array | Float64Array | BigInt64Array | Int32Array | Uint16Array | Uint8Array;

/** Memory of `count` elements. */
export function memoryOf(dtype: DType, count: number): Memory {
  switch (dtype) {
    case "f32":
      return new Float32Array(count);
    case "f64":
      return new Float64Array(count);
    case "i64":
      return new BigInt64Array(count);
    case "i32":
      return new Int32Array(count);
    case "bf16":
    case "f16":
      return new Uint16Array(count);
    default:
      return new Uint8Array(count * bytesOf(dtype));
  }
}

/** The widest level that this machine runs, `undefined` without a compiler. */
export async function nativeTarget(): Promise<Target | undefined> {
  try {
    const args = ["-march=native", "-dM", "-E", "-x", "c", "/dev/null"];
    const { code, stdout } = await new Deno.Command("cc", { args, stderr: "null" }).output();
    if (code !== 0) return undefined;
    if (Deno.build.arch !== "x86_64") return cpuTarget("aarch64");
    const macros = new TextDecoder().decode(stdout);
    return cpuTarget(
      /__AVX512VL__/.test(macros) ? "x86-64-v4" : /__AVX2__/.test(macros) ? "x86-64-v3" : "x86-64-v2",
    );
  } catch {
    return undefined;
  }
}

/** Values of symbols. */
export type Sizes = Readonly<Record<string, number>>;

/** Contents of buffers by name, and sizes by symbol. */
export interface Setting {
  readonly memory: ReadonlyMap<string, Memory>;
  readonly sizes: Sizes;
}

/** What `compileKernel` gives. */
export type CompiledKernel = Awaited<ReturnType<typeof compileKernel>>;

const include = new URL("../../runtime/include", import.meta.url).pathname;
const common = ["-std=gnu11", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", `-I${include}`];

async function cc(args: readonly string[]): Promise<string> {
  const { code, stderr } = await new Deno.Command("cc", { args: [...common, ...args] }).output();
  const messages = new TextDecoder().decode(stderr);
  if (code !== 0) throw new Error(`cc failed\n${messages}`);
  return messages;
}

/** A compiled kernel: `run` does the whole range `repeat` times and gives milliseconds of the fastest, piece by piece. */
export async function compileKernel(kernel: Kernel, target: Target, flags: readonly string[] = []) {
  const text = kernelText(kernel, target, new Templates());
  const folder = await Deno.makeTempDir();
  const [source, library] = [`${folder}/k.c`, `${folder}/k.so`];
  await Deno.writeTextFile(source, text.text);
  const messages = await cc([
    "-O3",
    `-march=${target.march}`,
    "-fPIC",
    "-shared",
    "-Wall",
    ...flags,
    source,
    "-o",
    library,
    "-lm",
  ]);
  const opened = Deno.dlopen(library, {
    [text.symbol]: { parameters: ["pointer", "i64", "i64"], result: "void" },
  });
  const call = opened.symbols[text.symbol] as unknown as (p: Deno.PointerValue, a: bigint, b: bigint) => void;
  const address = (a: ArrayBufferView<ArrayBuffer>) => Deno.UnsafePointer.value(Deno.UnsafePointer.of(a));
  const run = (it: Setting, repeat = 1, pieces = 1): number => {
    const pointers = new BigUint64Array(
      text.buffers.map((b) => BigInt(address(it.memory.get(b.name)! as Float32Array<ArrayBuffer>))),
    );
    const numbers = new BigInt64Array(text.sizes.map((e) => BigInt(evaluate(e, it.sizes))));
    const raw = new Uint8Array(evaluate(text.scratch, it.sizes) + 64), error = new Int32Array(1);
    const kept = new BigInt64Array(1);
    raw.fill(0xff);
    const scratch = (BigInt(address(raw)) + 63n) & ~63n;
    const all = new BigUint64Array([
      BigInt(address(pointers)),
      BigInt(address(numbers)),
      scratch,
      BigInt(address(error)),
      0n,
      BigInt(address(kept)),
    ]);
    const total = evaluate(text.total, it.sizes);
    const best = Array.from({ length: pieces }, () => Infinity);
    for (let r = 0; r < repeat; r++) {
      kept[0] = 0n;
      for (let p = 0; p < pieces; p++) {
        const start = performance.now();
        call(
          Deno.UnsafePointer.of(all),
          BigInt(Math.floor(total * p / pieces)),
          BigInt(Math.floor(total * (p + 1) / pieces)),
        );
        best[p] = Math.min(best[p]!, performance.now() - start);
      }
    }
    if (error[0] !== 0) throw new RangeError(`kernel reports error ${error[0]}`);
    return best.reduce((sum, ms) => sum + ms, 0);
  };
  return { run, text, messages, close: () => (opened.close(), Deno.removeSync(folder, { recursive: true })) };
}

/**
 * Runs the kernel on buffers of exactly their sizes, under sanitizers (which do not see masked loads), or with pages
 * behind each buffer that nobody may touch; gives what there is to complain about.
 */
export async function trespasses(
  kernel: Kernel,
  target: Target,
  how: "sanitizers" | "guard pages",
  sizes: Sizes = {},
): Promise<string> {
  const text = kernelText(kernel, target, new Templates()), folder = await Deno.makeTempDir();
  const size = (b: Buffer) => b.shape.reduce((n, e) => n * evaluate(e, sizes), 1) * bytesOf(b.dtype);
  const main = `#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "aoti/model.h"
void ${text.symbol}(const aoti_args*, int64_t, int64_t);
static void* take(size_t n) {
#ifdef GUARD
  size_t pages = (n + 4095) / 4096 * 4096;
  char* p = mmap(0, pages + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(p + pages, 4096, PROT_NONE);
  return p + pages - n;
#else
  return memset(malloc(n ? n : 1), 0, n);
#endif
}
int main(void) {
  void* p[] = {${text.buffers.map((b) => `take(${size(b)})`).join(", ") || "0"}};
  int64_t n[] = {${text.sizes.map((e) => evaluate(e, sizes)).join(", ") || "0"}};
  int32_t error = 0;
  int64_t kept = 0;
  aoti_args args = {p, n, take((${evaluate(text.scratch, sizes)} + 63) / 64 * 64), &error, 0, &kept};
  for (int64_t i = 0, total = ${evaluate(text.total, sizes)}; i < total; i++) ${text.symbol}(&args, i, i + 1);
  _Exit(error);
}
`;
  const checks = how === "sanitizers"
    ? ["-fsanitize=address,undefined", "-fno-sanitize=alignment", "-fno-sanitize-recover=all"]
    : ["-DGUARD"];
  try {
    await Deno.writeTextFile(`${folder}/k.c`, text.text);
    await Deno.writeTextFile(`${folder}/main.c`, main);
    const files = [`${folder}/k.c`, `${folder}/main.c`, "-o", `${folder}/k`, "-lm"];
    await cc(["-O1", "-w", `-march=${target.march}`, ...checks, ...files]);
    const { stderr, code, signal } = await new Deno.Command(`${folder}/k`).output();
    return new TextDecoder().decode(stderr) + (code === 0 ? "" : `exit ${code} ${signal ?? ""}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Value of a scalar at a point, in double precision. */
export function evaluateAt(
  s: Scalar,
  point: Sizes,
  memory: Setting["memory"],
  accumulator = 0,
): number {
  const go = (x: Scalar, at: Sizes): number => {
    switch (x.kind) {
      case "literal":
        return Number(x.value);
      case "index":
        return evaluate(x.expr, at);
      case "truth":
        return evaluatePred(x.pred, at) ? 1 : 0;
      case "load":
        return element(x.buffer, memory, evaluate(linearIndex(x.buffer, x.index), at));
      case "cast":
        return go(x.arg, at);
      case "guarded":
        return evaluatePred(x.pred, at) ? go(x.value, at) : go(x.other, at);
      case "bound":
        return go(x.body, { ...at, [x.sym.name]: go(x.value, at) });
      case "accumulator":
        return accumulator;
      case "apply": {
        const args = x.args.map((a) => go(a, at));
        const fns: Record<string, (...v: number[]) => number> = {
          add: (a, b) => a! + b!,
          mul: (a, b) => a! * b!,
          sub: (a, b) => a! - b!,
          max: (a, b) => Math.max(a!, b!),
          tanh: (a) => Math.tanh(a!),
        };
        return fns[x.fn]!(...args);
      }
    }
  };
  return go(s, point);
}

function element(buffer: Buffer, memory: Setting["memory"], offset: number): number {
  const array = memory.get(buffer.name)!;
  if (offset < 0 || offset >= array.length) throw new RangeError(`${buffer.name}[${offset}]`);
  const raw = Number(array[offset]);
  if (buffer.dtype !== "bf16") return raw;
  return new Float32Array(new Uint32Array([raw << 16]).buffer)[0]!;
}

/** Every point of the axes. */
export function* pointsOf(axes: readonly Axis[], sizes: Sizes): Generator<Sizes> {
  const [axis, ...rest] = axes;
  if (!axis) return yield sizes;
  const extent = evaluate(axis.extent, sizes);
  for (let n = 0; n < extent; n++) yield* pointsOf(rest, { ...sizes, [axis.sym.name]: n });
}
