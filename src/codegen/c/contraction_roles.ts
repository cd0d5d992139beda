/**
 * Scalars over roles: accesses as linear offsets, and axes of a role merged wherever these scalars cannot tell.
 *
 * Each operand of a contraction and its epilogue sees a role in its own way: the weights of a convolution see one run
 * of c·ky·kx, the image three axes. Flattened row-major, all of them count the same.
 *
 * @module
 */
import { type Expr, int, isInt, sym } from "../../ir/expr/mod.ts";
import {
  type Axis,
  axisUses,
  type Buffer,
  flatBuffer,
  isSeamless,
  linearIndex,
  mergeAxes,
  type Scalar,
  Scalars,
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
      const axes = current.roles[r]!, seen = axisUses(current.values, current.stores);
      if (!isSeamless(seen, axes[n]!, axes[n + 1]!)) continue;
      const merged = mergeAxes(axes, n), roles = current.roles.with(r, merged.axes);
      current = { ...substituted(current, merged.map, scalars), roles };
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
