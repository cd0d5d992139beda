/**
 * What `readArchive` gives: programs, tables of tensors, and where the bytes of each storage lie.
 *
 * @module
 */
import type { Diagnostic, DType } from "../../base/mod.ts";
import type { ExportedProgram, SchemaVersion } from "./program.ts";
import type { ByteRange } from "./source.ts";
export type * from "./program.ts";

/** `legacy`: torch before 2.8. `new`: raw weight files. `intermediate`: a root folder, weights as torch.save. */
export type ArchiveLayout = "legacy" | "intermediate" | "new";

/** Identifies a storage within one archive: the path of its member, without the root folder. */
export type StorageId = string;

/** Where the bytes of one storage lie: stored plainly at a position of a file, never loaded. */
export interface WeightRef {
  /** The archive itself, or a file of the spill folder when the archive holds the bytes deflated. */
  readonly file: string;
  /** Byte position of the first byte in `file`. */
  readonly offset: number;
  readonly bytes: number;
  readonly storageKey: StorageId;
}

/** One named tensor: a strided view of a storage. Tied tensors name the same storage. */
export interface TensorEntry {
  readonly fqn: string;
  readonly dtype: DType;
  readonly sizes: readonly number[];
  /** In elements. */
  readonly strides: readonly number[];
  /** In elements. */
  readonly storageOffset: number;
  readonly storage: StorageId;
  /** Bytes of the whole storage; 0 although the tensor has elements means: all zeros. */
  readonly storageBytes: number;
  readonly requiresGrad: boolean;
  readonly isParameter: boolean;
  /** The values are the conjugates (negatives) of the stored ones. */
  readonly conj: boolean;
  readonly neg: boolean;
  readonly device: string;
}

/** A constant that is not a plain tensor; never opened. */
export interface OpaqueObject {
  readonly fqn: string;
  readonly kind: "script-object" | "python-object" | "tensor-subclass" | "value";
  readonly member: string;
}

/** An example input as it was saved; tensors are views of storages of the archive. */
export type SampleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | { readonly kind: "tensor"; readonly tensor: TensorEntry }
  | { readonly kind: "tuple" | "list"; readonly items: readonly SampleValue[] }
  | { readonly kind: "dict"; readonly entries: readonly (readonly [SampleValue, SampleValue])[] }
  | { readonly kind: "dtype"; readonly dtype: DType };

/** One program with its state. */
export interface ArchivedProgram {
  readonly name: string;
  readonly program: ExportedProgram;
  /** The state dict: parameters and persistent buffers, in its order. */
  readonly weights: ReadonlyMap<string, TensorEntry>;
  /** Lifted tensors and buffers that are not persistent. */
  readonly constants: ReadonlyMap<string, TensorEntry>;
  readonly objects: ReadonlyMap<string, OpaqueObject>;
  /** `(args, kwargs)` of the call at export; null when absent or unreadable (see `warnings`). */
  readonly sampleInputs: SampleValue;
}

/** A `.pt2` file, read except for its weights. */
export interface Archive {
  readonly path: string;
  readonly layout: ArchiveLayout;
  /** Empty when not recorded. */
  readonly torchVersion: string;
  /** Null when the archive holds no program. */
  readonly schemaVersion: SchemaVersion | null;
  readonly programs: ReadonlyMap<string, ArchivedProgram>;
  readonly storages: ReadonlyMap<StorageId, WeightRef>;
  /** Names given to `extra_files` at export. */
  readonly extraFiles: readonly string[];
  /** Members of compiled packages inside, per model. */
  readonly aotinductor: ReadonlyMap<string, readonly string[]>;
  /** What could not be read but does not matter for compiling. */
  readonly warnings: readonly Diagnostic[];
}

/** Everything that can be wrong with an archive. */
export type ArchiveReason =
  | "not-found" // no such file, or not readable
  | "not-a-zip"
  | "truncated" // ends early, or a member reaches outside the file
  | "corrupt-zip" // headers contradict each other
  | "unsafe-member" // a name that leaves the folder, or two members of one name or place
  | "too-large" // beyond a limit of this reader
  | "bad-checksum"
  | "not-an-archive" // a zip, but not of torch.export
  | "missing-member"
  | "unsupported-compression"
  | "deflated-weights" // and no spill folder given
  | "unsupported-byteorder"
  | "bad-json"
  | "bad-schema" // JSON that is not an exported program
  | "unsupported-schema" // another major version
  | "bad-pickle"
  | "hostile-pickle" // would call something that is not on the list
  | "bad-tensor" // a view outside its storage, a storage of the wrong size
  | "unsupported-tensor"; // sparse, quantised, subclass

/** Options of `readArchive`. */
export interface ReadOptions {
  /** Existing folder for weights that the archive holds deflated; without it such archives are refused. */
  readonly spill?: string;
  readonly limits?: Partial<Limits>;
  /** Ranges of the archive, in order, that are not to be read: some of `tensorRanges`. */
  readonly closed?: readonly ByteRange[];
}

/** Bounds that keep a hostile archive from taking memory or time. */
export interface Limits {
  readonly members: number;
  /** Bytes of one JSON member. */
  readonly json: number;
  /** Bytes of one pickle. */
  readonly pickle: number;
  /** Bytes that one deflated member may become when spilled. */
  readonly spilled: number;
  /** Inflated bytes for each deflated byte. */
  readonly ratio: number;
  /** Nesting of JSON, trees, graphs and pickled containers. */
  readonly depth: number;
}
