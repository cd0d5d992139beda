/**
 * Builds and runs cases, and compares with PyTorch's answers. Models run in processes of their own.
 *
 * @module
 */
import { attemptAsync, type Diagnostic, fromTorch, refuse, type Result, unwrap } from "../../base/mod.ts";
import { configForArchive, type ResolvedModel } from "../../config/mod.ts";
import { writePackage } from "../../package/mod.ts";
import {
  type Job,
  type JobDone,
  type JobInput,
  readSafetensors,
  type Tensors,
  Worker,
} from "../../run/mod.ts";
import type { CaseReport, Scratch, VerifyOptions, VerifyReport } from "../face.ts";
import { buildLibrary, type BuiltLibrary } from "../library.ts";
import { packageFiles } from "../package_files.ts";
import { wrapperFiles } from "../wrapper_files.ts";
import { openWorkshop, type Workshop } from "../workshop.ts";
import { type Case, type CaseLeaf, findCaseFolders, readCases } from "./cases.ts";
import { checkSet, type Verdict } from "./check_set.ts";

/** Verifies every case below the folders; `jobs` cases at a time. */
export async function verify(
  options: VerifyOptions,
  scratch: Scratch,
  tell: (found: CaseReport) => void,
  signal: AbortSignal,
): Promise<Result<VerifyReport>> {
  return await attemptAsync(async () => {
    const { cacheDir, jobs } = scratch;
    await using shop = unwrap(await openWorkshop({ cacheDir, jobs, signal, keepGoing: true }));
    const cases = await allCases(options.folders);
    const place = await Deno.makeTempDir({ dir: cacheDir, prefix: "verify-" });
    const reports: CaseReport[] = [];
    const todo = cases.map((c, n) => ({ c, n }));
    try {
      await Promise.all(Array.from({ length: jobs }, async () => {
        await using worker = new Worker({ timeoutMs: 60_000 });
        for (let next = todo.shift(); next; next = todo.shift()) {
          if (signal.aborted) return;
          const report = await verifyCase(shop, worker, next.c, `${place}/${next.n}`, signal, options);
          reports[next.n] = report;
          tell(report);
        }
      }));
    } finally {
      await Deno.remove(place, { recursive: true }).catch(() => {}); // a killed worker may still be writing; gc takes it
    }
    if (signal.aborted) {
      const done = Object.keys(reports).length; // sparse: cases end in any order
      const message = `Cannot finish verify: it was interrupted after ${done} of ${cases.length} cases`;
      refuse({ reason: "cancelled", message });
    }
    const report = { totals: totalsOf(reports), cases: reports };
    if (options.json) await Deno.writeTextFile(options.json, `${JSON.stringify(report, null, 1)}\n`);
    return report;
  });
}

async function allCases(folders: readonly string[]): Promise<readonly Case[]> {
  const found = await findCaseFolders(folders);
  if (found.length === 0) {
    refuse({
      reason: "no-cases",
      message: `Cannot verify ${folders.join(", ")}: there is no cases.json at or below`,
      help: "Name folders that hold case folders.",
    });
  }
  return (await Promise.all(found.map(readCases))).flatMap((cases) => unwrap(cases));
}

/** group = the case folder's parent. */
function totalsOf(reports: readonly CaseReport[]): VerifyReport["totals"] {
  const totals: Record<string, Record<CaseReport["status"], number>> = {};
  for (const { folder, status } of reports) {
    const group = folder.split("/").at(-2) ?? "";
    (totals[group] ??= { pass: 0, fail: 0, unsupported: 0, error: 0 })[status]++;
  }
  return totals;
}

async function verifyCase(
  shop: Workshop,
  worker: Worker,
  c: Case,
  dir: string,
  signal: AbortSignal,
  how: Pick<VerifyOptions, "flags" | "wrapper">,
): Promise<CaseReport> {
  const start = performance.now(), { folder, id } = c;
  const built = await attemptAsync(() => buildCase(shop, c, dir, how));
  const build_ms = Math.round(performance.now() - start);
  if (!built.ok) return { folder, id, build_ms, ...failedBuild(built.diagnostics) };
  const ran = performance.now();
  const verdict = await attemptAsync(() => runCase(worker, c, dir, built.value, signal));
  await Deno.remove(dir, { recursive: true }).catch(() => {});
  const run_ms = Math.round(performance.now() - ran);
  if (!verdict.ok) {
    return { folder, id, build_ms, run_ms, status: "error", detail: textOf(verdict.diagnostics) };
  }
  const { wrong, maxAbs, maxRel, strides } = verdict.value;
  const status = wrong === undefined ? "pass" : "fail";
  return {
    folder,
    id,
    status,
    build_ms,
    run_ms,
    max_abs: maxAbs,
    max_rel: maxRel,
    strides,
    ...(wrong && { detail: wrong }),
  };
}

