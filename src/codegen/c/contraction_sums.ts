/**
 * The sums of a job of a product: both operands packed in blocks of k, panels multiplied, tiles finished.
 *
 * @module
 */
import { bytesOf } from "../../base/mod.ts";
import { asInt, type Expr, isInt } from "../../ir/expr/mod.ts";
import type { Axis, Buffer, Scalar } from "../../ir/loops/mod.ts";
import { sizeOf, SKINNY_ROWS, tileEnds } from "../../kernels/mod.ts";
import type { Block } from "./block.ts";
import { finish } from "./contraction_finish.ts";
import { type Operand, pack } from "./contraction_pack.ts";
import { type InRegisters, registersOf, tailOf } from "./contraction_registers.ts";
import { flattenRoles } from "./contraction_roles.ts";
import { fewStride, isShallow, keepsRows, readyOf, rowsOf, type Setting } from "./contraction_setting.ts";
import { fitsSkinny, skinny } from "./contraction_skinny.ts";
import { tileLoops } from "./contraction_tiles.ts";

/** What follows the sums, where tiles do all of it in registers. */
export type Finished = InRegisters | undefined;

/** A job's sums and what follows them: the way for few rows, the way for many, or both and a choice. */
export function sums(it: Setting, finished: Finished): Block {
  const { product, blocking: { mr, nr } } = it;
  const a = operand(it, { panels: rowsOf(it), from: "m_from", to: "m_to", width: mr }, product.a, product.m);
  const b = operand(it, { panels: "columns", from: "n_from", to: "n_to", width: nr }, product.b, product.n);
  if (!it.skinny || !fitsSkinny(b, it.lanes)) return manyRows(it, a, b, finished);
  if (it.shape.m !== undefined) return fewRows(it, a, b);
  const condition = `m_to - m_from <= ${SKINNY_ROWS}`;
  return [{ kind: "choice", condition, then: fewRows(it, a, b), otherwise: manyRows(it, a, b, finished) }];
}

type Panels = Pick<Operand, "panels" | "from" | "to" | "width">;

/** An operand with axes of its own role alone, and where its panels go. */
function operand(it: Setting, panels: Panels, value: Scalar, side: readonly Axis[]): Operand {
  const { batch, k } = it.product, roles = [batch, side, k];
  const flat = flattenRoles({ roles, values: [it.scalars.cast(value, it.dtype)], stores: [] }, it.scalars);
  const [ownBatch, own, ownK] = flat.roles as [readonly Axis[], readonly Axis[], readonly Axis[]];
  return { ...panels, value: flat.values[0]!, batch: ownBatch, side: own, k: ownK };
}

/** `body` for each block of k; once where k is nothing, as a sum of nothing is zero. */
function overK(it: Setting, step: number, body: Block): Block {
  const text = `const int64_t k_to = AOTI_MIN(k_from + ${step}, K), kc = k_to - k_from;`;
  return [{
    kind: "loop",
    index: "k_from",
    from: "0",
    count: isPositive(sizeOf(it.product.k)) ? "K" : "(K > 0 ? K : 1)",
    step: String(step),
    body: [{ kind: "line", text }, ...body],
  }];
}

function isPositive(e: Expr): boolean {
  const value = asInt(e);
  return value !== undefined && !isInt(e, 0);
}

/** Both operands in panels. */
function manyRows(it: Setting, a: Operand, b: Operand, finished: Finished): Block {
  const steps = {
    kind: "line",
    text: `const int64_t steps = ${it.inPairs ? "(kc + 1) / 2" : "kc"};`,
  } as const;
  const packing = [...packedRows(it, a), ...(readyOf(it).b ? [] : [pack(b, it)])];
  const blocks = overK(it, it.blocking.kc, [steps, ...packing, ...products(it, finished)]);
  return keepsRows(it) ? [...blocks, { kind: "line", text: "*args->kept = group + 1;" }] : blocks;
}

