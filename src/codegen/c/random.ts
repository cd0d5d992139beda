/**
 * The routine `random`: a tensor of uniform, normal or whole random numbers. See `routine/random.h`.
 *
 * @module
 */
import { ceilDiv } from "../../ir/expr/mod.ts";
import type { Printed, RoutineRow } from "./routine.ts";
import type { CallPrinter } from "./routine_call.ts";

function printRandom(c: CallPrinter): Printed {
  const { dtype } = c.output(0), count = c.count(c.output(0));
  return {
    element: dtype,
    defines: [`AOTI_DRAW aoti_${c.word("fn")}_${dtype}`],
    lines: [`aoti_random(${c.to(0)}, begin, end, ${c.text(count)}, args->random);`],
    total: ceilDiv(count, dtype === "f32" ? 4 : 2),
    work: c.word("fn") === "normal" ? 160 : 48,
  };
}

/** Rows of this family, by name. */
export const randomRoutines: Readonly<Record<string, RoutineRow>> = {
  random: { header: "random.h", print: printRandom },
};
