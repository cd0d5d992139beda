/**
 * Routines of linear algebra: batches of matrices, one matrix an iteration. See `routine/linalg*.h`.
 *
 * @module
 */
import { add, asInt, type Expr, int, max, min, mul } from "../../ir/expr/mod.ts";
import type { Buffer } from "../../ir/loops/mod.ts";
import type { Printed, RoutineRow } from "./routine_row.ts";
import type { CallPrinter } from "./routine_call.ts";

/** Doubles that products of matrices need: AOTI_ROOM of linalg.h. */
const ROOM = 16896;

/** A buffer as matrices. */
export interface Matrices {
  readonly batch: Expr;
  readonly rows: Expr;
  readonly columns: Expr;
}

/** The matrices of a buffer; `pairs`: of complex numbers, whose two parts are the last dim. */
export function matrices(buffer: Buffer, pairs = false): Matrices {
  const shape = pairs ? buffer.shape.slice(0, -1) : buffer.shape;
  return { batch: mul(1, ...shape.slice(0, -2)), rows: shape.at(-2)!, columns: shape.at(-1)! };
}

export const flag = (c: CallPrinter, name: string) => Number(c.truth(name));
const range = "begin, end";

/** Operations that a matrix of these sizes takes, roughly. */
export function workOf(...sizes: readonly Expr[]): number {
  return sizes.reduce((product, size) => product * (asInt(size) ?? 64), 2);
}

/** A call of `fn` for each matrix of the batch, with `doubles` of scratch. */
export function perMatrix(
  c: CallPrinter,
  fn: string,
  args: readonly (string | number)[],
  over: { readonly batch: Expr; readonly doubles: Expr; readonly work: number },
): Printed {
  const element = c.call.inputs.find((b) => b.dtype === "f32" || b.dtype === "f64")?.dtype ?? "f64";
  return {
    element,
    lines: [`${fn}(${args.join(", ")});`],
    total: over.batch,
    work: over.work,
    scratch: mul(8, over.doubles),
  };
}

/** Inputs: matrices. Outputs: lower factors, orders of minors that are not positive. */
function printCholesky(c: CallPrinter): Printed {
  const { batch, rows: n } = matrices(c.input(0));
  const args = [c.from(0), c.to(0), c.to(1), range, c.text(n), "args->scratch"];
  return perMatrix(c, "aoti_cholesky", args, { batch, doubles: add(mul(n, n), ROOM), work: workOf(n, n, n) });
}

/** Inputs: matrices. Outputs: factors, pivots, first columns without a pivot. */
function printLu(c: CallPrinter): Printed {
  const { batch, rows: m, columns: n } = matrices(c.input(0));
  const sizes = [c.text(m), c.text(n), flag(c, "pivot")];
  const args = [c.from(0), c.to(0), c.to(1), c.to(2), range, ...sizes, "args->scratch"];
  return perMatrix(c, "aoti_lu", args, { batch, doubles: add(mul(m, n), ROOM), work: workOf(m, n, n) });
}

/** Inputs: factors, pivots, right sides. */
function printLuSolve(c: CallPrinter): Printed {
  const { batch, rows: n, columns: count } = matrices(c.input(2));
  const sizes = [c.text(n), c.text(count), flag(c, "transposed")];
  const args = [c.from(0), c.from(1), c.from(2), c.to(0), range, ...sizes, "args->scratch", "args->error"];
  const doubles = add(mul(n, n), mul(n, count), ROOM);
  return perMatrix(c, "aoti_lu_solve", args, { batch, doubles, work: workOf(n, n, count) });
}

/** Input: pivots. Output: where rows come from. */
function printLuRows(c: CallPrinter): Printed {
  const pivots = c.input(0).shape, rows = c.output(0).shape.at(-1)!, size = pivots.at(-1)!;
  const args = [c.from(0), c.to(0), range, c.text(rows), c.text(size), "args->error"];
  const batch = mul(1, ...pivots.slice(0, -1));
  return perMatrix(c, "aoti_lu_rows", args, { batch, doubles: int(0), work: workOf(rows) });
}

/** Inputs: triangles, right sides. */
function printTriangular(c: CallPrinter): Printed {
  const { batch, rows: n, columns: count } = matrices(c.input(1));
  const sizes = [c.text(n), c.text(count), flag(c, "upper"), flag(c, "unit")];
  const args = [c.from(0), c.from(1), c.to(0), range, ...sizes, "args->scratch"];
  const doubles = add(mul(n, n), mul(n, count), ROOM);
  return perMatrix(c, "aoti_triangular", args, { batch, doubles, work: workOf(n, n, count) });
}

/** Inputs: matrices. Outputs: R over reflections, their factors. */
function printQr(c: CallPrinter): Printed {
  const { batch, rows: m, columns: n } = matrices(c.input(0));
  const args = [c.from(0), c.to(0), c.to(1), range, c.text(m), c.text(n), "args->scratch"];
  return perMatrix(c, "aoti_qr", args, { batch, doubles: mul(add(m, 1), n), work: workOf(m, n, n) });
}

