/**
 * Addresses instead of positions: accesses become one linear offset each, and loops that run on seamlessly in every
 * access become one loop.
 *
 * @module
 */
import { type Expr, int, linear, mul, symsOf, symsOfPred } from "../ir/expr/mod.ts";
import {
  type Axis,
  type Buffer,
  flatBuffer,
  linearIndex,
  loopAxis,
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

/** Every offset expression in the items, and the names of symbols that occur anywhere else. */
function uses(draft: Draft): { readonly offsets: readonly Expr[]; readonly elsewhere: ReadonlySet<string> } {
  const offsets: Expr[] = draft.items.flatMap((i) => i.store.index);
  const elsewhere = new Set<string>();
  const note = (e: Expr) => symsOf(e).forEach((s) => elsewhere.add(s.name));
  if (draft.items.some((i) => i.reduce === "argmin" || i.reduce === "argmax")) {
    draft.over.forEach((a) => note(a.sym));
  }
  for (const s of scalarsOf(...draft.items.map((i) => i.value))) {
    if (s.kind === "load") offsets.push(...s.index);
    else if (s.kind === "index") note(s.expr);
    else if (s.kind === "truth" || s.kind === "guarded") {
      symsOfPred(s.pred).forEach((y) => elsewhere.add(y.name));
    } else if (s.kind === "bound") note(s.size);
  }
  return { offsets, elsewhere };
}

/** Merges neighbouring axes of a stage wherever every access allows it. */
export function collapse(draft: Draft, scalars: Scalars): Draft {
  let current = draft;
  for (const kind of ["axes", "over"] as const) {
    for (let n = current[kind].length - 2; n >= 0; n--) {
      const [a, b] = [current[kind][n]!, current[kind][n + 1]!];
      if (mergeable(current, a, b)) current = mergeAxes(current, kind, n, scalars);
    }
  }
  return current;
}

function mergeable(draft: Draft, a: Axis, b: Axis): boolean {
  const { offsets, elsewhere } = uses(draft);
  if (elsewhere.has(a.sym.name) || elsewhere.has(b.sym.name)) return false;
  return offsets.every((e) => {
    const [x, y] = [linear(e, a.sym.name), linear(e, b.sym.name)];
    return x !== undefined && y !== undefined && x.coef === mul(y.coef, b.extent);
  });
}

function mergeAxes(draft: Draft, kind: "axes" | "over", n: number, scalars: Scalars): Draft {
  const [a, b] = [draft[kind][n]!, draft[kind][n + 1]!];
  const merged = loopAxis(b.sym.name, mul(a.extent, b.extent));
  const map = new Map<string, Expr>([[a.sym.name, int(0)], [b.sym.name, merged.sym]]);
  const axes = [...draft[kind].slice(0, n), merged, ...draft[kind].slice(n + 2)];
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
