/**
 * Scalars over roles: accesses as linear offsets, and axes of a role merged wherever these scalars cannot tell.
 *
 * Each operand of a contraction and its epilogue sees a role in its own way: the weights of a convolution see one run
 * of c·ky·kx, the image three axes. Flattened row-major, all of them count the same.
 *
 * @module
 */
import { type Expr, int, isInt, linear, mul, sym, symsOf, symsOfPred } from "../../ir/expr/mod.ts";
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
} from "../../ir/loops/mod.ts";

/** Values and stores over roles, each with one axis or more. */
export interface Roles {
  readonly roles: readonly (readonly Axis[])[];
  readonly values: readonly Scalar[];
  readonly stores: readonly Store[];
}

/** A buffer that lives in C only: the name of a pointer. */
export function localBuffer(name: string, dtype: Buffer["dtype"]): Buffer {
  return { name, dtype, shape: [int(1)], strides: [int(1)], offset: 0, role: "temp" };
}

/** Accesses as offsets, axes of one dropped, neighbours merged; a role left without axes gets one of extent one. */
export function flattenRoles(it: Roles, scalars: Scalars): Roles {
  const values = it.values.map((v) =>
    scalars.rewrite(v, new Map(), (leaf) => {
      if (leaf.kind !== "load") return undefined;
      return scalars.load(flatBuffer(leaf.buffer), [linearIndex(leaf.buffer, leaf.index)]);
    })
  );
  const stores = it.stores.map((s) => ({
    buffer: flatBuffer(s.buffer),
    index: [linearIndex(s.buffer, s.index)],
  }));
  let current = dropUnits({ roles: it.roles, values, stores }, scalars);
  for (let r = 0; r < current.roles.length; r++) {
    for (let n = current.roles[r]!.length - 2; n >= 0; n--) {
      const [a, b] = [current.roles[r]![n]!, current.roles[r]![n + 1]!];
      if (mergeable(current, a, b)) current = mergeAxes(current, r, n, scalars);
    }
  }
  const roles = current.roles.map((axes, r) => (axes.length > 0 ? axes : [unit(r)]));
  return { ...current, roles };
}

/** An axis of one position whose symbol expressions keep: lanes need something to vary along. */
function unit(r: number): Axis {
  return { sym: sym(`$one${r}`, {}), extent: int(1) };
}

function substituted(it: Roles, map: ReadonlyMap<string, Expr>, scalars: Scalars): Roles {
  if (map.size === 0) return it;
  return {
    ...it,
    values: it.values.map((v) => scalars.substitute(v, map)),
    stores: it.stores.map((s) => ({ ...s, index: Scalars.indices(s.index, map) })),
  };
}

function dropUnits(it: Roles, scalars: Scalars): Roles {
  const units = it.roles.flat().filter((a) => isInt(a.extent, 1));
  const roles = it.roles.map((axes) => axes.filter((a) => !isInt(a.extent, 1)));
  return { ...substituted(it, new Map(units.map((a) => [a.sym.name, int(0)])), scalars), roles };
}

/** Every offset, and the names of symbols that occur anywhere else. */
function uses(it: Roles): { readonly offsets: readonly Expr[]; readonly elsewhere: ReadonlySet<string> } {
  const offsets: Expr[] = it.stores.flatMap((s) => s.index);
  const elsewhere = new Set<string>();
  const note = (e: Expr) => symsOf(e).forEach((s) => elsewhere.add(s.name));
  for (const s of scalarsOf(...it.values)) {
    if (s.kind === "load") offsets.push(...s.index);
    else if (s.kind === "index") note(s.expr);
    else if (s.kind === "truth" || s.kind === "guarded") {
      symsOfPred(s.pred).forEach((y) => elsewhere.add(y.name));
    } else if (s.kind === "bound") note(s.size);
  }
  return { offsets, elsewhere };
}

function mergeable(it: Roles, a: Axis, b: Axis): boolean {
  const { offsets, elsewhere } = uses(it);
  if (elsewhere.has(a.sym.name) || elsewhere.has(b.sym.name)) return false;
  return offsets.every((e) => {
    const [x, y] = [linear(e, a.sym.name), linear(e, b.sym.name)];
    return x !== undefined && y !== undefined && x.coef === mul(y.coef, b.extent);
  });
}

function mergeAxes(it: Roles, r: number, n: number, scalars: Scalars): Roles {
  const axes = it.roles[r]!, [a, b] = [axes[n]!, axes[n + 1]!];
  const merged = loopAxis(b.sym.name, mul(a.extent, b.extent));
  const map = new Map<string, Expr>([[a.sym.name, int(0)], [b.sym.name, merged.sym]]);
  const roles = it.roles.with(r, [...axes.slice(0, n), merged, ...axes.slice(n + 2)]);
  return { ...substituted(it, map, scalars), roles };
}
