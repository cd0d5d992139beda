/**
 * Built models under sanitizers: generated texts, runtime and a C host in one program.
 *
 * @module
 */
import {
  bytesOf,
  denseStrides,
  type DType,
  dtypeNames,
  dtypes,
  fromTorch,
  unwrap,
} from "../../src/base/mod.ts";
import { runtimeTask, unitTask } from "../../src/compile/mod.ts";
import { buildLibrary, type BuiltLibrary } from "../../src/pipeline/library.ts";
import type { Case, CaseLeaf } from "../../src/pipeline/verify/cases.ts";
import type { Workshop } from "../../src/pipeline/workshop.ts";
import { layOut, scalarTensor, type Tensor, type Tensors, toDType } from "../../src/run/mod.ts";
import { run } from "../runtime/build.ts";

/** Options of the compiler; a program that breaks a rule ends with what it did. */
export const sanitizers = {
  address: ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
  thread: ["-fsanitize=thread"],
} as const;
export type Sanitizer = keyof typeof sanitizers;

const includes = ["runtime/include", "tests/runtime"].map((path) =>
  `-I${new URL(`../../${path}`, import.meta.url).pathname}`
);
const driver = new URL("drive.c", import.meta.url).pathname;

/** A model's program, and how the model describes itself. */
export interface Program {
  readonly path: string;
  readonly weights: string | undefined;
  readonly built: BuiltLibrary;
}

/** Builds the program of an archive into `folder`; units are compiled as always, with checks besides. */
export async function buildProgram(
  shop: Workshop,
  archive: string,
  folder: string,
  sanitizer: Sanitizer,
): Promise<Program> {
  const target = shop.native, source = { kind: "archive", path: archive } as const;
  const built = await buildLibrary(shop, { name: "model", source, target, debug: true });
  const checks = [...sanitizers[sanitizer], "-g"], { store, engine } = shop;
  const texts = [...Object.entries(built.kernelTexts), ["model.c", built.modelText] as const];
  const units = await Promise.all(texts.map(async ([file, text]) => {
    const kind = file === "model.c" ? "model" : "kernel";
    const digest = kind === "model" && built.weights
      ? [`-DAOTI_WEIGHTS_DIGEST="${built.weights.digest}"`]
      : [];
    const flags = [...digest, ...checks];
    return unitTask({ ...shop, target, kind, text: await store.readText(text), name: file, flags });
  }));
  const all = [...units, runtimeTask({ ...shop, target, flags: checks })];
  const objects = await Promise.all(
    all.map(async (unit) => await store.pathOf(unwrap(await engine.run(unit)).object)),
  );
  const path = `${folder}/drive`;
  const language = ["-std=gnu11", "-x", "c", "-Wall", "-Wextra", "-Werror", "-O1"];
  const links = objects.map((_, n) => `${folder}/unit_${n}.o`);
  await Promise.all(objects.map((object, n) => Deno.copyFile(object, links[n]!)));
  await run(shop.toolchain.program, [
    ...language,
    ...checks,
    ...includes,
    driver,
    "-x",
    "none",
    ...links,
    "-lm",
    "-pthread",
    "-o",
    path,
  ]);
  return { path, built, weights: built.weights && await store.pathOf(built.weights) };
}

/** How often and where to. */
export interface Drive {
  readonly threads: number;
  readonly runs: number;
  /** Elements by which inputs miss their alignment. */
  readonly shift: number;
}

/** What the program gave: outputs by leaf, inputs as they were left. */
export interface Driven {
  readonly outputs: readonly (Tensor | undefined)[];
  readonly inputs: readonly (Tensor | undefined)[];
}

/** Runs the program on one set of inputs; refused calls and broken rules throw what was said. */
export async function drive(
  program: Program,
  inputs: readonly (Tensor | undefined)[],
  how: Drive,
  folder: string,
): Promise<Driven> {
  await Deno.writeFile(`${folder}/inputs.bin`, packInputs(inputs));
  const { threads, runs, shift } = how;
  const files = [program.weights ?? "-", `${folder}/inputs.bin`, `${folder}/outputs.bin`];
  await run(program.path, [...files, `${threads}`, `${runs}`, `${shift}`]);
  const data = await Deno.readFile(`${folder}/outputs.bin`);
  return unpack(data, program.built.planned.description.outputs.length, inputs);
}

/** A case's inputs in the order of the model's own. */
export function inputsOf(
  program: Program,
  set: Case["sets"][number],
  stored: Tensors,
): readonly (Tensor | undefined)[] {
  return program.built.planned.description.inputs.map(({ leaf, dtype }) => {
    const given = set.inputs[leaf];
    return given && tensorOf(given, stored, dtype as DType);
  });
}

function tensorOf(leaf: CaseLeaf, stored: Tensors, dtype: DType): Tensor | undefined {
  if (leaf.key === undefined) {
    const { value } = leaf;
    if (typeof value !== "number" && typeof value !== "boolean") return undefined;
    return scalarTensor(dtype === "i64" ? BigInt(value) : value, dtype);
  }
  const tensor = toDType(stored.get(leaf.key)!, fromTorch(leaf.dtype!)!);
  return leaf.stride ? layOut(tensor, leaf.stride) : tensor;
}

function packInputs(inputs: readonly (Tensor | undefined)[]): Uint8Array {
  const pieces: Uint8Array[] = [words([inputs.length])];
  for (const tensor of inputs) {
    if (!tensor) {
      pieces.push(words([-1, 0, 0, 0]));
      continue;
    }
    const { dtype, shape, data } = tensor, strides = tensor.strides ?? denseStrides(shape);
    pieces.push(words([dtypes[dtype].c10, bytesOf(dtype), shape.length, ...shape, ...strides, data.length]));
    pieces.push(data, new Uint8Array(-data.length & 7));
  }
  return concat(pieces);
}

function words(values: readonly number[]): Uint8Array {
  return new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  pieces.reduce((at, piece) => (all.set(piece, at), at + piece.length), 0);
  return all;
}

function unpack(data: Uint8Array, count: number, inputs: readonly (Tensor | undefined)[]): Driven {
  const view = new DataView(data.buffer);
  let at = 0;
  const number = () => Number(view.getBigInt64((at += 8) - 8, true));
  const bytes = (length: number) => {
    const piece = data.slice(at, at + length);
    at += length + (-length & 7);
    return piece;
  };
  const outputs = Array.from({ length: count }, (): Tensor | undefined => {
    const c10 = number();
    if (c10 < 0) return undefined;
    const shape = Array.from({ length: number() }, number);
    return { dtype: dtypeNames.find((name) => dtypes[name].c10 === c10)!, shape, data: bytes(number()) };
  });
  return { outputs, inputs: inputs.map((x) => x && { ...x, data: bytes(x.data.length) }) };
}
