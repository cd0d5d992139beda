/**
 * What all parts of a blocked product know, and the memory that a job has.
 *
 * @module
 */
import { bytesOf } from "../../base/mod.ts";
import type { ContractionKernel } from "../../ir/plan/mod.ts";
import {
  FEW_ROWS,
  keepsRows as keepsPacked,
  type ProductPlan,
  type Ready,
  SKINNY_ROWS,
} from "../../kernels/mod.ts";
import type { BlockBuilder } from "./block.ts";
import type { PackSetting } from "./contraction_pack.ts";
import { elementType } from "./types.ts";

/** Sums of a product of few rows, at most. */
const LARGEST_TILE = 32;

/** Everything about a kernel that its parts share. */
export interface Setting extends PackSetting, ProductPlan {
  readonly kernel: ContractionKernel;
  readonly dtype: "f32" | "f64";
  readonly rowStride: number;
  /** All constants of the model fit the last cache. */
  readonly isResident: boolean;
}

/** Whole vectors, and one more where lines of that length would all start in one set of the cache. */
export function lineOf(kc: number, vector: number): number {
  const line = Math.ceil(kc / vector) * vector;
  return line % (4 * vector) === 0 ? line + vector : line;
}

/** Elements from one row of the sums of few rows to the next. */
export function fewStride({ blocking, lanes }: Setting): number {
  return lineOf(blocking.nc, lanes);
}

/** True where one block of k is all. */
export function isShallow({ shape, blocking }: Setting): boolean {
  return shape.k !== undefined && shape.k <= blocking.kc;
}

/** Blocks of k that packed rows are kept of. */
function blocksOfK(it: Setting): number {
  return keepsRows(it) ? Math.ceil(it.shape.k! / it.blocking.kc) : 1;
}

/** Operands that a job does not pack. */
export function readyOf({ kernel: { packed }, inPlace }: Pick<Setting, "kernel" | "inPlace">): Ready {
  return { a: packed?.a !== undefined || inPlace !== undefined, b: packed?.b !== undefined };
}

/** True where packed rows stay for the next job of a worker. */
export function keepsRows(it: Setting): boolean {
  const { shape, blocking, dtype } = it;
  return keepsPacked({ shape, blocking, dtype, ready: { a: readyOf(it).a === true } });
}

/** C text of the packed rows of this block of k. */
export function rowsOf(it: Setting): string {
  if (!keepsRows(it)) return "rows";
  return `rows + k_from * ${it.inPairs ? it.blocking.mc / 2 : it.blocking.mc}`;
}

/** Pointers to the packed blocks, sums that wait, the tile of C and the lines; gives the bytes of all. */
export function declareScratch(root: BlockBuilder, it: Setting): number {
  const { mc, nc, kc, mr, nr } = it.blocking, type = elementType(it.dtype);
  const ready = readyOf(it), along = it.inPairs ? 2 : 1;
  const few = it.skinny ? (it.shape.m ?? 0) > SKINNY_ROWS ? FEW_ROWS : SKINNY_ROWS : 0;
  const parts = {
    rows: Math.max(
      ready.a ? 0 : (mc * kc * blocksOfK(it)) / along + it.lanes,
      few * it.rowStride,
    ),
    columns: ready.b ? 0 : (nc * kc) / along + it.lanes,
    staging: it.inPairs && !(ready.a && ready.b) ? Math.max(mr, nr) * kc + it.lanes : 0,
    partial: isShallow(it) ? 0 : mc * nc,
    tile: Math.max(mr * nr, few * fewStride(it)),
    lines: it.lanes * Math.max(it.lineStride, LARGEST_TILE),
  };
  let offset = 0;
  for (const [name, count] of Object.entries(parts).filter(([, count]) => count > 0)) {
    root.line(`${type}* const ${name} = (${type}*)((char*)args->scratch + ${offset});`);
    offset += Math.ceil((count * bytesOf(it.dtype)) / 64) * 64;
  }
  return offset;
}
