/**
 * Case folders: exported programs with inputs and PyTorch's answers.
 *
 * @module
 */
import { z } from "zod";
import { fail, ok, refuse, type Result } from "../../base/mod.ts";

const leaf = z.object({
  kind: z.enum(["tensor", "int", "float", "bool", "str", "none", "complex", "other"]),
  key: z.string().optional(),
  value: z.unknown().optional(),
  dtype: z.string().optional(),
  shape: z.array(z.number()).optional(),
  stride: z.array(z.number()).optional(),
});

const caseSchema = z.object({
  id: z.string(),
  model: z.string(),
  atol: z.number(),
  rtol: z.number(),
  sets: z.array(z.object({
    inputs: z.array(leaf),
    outputs: z.array(leaf),
    mutated_inputs: z.array(z.object({ index: z.number(), key: z.string() })).default([]),
    mutated_state: z.array(z.object({ name: z.string(), key: z.string() })).default([]),
  })),
});
const fileSchema = z.object({ name: z.string(), cases: z.array(caseSchema) });

/** A leaf of a call or of a result. */
export type CaseLeaf = z.output<typeof leaf>;
/** One case: a program and its runs, each from the initial state. */
export type Case = z.output<typeof caseSchema> & { readonly folder: string };

/** Reads the cases of one folder. Python writes non-finite tolerances and values as bare words. */
export async function readCases(folder: string): Promise<Result<readonly Case[]>> {
  const path = `${folder}/cases.json`;
  try {
    const text = (await Deno.readTextFile(path)).replaceAll(
      /(?<=[:\[,]\s*)(-?Infinity|NaN)(?=\s*[,\]}])/g,
      '"$1"',
    );
    return ok(fileSchema.parse(JSON.parse(text)).cases.map((c) => ({ ...c, folder })));
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return fail({ reason: "bad-case", message: `Cannot read case folder: ${found}`, at: { file: path } });
  }
}

/** Every folder at or below `roots` that has a cases.json, sorted. */
export async function findCaseFolders(roots: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  const visit = async (folder: string): Promise<void> => {
    const entries = await Array.fromAsync(Deno.readDir(folder)).catch(() => noFolder(folder));
    if (entries.some((e) => e.name === "cases.json")) found.push(folder);
    for (const entry of entries) if (entry.isDirectory) await visit(`${folder}/${entry.name}`);
  };
  for (const root of roots) await visit(root.replace(/\/+$/, ""));
  return found.sort();
}

function noFolder(folder: string): never {
  return refuse({
    reason: "no-cases",
    message: `Cannot verify ${folder}: it is no folder that can be read`,
    help: "Name folders that hold case folders.",
  });
}
