/**
 * A blocked matrix product in C: pack blocks of both operands, multiply panels in registers, finish a tile of C.
 *
 * A job is one block of rows × columns of one batch; it goes through k in blocks. What the operands compute (casts,
 * padding, im2col) happens while packing, what follows the sum while the tile is stored.
 *
 * @module
 */
import { bytesOf, type Target } from "../../base/mod.ts";
import { asInt, ceilDiv, type Expr, int, isInt, mul } from "../../ir/expr/mod.ts";
import { type Axis, type Buffer, type Scalar, Scalars } from "../../ir/loops/mod.ts";
import type { ContractionKernel } from "../../ir/plan/mod.ts";
import { grainOf, planProduct, sizeOf, SKINNY_ROWS, tileEnds } from "../../kernels/mod.ts";
import { Arguments, Names } from "./arguments.ts";
import { type Block, BlockBuilder } from "./block.ts";
import { KernelContext, type LocalPlace } from "./body.ts";
import { finish } from "./contraction_finish.ts";
import { type Operand, pack } from "./contraction_pack.ts";
import { flattenRoles } from "./contraction_roles.ts";
import { fitsSkinny, skinny } from "./contraction_skinny.ts";
import { registersOf, tailOf } from "./contraction_registers.ts";
import { endsInMemory, tileLoops } from "./contraction_tiles.ts";
import {
  declareScratch,
  fewStride,
  isShallow,
  keepsRows,
  lineOf,
  readyOf,
  rowsOf,
  type Setting,
} from "./contraction_setting.ts";
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

/** Prints a contraction. */
export function printContraction(kernel: ContractionKernel, target: Target): ContractionText {
  const ready = { a: kernel.packed?.a !== undefined, b: kernel.packed?.b !== undefined };
  const plan = planProduct(kernel.nest, target, ready, kernel.choice),
    { product, blocking, shape, skinny, dtype } = plan;
  const [m, n, k] = [product.m, product.n, product.k].map(sizeOf) as [Expr, Expr, Expr];
  const vector = target.vectorBytes / bytesOf(dtype);
  const args = new Arguments(kernel.inPlace),
    names = new Names(args),
    context = new KernelContext(args, places);
  names.set("$at", "at");
  const lineStride = lineOf(blocking.kc, vector);
  const rowStride = skinny ? lineOf(skinny.kc, vector) : 0, scalars = new Scalars();
  const it: Setting = {
    ...plan,
    ...{
      kernel,
      scalars,
      context,
      names,
      lanes: vector,
      lineStride,
      rowStride,
      kStep: blocking.kc,
      hasMargin: true,
    },
  };
  const root = new BlockBuilder();
  for (const [name, size] of [["M", m], ["N", n], ["K", k]] as const) {
    root.line(`const int64_t ${name} = ${names.expr(size)};`);
  }
  const scratch = declareScratch(root, it);
  root.push({ kind: "loop", index: "job", from: "begin", count: "end", step: "1", body: jobBody(it) });
  const { mc, nc, mr, nr } = blocking, ends = tileEnds(shape, blocking);
  const registers = inRegisters(it), isRagged = shape.m === undefined;
  const each = passing(it).far ? "AOTI_MK_AHEAD" : "AOTI_MK_NOTHING";
  const memory = endsInMemory({
    ends,
    isShallow: isShallow(it),
    registers: registers && { ...registers, isRagged },
  });
  const tiles = ends.rows.flatMap((mr) =>
    ends.vectors.map((nv) => ({
      ...{ mr, nv, inMemory: memory.rows.includes(mr) && memory.vectors.includes(nv) },
      finish: registers?.lines(mr, nv, isRagged) ?? [],
    }))
  );
  return {
    template: "c/contraction.c",
    args,
    lanes: vector,
    mathTypes: [...context.mathTypes].sort(),
    body: root.pieces,
    view: {
      dtype: plan.inPairs ? "pair" : dtype,
      type: elementType(dtype),
      nr,
      ...(plan.inPlace ? { apart: plan.inPlace.apart, step: 1 } : { apart: 1, step: mr }),
      tiles,
      isRagged,
      each,
    },
    total: mul(sizeOf(product.batch), ceilDiv(m, mc), ceilDiv(n, nc)),
    grain: int(grainOf(shape, blocking)),
    scratch: int(scratch),
  };
}

function jobBody(it: Setting): Block {
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
  block.pieces.push(...sums(it));
  return block.pieces;
}

