/**
 * Addresses instead of positions: accesses become one linear offset each, and loops that run on seamlessly in every
 * access become one loop.
 *
 * @module
 */
import type { Expr } from "../ir/expr/mod.ts";
import {
  type AxisUses,
  axisUses,
  type Buffer,
  flatBuffer,
  isSeamless,
  linearIndex,
  mergeAxes,
  type Scalar,
  Scalars,
  scalarsOf,
  type Store,
} from "../ir/loops/mod.ts";
import type { Draft } from "./stages.ts";

/** Accesses of a draft as linear offsets; `rowOf` says which outer axes do not count for a buffer of one row. */
export function flatten(
  draft: Draft,
  scalars: Scalars,
  rowOf: (buffer: Buffer) => IndexZero | undefined,
): Draft {
  const address = (buffer: Buffer, index: readonly Expr[]) => {
    const zero = rowOf(buffer);
    return linearIndex(buffer, zero ? Scalars.indices(index, zero) : index);
  };
  const items = draft.items.map((item) => ({
    ...item,
    value: scalars.rewrite(item.value, new Map(), (leaf) => {
      if (leaf.kind !== "load") return undefined;
      return scalars.load(flatBuffer(leaf.buffer), [address(leaf.buffer, leaf.index)]);
    }),
    store: flatStore(item.store, address),
  }));
  return { ...draft, items };
}

/** Outer axis symbols set to zero. */
export type IndexZero = ReadonlyMap<string, Expr>;

function flatStore(store: Store, address: (b: Buffer, index: readonly Expr[]) => Expr): Store {
  return { buffer: flatBuffer(store.buffer), index: [address(store.buffer, store.index)] };
}

/** How the items use their axes; a position that is the result is a use too. */
function uses({ items, over }: Draft): AxisUses {
  const { offsets, elsewhere } = axisUses(items.map((i) => i.value), items.map((i) => i.store));
  const hasPosition = items.some((i) => i.reduce === "argmin" || i.reduce === "argmax");
  return { offsets, elsewhere: new Set([...elsewhere, ...(hasPosition ? over.map((a) => a.sym.name) : [])]) };
}

/** Merges neighbouring axes of a stage wherever every access allows it. */
export function collapse(draft: Draft, scalars: Scalars): Draft {
  let current = draft;
  for (const kind of ["axes", "over"] as const) {
    for (let n = current[kind].length - 2; n >= 0; n--) {
      const axes = current[kind];
      if (isSeamless(uses(current), axes[n]!, axes[n + 1]!)) current = merge(current, kind, n, scalars);
    }
  }
  return current;
}

/** How many loops a draft comes to. */
export function loopsOf(draft: Draft, scalars: Scalars): number {
  return collapse(flatten(draft, scalars, () => undefined), scalars).axes.length;
}

function merge(draft: Draft, kind: "axes" | "over", n: number, scalars: Scalars): Draft {
  const { axes, map } = mergeAxes(draft[kind], n);
  const items = draft.items.map((i) => ({
    ...i,
    value: scalars.substitute(i.value, map),
    store: { ...i.store, index: Scalars.indices(i.store.index, map) },
  }));
  return { ...draft, [kind]: axes, items };
}

/** Buffers that the items load, by name. */
export function loadedNames(items: readonly { readonly value: Scalar }[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const s of scalarsOf(...items.map((i) => i.value))) if (s.kind === "load") names.add(s.buffer.name);
  return names;
}
