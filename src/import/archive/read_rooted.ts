/**
 * The layouts with a root folder: torch 2.8 and later (raw files), and the one between (torch.save files).
 *
 * @module
 */
import { type ArchiveParts, type Context, loadJson } from "./context.ts";
import { decodeProgram } from "./decode_program.ts";
import { inMember, quote, unreadable } from "./errors.ts";
import { loadMember } from "./member.ts";
import { readSamples } from "./samples.ts";
import { readState } from "./state.ts";
import { readTable } from "./table.ts";
import { checkByteOrder } from "./torch_save.ts";
import type { ArchivedProgram, ArchiveLayout, OpaqueObject, TensorEntry } from "./types.ts";

/** Reads an archive below `root`, which ends in a slash. */
export async function readRooted(
  context: Context,
  root: string,
): Promise<ArchiveParts & { layout: ArchiveLayout }> {
  checkFormat(context, root);
  checkByteOrder(context.zip, `${root}byteorder`);
  const programs = new Map<string, ArchivedProgram>();
  for (const name of below(context, `${root}models/`)) {
    if (!name.endsWith(".json") || name.includes("/")) continue;
    const model = name.slice(0, -".json".length);
    programs.set(model, await readProgram(context, root, model));
  }
  const old = (name: string) => context.zip.members.has(`${root}data/weights/${name}.pt`);
  return {
    layout: [...programs.keys()].some(old) ? "intermediate" : "new",
    programs,
    extraFiles: below(context, `${root}extra/`),
    aotinductor: compiled(context, `${root}data/aotinductor/`),
  };
}

async function readProgram(context: Context, root: string, name: string): Promise<ArchivedProgram> {
  const member = `${root}models/${name}.json`;
  const program = inMember(member, () => decodeProgram(loadJson(context, member), context.limits.depth));
  const objects = new Map<string, OpaqueObject>();
  const weights = await readTensors(context, root, "weights", name, objects);
  const strange = objects.values().next().value;
  if (strange) {
    inMember(
      strange.member,
      () => unreadable("unsupported-tensor", `weight ${quote(strange.fqn)}, no plain tensor`),
    );
  }
  const constants = await readTensors(context, root, "constants", name, objects);
  const samples = `data/sample_inputs/${name}`;
  const sampleInputs = await readSamples(context, `${root}${samples}.pt`, samples);
  return { name, program, weights, constants, objects, sampleInputs };
}

/** One of the two tables of a program, in whichever form it is stored; absent means empty. */
function readTensors(
  context: Context,
  root: string,
  what: "weights" | "constants",
  name: string,
  objects: Map<string, OpaqueObject>,
): Map<string, TensorEntry> | Promise<Map<string, TensorEntry>> {
  const folder = `data/${what}/`, config = `${root}${folder}${name}_${what}_config.json`;
  if (context.zip.members.has(config)) return readTable(context, root, folder, config, objects);
  const saved = `${root}${folder}${name}.pt`;
  if (context.zip.members.has(saved)) return readState(context, saved, `${folder}${name}`);
  return new Map();
}

function checkFormat(context: Context, root: string): void {
  const member = context.zip.members.get(`${root}archive_format`);
  if (!member) return;
  const format = new TextDecoder().decode(loadMember(context.zip, member, 64, Infinity)).trim();
  if (format === "pt2") return;
  inMember(
    member.name,
    () => unreadable("not-an-archive", `archive format ${quote(format)} instead of "pt2"`),
  );
}

/** Names of the files below a folder, relative to it. */
function below(context: Context, folder: string): string[] {
  const names = [...context.zip.members.keys()].filter((name) =>
    name.startsWith(folder) && !name.endsWith("/")
  );
  return names.map((name) => name.slice(folder.length));
}

/** Files of compiled packages: model to members. */
function compiled(context: Context, folder: string): Map<string, string[]> {
  const models = new Map<string, string[]>();
  for (const name of below(context, folder)) {
    const [model, ...rest] = name.split("/");
    if (!models.has(model!)) models.set(model!, []);
    models.get(model!)!.push(rest.join("/") || model!);
  }
  return models;
}
