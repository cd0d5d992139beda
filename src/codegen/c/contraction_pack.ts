/**
 * Packing an operand's block into panels: `kc` groups of `width` values, one value per row (A) or column (B).
 *
 * Lanes run where the operand's loads are contiguous: along the panel's own role, straight into the panel; or along
 * k, into lines of their own that are then transposed.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import { add, asInt, type Expr, int, linear, symsOfPred } from "../../ir/expr/mod.ts";
import { windowAxes } from "../../kernels/mod.ts";
import { type Axis, type Buffer, loadsOf, type Scalar, type Scalars, scalarsOf } from "../../ir/loops/mod.ts";
import { BlockBuilder, type Piece } from "./block.ts";
import { BodyPrinter, type KernelContext } from "./body.ts";
import type { Names } from "./arguments.ts";
import { localBuffer } from "./contraction_roles.ts";
import { apart, assuming, guardParts } from "./guards.ts";
import { at, decode, extentOf, lanes, positions, runs, within } from "./contraction_walk.ts";
import { elementType } from "./types.ts";

/** One side of a contraction. */
export interface Operand {
  readonly value: Scalar;
  readonly batch: readonly Axis[];
  /** Rows of A, columns of B. */
  readonly side: readonly Axis[];
  readonly k: readonly Axis[];
  /** C text of the pointer to the packed block, and of the range to pack. */
  readonly panels: string;
  readonly from: string;
  readonly to: string;
  readonly width: number;
}

/** What both packings share. */
export interface PackSetting {
  readonly context: KernelContext;
  readonly names: Names;
  readonly dtype: DType;
  readonly lanes: number;
  readonly scalars: Scalars;
  /** Panels are packed in `staging` and stored as pairs of bf16 along k. */
  readonly inPairs: boolean;
  /** Every block of k begins at a multiple of this. */
  readonly kStep: number;
  /** Elements from one line to the next where lanes run along k. */
  readonly lineStride: number;
  /** A vector behind the last panel may be overwritten. */
  readonly hasMargin?: boolean;
}

/** Bodies of more scalars than this are not printed once more for full panels. */
const SMALL = 32;

/** True when lanes should run along k. */
export function runsAlongK(o: Pick<Operand, "value" | "side" | "k">, vector: number): boolean {
  const score = (axis: Axis) => {
    let sum = 0;
    for (const load of loadsOf(o.value)) {
      const stride = linear(load.index[0]!, axis.sym.name)?.coef;
      if (stride === undefined) sum -= 2;
      else if (asInt(stride) === 1) sum += 2;
      else if (asInt(stride) === 2) sum += 1;
      else if (asInt(stride) !== 0) sum -= 1;
    }
    const extent = extentOf(axis) ?? vector;
    return sum * Math.min(1, extent / vector);
  };
  return score(o.k.at(-1)!) > score(o.side.at(-1)!);
}

/** Code that packs [from, to) × [k_from, k_to). */
export function pack(o: Operand, it: PackSetting): Piece {
  const root = new BlockBuilder(), printer = new BodyPrinter(it.context, root, it.names);
  decode(root, o.batch, "ib", "batch", it.names);
  const body = within(printer, o.batch, "ib", () => {
    const block = printer.block, panel = new BlockBuilder();
    const type = elementType(it.dtype);
    if (lay(o, it, printer)) return;
    panel.line(`const int64_t to = AOTI_MIN(from + ${o.width}, ${o.to});`);
    const own = `${o.panels} + (from - ${o.from}) * ${it.inPairs ? "steps" : "kc"}`;
    const isStaged = it.inPairs && !(runsAlongK(o, it.lanes) && turnable(o, it, printer));
    panel.line(`${type}* restrict panel = ${isStaged ? "staging" : own};`);
    const height = it.inPairs && !isStaged ? "steps" : "kc";
    panel.line(`if (to - from < ${o.width}) memset(panel, 0, sizeof(${type}) * ${o.width} * ${height});`);
    panel.pieces.push(
      ...printer.inLoop("$panel", "from", () => {
        const window = tapsOf(o, it);
        if (runsAlongK(o, it.lanes)) alongK(o, it, printer);
        else if (window) windows(o, it, printer, window);
        else alongSide(o, it, printer);
      }).pieces,
    );
    if (isStaged) panel.line(`aoti_pack_pairs(${own}, panel, ${o.width}, kc);`);
    block.push({
      kind: "loop",
      index: "from",
      from: o.from,
      count: o.to,
      step: String(o.width),
      body: panel.pieces,
    });
  });
  root.pieces.push(...body);
  return { kind: "group", body: root.pieces };
}

