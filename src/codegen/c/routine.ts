/**
 * Routines as C: a file that includes the routine's header for one element type and calls it over a range.
 *
 * A row says what a call looks like, over what it is parallel, and how much scratch a worker needs. The kernels
 * themselves are in `runtime/include/aoti/kernel/routine/`.
 *
 * @module
 */
import { int } from "../../ir/expr/mod.ts";
import type { RoutineKernel } from "../../ir/plan/mod.ts";
import type { PrintedKernel } from "../kernel_text.ts";
import { ctcRoutines } from "./ctc.ts";
import { linalgRoutines } from "./linalg.ts";
import { complexLinalgRoutines } from "./linalg_complex.ts";
import { randomRoutines } from "./random.ts";
import { recurrenceRoutines } from "./recurrence.ts";
import { CallPrinter } from "./routine_call.ts";
import { printFft } from "./routine_fft.ts";
import { lineRoutines } from "./routine_lines.ts";
import type { RoutineRow } from "./routine_row.ts";
import { groupRoutines } from "./routine_groups.ts";
import { memoryName } from "./types.ts";

/** Operations that are worth waking another core for. */
const WORTHWHILE = 16384;

const routines: Readonly<Record<string, RoutineRow>> = {
  ...lineRoutines,
  ...groupRoutines,
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
