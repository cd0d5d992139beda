/**
 * Packing an operand's block into panels: `kc` groups of `width` values, one value per row (A) or column (B).
 *
 * Lanes run where the operand's loads are contiguous: along the panel's own role, straight into the panel; or along
 * k, into lines of their own that are then transposed.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import { add, asInt, linear } from "../../ir/expr/mod.ts";
import { type Axis, type Buffer, loadsOf, type Scalar, scalarsOf } from "../../ir/loops/mod.ts";
import { BlockBuilder, type Piece } from "./block.ts";
import { BodyPrinter, type KernelContext } from "./body.ts";
import type { Names } from "./arguments.ts";
import { localBuffer } from "./contraction_roles.ts";
import { at, decode, extentOf, lanes, positions, runs, within } from "./contraction_walk.ts";
import { elementType } from "./types.ts";

/** One side of a contraction. */
export interface Operand {
  readonly value: Scalar;
  readonly batch: readonly Axis[];
  /** Rows of A, columns of B. */
  readonly side: readonly Axis[];
  readonly k: readonly Axis[];
  /** C text of the pointer to the packed block, and of the range to pack. */
  readonly panels: string;
  readonly from: string;
  readonly to: string;
  readonly width: number;
}

/** What both packings share. */
export interface PackSetting {
  readonly context: KernelContext;
  readonly names: Names;
  readonly dtype: DType;
  readonly lanes: number;
  /** Elements from one line to the next where lanes run along k. */
  readonly lineStride: number;
}

/** Bodies of more scalars than this are not printed once more for full panels. */
const SMALL = 32;

/** True when lanes should run along k. */
export function runsAlongK(o: Pick<Operand, "value" | "side" | "k">, vector: number): boolean {
  const score = (axis: Axis) => {
    let sum = 0;
    for (const load of loadsOf(o.value)) {
      const stride = linear(load.index[0]!, axis.sym.name)?.coef;
      if (stride === undefined) sum -= 2;
      else if (asInt(stride) === 1) sum += 2;
      else if (asInt(stride) !== 0) sum -= 1;
    }
    const extent = extentOf(axis) ?? vector;
    return sum * Math.min(1, extent / vector);
  };
  return score(o.k.at(-1)!) > score(o.side.at(-1)!);
}

/** Code that packs [from, to) × [k_from, k_to). */
export function pack(o: Operand, it: PackSetting): Piece {
  const root = new BlockBuilder(), printer = new BodyPrinter(it.context, root, it.names);
  decode(root, o.batch, "ib", "batch", it.names);
  const body = within(printer, o.batch, "ib", () => {
    const block = printer.block, panel = new BlockBuilder();
    const type = elementType(it.dtype);
    panel.line(`const int64_t to = AOTI_MIN(from + ${o.width}, ${o.to});`);
    panel.line(`${type}* restrict panel = ${o.panels} + (from - ${o.from}) * kc;`);
    panel.line(`if (to - from < ${o.width}) memset(panel, 0, sizeof(${type}) * ${o.width} * kc);`);
    panel.pieces.push(
      ...printer.inLoop("$panel", "from", () => {
        if (runsAlongK(o, it.lanes)) alongK(o, it, printer);
        else alongSide(o, it, printer);
      }).pieces,
    );
    block.push({
      kind: "loop",
      index: "from",
      from: o.from,
      count: o.to,
      step: String(o.width),
      body: panel.pieces,
    });
  });
  root.pieces.push(...body);
  return { kind: "group", body: root.pieces };
}

function alongSide(o: Operand, it: PackSetting, printer: BodyPrinter): void {
  const target = localBuffer("$panel", it.dtype), last = o.side.at(-1)!;
  runs(printer, o.side, "is", "from", "to", (from, to) => {
    const steps = (width: number | undefined) => () => {
      positions(printer, o.k, "ik", "k_from", "k_to", () => {
        printer.block.line(`const int64_t at = base - from + (ik_at - k_from) * ${o.width};`);
        lanes(printer, last, from, to, width, it.lanes, () => store(printer, target, last, o.value));
      });
    };
    const block = printer.block;
    if (scalarsOf(o.value).length > SMALL) return steps(undefined)();
    const then = within(printer, [], "full", steps(o.width));
    const otherwise = within(printer, [], "part", steps(undefined));
    block.push({ kind: "choice", condition: `(${to}) - (${from}) == ${o.width}`, then, otherwise });
  });
}

function alongK(o: Operand, it: PackSetting, printer: BodyPrinter): void {
  const target = localBuffer("$line", it.dtype), last = o.k.at(-1)!;
  const block = printer.block, type = elementType(it.dtype), rows = new BlockBuilder();
  rows.line(`const int64_t last = AOTI_MIN(first + AOTI_LANES, to);`);
  rows.pieces.push(
    ...printer.inLoop("$group", "first", () => {
      positions(printer, o.side, "is", "first", "last", () => {
        printer.block.line(`${type}* restrict line = lines + (is_at - first) * ${it.lineStride};`);
        runs(printer, o.k, "ik", "k_from", "k_to", (from, to) => {
          printer.block.line(`const int64_t at = base - k_from;`);
          lanes(printer, last, from, to, undefined, it.lanes, () => store(printer, target, last, o.value));
        });
      });
    }).pieces,
  );
  const width = `AOTI_MIN(AOTI_LANES, ${o.width} - (first - from))`;
  rows.line(
    `aoti_transpose_${it.dtype}(panel + (first - from), ${o.width}, lines, ${it.lineStride}, kc, last - first, ${width});`,
  );
  block.push({
    kind: "loop",
    index: "first",
    from: "from",
    count: "to",
    step: "AOTI_LANES",
    body: rows.pieces,
  });
}

/** Stores `value` at `at` plus the position on `axis`. */
export function store(printer: BodyPrinter, target: Buffer, axis: Axis, value: Scalar): void {
  printer.storeLanes(target, add(at, axis.sym), printer.emit(value));
}