function alongSide(o: Operand, it: PackSetting, printer: BodyPrinter): void {
  const target = localBuffer("$panel", it.dtype), last = o.side.at(-1)!;
  runs(printer, o.side, "is", "from", "to", (from, to) => {
    const steps = (width: number | undefined) => () => {
      positions(printer, o.k, "ik", "k_from", "k_to", () => {
        printer.block.line(`const int64_t at = base - from + (ik_at - k_from) * ${o.width};`);
        lanes(printer, last, from, to, width, it.lanes, () => store(printer, target, last, o.value));
      });
    };
    const block = printer.block;
    if (scalarsOf(o.value).length > SMALL) return steps(undefined)();
    const then = within(printer, [], "full", steps(o.width));
    const otherwise = within(printer, [], "part", steps(undefined));
    block.push({ kind: "choice", condition: `(${to}) - (${from}) == ${o.width}`, then, otherwise });
  });
}

/** The last axes of k, position by position. */
interface Taps {
  readonly outer: readonly Axis[];
  readonly values: readonly Scalar[];
}

/** The positions of a small window inside k, when blocks of k hold whole windows. */
function tapsOf(o: Operand, it: PackSetting): Taps | undefined {
  const inner = windowAxes(o.k), count = inner.reduce((n, a) => n * extentOf(a)!, 1);
  if (count === 1 || it.kStep % count !== 0) return undefined;
  if (scalarsOf(o.value).some((s) => s.kind === "bound")) return undefined;
  const values = Array.from({ length: count }, (_, n) => {
    const map = new Map<string, Expr>();
    inner.reduceRight((rest, a) => {
      map.set(a.sym.name, int(rest % extentOf(a)!));
      return Math.floor(rest / extentOf(a)!);
    }, n);
    return it.scalars.substitute(o.value, map);
  });
  return { outer: o.k.slice(0, o.k.length - inner.length), values };
}

/** Lanes along the side, from channel to channel in the innermost loop: what a window asks of lanes is asked once. */
function windows(o: Operand, it: PackSetting, printer: BodyPrinter, taps: Taps): void {
  const last = o.side.at(-1)!, count = taps.values.length, target = localBuffer("$panel", it.dtype);
  const inLoop = new Set([last, ...taps.outer].map((a) => a.sym.name));
  const conditions = guardParts(taps.values, (p) => !symsOfPred(p).some((s) => inLoop.has(s.name)));
  const body = (values: readonly Scalar[]) => () =>
    positions(printer, taps.outer, "ik", `k_from / ${count}`, `k_to / ${count}`, () => {
      printer.block.line(`const int64_t at = base - from + (ik_at * ${count} - k_from) * ${o.width};`);
      values.forEach((value, n) => {
        printer.storeLanes(target, add(at, int(n * o.width), last.sym), printer.emit(value));
      });
    });
  const inside = taps.values.map((v) => assuming(v, conditions, it.scalars));
  const anywhere = taps.values.map((v) => apart(v, (name) => name === last.sym.name, it.scalars));
  runs(printer, o.side, "is", "from", "to", (from, to) => {
    lanes(printer, last, from, to, undefined, it.lanes, () => {
      if (conditions.length === 0) body(anywhere)();
      else printer.inChoice(printer.condition(conditions), body(inside), body(anywhere));
    });
  });
}

/** An operand that lies in memory as it is: C text of its first element, and its strides. */
function inMemory({ value: whole, side, k }: Operand, it: PackSetting, printer: BodyPrinter) {
  const value = it.inPairs && whole.kind === "cast" ? whole.arg : whole,
    stored = it.inPairs ? "bf16" : it.dtype;
  if (value.kind !== "load" || value.dtype !== stored || side.length !== 1 || k.length !== 1) {
    return undefined;
  }
  const along = linear(value.index[0]!, k[0]!.sym.name);
  const across = along && linear(along.rest, side[0]!.sym.name);
  if (!across) return undefined;
  const from = `${it.names.args.pointer(value.buffer)} + ${printer.names.expr(across.rest)}`;
  return { from, along: along.coef, across: across.coef, text: (e: Expr) => printer.names.expr(e) };
}

