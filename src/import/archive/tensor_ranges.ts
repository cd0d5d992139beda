/**
 * Where the bytes of tensors lie, found from names alone: what reading an archive surely leaves unread.
 *
 * @module
 */
import { Unreadable } from "./errors.ts";
import { defaultLimits } from "./limits.ts";
import { type ByteRange, openFile, Source } from "./source.ts";
import { type Member, openZip, type Zip } from "./zip.ts";

/** Storages of their own members: those of weights and constants, by the names that torch.export gives them. */
const RAW = /^[^/]+\/data\/(weights|constants)\/(weight|tensor)_\d+$/;

/** Members that torch.save wrote, a zip each. */
const SAVED = /^([^/]+\/data\/(weights|constants)\/[^/]+|serialized_(state_dict|constants))\.pt$/;

/** Storages within those. */
const INNER = /^[^/]+\/data\/\d+$/;

/**
 * The ranges of an archive that hold tensors as they are, in order and apart; `readArchive` reads none of them.
 * None for a file that is no archive: `readArchive` says what is wrong with it.
 */
export function tensorRanges(path: string): readonly ByteRange[] {
  try {
    using file = openFile(path);
    const zip = openZip(new Source(file, path, 0, file.statSync().size), defaultLimits.members);
    return rangesOf(zip).sort((a, b) => a.offset - b.offset);
  } catch (error) {
    if (error instanceof Unreadable) return [];
    throw error;
  }
}

function rangesOf(zip: Zip): ByteRange[] {
  if (zip.commented) return [];
  return [...zip.members.values()].filter(isPlain).flatMap((member) => {
    if (RAW.test(member.name)) return [rangeOf(zip, member)];
    if (!SAVED.test(member.name)) return [];
    const inner = openZip(zip.source.window(member.position, member.packed), defaultLimits.members);
    if (inner.commented) return [];
    const data = [...inner.members.values()].filter((m) => isPlain(m) && INNER.test(m.name));
    return data.map((m) => rangeOf(inner, m));
  });
}

function isPlain({ deflated, bytes }: Member): boolean {
  return !deflated && bytes > 0;
}

function rangeOf({ source }: Zip, { position, bytes }: Member): ByteRange {
  return { offset: source.start + position, bytes };
}
