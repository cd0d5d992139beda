/**
 * What becomes of scores in their tile: scale, mask, bias, and whatever else a model computes of a score.
 *
 * @module
 */
import { add } from "../../ir/expr/mod.ts";
import type { Axis } from "../../ir/loops/mod.ts";
import type { AttentionSetting } from "./attention_setting.ts";
import { BlockBuilder, type Piece } from "./block.ts";
import { BodyPrinter } from "./body.ts";
import { flattenRoles, localBuffer } from "./contraction_roles.ts";
import { at, decode, lanes, positions, runs, within } from "./contraction_walk.ts";

/** Code over [m_from, m_to) × [j_from, j_to): lanes along rows, which also finds the largest scores, or along columns. */
export function scorePass(it: AttentionSetting, along: "rows" | "columns"): Piece {
  const { nest } = it.kernel, { plan, scalars } = it;
  const score = scalars.cast(nest.score, it.dtype);
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
    return leaf.kind === "accumulator" ? scalars.load(tile, [place]) : undefined;
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