/** All panels at once where columns lie side by side in memory. */
function lay(o: Operand, it: PackSetting, printer: BodyPrinter): boolean {
  const isWhole = o.width % it.lanes === 0;
  const there = isWhole ? inMemory(o, it, printer) : undefined;
  if (!there || asInt(there.across) !== 1) return false;
  const stride = there.text(there.along);
  printer.block.line(
    `aoti_lay_${
      it.inPairs ? "pairs" : it.dtype
    }(${o.panels}, ${o.width}, ${there.from} + ${o.from} + k_from * (${stride}), ` +
      `${stride}, kc, ${o.to} - ${o.from});`,
  );
  return true;
}

/** Rows that lie in memory as they are, and can be turned into panels; pairs are turned as words, so rows hold whole ones. */
function turnable(o: Operand, it: PackSetting, printer: BodyPrinter) {
  // whole vectors are written, so a panel is one vector or whole ones
  const isWhole = o.width % it.lanes === 0 || (it.hasMargin && o.width < it.lanes);
  const there = isWhole ? inMemory(o, it, printer) : undefined;
  if (!there || asInt(there.along) !== 1) return undefined;
  const stride = there.text(there.across);
  if (!it.inPairs) return { from: there.from, stride, k: "k_from", height: "kc" };
  const [row, length] = [asInt(there.across), extentOf(o.k[0])];
  if (row === undefined || row % 2 !== 0 || length === undefined || length % 2 !== 0) return undefined;
  return { from: `(const float*)(${there.from})`, stride: String(row / 2), k: "k_from / 2", height: "steps" };
}

/** Panels of rows that lie in memory as they are. */
function turn(o: Operand, it: PackSetting, printer: BodyPrinter): boolean {
  const there = turnable(o, it, printer);
  if (!there) return false;
  const { from, stride, k, height } = there;
  const count = `AOTI_MIN(to - first, ${Math.min(o.width, it.lanes)})`;
  const text = `aoti_turn_${it.dtype}(panel + (first - from), ${o.width}, ` +
    `${from} + first * (${stride}) + ${k}, ${stride}, ${height}, ${count});`;
  printer.block.push({
    ...{ kind: "loop", index: "first", from: "from", count: "to", step: String(it.lanes) },
    body: [{ kind: "line", text }],
  });
  return true;
}

function alongK(o: Operand, it: PackSetting, printer: BodyPrinter): void {
  if (turn(o, it, printer)) return;
  const target = localBuffer("$line", it.dtype), last = o.k.at(-1)!;
  const block = printer.block, type = elementType(it.dtype), rows = new BlockBuilder();
  rows.line(`const int64_t last = AOTI_MIN(first + AOTI_LANES, to);`);
  rows.pieces.push(
    ...printer.inLoop("$group", "first", () => {
      positions(printer, o.side, "is", "first", "last", () => {
        printer.block.line(`${type}* restrict line = lines + (is_at - first) * ${it.lineStride};`);
        runs(printer, o.k, "ik", "k_from", "k_to", (from, to) => {
          printer.block.line(`const int64_t at = base - k_from;`);
          lanes(printer, last, from, to, undefined, it.lanes, () => store(printer, target, last, o.value));
        });
      });
    }).pieces,
  );
  const width = `AOTI_MIN(AOTI_LANES, ${o.width} - (first - from))`;
  rows.line(
    `aoti_transpose_${it.dtype}(panel + (first - from), ${o.width}, lines, ${it.lineStride}, kc, last - first, ${width});`,
  );
  block.push({
    kind: "loop",
    index: "first",
    from: "from",
    count: "to",
    step: "AOTI_LANES",
    body: rows.pieces,
  });
}

/** Stores `value` at `at` plus the position on `axis`. */
export function store(printer: BodyPrinter, target: Buffer, axis: Axis, value: Scalar): void {
  printer.storeLanes(target, add(at, axis.sym), printer.emit(value));
}
