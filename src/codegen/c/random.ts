/**
 * The routine `random`: a tensor of uniform, normal or whole random numbers; and `random_of`: of
 * distributions whose parameters are data. See `routine/random.h` and `random_of.h`.
 *
 * @module
 */
import { ceilDiv } from "../../ir/expr/mod.ts";
import type { Printed, RoutineRow } from "./routine_row.ts";
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

/** Inputs: parameters, element by element. */
function printRandomOf(c: CallPrinter): Printed {
  const of = `AOTI_OF_${c.word("fn").toUpperCase()}`, second = c.call.inputs.length > 1 ? c.from(1) : "NULL";
  const args = [c.from(0), second, c.to(0), "begin", "end", of, "args->random"];
  return {
    element: c.element(0),
    lines: [`aoti_random_of(${args.join(", ")});`],
    total: c.count(c.output(0)),
    work: 400,
  };
}

/** Rows of this family, by name. */
export const randomRoutines: Readonly<Record<string, RoutineRow>> = {
  random: { header: "random.h", print: printRandom },
  random_of: { header: "random_of.h", print: printRandomOf },
};
