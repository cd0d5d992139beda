/**
 * Attention in C: a job is a block of rows (queries) of one batch, and meets one block of columns (keys) after the
 * other; scores exist for one block of both at a time.
 *
 * Two ways. Many rows: lanes run along rows, so keys and values are only copied into lines, statistics of rows are
 * vectors, and sums are turned once at the end. Few rows (decoding): keys and values are read once as they are.
 *
 * @module
 */
import { bytesOf, type Target } from "../../base/mod.ts";
import { asInt, ceilDiv, type Expr, int, mul } from "../../ir/expr/mod.ts";
import { Scalars } from "../../ir/loops/mod.ts";
import type { AttentionKernel } from "../../ir/plan/mod.ts";
import { planAttention, sizeOf, SKINNY_ROWS } from "../../kernels/mod.ts";
import { Arguments, Names } from "./arguments.ts";
import { columnRange } from "./attention_range.ts";
import { few, fitsFew } from "./attention_few.ts";
import { results } from "./attention_results.ts";
import { linesOf } from "./attention_lines.ts";
import { MOST_TURNED, scorePass, turn, turnedLoads } from "./attention_scores.ts";
import { type AttentionSetting, lines, operandOf, overRange } from "./attention_setting.ts";
import { type Block, BlockBuilder } from "./block.ts";
import { KernelContext, type LocalPlace } from "./body.ts";
import { lineOf } from "./contraction_setting.ts";
import type { ContractionText } from "./contraction.ts";
import { pack } from "./contraction_pack.ts";
import { elementType } from "./types.ts";

/** Pointers that exist in C only. */
const places = new Map<string, LocalPlace>(
  [
    ...["panel", "line", "tile", "finished", "highest", "total"],
    ...Array.from({ length: MOST_TURNED }, (_, n) => `mask${n}`),
  ].map((name) => [`$${name}`, { kind: "scratch", name }]),
);
/** Multiply-adds that are worth waking another core for. */
const WORTHWHILE = 1 << 18;
/** Sums of a product of few rows, at most. */
const LARGEST_TILE = 32;
/** Columns where nothing is known of them. */
const UNKNOWN = 512;

/** Prints an attention. */
export function printAttention(kernel: AttentionKernel, target: Target): ContractionText {
  const { nest } = kernel,
    plan = planAttention(nest, target, { skips: columnRange(nest).to !== undefined, choice: kernel.choice }),
    { dtype } = plan;
  const lanes = target.vectorBytes / bytesOf(dtype);
  const args = new Arguments(), names = new Names(args), context = new KernelContext(args, places);
  names.set("$at", "at");
  names.set("$row", "row");
  context.use("exp", dtype);
  const lineStride = lineOf(Math.max(plan.columns, plan.depth), lanes);
  const it = inPairsIfKeysLie({
    ...{ kernel, plan, dtype, lanes, names, context, lineStride, scalars: new Scalars() },
    kStep: 1,
    inPairs: plan.inPairs,
  });
  const root = new BlockBuilder(), [rows, columns] = [sizeOf(nest.rows), sizeOf(nest.columns)];
  root.line(`const int64_t M = ${names.expr(rows)};`);
  root.line(`const int64_t N = ${names.expr(columns)};`);
  const scratch = declareScratch(root, it);
  root.push({ kind: "loop", index: "job", from: "begin", count: "end", step: "1", body: jobBody(it) });
  const perJob = Math.min(plan.rows, plan.count ?? plan.rows) * (asInt(columns) ?? UNKNOWN) *
    (plan.depth + plan.values);
  const round = nest.weight === dtype ? "(x)" : `aoti_round_${nest.weight}_f32(x)`;
  const { mr, nv, depth, values } = plan;
  return {
    template: "c/attention.c",
    args,
    lanes,
    mathTypes: [...context.mathTypes].sort(),
    body: root.pieces,
    view: {
      ...{ dtype, mr, nv, rows: plan.rows, depth, values, blind: nest.blind === "nan" ? 1 : 0, round },
      ...{ inPairs: it.inPairs, keys: linesOf(it, "keys"), channels: linesOf(it, "values") },
    },
    total: mul(sizeOf(nest.batch), ceilDiv(rows, plan.rows)),
    grain: int(Math.max(1, Math.round(WORTHWHILE / Math.max(1, perJob)))),
    scratch: int(scratch),
  };
}

/** Pairs of channels are read from keys where they lie, or not at all. */
function inPairsIfKeysLie(it: AttentionSetting): AttentionSetting {
  return it.inPairs && linesOf(it, "keys").packs ? { ...it, inPairs: false } : it;
}

