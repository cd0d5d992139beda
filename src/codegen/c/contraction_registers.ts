/**
 * A short epilogue on the sums of a tile while they are in registers: lanes along n, every vector by itself.
 *
 * @module
 */
import { asInt } from "../../ir/expr/mod.ts";
import { type Axis, type Scalar, scalarsOf } from "../../ir/loops/mod.ts";
import type { Microkernel } from "../../kernels/mod.ts";
import { type Block, BlockBuilder, linesOf } from "./block.ts";
import { BodyPrinter } from "./body.ts";
import { type Finish, resultsOf } from "./contraction_finish.ts";
import { localBuffer, type Roles } from "./contraction_roles.ts";
import { advance, decode, within } from "./contraction_walk.ts";
import { isShort } from "./kernel_context.ts";

/** Operations of an epilogue that is printed once for every vector of a tile, at most. */
const SHORT = 12;

/** An epilogue in registers. */
export interface InRegisters {
  /**
   * C lines for a tile of `mr` rows and `nv` vectors from row `m_from` and column `n_from` on. Its sums are `acc`; where
   * `isRagged`, only `rows` of its rows exist.
   */
  readonly lines: (mr: number, nv: number, isRagged: boolean) => readonly string[];
  /** C condition that whole vectors from `n_from` to `n_to` lie in one run of the results. */
  readonly condition: string;
}

/** Lanes of the last vector of the tiles that have the last columns, and nothing else. */
export interface Tail {
  readonly nv: number;
  readonly left: number;
}

/**
 * The epilogue in registers, where it is short and its lanes run along the columns of the tile. `widths`: columns of
 * the tiles that there are, where how many are left over is only known in the run; a tile must have them all.
 */
export function registersOf(
  it: Finish,
  widths: readonly number[] | undefined,
  tail?: Tail,
): InRegisters | undefined {
  if (it.transposed) return undefined;
  const flat = resultsOf(it), steps = scalarsOf(...flat.values);
  const works = steps.filter((s) => s.kind === "apply" || s.kind === "cast" || s.kind === "guarded");
  const isLight = steps.every((s) => s.kind !== "bound" && (s.kind !== "apply" || isShort(s.fn)));
  if (!isLight || works.length * flat.stores.length > SHORT) return undefined;
  const n = flat.roles[2]!, extent = it.names.expr(n.at(-1)!.extent);
  const whole = asInt(n.at(-1)!.extent) ?? 1;
  const conditions = [
    ...(widths
      ? [`(${widths.map((width) => `n_to - n_from == ${width}`).join(" || ")})`]
      : whole % it.lanes === 0 || tail
      ? []
      : [`(n_to - n_from) % ${it.lanes} == 0`]),
    ...(n.length === 1 ? [] : [`n_from % (${extent}) + n_to - n_from <= ${extent}`]),
  ];
  return {
    lines: (mr, nv, isRagged) => {
      const left = tail?.nv === nv ? tail.left : undefined;
      return linesOf(body(it, flat, { mr, nv, isRagged, left }), "  ");
    },
    condition: conditions.join(" && "),
  };
}

/** The tile of the last of `n` columns, where it is of a size of its own and these fill no whole vectors. */
export function tailOf(n: number, { nr, nv }: Microkernel, lanes: number): Tail | undefined {
  if (n % lanes === 0) return undefined;
  const rest = Math.ceil((n % nr) / lanes);
  return n < nr || rest < nv ? { nv: rest, left: n % lanes } : undefined;
}

/** A tile that is printed; `left`: lanes of its last vector, where these are not all. */
interface Printed {
  readonly mr: number;
  readonly nv: number;
  readonly isRagged: boolean;
  readonly left: number | undefined;
}

/** The sum of a vector, and what it becomes. */
function body(it: Finish, flat: Roles, { mr, nv, isRagged, left }: Printed): Block {
  const [batch, m, n] = flat.roles as [readonly Axis[], readonly Axis[], readonly Axis[]];
  const axis = n.at(-1)!, sum = localBuffer("$sum", it.dtype), last = `in${n.length - 1}`;
  const values = flat.values.map((v): Scalar =>
    it.scalars.rewrite(v, new Map(), (leaf) => {
      return leaf.kind === "accumulator" ? it.scalars.load(sum, [axis.sym]) : undefined;
    })
  );
  const root = new BlockBuilder(), printer = new BodyPrinter(it.context, root, it.names);
  decode(root, batch, "ib", "batch", it.names);
  decode(root, m, "im", "m_from", it.names);
  decode(root, n, "in", "n_from", it.names);
  const lane = (lanes: number | undefined) =>
    printer.inLoop(axis.sym.name, "in_v", () => {
      const names = values.map((v) => printer.emit(v));
      flat.stores.forEach((s, r) => printer.storeLanes(s.buffer, s.index[0]!, names[r]!));
    }, { symbol: axis.sym.name, count: `${lanes ?? "AOTI_LANES"}`, partial: lanes !== undefined });
  const vector = () => {
    const head = `const int64_t in_v = ${last} + j * AOTI_LANES; const v${it.dtype} sum = acc[i][j];`;
    const all = (pieces: Block): Block => [{ kind: "line", text: head }, ...pieces];
    const full = left === undefined ? nv : nv - 1, block = printer.block;
    if (full > 0) {
      const each = lane(undefined).pieces; // what it takes is declared before the loop
      block.line('_Pragma("GCC unroll 8")');
      block.push(loop("j", full, all(each)));
    }
    if (left === undefined) return;
    const only = { kind: "line", text: `enum { j = ${full} };` } as const, rest = lane(left).pieces;
    block.push({ kind: "group", body: [only, ...all(rest)] });
  };
  const columns = n.slice(0, -1);
  const row = within(printer, batch, "ib", () => {
    printer.block.pieces.push(...within(printer, m, "im", () => {
      if (columns.length === 0) vector();
      else printer.block.pieces.push(...within(printer, columns, "in", vector));
    }));
  });
  const guarded: Block = isRagged
    ? [{ kind: "choice", condition: "i < rows", then: row, otherwise: [] }]
    : row;
  const next = { kind: "line", text: advance(m, "im", m.length, it.names) } as const;
  root.line('_Pragma("GCC unroll 64")');
  root.push(loop("i", mr, [...guarded, next]));
  return root.pieces;
}

function loop(index: string, count: number, body: Block) {
  return { kind: "loop", index, from: "0", count: String(count), step: "1", body } as const;
}
