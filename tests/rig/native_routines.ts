/**
 * Routines compiled together into one library and called on dense tensors, with several pieces of their range.
 *
 * @module
 */
import { Templates } from "../../src/codegen/render.ts";
import { kernelText } from "../../src/codegen/kernel_text.ts";
import { bytesOf, type DType, type Target } from "../../src/base/mod.ts";
import { evaluate, type Expr, int, sym } from "../../src/ir/expr/mod.ts";
import type { Attr } from "../../src/ir/graph/mod.ts";
import { type Buffer, rowMajor } from "../../src/ir/loops/mod.ts";
import { denseFromBytes, type DenseTensor, denseToBytes } from "../../src/ir/scalar/mod.ts";

/** A routine for all sizes: shapes are numbers, or symbols named as tests bind them. */
export interface RoutineSpec {
  readonly routine: string;
  readonly attrs: Readonly<Record<string, Attr>>;
  readonly inputs: readonly (readonly [DType, ...(string | number)[]])[];
  readonly outputs: readonly (readonly [DType, ...(string | number)[]])[];
}

/** A compiled routine: inputs and sizes in, outputs and the error code out. */
export type NativeRoutine = (
  inputs: readonly DenseTensor[],
  sizes: Readonly<Record<string, number>>,
) => { readonly outputs: readonly DenseTensor[]; readonly error: number };

function buffers(prefix: string, types: RoutineSpec["inputs"]): Buffer[] {
  return types.map(([dtype, ...names], n) => {
    const shape: Expr[] = names.map((name) => typeof name === "number" ? int(name) : sym(name, { min: 0 }));
    const common = { strides: rowMajor(shape), offset: 0, role: "temp" } as const;
    return { name: `${prefix}${n}`, dtype, shape, ...common };
  });
}

const include = new URL("../../runtime/include", import.meta.url).pathname;
const addressOf = (a: Uint8Array<ArrayBuffer> | BigUint64Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>) =>
  BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(a)));

/** Bytes at a multiple of 64, followed by bytes that must stay as they are. */
function guarded(content: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(content.length + 16).fill(0xa5);
  all.set(content);
  return all;
}

/** Compiles every spec. */
export async function compileRoutines(specs: readonly RoutineSpec[], target: Target) {
  const folder = await Deno.makeTempDir(), templates = new Templates();
  const texts = specs.map((spec) => {
    const { routine, attrs } = spec;
    const [inputs, outputs] = [buffers("in", spec.inputs), buffers("out", spec.outputs)];
    const call = { kind: "routine", name: routine, routine, attrs, inputs, outputs, binds: [] } as const;
    return kernelText({ kind: "routine", name: routine, origins: [], call }, target, templates);
  });
  const files = [...new Map(texts.map((t) => [t.symbol, t.text]))].map(([symbol, text]) => {
    Deno.writeTextFileSync(`${folder}/${symbol}.c`, text);
    return `${folder}/${symbol}.c`;
  });
  const flags = ["-O1", "-std=gnu11", "-ffp-contract=off", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror"];
  const args = [
    ...flags,
    "-Wno-unused-parameter",
    "-Wno-unused-function",
    "-Wno-tautological-compare",
    `-march=${target.march}`,
  ];
  const { code, stderr } = await new Deno.Command("cc", {
    args: [...args, `-I${include}`, ...files, "-o", `${folder}/all.so`, "-lm"],
  }).output();
  if (code !== 0) throw new Error(`cc failed\n${new TextDecoder().decode(stderr).slice(0, 4000)}`);
  const declared = Object.fromEntries(texts.map((t) => [
    t.symbol,
    { parameters: ["pointer", "i64", "i64"], result: "void" } as const,
  ]));
  const opened = Deno.dlopen(`${folder}/all.so`, declared);
  const run = texts.map((text, n): NativeRoutine => (inputs, sizes) => {
    const entry = opened.symbols[text.symbol]!, types = specs[n]!.outputs;
    const shapes = types.map(([_, ...names]) =>
      names.map((name) => typeof name === "number" ? name : Number(sizes[name]))
    );
    const blank = types.map(([dtype], k) => {
      const count = shapes[k]!.reduce((product, size) => product * size, 1);
      return guarded(new Uint8Array(count * bytesOf(dtype)).fill(0xcd));
    });
    const memory = [...inputs.map((x) => guarded(denseToBytes(x))), ...blank];
    const pointers = BigUint64Array.from(memory, addressOf);
    const numbers = BigInt64Array.from(text.sizes, (e) => BigInt(evaluate(e, sizes)));
    const scratch = new Uint8Array(evaluate(text.scratch, sizes) + 64), error = new Uint8Array(64);
    const room = (addressOf(scratch) + 63n) & ~63n;
    const all = BigUint64Array.of(addressOf(pointers), addressOf(numbers), room, addressOf(error));
    const total = evaluate(text.total, sizes), pieces = Math.min(total, 3);
    for (let p = 0; p < pieces; p++) {
      const [from, to] = [Math.floor(total * p / pieces), Math.floor(total * (p + 1) / pieces)];
      entry(Deno.UnsafePointer.of(all), BigInt(from), BigInt(to));
    }
    for (const bytes of memory) {
      if (bytes.slice(-16).some((b) => b !== 0xa5)) throw new RangeError("written past the end");
    }
    const outputs = types.map(([dtype], k) =>
      denseFromBytes(dtype, shapes[k]!, memory[inputs.length + k]!.slice(0, -16))
    );
    return { outputs, error: error[0]! };
  });
  return { run, close: () => (opened.close(), Deno.removeSync(folder, { recursive: true })) };
}
