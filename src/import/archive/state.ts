/**
 * A state dict saved by torch.save: names to tensors.
 *
 * @module
 */
import { type Context, required } from "./context.ts";
import { inMember, quote, unreadable } from "./errors.ts";
import { openSaved } from "./torch_save.ts";
import type { TensorEntry } from "./types.ts";

/** Reads the dict of tensors in `member`; `id` begins the names of its storages. */
export async function readState(
  context: Context,
  member: string,
  id: string,
): Promise<Map<string, TensorEntry>> {
  const { zip, spill, storages } = context, table = new Map<string, TensorEntry>();
  const saved = await openSaved(zip, required(context, member), id, spill, storages), { value } = saved;
  const wrong = (found: string): never => inMember(member, () => unreadable("bad-pickle", found));
  if (typeof value !== "object" || value?.kind !== "dict") return wrong("no dict of tensors");
  for (const [fqn, tensor] of value.entries) {
    if (typeof fqn !== "string") return wrong("a tensor without a name");
    if (table.has(fqn)) return wrong(`two tensors named ${quote(fqn)}`);
    if (typeof tensor !== "object" || tensor?.kind !== "tensor") {
      return wrong(`${quote(fqn)}, which is not a tensor`);
    }
    table.set(fqn, await saved.entry(tensor, fqn));
  }
  return table;
}
