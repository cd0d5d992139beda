/**
 * The layout of torch before 2.8: one program, its state in torch.save files inside the zip.
 *
 * @module
 */
import { type ArchiveParts, type Context, loadJson, required } from "./context.ts";
import { decodeProgram } from "./decode_program.ts";
import { inMember, unreadable } from "./errors.ts";
import { loadMember } from "./member.ts";
import { readSamples } from "./samples.ts";
import { readState } from "./state.ts";

const PROGRAM = "serialized_exported_program.json";
const EXTRA = "extra_files/";

/** Reads a legacy archive, whose program is called `model`. */
export async function readLegacy(context: Context): Promise<ArchiveParts> {
  const { zip } = context;
  checkVersion(context);
  const program = inMember(PROGRAM, () => decodeProgram(loadJson(context, PROGRAM), context.limits.depth));
  const state = await readState(context, "serialized_state_dict.pt", "state_dict");
  const held = zip.members.has("serialized_constants.pt");
  const constants = held ? await readState(context, "serialized_constants.pt", "constants") : new Map();
  const sampleInputs = await readSamples(context, "serialized_example_inputs.pt", "sample_inputs");
  const archived = { name: "model", program, weights: state, constants, objects: new Map(), sampleInputs };
  const extraFiles = [...zip.members.keys()].filter((name) => name.startsWith(EXTRA) && !name.endsWith("/"));
  return {
    programs: new Map([["model", archived]]),
    extraFiles: extraFiles.map((name) => name.slice(EXTRA.length)),
    aotinductor: new Map(),
  };
}

/** The `version` member holds `major.minor` of the schema. */
function checkVersion(context: Context): void {
  const member = required(context, "version");
  const text = new TextDecoder().decode(loadMember(context.zip, member, 64, Infinity)).trim();
  if (/^8(\.\d+)?$/.test(text)) return;
  inMember("version", () => unreadable("unsupported-schema", `schema ${JSON.stringify(text)}`));
}
