/**
 * Keys and values as lines of channels: where they lie, if they do in a way that a tile can read, or packed block by block.
 *
 * @module
 */
import { bytesOf } from "../../base/mod.ts";
import { asInt, linear } from "../../ir/expr/mod.ts";
import type { Axis, Scalar } from "../../ir/loops/mod.ts";
import { type AttentionSetting, lines, operandOf, overRange } from "./attention_setting.ts";
import { BlockBuilder, type Piece } from "./block.ts";
import { BodyPrinter } from "./body.ts";
import { pack } from "./contraction_pack.ts";
import { decode, within } from "./contraction_walk.ts";
import { elementType } from "./types.ts";

/** Lines of an operand, by columns. */
export interface Lines {
  /** Elements from one line to the next, and from one channel to the next. */
  readonly row: number;
  readonly step: number;
  /** Memory for packed lines, in lines of channels; none where they are read in place. */
  readonly packs: boolean;
  /** Code before the blocks of columns. */
  readonly before: readonly Piece[];
  /** Code for the block [j_from, j_to). */
  readonly each: readonly Piece[];
  /** C text of the pointer to the block's first line. */
  readonly first: string;
}

/** Lines that many bytes apart share a few sets of the first-level cache, where values stay for a whole block. */
const PAGE = 4096, HALF = 2048;

/** How the keys' or the values' lines of `side` channels are read; `name` is that of their scratch. */
export function linesOf(it: AttentionSetting, name: "keys" | "values"): Lines {
  const { nest } = it.kernel;
  const [value, side] = name === "keys" ? [nest.k, nest.depth] as const : [nest.v, nest.values] as const;
  return inPlace(it, value, side, name) ?? packed(it, value, side, name);
}

function packed(it: AttentionSetting, value: Scalar, side: readonly Axis[], name: "keys" | "values"): Lines {
  const width = name === "keys" ? it.plan.depth : it.plan.values;
  const where = { panels: name, from: "0", to: String(width), width };
  const operand = operandOf(it, value, side, it.kernel.nest.columns, where);
  const steps = it.inPairs ? lines("const int64_t steps = (kc + 1) / 2;") : [];
  const each = [overRange("j_from", "j_to", [...steps, pack(operand, it)])];
  return { row: width, step: 1, packs: true, before: [], each, first: name };
}

function inPlace(
  it: AttentionSetting,
  value: Scalar,
  side: readonly Axis[],
  name: "keys" | "values",
): Lines | undefined {
  const operand = operandOf(it, value, side, it.kernel.nest.columns, {
    panels: "",
    from: "",
    to: "",
    width: 1,
  });
  const { batch, side: [channel, ...more], k: [column, ...others] } = operand;
  const load = it.inPairs && operand.value.kind === "cast" ? operand.value.arg : operand.value;
  const stored = it.inPairs ? "bf16" : it.dtype;
  if (load.kind !== "load" || load.dtype !== stored || more.length + others.length > 0) return undefined;
  const along = linear(load.index[0]!, column!.sym.name),
    across = along && linear(along.rest, channel!.sym.name);
  const [row, step] = [along && asInt(along.coef), across && asInt(across.coef)];
  if (row === undefined || step === undefined || row <= 0 || step <= 0) return undefined;
  if (it.inPairs && (name === "values" || step !== 1)) return undefined;
  const bytes = row * bytesOf(it.dtype);
  if (name === "values" && bytes >= PAGE && bytes % HALF === 0) return undefined;
  const root = new BlockBuilder(), printer = new BodyPrinter(it.context, root, it.names);
  decode(root, batch, "ib", "batch", it.names);
  root.pieces.push(...within(printer, batch, "ib", () => {
    const pointer = it.names.args.pointer(load.buffer);
    printer.block.line(`${name}_at = ${pointer} + (${printer.names.expr(across!.rest)});`);
  }));
  const before = [...lines(`const ${elementType(stored)}* ${name}_at;`), {
    kind: "group",
    body: root.pieces,
  }] as const;
  return { row, step, packs: false, before, each: [], first: `${name}_at + j_from * ${row}` };
}
