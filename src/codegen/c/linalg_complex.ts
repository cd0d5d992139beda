/**
 * Routines of linear algebra on complex matrices, whose numbers are pairs in the last dim. See `routine/linalg_z*.h`.
 *
 * @module
 */
import { add, max, min, mul } from "../../ir/expr/mod.ts";
import { flag, matrices, perMatrix, workOf } from "./linalg.ts";
import type { Printed, RoutineRow } from "./routine_row.ts";
import type { CallPrinter } from "./routine_call.ts";

const range = "begin, end";
const ends = ["args->scratch", "args->error"];

/** Inputs: matrices. Outputs: lower factors, orders of minors that are not positive. */
function printCholesky(c: CallPrinter): Printed {
  const { batch, rows: n } = matrices(c.input(0), true);
  const args = [c.from(0), c.to(0), c.to(1), range, c.text(n), "args->scratch"];
  return perMatrix(c, "aoti_zcholesky", args, { batch, doubles: mul(2, n, n), work: 4 * workOf(n, n, n) });
}

/** Inputs: matrices. Outputs: factors, pivots, first columns without a pivot. */
function printLu(c: CallPrinter): Printed {
  const { batch, rows: m, columns: n } = matrices(c.input(0), true);
  const sizes = [c.text(m), c.text(n), flag(c, "pivot")];
  const args = [c.from(0), c.to(0), c.to(1), c.to(2), range, ...sizes, "args->scratch"];
  return perMatrix(c, "aoti_zlu", args, { batch, doubles: mul(2, m, n), work: 4 * workOf(m, n, n) });
}

/** Inputs: factors, pivots, right sides. */
function printLuSolve(c: CallPrinter): Printed {
  const { batch, rows: n, columns: count } = matrices(c.input(2), true);
  const pointers = [c.from(0), c.from(1), c.from(2), c.to(0)];
  const args = [...pointers, range, c.text(n), c.text(count), flag(c, "transposed"), ...ends];
  const doubles = mul(2, n, add(n, count));
  return perMatrix(c, "aoti_zlu_solve", args, { batch, doubles, work: 4 * workOf(n, n, count) });
}

/** Inputs: triangles, right sides. */
function printTriangular(c: CallPrinter): Printed {
  const { batch, rows: n, columns: count } = matrices(c.input(1), true);
  const sizes = [c.text(n), c.text(count), flag(c, "upper"), flag(c, "unit")];
  const args = [c.from(0), c.from(1), c.to(0), range, ...sizes, "args->scratch"];
  const doubles = mul(2, n, add(n, count));
  return perMatrix(c, "aoti_ztriangular", args, { batch, doubles, work: 4 * workOf(n, n, count) });
}

/** Inputs: matrices. Outputs: R over reflections, their factors. */
function printQr(c: CallPrinter): Printed {
  const { batch, rows: m, columns: n } = matrices(c.input(0), true);
  const args = [c.from(0), c.to(0), c.to(1), range, c.text(m), c.text(n), "args->scratch"];
  return perMatrix(c, "aoti_zqr", args, { batch, doubles: mul(2, add(m, 1), n), work: 4 * workOf(m, n, n) });
}

/** Inputs: packed reflections, their factors, what they are applied to. */
function printQrApply(c: CallPrinter): Printed {
  const { batch, rows: m, columns: count } = matrices(c.input(2), true);
  const n = matrices(c.input(0), true).columns, size = c.input(1).shape.at(-2)!;
  const sizes = [...[m, n, size, count].map((e) => c.text(e)), flag(c, "transposed")];
  const args = [c.from(0), c.from(1), c.from(2), c.to(0), range, ...sizes, "args->scratch"];
  const doubles = mul(2, add(mul(m, add(n, count)), size));
  return perMatrix(c, "aoti_zqr_apply", args, { batch, doubles, work: 4 * workOf(m, size, count) });
}

/** Inputs: Hermitian matrices. Outputs: real values, maybe vectors. */
function printEigh(c: CallPrinter): Printed {
  const { batch, rows: n } = matrices(c.input(0), true);
  const args = [c.from(0), c.to(0), c.to(1), range, c.text(n), flag(c, "upper"), ...ends];
  const doubles = add(mul(3, n, n), mul(8, n));
  return perMatrix(c, "aoti_zeigh", args, { batch, doubles, work: 32 * workOf(n, n, n) });
}

/** Inputs: matrices. Outputs: real values, maybe left vectors and right ones. */
function printSvd(c: CallPrinter): Printed {
  const { batch, rows: m, columns: n } = matrices(c.input(0), true), vectors = c.call.outputs.length > 1;
  const q = min(m, n), p = max(m, n);
  const left = vectors ? c.output(1).shape.at(-2)! : q, right = vectors ? c.output(2).shape.at(-3)! : q;
  const pointers = [c.from(0), c.to(1), c.to(0), c.to(2)], sizes = [m, n, left, right].map((e) => c.text(e));
  const doubles = add(mul(2, p, add(q, max(left, right), 1)), mul(8, q, add(q, 1)));
  return perMatrix(c, "aoti_zsvd", [...pointers, range, ...sizes, ...ends], {
    batch,
    doubles,
    work: 64 * workOf(m, n, q),
  });
}

/** Inputs: square matrices. Outputs: values, maybe vectors. */
function printEig(c: CallPrinter): Printed {
  const { batch, rows: n } = matrices(c.input(0), true);
  const args = [c.from(0), c.to(0), c.to(1), range, c.text(n), ...ends];
  const doubles = add(mul(4, n, n), mul(5, n));
  return perMatrix(c, "aoti_zeig", args, { batch, doubles, work: 64 * workOf(n, n, n) });
}

/** Rows of this family, by name: that of the routine on real matrices behind `linalg_complex_`. */
export const complexLinalgRoutines: Readonly<Record<string, RoutineRow>> = {
  linalg_complex_cholesky: { header: "linalg_z_direct.h", print: printCholesky },
  linalg_complex_lu: { header: "linalg_z_direct.h", print: printLu },
  linalg_complex_lu_solve: { header: "linalg_z_direct.h", print: printLuSolve },
  linalg_complex_triangular: { header: "linalg_z_direct.h", print: printTriangular },
  linalg_complex_qr: { header: "linalg_z_direct.h", print: printQr },
  linalg_complex_qr_apply: { header: "linalg_z_direct.h", print: printQrApply },
  linalg_complex_eigh: { header: "linalg_z_eigh.h", print: printEigh },
  linalg_complex_svd: { header: "linalg_z_svd.h", print: printSvd },
  linalg_complex_eig: { header: "linalg_z_eig.h", print: printEig },
};
