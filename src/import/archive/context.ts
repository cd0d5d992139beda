/**
 * What the readers of all layouts share while one archive is being read.
 *
 * @module
 */
import type { Diagnostic } from "../../base/mod.ts";
import { inMember, unreadable } from "./errors.ts";
import { type Json, parseJson } from "./json.ts";
import { loadMember, type Spill } from "./member.ts";
import type { Archive, Limits, StorageId, WeightRef } from "./types.ts";
import type { Member, Zip } from "./zip.ts";

/** What all readers of an archive share. */
export interface Context {
  /** As the user gave it. */
  readonly path: string;
  readonly zip: Zip;
  readonly limits: Limits;
  readonly spill: Spill;
  /** Filled while reading. */
  readonly storages: Map<StorageId, WeightRef>;
  readonly warnings: Diagnostic[];
}

/** The part of an archive that depends on its layout. */
export type ArchiveParts = Pick<Archive, "programs" | "extraFiles" | "aotinductor">;

/** A member that must be there. */
export function required(context: Context, name: string): Member {
  const member = context.zip.members.get(name);
  return member ?? inMember(name, () => unreadable("missing-member", "no such member"));
}

/** The JSON of a member that must be there. */
export function loadJson(context: Context, name: string): Json {
  const { json, ratio, depth } = context.limits;
  const bytes = loadMember(context.zip, required(context, name), json, ratio);
  return inMember(name, () => parseJson(bytes, depth));
}