/** Packs the rows, unless the job before had the same. */
function packedRows(it: Setting, a: Operand): Block {
  if (readyOf(it).a) return [];
  const packing = pack(a, it);
  if (!keepsRows(it)) return [packing];
  return [{ kind: "choice", condition: "*args->kept != group + 1", then: [packing], otherwise: [] }];
}

/** Columns are read where they lie. */
function fewRows(it: Setting, a: Operand, b: Operand): Block {
  const tileStride = fewStride(it), { kc } = it.skinny!;
  const common = { rowStride: it.rowStride, tileStride, accumulate: "k_from != 0", hasAllRows: true };
  const setting = { ...it, tile: it.skinny!, ...common };
  return [
    ...overK(it, kc, skinny({ ...a, panels: "rows" }, b, setting)),
    finish({ ...it, ldc: tileStride }),
  ];
}

/** Bytes of packed constants that all rows pass by: they stay in the second-level cache. */
const STAYS = 1 << 18;

/**
 * What passes while the other operand stays: packed constants come from far away, and so do rows that are kept or that
 * lie in memory.
 */
export function passing(it: Setting) {
  const { kernel: { packed }, blocking: { mr, nr }, shape: { n, k }, inPlace } = it;
  const bytes = bytesOf(it.dtype), all = it.inPairs ? "(K + 1) / 2" : "K";
  if (inPlace && n !== undefined && k !== undefined && n * k * bytes <= STAYS) {
    return { streams: "a", far: inPlace.apart === k ? mr * bytes : undefined, long: all } as const;
  }
  if (packed?.b && !packed.a) return { streams: "b", far: nr * bytes, long: all } as const;
  const far = packed?.a || keepsRows(it) ? mr * bytes : undefined;
  return { streams: "a", far, long: packed?.a ? all : "steps" } as const;
}

/** What follows the sums in registers, where tiles can do all of it there. */
export function inRegisters(it: Setting): Finished {
  const { nr, nv } = it.blocking, { vectors } = tileEnds(it.shape, it.blocking);
  const widths = it.shape.n === undefined ? vectors.map((n) => n * nr / nv) : undefined;
  return registersOf(
    { ...it, ldc: nr },
    widths,
    it.shape.n === undefined ? undefined : tailOf(it.shape.n, it.blocking, it.lanes),
  );
}

/** C text of the first of a tile's rows, at this block of k. */
function inPlace({ inPlace, names }: Setting): string {
  const { buffer, start, apart } = inPlace!;
  return `${names.args.pointer(buffer)} + ${names.expr(start)} + m_from * ${apart} + k_from`;
}

/** All panels of A times all panels of B. */
function products(it: Setting, finished: Finished): Block {
  const { mr, nr, nc } = it.blocking, { shape, kernel: { packed } } = it, { args } = it.names;
  const ready = (buffer: Buffer, size: number, width: number, from: string) => {
    const all = Math.ceil(size / width) * width;
    if (!it.inPairs) return `${args.pointer(buffer)} + (batch * ${all} + ${from}) * K + k_from * ${width}`;
    const pair = `(batch * ${all} + ${from}) * ((K + 1) / 2) + k_from / 2 * ${width}`;
    return `(const float*)${args.pointer(buffer)} + ${pair}`;
  };
  return tileLoops({
    tile: it.blocking,
    ends: tileEnds(shape, it.blocking),
    a: packed?.a
      ? ready(packed.a, shape.m!, mr, "m_from")
      : it.inPlace
      ? inPlace(it)
      : `${rowsOf(it)} + i * steps`,
    b: packed?.b ? ready(packed.b, shape.n!, nr, "n_from") : "columns + j * steps",
    ...passing(it),
    isShallow: isShallow(it),
    nc,
    finish: finish({ ...it, ldc: nr }),
    registers: finished && { ...finished, isRagged: shape.m === undefined },
  });
}
