/**
 * Products of few rows: nothing of B is packed, each of its values is computed (or loaded) once per group of rows.
 *
 * A becomes lines of consecutive k. Where B runs along k the sums are dot products with lanes along k; else lanes run
 * along the columns and A's values are broadcast. Sums go to the tile, like those of the blocked product.
 *
 * @module
 */
import { add, int, linear, sym } from "../../ir/expr/mod.ts";
import { type Axis, loadsOf, type Scalar, scalarsOf } from "../../ir/loops/mod.ts";
import { BlockBuilder, type Piece } from "./block.ts";
import { BodyPrinter } from "./body.ts";
import { type Operand, runsAlongK, store } from "./contraction_pack.ts";
import { localBuffer } from "./contraction_roles.ts";
import { numbered, rowGroups, type SkinnySetting } from "./contraction_rows.ts";
import { sweep } from "./contraction_sweep.ts";
import { decode, lanes, positions, runs, within } from "./contraction_walk.ts";
import { elementType } from "./types.ts";

/** True when the product can do without packing B. Loaded indices have one name each, so B is printed once there. */
export function fitsSkinny(b: Operand, vector: number): boolean {
  if (scalarsOf(b.value).some((s) => s.kind === "bound")) return false;
  return !runsAlongK(b, vector) || b.side.length === 1;
}

/** Code for [m_from, m_to) × [n_from, n_to) over [k_from, k_to), with `rows` as the memory of A's lines. */
export function skinny(a: Operand, b: Operand, it: SkinnySetting): readonly Piece[] {
  const count = { kind: "line", text: "const int64_t count = m_to - m_from;" } as const;
  return [count, packLines(a, it), linesTimes(b, it)];
}

/** The product of `count` lines at `rows` and the columns [n_from, n_to) over [k_from, k_to). */
export function linesTimes(b: Operand, it: SkinnySetting): Piece {
  if (runsAlongK(b, it.lanes)) return dots(b, it);
  return it.hasAllRows && b.k.length === 1 ? sweep(b, it) : spread(b, it);
}

/** A's rows as lines. */
export function packLines(a: Operand, it: SkinnySetting): Piece {
  const root = new BlockBuilder(), printer = new BodyPrinter(it.context, root, it.names);
  const target = localBuffer("$line", it.dtype), type = elementType(it.dtype);
  decode(root, a.batch, "ib", "batch", it.names);
  root.pieces.push(...within(printer, a.batch, "ib", () => {
    positions(printer, a.side, "is", a.from, a.to, () => {
      printer.block.line(`${type}* restrict line = ${a.panels} + (is_at - ${a.from}) * ${it.rowStride};`);
      runs(printer, a.k, "ik", "k_from", "k_to", (from, to) => {
        printer.block.line("const int64_t at = base - k_from;");
        lanes(printer, a.k.at(-1)!, from, to, undefined, it.lanes, () => {
          store(printer, target, a.k.at(-1)!, a.value);
        });
      });
    });
  }));
  return { kind: "group", body: root.pieces };
}

function declareSums(block: BlockBuilder, it: SkinnySetting, columns: number): void {
  for (let r = 0; r < it.tile.rows; r++) {
    const sums = numbered(`s${r}_`, columns).map((s) => `${s} = {0}`);
    block.line(`v${it.dtype} ${sums.join(", ")};`);
  }
}

/** Lanes along k: a group of columns at a time, the last group repeats its last column. */
function dots(b: Operand, all: SkinnySetting): Piece {
  const { rows, ...most } = all.tile.dots,
    isNear = liesNear(b, all),
    columns = isNear ? most.near : most.columns,
    it = { ...all, tile: { ...all.tile, rows } },
    side = b.side[0]!,
    last = b.k.at(-1)!;
  const root = new BlockBuilder(), printer = new BodyPrinter(it.context, root, it.names);
  decode(root, b.batch, "ib", "batch", it.names);
  const own: readonly Axis[] = numbered("$j", columns).map((name) => ({
    sym: sym(name, {}),
    extent: int(1),
  }));
  const values = own.map((axis) => it.scalars.substitute(b.value, new Map([[side.sym.name, axis.sym]])));
  root.pieces.push(...within(printer, b.batch, "ib", () => {
    const group = new BlockBuilder();
    own.forEach((_, c) => group.line(`const int64_t j${c} = AOTI_MIN(j + ${c}, ${b.to} - 1);`));
    group.pieces.push(...within(printer, own, "j", () => {
      const inner = printer.inLoop("$row", "i", () => {
        declareSums(printer.block, it, columns);
        runs(printer, b.k, "ik", "k_from", "k_to", (from, to) => {
          lanes(printer, last, from, to, undefined, it.lanes, (vector) => {
            if (!isNear && !vector.partial) askAhead(printer, values, own, columns);
            multiplyLanes(printer, values, it, vector.partial ? vector.count : undefined, `${from}_v`);
          });
        });
        addAcross(printer.block, b, it, columns);
      });
      printer.block.push(rowGroups(it, inner.pieces));
    }));
    const step = String(columns);
    printer.block.push({ kind: "loop", index: "j", from: b.from, count: b.to, step, body: group.pieces });
  }));
  return { kind: "group", body: root.pieces };
}

/** Sums of lanes go to the tile; see `aoti_add_across_f32`. */
function addAcross(block: BlockBuilder, b: Operand, it: SkinnySetting, columns: number): void {
  const { dtype, tileStride, tile: { rows } } = it;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      block.line(`aoti_store_${dtype}(lines + ${r * columns + c} * AOTI_LANES, s${r}_${c});`);
    }
  }
  const target = `tile + i * ${tileStride} + (j - ${b.from}), ${tileStride}`;
  const exist = `AOTI_MIN(count - i, ${rows}), AOTI_MIN(${b.to} - j, ${columns})`;
  block.line(`aoti_add_across_${dtype}(lines, ${columns}, ${target}, ${exist}, ${it.accumulate});`);
}

