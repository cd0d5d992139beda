/**
 * Routines along lines of a dim: scans, orders, and searches in what is sorted.
 *
 * @module
 */
import { bytesOf, type DType } from "../../base/mod.ts";
import { asInt, ceilDiv, type Expr, int, max, mul } from "../../ir/expr/mod.ts";
import type { CallPrinter } from "./routine_call.ts";
import { enumOf, halves, type Printed, range, roughly, type RoutineRow } from "./routine_row.ts";

/** Lines done side by side: AOTI_SIDE of scan.h. */
const SIDE = 64;

/** Bytes of a key with its place: `aoti_item` of item.h. */
function itemBytes(dtype: DType): number {
  return bytesOf(dtype) === 8 ? 16 : 8;
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

/** Rows of this family, by name. */
export const lineRoutines: Readonly<Record<string, RoutineRow>> = {
  scan: { header: "scan.h", print: printScan },
  sort: { header: "sort.h", print: printSort },
  select: { header: "select.h", print: printSelect },
  order_rows: { header: "order_rows.h", print: printOrderRows },
  search: { header: "search.h", print: printSearch },
  member: { header: "search.h", print: printMember },
};