/** Pointers to packed operands, the tile of scores, sums and statistics; gives the bytes of all. */
function declareScratch(root: BlockBuilder, it: AttentionSetting): number {
  const { rows, columns, depth, values, few, count } = it.plan, type = elementType(it.dtype);
  const wide = count === undefined || !few || !fitsFew(it);
  const parts = {
    query: Math.max(wide ? depth * rows : 0, few ? SKINNY_ROWS * lineOf(depth, it.lanes) : 0),
    keys: wide && linesOf(it, "keys").packs ? columns * depth : 0,
    values: wide && linesOf(it, "values").packs ? columns * values : 0,
    tile: Math.max(wide ? columns * rows : 0, few ? SKINNY_ROWS * few.columns : 0),
    sums: Math.max(wide ? values * rows : 0, few ? SKINNY_ROWS * values : 0),
    turned: wide ? values * rows : 0,
    stats: 4 * rows,
    ...Object.fromEntries(turnedLoads(it).map(({ name }) => [name, wide ? columns * rows : 0])),
    lines: it.lanes * Math.max(it.lineStride, LARGEST_TILE),
    staging: wide && it.inPairs ? Math.max(depth * rows, columns * values) + it.lanes : 0,
  };
  let offset = 0;
  for (const [name, size] of Object.entries(parts)) {
    root.line(`${type}* const ${name} = (${type}*)((char*)args->scratch + ${offset});`);
    offset += Math.ceil((size * bytesOf(it.dtype)) / 64) * 64;
  }
  root.line(`const ${type}* const highest = stats + AOTI_ATTEND_HIGHEST;`);
  root.line(`const ${type}* const total = stats + AOTI_ATTEND_TOTAL;`);
  return offset;
}

function jobBody(it: AttentionSetting): Block {
  const { kernel: { nest }, plan: { rows, values, few: fewRows, count } } = it, block = new BlockBuilder();
  const type = elementType(it.dtype);
  block.line(`const int64_t m_from = job % ((M + ${rows - 1}) / ${rows}) * ${rows};`);
  block.line(`const int64_t m_to = AOTI_MIN(m_from + ${rows}, M);`);
  block.line(`const int64_t batch = job / ((M + ${rows - 1}) / ${rows});`);
  const range = columnRange(nest);
  const edge = (e: Expr | undefined, row: string, otherwise: string) => {
    if (!e) return otherwise;
    const names = new Names(it.names.args, it.names);
    names.set("$m", row);
    return `AOTI_MAX(0, AOTI_MIN(N, ${names.expr(e)}))`;
  };
  block.line(`const int64_t begins = ${edge(range.from, "m_from", "0")};`);
  block.line(`const int64_t ends = ${edge(range.to, "(m_to - 1)", "N")};`);
  block.line("aoti_attend_begin(stats);");
  const isFew = `m_to - m_from <= ${SKINNY_ROWS}`, canFew = fewRows !== undefined && fitsFew(it);
  const [wideWay, fewWay] = [() => wide(it), () => few(it)];
  if (!canFew) block.pieces.push(...wideWay());
  else if (count !== undefined) block.pieces.push(...fewWay());
  else block.push({ kind: "choice", condition: isFew, then: fewWay(), otherwise: wideWay() });
  const finished = !canFew ? "turned" : count !== undefined ? "sums" : `${isFew} ? sums : turned`;
  block.line(`${type}* const finished = ${finished};`);
  block.line("aoti_attend_end(m_to - m_from, N, stats, finished);");
  block.push(results(it, values));
  return block.pieces;
}

/** Many rows. */
function wide(it: AttentionSetting): Block {
  const { nest } = it.kernel, { rows, columns, depth, values } = it.plan;
  const type = elementType(it.dtype);
  const query = operandOf(it, nest.q, nest.rows, nest.depth, {
    ...{ panels: "query", from: "m_from", to: "m_to", width: rows },
  });
  const [keys, own] = [linesOf(it, "keys"), linesOf(it, "values")];
  const body: Block = [
    ...lines(`const int64_t j_to = AOTI_MIN(j_from + ${columns}, ends), count = j_to - j_from;`),
    ...keys.each,
    ...lines(`aoti_attend_scores(count, ${keys.first}, query, tile);`),
    ...turn(it),
    scorePass(it, "rows"),
    ...lines("aoti_attend_powers(count, tile, stats, sums);"),
    ...own.each,
    ...lines(`aoti_attend_sums(count, ${own.first}, tile, sums);`),
  ];
  return [
    overRange("0", String(depth), [
      ...lines(`const int64_t steps = ${depth / 2}; (void)steps;`),
      pack(query, it),
    ]),
    ...lines(`memset(sums, 0, sizeof(${type}) * ${values * rows});`),
    ...keys.before,
    ...own.before,
    { kind: "loop", index: "j_from", from: "begins", count: "ends", step: String(columns), body },
    ...lines("aoti_attend_turn(m_to - m_from, sums, turned);"),
  ];
}
