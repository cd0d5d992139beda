/**
 * The weights and constants of the new layout: a JSON table beside one raw file per storage.
 *
 * @module
 */
import { z } from "zod";
import { type Context, loadJson } from "./context.ts";
import { Misshapen } from "./decode.ts";
import { tensorMeta } from "./decode_values.ts";
import { inMember, quote, Unreadable, unreadable } from "./errors.ts";
import type { Json } from "./json.ts";
import { checked } from "./tensors.ts";
import type { OpaqueObject, SymInt, TensorEntry, TensorMeta } from "./types.ts";

const row = z.object({
  path_name: z.string(),
  is_param: z.boolean().nullish(),
  use_pickle: z.boolean().nullish(),
  tensor_meta: z.custom<Json>().optional(),
});
const table = z.object({ config: z.record(z.string(), row) });
type Row = z.infer<typeof row>;

/** Reads the table `config`, whose files lie in `folder`; rows that are no tensors go to `objects`. */
export async function readTable(
  context: Context,
  root: string,
  folder: string,
  config: string,
  objects: Map<string, OpaqueObject>,
): Promise<Map<string, TensorEntry>> {
  const parsed = table.safeParse(loadJson(context, config)), tensors = new Map<string, TensorEntry>();
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return inMember(config, () => unreadable("bad-schema", `${issue?.message} at ${issue?.path.join(".")}`));
  }
  for (const [fqn, row] of Object.entries(parsed.data.config)) {
    const id = folder + row.path_name, kind = objectKind(row);
    if (kind) objects.set(fqn, { fqn, kind, member: id });
    else tensors.set(fqn, await readRow(context, root, config, id, fqn, row));
  }
  return tensors;
}

function objectKind(row: Row): OpaqueObject["kind"] | undefined {
  if (row.path_name.startsWith("custom_obj_")) return "script-object";
  if (row.path_name.startsWith("opaque_obj_")) return "python-object";
  if (row.use_pickle) return "tensor-subclass";
  return row.tensor_meta === undefined || row.tensor_meta === null ? "value" : undefined;
}

async function readRow(
  context: Context,
  root: string,
  config: string,
  id: string,
  fqn: string,
  row: Row,
): Promise<TensorEntry> {
  const member = context.zip.members.get(root + id);
  if (!member) {
    return inMember(config, () => unreadable("missing-member", `no member ${quote(id)} for ${quote(fqn)}`));
  }
  if (!context.storages.has(id)) {
    const at = await context.spill.place(context.zip, member);
    context.storages.set(id, { file: at.path, offset: at.start, bytes: at.size, storageKey: id });
  }
  return inMember(config, () => entryOf(fqn, row, metaOf(row, fqn), id, member.bytes));
}

function metaOf(row: Row, fqn: string): TensorMeta {
  try {
    return tensorMeta(row.tensor_meta);
  } catch (error) {
    if (!(error instanceof Misshapen)) throw error;
    throw new Unreadable("bad-schema", `${error.found} at ${quote(fqn)}${error.path}`);
  }
}

function entryOf(
  fqn: string,
  row: Row,
  meta: TensorMeta,
  storage: string,
  storageBytes: number,
): TensorEntry {
  if (meta.layout !== "strided") {
    unreadable("unsupported-tensor", `tensor ${quote(fqn)} of layout ${meta.layout}`);
  }
  const plain = (size: SymInt): number =>
    typeof size === "number" ? size : unreadable("bad-tensor", `tensor ${quote(fqn)} of a symbolic size`);
  return checked({
    fqn,
    dtype: meta.dtype,
    sizes: meta.sizes.map(plain),
    strides: meta.strides.map(plain),
    storageOffset: plain(meta.storageOffset),
    storage,
    storageBytes,
    requiresGrad: meta.requiresGrad,
    isParameter: row.is_param ?? false,
    conj: false,
    neg: false,
    device: meta.device.index === null ? meta.device.type : `${meta.device.type}:${meta.device.index}`,
  });
}
