/**
 * A case folder built, checked and timed with this project's own commands.
 *
 * @module
 */
import { type DType, fromTorch, unwrap } from "../../src/base/mod.ts";
import { readCases } from "../../src/pipeline/verify/cases.ts";
import {
  layOut,
  readSafetensors,
  scalarTensor,
  type Tensor,
  toDType,
  writeSafetensors,
} from "../../src/run/mod.ts";
import { tuned, untuned } from "./comparison.ts";
import type { Latency } from "./lines.ts";
import { aoti, capture, outputOf, pinned, root } from "./machine.ts";

/** How models are built, by the names that lines give them. */
export const ways: Readonly<Record<string, readonly string[]>> = {
  [untuned]: ["--flag=max_autotune=false"],
  [tuned]: ["--flag=max_autotune=true", "--flag=freezing=true"],
};

/** A build of a case folder, ready to be timed. */
export interface Ours {
  readonly peer: string;
  readonly folder: string;
  /** Its inputs under the names that `aoti bench` knows. */
  readonly inputs: string;
  /** Where the roof is remembered: one for all models. */
  readonly roofDir: string;
  /** Facts that every line of it repeats. */
  readonly facts: Pick<Latency, "compile_s" | "bytes" | "library_bytes" | "verified" | "error">;
}

/** Builds a folder's first case with nothing cached, and compares its results; `scratch` is empty. */
export async function buildOurs(
  caseFolder: string,
  peer: string,
  scratch: string,
  roofDir: string,
  stop?: AbortSignal,
): Promise<Ours> {
  const [first] = unwrap(await readCases(caseFolder)), flags = ways[peer] ?? [];
  if (!first) throw new Error(`Cannot time ${caseFolder}: it has no case`);
  const cacheDir = `${scratch}/cache`, common = ["--cache-dir", cacheDir, ...flags];
  const archive = ["--model", `${caseFolder}/${first.model}`, "--out", `${scratch}/out`];
  const build = await outputOf(aoti(root, "build", ...archive, "--json", "--quiet", ...common), stop);
  const { models: [model] } = lastJson(build.stdout) as { models: readonly BuiltModel[] };
  const inputs = `${scratch}/inputs.safetensors`;
  await storedInputs(caseFolder, inputs);
  return {
    peer,
    folder: `${scratch}/out/${model!.model}`,
    inputs,
    roofDir,
    facts: {
      compile_s: round(build.seconds, 2),
      bytes: model!.libraryBytes + model!.weightsBytes,
      library_bytes: model!.libraryBytes,
      ...await check(caseFolder, common),
    },
  };
}

interface BuiltModel {
  readonly model: string;
  readonly libraryBytes: number;
  readonly weightsBytes: number;
}

/** The folder's outputs beside the expected ones. */
async function check(
  folder: string,
  common: readonly string[],
): Promise<Pick<Latency, "verified" | "error">> {
  const { stdout, stderr } = await capture(aoti(root, "verify", folder, "--json=-", ...common));
  const { cases = [] } = (lastJson(stdout) ?? {}) as { cases?: readonly Checked[] };
  const bad = cases.find(({ status }) => status !== "pass");
  const verified = cases.length === 0
    ? `error: ${stderr.slice(-200)}`
    : bad
    ? `${bad.status}: ${bad.detail ?? ""}`
    : "pass";
  return { verified, error: Math.max(0, ...cases.map((c) => c.max_abs ?? 0)) };
}

interface Checked {
  readonly status: string;
  readonly detail?: string;
  readonly max_abs?: number;
}

/** Times a build on cores of its own, through door 2, each kernel beside the measured roof. */
export async function timeOurs(model: string, ours: Ours, threads: number): Promise<Latency> {
  const { folder, inputs, peer, facts, roofDir } = ours;
  const words = [folder, "--inputs", inputs, "--threads", String(threads), "--json", "--cache-dir", roofDir];
  const { stdout } = await outputOf(await pinned(threads, aoti(root, "bench", ...words)));
  const { median_ms, min_ms, kernels, roof } = lastJson(stdout) as Latency;
  return { threads, model, peer, median_ms, min_ms, ...facts, roof, kernels };
}

/** Writes the inputs of a folder's first call as "0", "1", …, numbers as 0-d tensors. */
export async function storedInputs(caseFolder: string, path: string): Promise<void> {
  writeSafetensors(path, await inputsOf(caseFolder));
}

/** Inputs of the first call of a folder's first case, by their places. */
export async function inputsOf(caseFolder: string): Promise<ReadonlyMap<string, Tensor>> {
  const [first] = unwrap(await readCases(caseFolder));
  const stored = unwrap(readSafetensors(`${caseFolder}/inputs.safetensors`));
  const leaves = first?.sets[0]?.inputs ?? [];
  return new Map(leaves.flatMap((leaf, n): (readonly [string, Tensor])[] => {
    const dtype = leaf.dtype === undefined ? undefined : fromTorch(leaf.dtype);
    if (leaf.key !== undefined) return [[String(n), laidOut(stored.get(leaf.key)!, dtype, leaf.stride)]];
    const { value } = leaf;
    if (typeof value === "boolean") return [[String(n), scalarTensor(value)]];
    if (typeof value !== "number") return [];
    return [[String(n), scalarTensor(leaf.kind === "int" ? BigInt(value) : value)]];
  }));
}

function laidOut(tensor: Tensor, dtype: DType | undefined, strides: readonly number[] | undefined): Tensor {
  const typed = dtype ? toDType(tensor, dtype) : tensor;
  return strides ? layOut(typed, strides) : typed;
}

function lastJson(stdout: string): unknown {
  const line = stdout.trim().split("\n").at(-1);
  return line ? JSON.parse(line) : undefined;
}

function round(value: number, places: number): number {
  return Number(value.toFixed(places));
}
