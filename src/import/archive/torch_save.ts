/**
 * The zip file that torch.save writes, as found inside an archive: a pickle and one member per storage.
 *
 * @module
 */
import { bytesOf } from "../../base/mod.ts";
import { inMember, quote, unreadable } from "./errors.ts";
import { loadMember, type Spill } from "./member.ts";
import { unpickle } from "./pickle.ts";
import type { PickleStorage, PickleTensor, PickleValue } from "./pickle_values.ts";
import { checked } from "./tensors.ts";
import type { StorageId, TensorEntry, WeightRef } from "./types.ts";
import { type Member, openZip, type Zip } from "./zip.ts";

/** An opened torch.save file: its value, and a way from its tensors to table entries. */
export interface SavedValue {
  readonly value: PickleValue;
  /** Checks a tensor of `value` and notes its storage; `fqn` is its name in messages and tables. */
  entry(tensor: PickleTensor, fqn: string): Promise<TensorEntry>;
}

/** Opens the torch.save file that is `member` of `outer`; storages used are added to `storages`. */
export async function openSaved(
  outer: Zip,
  member: Member,
  id: string,
  spill: Spill,
  storages: Map<StorageId, WeightRef>,
): Promise<SavedValue> {
  const source = await spill.place(outer, member);
  return inMember(member.name, () => {
    const zip = openZip(source, spill.limits.members);
    const pickle = [...zip.members.values()].find((m) => /^[^/]+\/data\.pkl$/.test(m.name));
    if (!pickle) unreadable("missing-member", "a torch.save file without data.pkl");
    const root = pickle.name.slice(0, -"data.pkl".length);
    checkByteOrder(zip, `${root}byteorder`);
    const value = unpickle(loadMember(zip, pickle, spill.limits.pickle, spill.limits.ratio));
    const entry = async (tensor: PickleTensor, fqn: string) => {
      const { key, device } = tensor.storage, storage = `${id}/data/${key}`;
      const inner = zip.members.get(`${root}data/${key}`);
      if (!inner) {
        inMember(member.name, () => unreadable("missing-member", `no data of storage ${quote(key)}`));
      }
      inMember(member.name, () => checkSize(tensor.storage, inner!));
      if (!storages.has(storage)) {
        const at = await spill.place(zip, inner!);
        storages.set(storage, { file: at.path, offset: at.start, bytes: at.size, storageKey: storage });
      }
      return inMember(member.name, () => entryOf(tensor, fqn, storage, inner!.bytes, device));
    };
    return { value, entry };
  });
}

/** Refuses big-endian data; archives of old releases say nothing, and were little-endian. */
export function checkByteOrder(zip: Zip, name: string): void {
  const member = zip.members.get(name);
  if (!member) return;
  const order = new TextDecoder().decode(loadMember(zip, member, 64, Infinity)).trim();
  if (order !== "little") unreadable("unsupported-byteorder", `byte order ${quote(order)}`);
}

function checkSize(storage: PickleStorage, member: Member): void {
  const bytes = storage.count * (storage.dtype ? bytesOf(storage.dtype) : 1);
  if (member.bytes === bytes || member.bytes === 0) return;
  unreadable("bad-tensor", `storage ${quote(storage.key)} of ${member.bytes} bytes that claims ${bytes}`);
}

function entryOf(
  tensor: PickleTensor,
  fqn: string,
  storage: string,
  bytes: number,
  device: string,
): TensorEntry {
  const { dtype, sizes, strides, offset, requiresGrad, isParameter, conj, neg } = tensor;
  return checked({
    fqn,
    dtype,
    sizes,
    strides,
    storageOffset: offset,
    storage,
    storageBytes: bytes,
    requiresGrad,
    isParameter,
    conj,
    neg,
    device,
  });
}