/** A job's sums and what follows them: the way for few rows, the way for many, or both and a choice. */
function sums(it: Setting): Block {
  const { product } = it, { mr, nr } = it.blocking;
  const operand = (
    o: Pick<Operand, "panels" | "from" | "to" | "width">,
    value: Scalar,
    side: readonly Axis[],
  ) => {
    const flat = flattenRoles(
      { roles: [product.batch, side, product.k], values: [cast(value, it)], stores: [] },
      it.scalars,
    );
    const [batch, own, k] = flat.roles as [readonly Axis[], readonly Axis[], readonly Axis[]];
    return { ...o, value: flat.values[0]!, batch, side: own, k };
  };
  const a = operand({ panels: rowsOf(it), from: "m_from", to: "m_to", width: mr }, product.a, product.m);
  const b = operand({ panels: "columns", from: "n_from", to: "n_to", width: nr }, product.b, product.n);
  const overK = (step: number, body: Block): Block => {
    const head = {
      kind: "line",
      text: `const int64_t k_to = AOTI_MIN(k_from + ${step}, K), kc = k_to - k_from;`,
    } as const;
    return [{
      kind: "loop",
      index: "k_from",
      from: "0",
      count: isPositive(sizeOf(product.k)) ? "K" : "(K > 0 ? K : 1)", // a sum of nothing is zero
      step: String(step),
      body: [head, ...body],
    }];
  };
  const rows = (): Block => {
    if (readyOf(it).a) return [];
    if (!keepsRows(it)) return [pack(a, it)];
    return [{ kind: "choice", condition: "*args->kept != group + 1", then: [pack(a, it)], otherwise: [] }];
  };
  const packing = () => [...rows(), ...(readyOf(it).b ? [] : [pack(b, it)])];
  const steps = {
    kind: "line",
    text: `const int64_t steps = ${it.inPairs ? "(kc + 1) / 2" : "kc"};`,
  } as const;
  const many = () => {
    const blocks = overK(it.blocking.kc, [steps, ...packing(), ...products(it)]);
    return keepsRows(it) ? [...blocks, { kind: "line", text: "*args->kept = group + 1;" } as const] : blocks;
  };
  const few = () => {
    const tileStride = fewStride(it);
    const common = {
      ...{ rowStride: it.rowStride, tileStride, accumulate: "k_from != 0" },
      hasAllRows: true,
    };
    const setting = { ...it, tile: it.skinny!, ...common };
    return [
      ...overK(it.skinny!.kc, skinny({ ...a, panels: "rows" }, b, setting)),
      finish({ ...it, ldc: tileStride }),
    ];
  };
  if (!it.skinny || !fitsSkinny(b, it.lanes)) return many();
  if (it.shape.m !== undefined) return few();
  return [{ kind: "choice", condition: `m_to - m_from <= ${SKINNY_ROWS}`, then: few(), otherwise: many() }];
}

function isPositive(e: Expr): boolean {
  const value = asInt(e);
  return value !== undefined && !isInt(e, 0);
}

function cast(value: Scalar, it: Setting): Scalar {
  return it.scalars.cast(value, it.dtype);
}

/** Bytes of packed constants that all rows pass by: they stay in the second-level cache. */
const STAYS = 1 << 18;

/**
 * What passes while the other operand stays: packed constants come from far away, and so do rows that are kept or that
 * lie in memory.
 */
function passing(it: Setting) {
  const { kernel: { packed }, blocking: { mr, nr }, shape: { n, k }, inPlace } = it;
  const bytes = bytesOf(it.dtype), all = it.inPairs ? "(K + 1) / 2" : "K";
  if (inPlace && n !== undefined && k !== undefined && n * k * bytes <= STAYS) {
    return { streams: "a", far: inPlace.apart === k ? mr * bytes : undefined, long: all } as const;
  }
  if (packed?.b && !packed.a) return { streams: "b", far: nr * bytes, long: all } as const;
  const far = packed?.a || keepsRows(it) ? mr * bytes : undefined;
  return { streams: "a", far, long: packed?.a ? all : "steps" } as const;
}

function inRegisters(it: Setting) {
  const { nr, nv } = it.blocking, { vectors } = tileEnds(it.shape, it.blocking);
  const widths = it.shape.n === undefined ? vectors.map((n) => n * nr / nv) : undefined;
  return registersOf(
    { ...it, ldc: nr },
    widths,
    it.shape.n === undefined ? undefined : tailOf(it.shape.n, it.blocking, it.lanes),
  );
}

/** C text of the first of a tile's rows, at this block of k. */
function inPlace({ inPlace, names }: Setting): string {
  const { buffer, start, apart } = inPlace!;
  return `${names.args.pointer(buffer)} + ${names.expr(start)} + m_from * ${apart} + k_from`;
}

/** All panels of A times all panels of B. */
function products(it: Setting): Block {
  const { mr, nr, nc } = it.blocking, { shape, kernel: { packed } } = it, { args } = it.names;
  const ready = (buffer: Buffer, size: number, width: number, from: string) => {
    const all = Math.ceil(size / width) * width;
    if (!it.inPairs) return `${args.pointer(buffer)} + (batch * ${all} + ${from}) * K + k_from * ${width}`;
    const pair = `(batch * ${all} + ${from}) * ((K + 1) / 2) + k_from / 2 * ${width}`;
    return `(const float*)${args.pointer(buffer)} + ${pair}`;
  };
  const registers = inRegisters(it);
  return tileLoops({
    tile: it.blocking,
    ends: tileEnds(shape, it.blocking),
    a: packed?.a
      ? ready(packed.a, shape.m!, mr, "m_from")
      : it.inPlace
      ? inPlace(it)
      : `${rowsOf(it)} + i * steps`,
    b: packed?.b ? ready(packed.b, shape.n!, nr, "n_from") : "columns + j * steps",
    ...passing(it),
    isShallow: isShallow(it),
    nc,
    finish: finish({ ...it, ldc: nr }),
    registers: registers && { ...registers, isRagged: shape.m === undefined },
  });
}
