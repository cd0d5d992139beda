/** The runtime's demo models as packages: described as codegen describes models, built and written by the tasks. */
import { digestOf, unwrap } from "../../src/base/mod.ts";
import {
  bindingText,
  type Content,
  factsOf,
  headerText,
  type Manifest,
  manifestText,
  type ModelInterface,
  writePackage,
} from "../../src/package/mod.ts";
import { Engine, type Store } from "../../src/task/mod.ts";
import { buildDemo } from "../compile/rig.ts";
import { effectsWeights, linearWeights } from "../runtime/build.ts";

/** y = relu(x @ w + b), x of any batch. */
export const linear: ModelInterface = {
  name: "linear",
  inputs: [{ name: "x", dtype: "f32", shape: ["s0", 64], strides: [64, 1], leaf: 0, mutated: false }],
  fixed: [],
  outputs: [{ kind: "tensor", name: "y", dtype: "f32", shape: ["s0", 32], strides: [32, 1] }],
  constants: [
    { name: "fc.weight", dtype: "f32", shape: [64, 32], strides: [32, 1], role: "parameter", mutated: false },
    { name: "fc.bias", dtype: "f32", shape: [32], strides: [1], role: "parameter", mutated: false },
  ],
  dims: [{ symbol: "s0", name: "batch", min: 1, max: 4096 }],
  guards: [],
};

/** Changes its input and a buffer; gives back an input, a number, None. */
export const effects: ModelInterface = {
  name: "effects",
  inputs: [
    { name: "x", dtype: "f32", shape: ["s0", "s1"], strides: ["s1", 1], leaf: 0, mutated: true },
    { name: "flag", dtype: "bool", shape: [], strides: [], leaf: 1, mutated: false },
    { name: "i", dtype: "i64", shape: [], strides: [], leaf: 2, mutated: false },
  ],
  fixed: [],
  outputs: [
    { kind: "tensor", name: "x", dtype: "f32", shape: ["s0", "s1"], strides: ["s1", 1] },
    { kind: "tensor", name: "total", dtype: "f32", shape: [1], strides: [1] },
    { kind: "fixed", name: "none", value: null },
    { kind: "size", name: "count", dtype: "i64", expression: "s0*s1" },
    { kind: "tensor", name: "again", dtype: "f32", shape: [1], strides: [1] },
    { kind: "tensor", name: "looked_up", dtype: "f32", shape: [], strides: [] },
  ],
  constants: [
    { name: "state.total", dtype: "f32", shape: [1], strides: [1], role: "buffer", mutated: true },
    { name: "table", dtype: "f32", shape: [4], strides: [1], role: "literal", mutated: false },
  ],
  dims: [{ symbol: "s0", name: "rows", min: 0, max: null }, {
    symbol: "s1",
    name: "columns",
    min: 0,
    max: null,
  }],
  guards: [],
};

/** Builds a demo and writes it to `folder`; `kernels` may change the text of its kernels. */
export async function packDemo(
  store: Store,
  demo: "linear" | "effects",
  folder: string,
  kernels: (text: string) => string = (text) => text,
): Promise<void> {
  const model = demo === "linear" ? linear : effects;
  const description = JSON.stringify(JSON.stringify(model));
  const edit = (name: string, text: string) =>
    name === "model.c"
      ? text.replace(/\.describe =[^;]*?(?=,\n\s*\.)/, () => `.describe = ${description}`)
      : kernels(text);
  const { library, needed, imports } = await buildDemo(store, demo, { edit });
  const weights = await store.putBytes(demo === "linear" ? linearWeights() : effectsWeights());
  const abi = await Deno.readTextFile(new URL("../../runtime/include/aoti/abi.h", import.meta.url));
  const files: Record<string, Content> = {
    [`${demo}.so`]: library,
    "weights.bin": weights,
    [`${demo}.ts`]: bindingText({ model, name: demo, library: `${demo}.so` }),
    [`${demo}.h`]: headerText({ model, name: demo, abi, library: `${demo}.so` }),
  };
  const manifest: Manifest = {
    ...{ format: 1, model: demo, device: "cpu", targets: ["x86-64-v2"], interface: model, kernels: [] },
    ...{ toolchain: { family: "test" }, needed, imports, arena: 0, weights: factsOf(weights) },
    inputs: { model: digestOf(demo) },
    files: Object.fromEntries(Object.entries(files).map(([name, content]) => [name, factsOf(content)])),
  };
  files["manifest.json"] = manifestText(manifest);
  unwrap(await writePackage(folder, files, new Engine({ store })));
}

/** Runs a program to its end; its output when all went well. */
export async function must(command: string, args: readonly string[], cwd?: string): Promise<string> {
  const out = await new Deno.Command(command, { args: [...args], cwd, stdout: "piped", stderr: "piped" })
    .output();
  const text = new TextDecoder().decode(out.stdout) + new TextDecoder().decode(out.stderr);
  if (!out.success) throw new Error(`${command} ${args.join(" ")}\n${text}`);
  return text;
}

/** True when a program answers. */
export async function answers(command: string, ...args: readonly string[]): Promise<boolean> {
  return await must(command, [...args, "--version"]).then(() => true, () => false);
}