/** True for constants that may lie in the last cache, where four streams are faster than eight, and asking only costs. */
function liesNear(b: Operand, { isResident = false }: SkinnySetting): boolean {
  return isResident && loadsOf(b.value).every(({ buffer }) => buffer.role === "constant");
}

/** Asks for what the next group of columns reads at the same k: few streams do not fill the way from memory. */
function askAhead(
  printer: BodyPrinter,
  values: readonly Scalar[],
  own: readonly Axis[],
  columns: number,
): void {
  values.forEach((value, c) => {
    const [load, ...more] = loadsOf(value), { sym } = own[c]!;
    if (!load || more.length > 0 || !linear(load.index[0]!, sym.name)) return;
    const next = new Map([[sym.name, `(${printer.names.expr(sym)} + ${columns})`]]);
    printer.block.line(`__builtin_prefetch(${printer.addressOf(load, next)}, 0, 2);`);
  });
}

function multiplyLanes(
  printer: BodyPrinter,
  values: readonly Scalar[],
  it: SkinnySetting,
  partial: string | undefined,
  index: string,
): void {
  const t = it.dtype, names = values.map((v) => printer.emit(v)), block = printer.block;
  const live = partial
    ? names.map((n) => `aoti_select_${t}(aoti_firstn_bool(${partial}), ${n}, aoti_set1_${t}(0))`)
    : names;
  const b = live.map((text) => {
    const name = it.context.fresh("b");
    block.line(`v${t} ${name} = ${text};`);
    block.line(`AOTI_HOLD(${name});`);
    return name;
  });
  for (let r = 0; r < it.tile.rows; r++) {
    const at = `a${r} + (base + ${index} - k_from)`, a = it.context.fresh("a_");
    block.line(
      `v${t} ${a} = ${partial ? `aoti_loadn_${t}(${at}, ${partial})` : `aoti_load_${t}(${at})`};`,
    );
    block.line(`AOTI_HOLD(${a});`);
    b.forEach((name, c) => block.line(`s${r}_${c} = aoti_madd_${t}(${a}, ${name}, s${r}_${c});`));
  }
}

/** Lanes along the columns: several vectors at a time, then what is left one by one. */
function spread(b: Operand, it: SkinnySetting): Piece {
  const root = new BlockBuilder(), printer = new BodyPrinter(it.context, root, it.names);
  const axis = b.side.at(-1)!, { vectors } = it.tile;
  decode(root, b.batch, "ib", "batch", it.names);
  root.pieces.push(...within(printer, b.batch, "ib", () => {
    runs(printer, b.side, "is", b.from, b.to, (from, to) => {
      printer.block.line(`int64_t v = ${from};`);
      const wide = printer.inLoop(axis.sym.name, "v", () => spreadStep(printer, b, it, vectors, undefined), {
        symbol: axis.sym.name,
        count: "AOTI_LANES",
        partial: false,
      });
      const one = printer.inLoop(axis.sym.name, "v", () => {
        printer.block.line(`const int64_t left = AOTI_MIN(${to} - v, AOTI_LANES);`);
        spreadStep(printer, b, it, 1, "left");
      }, { symbol: axis.sym.name, count: "left", partial: true });
      const width = `${vectors} * AOTI_LANES`;
      printer.block.push({
        kind: "while",
        condition: `v + ${width} <= ${to}`,
        step: `v += ${width}`,
        body: wide.pieces,
      });
      printer.block.push({
        kind: "while",
        condition: `v < ${to}`,
        step: "v += AOTI_LANES",
        body: one.pieces,
      });
    });
  }));
  return { kind: "group", body: root.pieces };
}

function spreadStep(
  printer: BodyPrinter,
  b: Operand,
  it: SkinnySetting,
  vectors: number,
  left: string | undefined,
): void {
  const t = it.dtype, axis = b.side.at(-1)!, outer = printer.block;
  const values = Array.from({ length: vectors }, (_, c) => {
    return it.scalars.substitute(b.value, new Map([[axis.sym.name, add(axis.sym, int(c * it.lanes))]]));
  });
  const inner = printer.inLoop("$row", "i", () => {
    declareSums(printer.block, it, vectors);
    positions(printer, b.k, "ik", "k_from", "k_to", () => {
      const names = values.map((v) => printer.emit(v));
      for (let r = 0; r < it.tile.rows; r++) {
        names.forEach((name, c) => {
          const sum = `s${r}_${c}`;
          printer.block.line(
            `${sum} = aoti_madd_${t}(aoti_set1_${t}(a${r}[ik_at - k_from]), ${name}, ${sum});`,
          );
        });
      }
    });
    const count = left ? `, ${left}` : "", [load, keep] = left ? ["loadn", "storen"] : ["load", "store"];
    for (let r = 0; r < it.tile.rows; r++) {
      for (let c = 0; c < vectors; c++) {
        const target = `tile + (i + ${r}) * ${it.tileStride} + (base + v - ${b.from}) + ${c} * AOTI_LANES`;
        const sum = `(${it.accumulate}) ? s${r}_${c} + aoti_${load}_${t}(${target}${count}) : s${r}_${c}`;
        const condition = r > 0 ? `if (i + ${r} < count) ` : "";
        printer.block.line(`${condition}aoti_${keep}_${t}(${target}, ${sum}${count});`);
      }
    }
  });
  outer.push(rowGroups(it, inner.pieces));
}
