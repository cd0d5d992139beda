/**
 * What a model is read from. Planning sees an archive without the bytes of its tensors, and the task that writes weights
 * sees these bytes without the rest: what did not change of the two is not done again. Tensors are read meanwhile.
 *
 * @module
 */
import { digestOfValue, unwrap } from "../base/mod.ts";
import { tensorRanges } from "../import/mod.ts";
import type { WeightSource } from "../package/mod.ts";
import type { File } from "../task/mod.ts";
import type { LibrarySource } from "./library.ts";
import type { StorageRange } from "./tasks.ts";
import type { Workshop } from "./workshop.ts";

/** Where the bytes of storages lie, by storage. */
export type WeightSources = ReadonlyMap<string, WeightSource>;

/** A model's files. */
export interface ModelSource {
  /** What planning reads. */
  readonly head: File;
  /** Where to copy storages from that lie at these ranges. */
  weights(storages: Readonly<Record<string, StorageRange>>): Promise<WeightSources>;
  /** Digest of all that went in. */
  digest(): Promise<string>;
  /** Ends, well or not, when nothing is read any more. */
  readonly quiet: Promise<unknown>;
}

/** Opens an archive, or stores the data of a graph. */
export async function openSource(shop: Workshop, source: LibrarySource): Promise<ModelSource> {
  if (source.kind === "graph") return whole(await shop.store.putBytes(source.data ?? new Uint8Array()));
  const ranges = tensorRanges(source.path);
  if (ranges.length === 0) return whole(unwrap(await shop.engine.importFile(source.path)));
  const { rest, cuts } = unwrap(await shop.engine.importSplit(source.path, ranges));
  return {
    head: rest,
    quiet: Promise.allSettled([cuts]),
    digest: async () => digestOfValue([rest.digest, ...(await cuts).map(({ digest }) => digest)]),
    async weights(storages) {
      const files = new Map((await cuts).map((file, i) => [nameOf(ranges[i]!), file]));
      if (!Object.values(storages).every((range) => files.has(nameOf(range)))) {
        return fromOne(unwrap(await shop.engine.importFile(source.path)), storages);
      }
      const found = Object.entries(storages).map(([id, range]): [string, WeightSource] => {
        return [id, { file: files.get(nameOf(range))!, offset: 0, bytes: range.bytes }];
      });
      return new Map(found);
    },
  };
}

function whole(file: File): ModelSource {
  return {
    head: file,
    quiet: Promise.resolve(),
    digest: () => Promise.resolve(file.digest),
    weights: (storages) => Promise.resolve(fromOne(file, storages)),
  };
}

function fromOne(file: File, storages: Readonly<Record<string, StorageRange>>): WeightSources {
  return new Map(Object.entries(storages).map(([id, range]) => [id, { file, ...range }]));
}

function nameOf({ offset, bytes }: StorageRange): string {
  return `${offset}+${bytes}`;
}
