/**
 * Routines as C: a file that includes the routine's header for one element type and calls it over a range.
 *
 * A row says what a call looks like, over what it is parallel, and how much scratch a worker needs. The kernels
 * themselves are in `runtime/include/aoti/kernel/routine/`.
 *
 * @module
 */
import { bytesOf, type DType } from "../../base/mod.ts";
import { asInt, ceilDiv, type Expr, int, max, mul } from "../../ir/expr/mod.ts";
import type { RoutineKernel } from "../../ir/plan/mod.ts";
import type { PrintedKernel } from "../kernel_text.ts";
import { ctcRoutines } from "./ctc.ts";
import { linalgRoutines } from "./linalg.ts";
import { complexLinalgRoutines } from "./linalg_complex.ts";
import { randomRoutines } from "./random.ts";
import { recurrenceRoutines } from "./recurrence.ts";
import { CallPrinter } from "./routine_call.ts";
import { printFft } from "./routine_fft.ts";
import { memoryName } from "./types.ts";

/** What a row makes of a call. */
export interface Printed {
  readonly element: DType;
  readonly defines?: readonly string[];
  readonly lines: readonly string[];
  /** Parallel iterations; without it the routine runs on one core. */
  readonly total?: Expr;
  /** Rough operations per iteration. */
  readonly work?: number;
  readonly scratch?: Expr;
}

export interface RoutineRow {
  readonly header: string;
  readonly print: (c: CallPrinter) => Printed;
}

const halves: readonly DType[] = ["f16", "bf16"];
/** Lines done side by side: AOTI_SIDE of scan.h. */
const SIDE = 64;
/** Operations that are worth waking another core for. */
const WORTHWHILE = 16384;
const range = "begin, end";

/** Bytes of a key with its place: `aoti_item` of item.h. */
function itemBytes(dtype: DType): number {
  return bytesOf(dtype) === 8 ? 16 : 8;
}

/** A size for estimates where it is not known. */
function roughly(size: Expr): number {
  return asInt(size) ?? 256;
}

function enumOf(c: CallPrinter, name: string, prefix: string): string {
  return `${prefix}_${c.word(name).toUpperCase()}`;
}

/** `out[i] = fn(in[0..i])` along `dim`. */
function printScan(c: CallPrinter): Printed {
  const { outer, size, inner } = c.lines(c.input(0)), side = inner === int(1) ? 1 : SIDE;
  return {
    element: c.element(0, halves),
    defines: [`AOTI_STEP aoti_step_${c.word("fn")}`],
    lines: [`aoti_scan(${c.from(0)}, ${c.to(0)}, ${range}, ${c.text(size)}, ${c.text(inner)});`],
    total: mul(outer, ceilDiv(inner, side)),
    work: roughly(size) * side * (c.word("fn") === "logsumexp" ? 40 : 4),
  };
}

/** Values and places of sorted lines along `dim`. */
function printSort(c: CallPrinter): Printed {
  const { outer, size, inner } = c.lines(c.input(0)), element = c.element(0);
  const call = [
    c.from(0),
    c.to(0),
    c.to(1),
    range,
    c.text(size),
    c.text(inner),
    Number(c.truth("descending")),
  ];
  return {
    element,
    lines: [`aoti_sort(${call.join(", ")}, args->scratch);`],
    total: mul(outer, inner),
    work: roughly(size) * 32,
    scratch: mul(2 * itemBytes(element), size),
  };
}

/** Some elements of lines along `dim` in order; the output's size says how many. */
function printSelect(c: CallPrinter): Printed {
  const { outer, size, inner } = c.lines(c.input(0)),
    element = c.element(0),
    many = c.lines(c.output(0)).size;
  const k = c.word("what") === "kth" ? c.size("k") : int(1);
  const sizes = [size, inner, many, k].map((e) => c.text(e));
  const flags = [Number(c.truth("descending")), enumOf(c, "what", "AOTI_SELECT")];
  return {
    element,
    lines: [
      `aoti_select(${[c.from(0), c.to(0), c.to(1), range, ...sizes, ...flags].join(", ")}, args->scratch);`,
    ],
    total: mul(outer, inner),
    work: roughly(size) * 8,
    scratch: mul(itemBytes(element) * (c.word("what").endsWith("median") ? 2 : 1), size),
  };
}

