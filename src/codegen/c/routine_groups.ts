/**
 * Routines over groups of elements: sums of bags and of segments, boxes that are kept, positions of a mask; bytes under another type.
 *
 * @module
 */
import { bytesOf } from "../../base/mod.ts";
import { asInt, mul } from "../../ir/expr/mod.ts";
import type { CallPrinter } from "./routine_call.ts";
import { enumOf, type Printed, range, roughly, type RoutineRow } from "./routine_row.ts";

/** Positions of true elements of a flat mask. */
function printPositions(c: CallPrinter): Printed {
  const [size, room] = [c.count(c.input(0)), c.count(c.output(0))];
  return {
    element: "bool",
    lines: [`aoti_positions(${c.from(0)}, ${c.to(0)}, ${c.text(size)}, ${c.text(room)});`],
  };
}

/** The same bytes under another type. */
function printReinterpret(c: CallPrinter): Printed {
  return {
    element: "u8",
    lines: [`aoti_reinterpret(${c.from(0)}, ${c.to(0)}, ${range});`],
    total: mul(c.count(c.output(0)), bytesOf(c.output(0).dtype)),
    work: 1,
  };
}

/** Inputs: boxes, the best first. Outputs: which are kept. */
function printSuppress(c: CallPrinter): Printed {
  const count = c.text(c.input(0).shape[0]!);
  return {
    element: c.element(0),
    lines: [`aoti_suppress(${c.from(0)}, ${c.to(0)}, ${count}, ${c.number("threshold")});`],
  };
}

/** Inputs: table, indices, offsets, maybe scales. Outputs: bags, rows that gave maxima (mode max) or rows counted. */
function printBags(c: CallPrinter): Printed {
  const [table, index, offset] = [c.input(0), c.input(1), c.input(2)], bags = c.output(0).shape[0]!;
  const mode = enumOf(c, "mode", "AOTI_BAG"), isMax = c.word("mode") === "max", width = table.shape[1]!;
  const pointers = [
    c.from(0),
    c.from(1),
    c.from(2),
    c.from(3),
    c.to(0),
    isMax ? c.to(1) : "NULL",
    c.to(isMax ? 2 : 1),
  ];
  const sizes = [table.shape[0]!, width, index.shape[0]!, bags, offset.shape[0]!].map((e) => c.text(e));
  const fields = [...pointers, ...sizes, c.number("padding"), "args->error"].join(", ");
  const perBag = roughly(index.shape[0]!) / Math.max(1, asInt(bags) ?? 16);
  return {
    element: c.element(0),
    lines: [`const aoti_bags bags = {${fields}};`, `aoti_sum_bags(&bags, ${range}, ${mode});`],
    total: bags,
    work: Math.ceil(perBag * roughly(width)),
  };
}

/** Inputs: data, offsets of segments along `dim`. */
function printSegments(c: CallPrinter): Printed {
  const { outer, size, inner } = c.lines(c.input(0)), segments = c.lines(c.output(0)).size;
  const started = c.call.attrs.started === true, start = startText(c.number("start"));
  const sizes = [size, inner, segments].map((e) => c.text(e));
  const call = [c.from(0), c.from(1), c.to(0), range, ...sizes, start, Number(started)];
  return {
    element: c.element(0),
    lines: [`aoti_segments(${call.join(", ")}, ${enumOf(c, "fn", "AOTI_SEGMENT")}, args->error);`],
    total: mul(outer, segments),
    work: roughly(size) * roughly(inner) / Math.max(1, roughly(segments)),
  };
}

function startText(value: number): string {
  if (Number.isNaN(value)) return "(aoti_number)NAN";
  if (!Number.isFinite(value)) return `(aoti_number)${value < 0 ? "-" : ""}INFINITY`;
  return `(aoti_number)${value}`;
}

/** Rows of this family, by name. */
export const groupRoutines: Readonly<Record<string, RoutineRow>> = {
  positions: { header: "positions.h", print: printPositions },
  reinterpret: { header: "reinterpret.h", print: printReinterpret },
  suppress: { header: "suppress.h", print: printSuppress },
  bags: { header: "bags.h", print: printBags },
  segments: { header: "segments.h", print: printSegments },
};
