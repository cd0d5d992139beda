/**
 * Products of few rows whose B runs along the columns: some rows of B at a time go by from end to end, and the sums wait in
 * the first-level cache. Column by column, each step along k would be on another page of memory.
 *
 * @module
 */
import { add, int, linear } from "../../ir/expr/mod.ts";
import { loadsOf, type Scalar } from "../../ir/loops/mod.ts";
import { BlockBuilder, type Piece } from "./block.ts";
import { BodyPrinter, type VectorLoop } from "./body.ts";
import type { Operand } from "./contraction_pack.ts";
import { numbered, rowGroups, type SkinnySetting } from "./contraction_rows.ts";
import { decode, lanes, runs, within } from "./contraction_walk.ts";
import { elementType } from "./types.ts";

/** Rows of B at a time, which are streams from memory: more where many rows of sums are loaded and stored for each. */
function streams({ tile }: SkinnySetting): number {
  return tile.rows > 4 ? 8 : 4;
}

/** Lanes along the columns, all columns of a job for some positions of k; `b` has one axis of k. */
export function sweep(b: Operand, it: SkinnySetting): Piece {
  const root = new BlockBuilder(), printer = new BodyPrinter(it.context, root, it.names);
  decode(root, b.batch, "ib", "batch", it.names);
  root.pieces.push(...within(printer, b.batch, "ib", () => {
    runs(printer, b.side, "is", b.from, b.to, (from, to) => {
      const outer = printer.block, at = `(base + ${from} - ${b.from})`;
      const inner = printer.inLoop("$row", "i", () => {
        for (let r = 0; r < it.tile.rows; r++) {
          const bytes = `sizeof(${elementType(it.dtype)}) * (${to} - ${from})`;
          printer.block.line(`if (!(${it.accumulate})) memset(${row(it, r)} + ${at}, 0, ${bytes});`);
        }
        printer.block.line("int64_t ik_at = k_from;");
        for (const count of [streams(it), 1]) {
          const body = printer.inLoop(b.k[0]!.sym.name, "ik_at", () => {
            lanes(printer, b.side.at(-1)!, from, to, undefined, it.lanes, (vector) => {
              step(printer, b, it, count, vector);
            });
          });
          const loop = { condition: `ik_at + ${count} <= k_to`, step: `ik_at += ${count}` };
          printer.block.push({ kind: "while", ...loop, body: body.pieces });
        }
      });
      outer.push(rowGroups(it, inner.pieces));
    });
  }));
  return { kind: "group", body: root.pieces };
}

/** C text of a row of sums. */
function row({ tileStride }: SkinnySetting, r: number): string {
  return `tile + (i + ${r}) * ${tileStride}`;
}

/** One vector of columns of all rows: what `count` rows of B add to it. */
function step(printer: BodyPrinter, b: Operand, it: SkinnySetting, count: number, vector: VectorLoop): void {
  const t = it.dtype, k = b.k[0]!.sym, { block } = printer;
  const values = numbered("", count).map((_, u) => {
    return it.scalars.substitute(b.value, new Map([[k.name, add(k, int(u))]]));
  });
  if (!vector.partial && count > 1) values.forEach((value) => askAhead(printer, value, k.name, count));
  const names = values.map((v) => printer.emit(v));
  const at = `(base + ${printer.names.expr(b.side.at(-1)!.sym)} - ${b.from})`;
  const [n, left] = vector.partial ? ["n", `, ${vector.count}`] : ["", ""];
  for (let r = 0; r < it.tile.rows; r++) {
    const sum = it.context.fresh("s"), place = `${row(it, r)} + ${at}`;
    block.line(`v${t} ${sum} = aoti_load${n}_${t}(${place}${left});`);
    names.forEach((name, u) => {
      block.line(`${sum} = aoti_madd_${t}(aoti_set1_${t}(a${r}[ik_at - k_from + ${u}]), ${name}, ${sum});`);
    });
    block.line(`aoti_store${n}_${t}(${place}, ${sum}${left});`);
  }
}

/** Asks for the same columns of the rows that come next. */
function askAhead(printer: BodyPrinter, value: Scalar, k: string, rows: number): void {
  const [load, ...more] = loadsOf(value);
  if (!load || more.length > 0 || !linear(load.index[0]!, k)) return;
  const next = new Map([[k, `(ik_at + ${rows})`]]);
  printer.block.line(`__builtin_prefetch(${printer.addressOf(load, next)}, 0, 2);`);
}
