/**
 * Routines of CTC losses, one sample an iteration. See `routine/ctc.h`.
 *
 * @module
 */
import { add, type Expr, mul } from "../../ir/expr/mod.ts";
import { type Printed, roughly, type RoutineRow } from "./routine_row.ts";
import type { CallPrinter } from "./routine_call.ts";

/** The call's tensors: logarithms [steps, samples, classes], targets, lengths of both. */
function described(c: CallPrinter, states: Expr): { line: string; samples: Expr; work: number } {
  const [steps, samples, classes] = c.input(0).shape as [Expr, Expr, Expr], targets = c.input(1).shape;
  const width = targets.length > 1 ? c.text(targets[1]!) : "0";
  const sizes = [steps, samples, classes].map((size) => c.text(size));
  const fields = [
    ...[0, 1, 2, 3].map((n) => c.from(n)),
    ...sizes,
    width,
    c.text(c.count(c.input(1))),
    c.text(states),
    c.number("blank"),
  ];
  return {
    line: `const aoti_ctc ctc = {${fields.join(", ")}};`,
    samples,
    work: 60 * roughly(steps) * roughly(states),
  };
}

/** Outputs: losses, logarithms of partial sums. */
function printForward(c: CallPrinter): Printed {
  const { line, samples, work } = described(c, c.output(1).shape.at(-1)!);
  const args = ["&ctc", c.to(0), c.to(1), "begin", "end", "args->error"];
  return {
    element: c.element(0),
    lines: [line, `aoti_ctc_forward(${args.join(", ")});`],
    total: samples,
    work,
  };
}

/** Further inputs: the gradient of each loss, the losses, the partial sums. */
function printBackward(c: CallPrinter): Printed {
  const states = c.input(6).shape.at(-1)!, { line, samples, work } = described(c, states);
  const pointers = [4, 5, 6].map((n) => c.from(n)), flag = Number(c.truth("zero_infinity"));
  const args = ["&ctc", ...pointers, c.to(0), "begin", "end", flag, "args->scratch", "args->error"];
  return {
    element: c.element(0),
    lines: [line, `aoti_ctc_backward(${args.join(", ")});`],
    total: samples,
    work: 2 * work,
    scratch: mul(8, add(mul(2, states), c.input(0).shape[2]!)),
  };
}

/** Rows of this family, by name. */
export const ctcRoutines: Readonly<Record<string, RoutineRow>> = {
  ctc: { header: "ctc.h", print: printForward },
  ctc_backward: { header: "ctc.h", print: printBackward },
};
