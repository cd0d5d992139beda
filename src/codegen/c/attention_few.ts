/**
 * Attention of few rows: scores by dot products with keys where they lie, sums by adding up values where they lie, each
 * read once for all rows.
 *
 * @module
 */
import { SKINNY_ROWS } from "../../kernels/mod.ts";
import { type AttentionSetting, lines, operandOf, overRange } from "./attention_setting.ts";
import { scorePass } from "./attention_scores.ts";
import type { Block } from "./block.ts";
import { lineOf } from "./contraction_setting.ts";
import type { Operand } from "./contraction_pack.ts";
import type { SkinnySetting } from "./contraction_rows.ts";
import { fitsSkinny, linesTimes, packLines } from "./contraction_skinny.ts";
import { elementType } from "./types.ts";

/** True when neither keys nor values have to be packed. */
export function fitsFew(it: AttentionSetting): boolean {
  return [keysOf(it), valuesOf(it)].every((o) => fitsSkinny(o, it.lanes));
}

function keysOf(it: AttentionSetting): Operand {
  const { k, columns, depth } = it.kernel.nest;
  return operandOf(it, k, columns, depth, { panels: "", from: "n_from", to: "n_to", width: 1 });
}

function valuesOf(it: AttentionSetting): Operand {
  const { v, columns, values } = it.kernel.nest;
  return operandOf(it, v, values, columns, { panels: "", from: "n_from", to: "n_to", width: 1 });
}

/** Code for a job of at most `SKINNY_ROWS` rows. */
export function few(it: AttentionSetting): Block {
  const { nest } = it.kernel, { depth, values, few } = it.plan, type = elementType(it.dtype);
  const { columns, scores, sums } = few!, lineStride = lineOf(depth, it.lanes);
  const first: SkinnySetting = {
    ...{ ...it, tile: scores, rowStride: lineStride, tileStride: columns, accumulate: "0" },
  };
  const second: SkinnySetting = {
    ...{ ...it, tile: sums, rowStride: columns, tileStride: values, accumulate: "1" },
  };
  const query = operandOf(it, nest.q, nest.rows, nest.depth, {
    ...{ panels: "rows", from: "m_from", to: "m_to", width: 1 },
  });
  const pointers = (rows: string, tile: string) =>
    lines(`${type}* const rows = ${rows};`, `${type}* const tile = ${tile};`, "(void)rows; (void)tile;");
  const block: Block = [
    ...lines(`const int64_t j_to = AOTI_MIN(j_from + ${columns}, ends);`),
    overRange("0", String(depth), [
      ...pointers("query", "scores"),
      ...lines("const int64_t n_from = j_from, n_to = j_to;"),
      linesTimes(keysOf(it), first),
    ]),
    scorePass(it, "columns"),
    ...lines(`aoti_attend_few(count, j_to - j_from, tile, ${columns}, stats, sums);`),
    overRange("j_from", "j_to", [
      ...pointers("scores", "sums"),
      ...lines(`const int64_t n_from = 0, n_to = ${values};`),
      linesTimes(valuesOf(it), second),
    ]),
  ];
  return [
    ...lines("const int64_t count = m_to - m_from;", `${type}* const scores = tile;`),
    overRange("0", String(depth), [...pointers("query", "scores"), packLines(query, first)]),
    ...lines(`memset(sums, 0, sizeof(${type}) * ${SKINNY_ROWS * values});`),
    { kind: "loop", index: "j_from", from: "begins", count: "ends", step: String(columns), body: block },
  ];
}
