/**
 * The example inputs of an export. They only inform, so what cannot be read becomes a warning.
 *
 * @module
 */
import type { Context } from "./context.ts";
import { diagnose, Unreadable, unreadable } from "./errors.ts";
import type { PickleValue } from "./pickle_values.ts";
import { openSaved, type SavedValue } from "./torch_save.ts";
import type { SampleValue, StorageId, WeightRef } from "./types.ts";

const MAX_VALUES = 100_000;

/** The `(args, kwargs)` saved in `member`, or null. */
export async function readSamples(context: Context, member: string, id: string): Promise<SampleValue> {
  const found = context.zip.members.get(member);
  if (!found || found.bytes === 0) return null;
  const storages = new Map<StorageId, WeightRef>();
  try {
    const saved = await openSaved(context.zip, found, id, context.spill, storages);
    const value = await new Samples(saved, context.limits.depth).read(saved.value, "sample", 0);
    for (const [key, ref] of storages) context.storages.set(key, ref);
    return value;
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    context.warnings.push(diagnose(error, context.path));
    return null;
  }
}

/** Copies a pickled value into a sample; shared parts are copied each time, hence the bound. */
class Samples {
  #left = MAX_VALUES;
  constructor(readonly saved: SavedValue, readonly depth: number) {}

  async read(value: PickleValue, path: string, depth: number): Promise<SampleValue> {
    if (--this.#left < 0 || depth > this.depth) unreadable("too-large", "example inputs of too many parts");
    if (typeof value !== "object" || value === null) return value;
    switch (value.kind) {
      case "float":
        return value.value;
      case "dtype":
        return { kind: "dtype", dtype: value.dtype };
      case "tensor":
        return { kind: "tensor", tensor: await this.saved.entry(value, path) };
      case "tuple":
      case "list":
        return { kind: value.kind, items: await this.#all(value.items, path, depth) };
      case "dict": {
        const keys = await this.#all(value.entries.map(([key]) => key), path, depth);
        const values = await this.#all(value.entries.map(([, item]) => item), path, depth);
        return { kind: "dict", entries: keys.map((key, i) => [key, values[i]!] as const) };
      }
      default:
        return unreadable("bad-pickle", `a ${value.kind} among the example inputs`);
    }
  }

  async #all(items: readonly PickleValue[], path: string, depth: number): Promise<SampleValue[]> {
    const out: SampleValue[] = [];
    for (const [i, item] of items.entries()) out.push(await this.read(item, `${path}.${i}`, depth + 1));
    return out;
  }
}
