/**
 * What becomes of scores in their tile: scale, mask, bias, and whatever else a model computes of a score.
 *
 * @module
 */
import { isFloat } from "../../base/mod.ts";
import { add, int, isInt, linear } from "../../ir/expr/mod.ts";
import {
  type Axis,
  type Buffer,
  linearIndex,
  operandsOf,
  type Scalar,
  type ScalarOf,
} from "../../ir/loops/mod.ts";
import { type AttentionSetting, operandOf, overRange } from "./attention_setting.ts";
import { BlockBuilder, type Piece } from "./block.ts";
import { BodyPrinter } from "./body.ts";
import { pack } from "./contraction_pack.ts";
import { flattenRoles, localBuffer } from "./contraction_roles.ts";
import { at, decode, lanes, positions, runs, within } from "./contraction_walk.ts";

/** A part of scores that lies in memory along columns: it is turned beforehand where lanes run along rows. */
export interface Turned {
  readonly name: string;
  readonly load: ScalarOf<"load">;
}

/** At most so many; the others are loaded lane by lane. */
export const MOST_TURNED = 2;

/** The loads of a score, of all its rows and columns, that are worth turning. */
export function turnedLoads({ kernel: { nest }, dtype }: AttentionSetting): readonly Turned[] {
  const [row, column] = [nest.rows, nest.columns].map((axes) => axes.findLast((a) => !isInt(a.extent, 1)));
  if (!row || !column || dtype !== "f32") return [];
  const wanted = openLoads(nest.score).filter(({ buffer, index }) => {
    const at = linearIndex(buffer, index);
    const [along, across] = [column, row].map((a) => linear(at, a.sym.name)?.coef);
    const isNarrow = buffer.dtype === "bool" || (isFloat(buffer.dtype) && buffer.dtype !== "f64");
    return isNarrow && along !== undefined && isInt(along, 1) && across !== undefined && !isInt(across, 0);
  });
  return wanted.slice(0, MOST_TURNED).map((load, n) => ({ name: `mask${n}`, load }));
}

/** Loads that happen whatever predicates say, of indices that are not loaded. */
function openLoads(root: Scalar): readonly ScalarOf<"load">[] {
  const seen = new Set<Scalar>(), found: ScalarOf<"load">[] = [];
  const go = (s: Scalar) => {
    if (seen.has(s) || s.kind === "guarded" || s.kind === "bound") return;
    seen.add(s);
    if (s.kind === "load") found.push(s);
    operandsOf(s).forEach(go);
  };
  go(root);
  return found;
}

/** Code that turns them for a block of columns. */
export function turn(it: AttentionSetting): readonly Piece[] {
  const { nest } = it.kernel, { rows: width } = it.plan;
  return turnedLoads(it).map(({ name, load }) => {
    const value = it.scalars.cast(load, it.dtype),
      where = { panels: name, from: "m_from", to: "m_to", width };
    return overRange("j_from", "j_to", [
      pack(operandOf(it, value, nest.rows, nest.columns, where), { ...it, inPairs: false }),
    ]);
  });
}

/** Code over [m_from, m_to) × [j_from, j_to): lanes along rows, which also finds the largest scores, or along columns. */
export function scorePass(it: AttentionSetting, along: "rows" | "columns"): Piece {
  const { nest } = it.kernel, { plan, scalars } = it;
  const turned = along === "rows" ? turnedLoads(it) : [], locals = new Map<string, Buffer>();
  const score = scalars.rewrite(scalars.cast(nest.score, it.dtype), new Map(), (leaf) => {
    const found = turned.find(({ load }) => leaf === scalars.load(load.buffer, load.index));
    if (leaf.kind !== "load" || !found) return undefined;
    const local = localBuffer(`$${found.name}`, it.dtype);
    locals.set(local.name, local);
    const value = scalars.load(local, [int(0)]); // its place comes with the tile's
    return isFloat(leaf.dtype) ? value : scalars.cast(value, leaf.dtype);
  });
  const flat = flattenRoles(
    { roles: [nest.batch, nest.rows, nest.columns], values: [score], stores: [] },
    scalars,
  );
  const [batch, rows, columns] = flat.roles as [readonly Axis[], readonly Axis[], readonly Axis[]];
  const [outer, inner] = along === "rows" ? [columns, rows] : [rows, columns];
  const [o, i] = along === "rows" ? ["j", "m"] : ["m", "j"];
  const stride = along === "rows" ? plan.rows : plan.few!.columns;
  const axis = inner.at(-1)!, tile = localBuffer("$tile", it.dtype), place = add(at, axis.sym);
  const value = scalars.rewrite(flat.values[0]!, new Map(), (leaf) => {
    if (leaf.kind === "accumulator") return scalars.load(tile, [place]);
    const local = locals.get(leaf.buffer.name);
    return local && scalars.load(local, [place]);
  });
  const root = new BlockBuilder(), printer = new BodyPrinter(it.context, root, it.names);
  decode(root, batch, "ib", "batch", it.names);
  root.pieces.push(...within(printer, batch, "ib", () => {
    positions(printer, outer, "io", `${o}_from`, `${o}_to`, () => {
      runs(printer, inner, "ii", `${i}_from`, `${i}_to`, (from, to) => {
        printer.block.line(`const int64_t at = (io_at - ${o}_from) * ${stride} + base - ${i}_from;`);
        lanes(printer, axis, from, to, undefined, it.lanes, ({ partial, count }) => {
          const name = printer.emit(value);
          printer.storeLanes(tile, place, name);
          if (along === "rows") {
            highest(printer, it, name, `base + ${from}_v - m_from`, partial ? count : undefined);
          }
        });
      });
    });
  }));
  return { kind: "group", body: root.pieces };
}

/** The largest score of a vector of rows so far: memory, as it changes from column to column. */
function highest(
  printer: BodyPrinter,
  it: AttentionSetting,
  name: string,
  position: string,
  count: string | undefined,
): void {
  const t = it.dtype, place = `stats + AOTI_ATTEND_NEXT + (${position})`, n = count ? `, ${count}` : "";
  const [load, store] = count ? ["loadn", "storen"] : ["load", "store"];
  printer.block.line(
    `aoti_${store}_${t}(${place}, aoti_max_${t}(aoti_${load}_${t}(${place}${n}), ${name})${n});`,
  );
}
