/**
 * A blocked matrix product in C: pack blocks of both operands, multiply panels in registers, finish a tile of C.
 *
 * A job is one block of rows × columns of one batch; it goes through k in blocks. What the operands compute (casts,
 * padding, im2col) happens while packing, what follows the sum while the tile is stored.
 *
 * @module
 */
import { bytesOf, type Target } from "../../base/mod.ts";
import { ceilDiv, type Expr, int, mul } from "../../ir/expr/mod.ts";
import { Scalars } from "../../ir/loops/mod.ts";
import type { ContractionKernel } from "../../ir/plan/mod.ts";
import { grainOf, planProduct, sizeOf, tileEnds } from "../../kernels/mod.ts";
import { Arguments, Names } from "./arguments.ts";
import { type Block, BlockBuilder } from "./block.ts";
import { KernelContext, type LocalPlace } from "./body.ts";
import { declareScratch, isShallow, keepsRows, lineOf, type Setting } from "./contraction_setting.ts";
import { type Finished, inRegisters, passing, sums } from "./contraction_sums.ts";
import { endsInMemory } from "./contraction_tiles.ts";
import { elementType } from "./types.ts";

/** What the template of contractions needs, and what the launch needs. */
export interface ContractionText {
  readonly template: string;
  readonly args: Arguments;
  readonly lanes: number;
  readonly mathTypes: readonly string[];
  readonly body: Block;
  readonly view: Readonly<Record<string, unknown>>;
  readonly total: Expr;
  readonly grain: Expr;
  readonly scratch: Expr;
}

/** Pointers that exist in C only. */
const places = new Map<string, LocalPlace>([
  ...["panel", "line", "tile"].map((name) => [`$${name}`, { kind: "scratch", name }] as const),
  ["$sum", { kind: "register", name: "sum" }],
]);

/** Prints a contraction; `isResident`: constants of the model may lie in the last cache. */
export function printContraction(
  kernel: ContractionKernel,
  target: Target,
  isResident: boolean,
): ContractionText {
  const it = settingOf(kernel, target, isResident), { product, blocking, shape, dtype } = it;
  const [m, n, k] = [product.m, product.n, product.k].map(sizeOf) as [Expr, Expr, Expr];
  const root = new BlockBuilder();
  for (const [name, size] of [["M", m], ["N", n], ["K", k]] as const) {
    root.line(`const int64_t ${name} = ${it.names.expr(size)};`);
  }
  const scratch = declareScratch(root, it), finished = inRegisters(it);
  const body = jobBody(it, finished);
  root.push({ kind: "loop", index: "job", from: "begin", count: "end", step: "1", body });
  const { tiles, isRagged } = tilesOf(it, finished), { mc, nc, mr, nr } = blocking;
  return {
    template: "c/contraction.c",
    args: it.names.args,
    lanes: it.lanes,
    mathTypes: [...it.context.mathTypes].sort(),
    body: root.pieces,
    view: {
      dtype: it.inPairs ? "pair" : dtype,
      type: elementType(dtype),
      nr,
      ...(it.inPlace ? { apart: it.inPlace.apart, step: 1 } : { apart: 1, step: mr }),
      tiles,
      isRagged,
      each: passing(it).far ? "AOTI_MK_AHEAD" : "AOTI_MK_NOTHING",
    },
    total: mul(sizeOf(product.batch), ceilDiv(m, mc), ceilDiv(n, nc)),
    grain: int(grainOf(shape, blocking)),
    scratch: int(scratch),
  };
}

function settingOf(kernel: ContractionKernel, target: Target, isResident: boolean): Setting {
  const ready = { a: kernel.packed?.a !== undefined, b: kernel.packed?.b !== undefined };
  const plan = planProduct(kernel.nest, target, ready, kernel.choice), { kc } = plan.blocking;
  const lanes = target.vectorBytes / bytesOf(plan.dtype), args = new Arguments(kernel.inPlace);
  const names = new Names(args), context = new KernelContext(args, places);
  names.set("$at", "at");
  const [lineStride, rowStride] = [lineOf(kc, lanes), plan.skinny ? lineOf(plan.skinny.kc, lanes) : 0];
  return {
    ...plan,
    ...{ kernel, context, names, lanes, lineStride, rowStride, isResident },
    ...{ scalars: new Scalars(), kStep: kc, hasMargin: true },
  };
}

/** The tiles that the template makes code for. */
function tilesOf(it: Setting, finished: Finished) {
  const ends = tileEnds(it.shape, it.blocking), isRagged = it.shape.m === undefined;
  const registers = finished && { ...finished, isRagged };
  const memory = endsInMemory({ ends, isShallow: isShallow(it), registers });
  const tiles = ends.rows.flatMap((mr) =>
    ends.vectors.map((nv) => ({
      ...{ mr, nv, inMemory: memory.rows.includes(mr) && memory.vectors.includes(nv) },
      finish: finished?.lines(mr, nv, isRagged) ?? [],
    }))
  );
  return { tiles, isRagged };
}

/** One job: its part of rows and columns, and their sums. */
function jobBody(it: Setting, finished: Finished): Block {
  const { mc, nc } = it.blocking;
  const block = new BlockBuilder();
  block.line("int64_t rest = job;");
  for (const [side, size, step] of [["n", "N", nc], ["m", "M", mc]] as const) {
    const count = `((${size} + ${step - 1}) / ${step})`;
    block.line(`const int64_t ${side}_from = rest % ${count} * ${step}; rest /= ${count};`);
    block.line(`const int64_t ${side}_to = AOTI_MIN(${side}_from + ${step}, ${size});`);
    if (side === "n" && keepsRows(it)) block.line("const int64_t group = rest;");
  }
  block.line("const int64_t batch = rest;");
  block.pieces.push(...sums(it, finished));
  return block.pieces;
}