/** Row numbers of a matrix in lexicographic order. */
function printOrderRows(c: CallPrinter): Printed {
  const [rows, width] = c.input(0).shape as [Expr, Expr];
  return {
    element: c.element(0),
    lines: [`aoti_order_rows(${c.from(0)}, ${c.to(0)}, ${c.text(rows)}, ${c.text(width)}, args->scratch);`],
    scratch: mul(8, rows),
  };
}

/** Inputs: edges (one line, or a line for each line of values), values. */
function printSearch(c: CallPrinter): Printed {
  const [edges, values] = [c.input(0), c.input(1)], size = edges.shape.at(-1)!;
  const each = edges.shape.length > 1
    ? `${c.from(0)} + i / ${c.text(max(values.shape.at(-1)!, 1))} * ${c.text(size)}`
    : c.from(0);
  const call = `aoti_bound(${each}, ${c.text(size)}, ${c.from(1)}[i], ${Number(c.truth("right"))})`;
  return elementwise(c.element(1, halves), `${c.to(0)}[i] = ${call};`, values.shape, size);
}

/** Inputs: values, sorted elements. */
function printMember(c: CallPrinter): Printed {
  const size = c.input(1).shape[0]!;
  const call = `aoti_member(${c.from(1)}, ${c.text(size)}, ${c.from(0)}[i])`;
  return elementwise(c.element(0), `${c.to(0)}[i] = ${call};`, c.input(0).shape, size);
}

function elementwise(
  element: DType,
  line: string,
  shape: readonly Expr[],
  searched: Expr,
): Printed {
  const work = 8 * Math.max(1, Math.ceil(Math.log2(Math.max(2, asInt(searched) ?? 1 << 16))));
  return {
    element,
    lines: [`for (int64_t i = begin; i < end; i++) ${line}`],
    total: mul(int(1), ...shape),
    work,
  };
}

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
  const perBag = (asInt(index.shape[0]!) ?? 256) / Math.max(1, asInt(bags) ?? 16);
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

const routines: Readonly<Record<string, RoutineRow>> = {
  scan: { header: "scan.h", print: printScan },
  sort: { header: "sort.h", print: printSort },
  select: { header: "select.h", print: printSelect },
  order_rows: { header: "order_rows.h", print: printOrderRows },
  search: { header: "search.h", print: printSearch },
  member: { header: "search.h", print: printMember },
  positions: { header: "positions.h", print: printPositions },
  reinterpret: { header: "reinterpret.h", print: printReinterpret },
  suppress: { header: "suppress.h", print: printSuppress },
  bags: { header: "bags.h", print: printBags },
  segments: { header: "segments.h", print: printSegments },
  ...recurrenceRoutines,
  ...ctcRoutines,
  ...linalgRoutines,
  ...complexLinalgRoutines,
  ...randomRoutines,
  fft: { header: "fft.h", print: printFft },
};

/** Names of all routines. */
export const routineNames: readonly string[] = Object.keys(routines);

/** Prints a routine's kernel. */
export function printRoutine(kernel: RoutineKernel): PrintedKernel {
  const row = routines[kernel.call.routine];
  if (!row) throw new RangeError(`no kernel for routine ${kernel.call.routine}`);
  const c = new CallPrinter(kernel.call), printed = row.print(c);
  const grain = printed.total ? Math.max(1, Math.round(WORTHWHILE / Math.max(1, printed.work ?? 1))) : 1;
  return {
    template: "c/routine.c",
    lanes: 1,
    mathTypes: [],
    args: c.args,
    body: printed.lines.map((text) => ({ kind: "line", text })),
    view: { element: memoryName(printed.element), header: row.header, defines: printed.defines ?? [] },
    total: printed.total ?? int(1),
    grain: int(grain),
    scratch: printed.scratch ?? int(0),
  };
}