/** All problems are unsupported features, or there is an error of ours. */
function failedBuild(diagnostics: readonly Diagnostic[]): Pick<CaseReport, "status" | "detail"> {
  const lacking = diagnostics.every((d) => d.reason.startsWith("unsupported"));
  return { status: lacking ? "unsupported" : "error", detail: textOf(diagnostics) };
}

function textOf(diagnostics: readonly Diagnostic[]): string {
  return [...new Set(diagnostics.map((d) => d.message))].slice(0, 5).join("; ");
}

async function buildCase(
  shop: Workshop,
  c: Case,
  dir: string,
  { flags = {}, wrapper }: Pick<VerifyOptions, "flags" | "wrapper">,
): Promise<BuiltLibrary> {
  const archive = `${c.folder}/${c.model}`;
  const built = await buildLibrary(shop, {
    name: "model",
    source: { kind: "archive", path: archive },
    target: shop.native,
    flags,
    embedWeights: !wrapper && flags.package_constants_in_so,
    debug: flags.debug_compile,
    ...(wrapper && { wrapper }),
  });
  const around = { cwd: c.folder, cores: 1, env: () => undefined };
  const config = unwrap(configForArchive(archive, { flags }, around));
  const model: ResolvedModel = { ...config.models[0]!, name: "model", emit: ["library"] };
  const files = wrapper ? wrapperFiles : packageFiles;
  unwrap(await writePackage(dir, await files(shop, model, built), shop.engine));
  return built;
}

async function runCase(
  worker: Worker,
  c: Case,
  dir: string,
  built: BuiltLibrary,
  signal: AbortSignal,
): Promise<Verdict> {
  const inputs = unwrap(readSafetensors(`${c.folder}/inputs.safetensors`));
  const expected = unwrap(readSafetensors(`${c.folder}/expected.safetensors`));
  let verdict: Verdict = { maxAbs: 0, maxRel: 0, strides: 0 };
  for (const set of c.sets) {
    const job: Job = {
      dir,
      inputsFile: `${c.folder}/inputs.safetensors`,
      outputsFile: `${dir}/outputs.safetensors`,
      inputs: set.inputs.map((leaf) => jobInput(leaf)),
      mutatedInputs: set.mutated_inputs.map((m) => m.index),
      state: set.mutated_state.map((m) => m.name),
      threads: 1,
    };
    const outside = outsideContract(set.inputs, built, inputs);
    const done = await worker.run(job, signal);
    if (!done.ok) {
      if (outside && done.diagnostics.every((d) => d.reason === "run-failed")) continue; // refused, as it must be
      return { ...verdict, wrong: textOf(done.diagnostics) };
    }
    const outputs = unwrap(readSafetensors(job.outputsFile));
    verdict = join(verdict, checkSet({ c, set, done: done.value as JobDone, outputs, inputs, expected }));
    if (verdict.wrong) return verdict;
  }
  return verdict;
}

/**
 * True when an input has another element type than the program was exported for. Eager PyTorch runs such a call on
 * other types; a compiled model must refuse it.
 */
function outsideContract(leaves: readonly CaseLeaf[], built: BuiltLibrary, inputs: Tensors): boolean {
  return built.planned.description.inputs.some(({ leaf, dtype }) => {
    const given = leaves[leaf];
    return given?.key !== undefined && inputs.has(given.key) && given.dtype !== undefined &&
      fromTorch(given.dtype) !== dtype;
  });
}

function join(a: Verdict, b: Verdict): Verdict {
  return {
    maxAbs: Math.max(a.maxAbs, b.maxAbs),
    maxRel: Math.max(a.maxRel, b.maxRel),
    strides: a.strides + b.strides,
    ...(b.wrong && { wrong: b.wrong }),
  };
}

function jobInput(leaf: CaseLeaf): JobInput | null {
  const dtype = leaf.dtype === undefined ? undefined : fromTorch(leaf.dtype);
  if (leaf.key !== undefined) {
    return { key: leaf.key, ...(dtype && { dtype }), ...(leaf.stride && { strides: leaf.stride }) };
  }
  const { value } = leaf;
  return typeof value === "number" || typeof value === "boolean" ? { value } : null;
}