/** Inputs: packed reflections, their factors, what they are applied to. */
function printQrApply(c: CallPrinter): Printed {
  const { batch, rows: m, columns: count } = matrices(c.input(2)), n = c.input(0).shape.at(-1)!;
  const size = c.input(1).shape.at(-1)!;
  const sizes = [...[m, n, size, count].map((e) => c.text(e)), flag(c, "transposed")];
  const args = [c.from(0), c.from(1), c.from(2), c.to(0), range, ...sizes, "args->scratch"];
  const doubles = add(mul(m, add(n, count)), size);
  return perMatrix(c, "aoti_qr_apply", args, { batch, doubles, work: workOf(m, size, count) });
}

/** Inputs: symmetric matrices. Outputs: values, maybe vectors. */
function printEigh(c: CallPrinter): Printed {
  const { batch, rows: n } = matrices(c.input(0));
  const args = [
    c.from(0),
    c.to(0),
    c.to(1),
    range,
    c.text(n),
    flag(c, "upper"),
    "args->scratch",
    "args->error",
  ];
  const doubles = add(mul(2, n, n), mul(4, n));
  return perMatrix(c, "aoti_eigh", args, { batch, doubles, work: 8 * workOf(n, n, n) });
}

/** Inputs: matrices. Outputs: values, maybe left vectors and right ones. */
function printSvd(c: CallPrinter): Printed {
  const { batch, rows: m, columns: n } = matrices(c.input(0)), vectors = c.call.outputs.length > 1;
  const q = min(m, n), p = max(m, n);
  const left = vectors ? c.output(1).shape.at(-1)! : q, right = vectors ? c.output(2).shape.at(-2)! : q;
  const pointers = [c.from(0), c.to(1), c.to(0), c.to(2)], sizes = [m, n, left, right].map((e) => c.text(e));
  const doubles = add(mul(p, q), mul(4, q, q), mul(p, max(left, right)), p, mul(6, q));
  const args = [...pointers, range, ...sizes, "args->scratch", "args->error"];
  return perMatrix(c, "aoti_svd", args, { batch, doubles, work: 16 * workOf(m, n, q) });
}

/** Inputs: symmetric matrices. Outputs: factors, pivots, first blocks that are zero. */
function printLdl(c: CallPrinter): Printed {
  const { batch, rows: n } = matrices(c.input(0));
  const args = [c.from(0), c.to(0), c.to(1), c.to(2), range, c.text(n), "args->scratch"];
  return perMatrix(c, "aoti_ldl", args, { batch, doubles: mul(n, n), work: workOf(n, n, n) });
}

/** Inputs: factors, pivots, right sides. */
function printLdlSolve(c: CallPrinter): Printed {
  const { batch, rows: n, columns: count } = matrices(c.input(2));
  const pointers = [c.from(0), c.from(1), c.from(2), c.to(0)], sizes = [c.text(n), c.text(count)];
  const args = [...pointers, range, ...sizes, "args->scratch", "args->error"];
  const doubles = add(mul(n, n), mul(n, count));
  return perMatrix(c, "aoti_ldl_solve", args, { batch, doubles, work: workOf(n, n, count) });
}

/** Inputs: square matrices. Outputs: values, maybe vectors, in pairs. */
function printEig(c: CallPrinter): Printed {
  const { batch, rows: n } = matrices(c.input(0));
  const args = [c.from(0), c.to(0), c.to(1), range, c.text(n), "args->scratch", "args->error"];
  return perMatrix(c, "aoti_eig", args, {
    batch,
    doubles: add(mul(2, n, n), mul(8, n)),
    work: 16 * workOf(n, n, n),
  });
}

function printExp(c: CallPrinter): Printed {
  const { batch, rows: n } = matrices(c.input(0));
  const args = [c.from(0), c.to(0), range, c.text(n), "args->scratch"];
  return perMatrix(c, "aoti_exp", args, {
    batch,
    doubles: add(mul(6, n, n), ROOM),
    work: 16 * workOf(n, n, n),
  });
}

/** Rows of this family, by name. */
export const linalgRoutines: Readonly<Record<string, RoutineRow>> = {
  linalg_cholesky: { header: "linalg_cholesky.h", print: printCholesky },
  linalg_lu: { header: "linalg_lu.h", print: printLu },
  linalg_lu_solve: { header: "linalg_lu.h", print: printLuSolve },
  linalg_lu_rows: { header: "linalg_lu.h", print: printLuRows },
  linalg_triangular: { header: "linalg_triangular.h", print: printTriangular },
  linalg_qr: { header: "linalg_qr.h", print: printQr },
  linalg_qr_apply: { header: "linalg_qr.h", print: printQrApply },
  linalg_eigh: { header: "linalg_eigh.h", print: printEigh },
  linalg_svd: { header: "linalg_svd.h", print: printSvd },
  linalg_ldl: { header: "linalg_ldl.h", print: printLdl },
  linalg_ldl_solve: { header: "linalg_ldl.h", print: printLdlSolve },
  linalg_eig: { header: "linalg_eig.h", print: printEig },
  linalg_exp: { header: "linalg_exp.h", print: printExp },
};
