/**
 * Recurrent layers as a routine: see `routine/recurrence.h`.
 *
 * @module
 */
import { add, asInt, ceilDiv, mul } from "../../ir/expr/mod.ts";
import { bytesOf } from "../../base/mod.ts";
import type { Printed, RoutineRow } from "./routine_row.ts";
import type { CallPrinter } from "./routine_call.ts";

/** Rows of the batch that an iteration does: AOTI_ROWS of recurrence.h. */
const ROWS = 4;

/** Inputs: gates of all steps, weight, state, cells (lstm) or a bias (gru), projection. Outputs: see the header. */
function printRecurrence(c: CallPrinter): Printed {
  const kind = c.word("kind"), isLstm = kind === "lstm", hasMore = isLstm || kind === "gru";
  const [steps, batch, width] = c.input(0).shape, outs = c.input(1).shape[0]!;
  const size = isLstm ? c.output(2).shape[1]! : outs, element = c.element(0);
  const more = hasMore ? c.from(3) : "NULL", project = c.truth("project") ? c.from(4) : "NULL";
  const pointers = [c.from(0), c.from(1), c.from(2), more, project, c.to(0), c.to(1), c.to(2)];
  const sizes = [steps!, batch!, size, outs].map((e) => c.text(e));
  const call = [
    "&layer",
    `AOTI_CELL_${kind.toUpperCase()}`,
    Number(c.truth("reverse")),
    "begin",
    "end",
    "args->scratch",
  ];
  const rough = [steps!, width!, outs].reduce((product, e) => product * (asInt(e) ?? 64), 1);
  return {
    element,
    lines: [
      `const aoti_recurrence layer = {${[...pointers, ...sizes].join(", ")}};`,
      `aoti_recur(${call.join(", ")});`,
    ],
    total: ceilDiv(batch!, ROWS),
    work: rough,
    scratch: mul(ROWS * bytesOf(element), add(width!, outs, mul(2, size))),
  };
}

/** Rows of the routine table. */
export const recurrenceRoutines: Readonly<Record<string, RoutineRow>> = {
  recurrence: { header: "recurrence.h", print: printRecurrence },
};
