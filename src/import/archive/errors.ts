/**
 * How this room gives up: an `Unreadable` carries a reason and what was found; `readArchive` makes it a Diagnostic.
 *
 * @module
 */
import type { Diagnostic } from "../../base/mod.ts";
import type { ArchiveReason } from "./types.ts";

/** Thrown inside the room only; never crosses its face. */
export class Unreadable extends Error {
  /** The member it was found in, filled in by `inMember`. */
  member = "";
  constructor(readonly reason: ArchiveReason, readonly found: string, readonly help = "") {
    super(found);
    this.name = "Unreadable";
  }
}

/** Leaves because of what was `found`; `help` is what the user can do about it. */
export function unreadable(reason: ArchiveReason, found: string, help?: string): never {
  throw new Unreadable(reason, found, help ?? hints[reason]);
}

/** Runs `work`; what it finds wrong is reported as found in `member`. */
export function inMember<T>(member: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Unreadable && error.member === "") error.member = member;
    throw error;
  }
}

/** The diagnostic for a file of the user's. */
export function diagnose(error: Unreadable, path: string): Diagnostic {
  const what = error.member ? `"${path}", member ${quote(error.member)}` : `"${path}"`;
  return {
    reason: error.reason,
    message: `Cannot read ${what}: found ${printable(error.found)}`,
    help: error.help || undefined,
    at: { file: path },
    data: error.member ? { member: error.member } : undefined,
  };
}

/** Text from the archive as it may stand in a message: quoted, control characters escaped, at most 80 long. */
export function quote(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 77)}…` : text;
  return JSON.stringify(short);
}

/** Text from the archive without control characters, which could steer a terminal. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, "\ufffd");
}

const again = "The file is damaged or incomplete: copy or export it again.";
const made = "Export it again with torch.export.save.";

const hints: Readonly<Record<ArchiveReason, string>> = {
  "not-found": "Check the path and its permissions.",
  "not-a-zip": "Give a .pt2 file that torch.export.save wrote.",
  "truncated": again,
  "corrupt-zip": again,
  "unsafe-member": `No exporter writes this: do not trust the file. ${made}`,
  "too-large": "Raise the limit of the reader if the file can be trusted.",
  "bad-checksum": again,
  "not-an-archive": "Give a .pt2 file that torch.export.save wrote.",
  "missing-member": again,
  "unsupported-compression": made,
  "deflated-weights":
    "Give a folder for temporary files, or export it again: torch.export.save never compresses.",
  "unsupported-byteorder": "Export it on a little-endian machine.",
  "bad-json": made,
  "bad-schema": made,
  "unsupported-schema": "This reader knows schema 8 (torch 2.6 and later): export it with such a release.",
  "bad-pickle": made,
  "hostile-pickle":
    "Only tensors, parameters and plain containers are read: export a model whose state is plain.",
  "bad-tensor": made,
  "unsupported-tensor": "Make it a plain dense tensor before the export.",
};
