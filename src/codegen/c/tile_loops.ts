/**
 * The loops of a kernel that goes by tiles: strips, tiles along lines and across them, the lines of one tile.
 *
 * @module
 */
import { bytesOf } from "../../base/mod.ts";
import { asInt, ceilDiv } from "../../ir/expr/mod.ts";
import { scalarsOf } from "../../ir/loops/mod.ts";
import { Names } from "./arguments.ts";
import { ask, isLarge } from "./ahead.ts";
import { type Block, BlockBuilder } from "./block.ts";
import { BodyPrinter, type KernelContext } from "./body.ts";
import { printItems } from "./items.ts";
import type { Tiling } from "./tiles.ts";
import { vectorType } from "./types.ts";

/** Lanes of a tile at most. */
export const TILE_LANES = 16;
/** Bodies beyond this many scalars are not repeated for every line of a tile. */
const SHORT = 12;
/** Bytes of a cache line: stores past the caches that fill less of it wait for the rest. */
const CACHE_LINE = 64;
/** Lines below this are not worth a tile that only leads to a boundary of cache lines. */
const LONG = 256;

/** The strips of a parallel range. */
export function printStrips(
  it: Tiling,
  lanes: number,
  context: KernelContext,
  root: BlockBuilder,
  names: Names,
): void {
  if (it.items.some((i) => bytesOf(i.store.buffer.dtype) * lanes < CACHE_LINE)) context.past.clear();
  const row = new BlockBuilder(), inner = new Names(context.args, names);
  it.others.forEach((axis, n) => inner.set(axis.sym.name, `o${n}`));
  const printer = new BodyPrinter(context, row, inner);
  decodeStrip(it, printer);
  row.line(`const int64_t line_shift = ${shiftOf(lineHead(it, printer))};`);
  row.line(`const int64_t column_shift = ${shiftOf(columnHead(it, printer))};`);
  const [lines, columns] = [inner.expr(it.line.extent), inner.expr(it.lane.extent)];
  piece(row, "line", inner.expr(ceilDiv(it.line.extent, it.length)), it.length, lines);
  piece(row, "column", inner.expr(ceilDiv(it.lane.extent, it.width)), it.width, columns);
  row.line("int64_t lines, columns;");
  const along = new BlockBuilder();
  along.line("lines = AOTI_MIN(AOTI_LANES - (line + line_shift) % AOTI_LANES, line_end - line);");
  along.push(loop("column", "columns", printAcross(it, lanes, printer)));
  row.push(loop("line", "lines", along.pieces));
  root.push({ kind: "loop", index: "row", from: "begin", count: "end", step: "1", body: row.pieces });
}

function loop(index: string, step: string, body: Block) {
  return { kind: "loop", index, from: `${index}_begin`, count: `${index}_end`, step, body } as const;
}

/** Which strip this is, and where it lies on further axes. */
function decodeStrip(it: Tiling, { names, block }: BodyPrinter): void {
  const take = (name: string, extent: string) =>
    block.line(`const int64_t ${name} = rest % (${extent}); rest /= (${extent});`);
  block.line("int64_t rest = row;");
  take("line_piece", names.expr(ceilDiv(it.line.extent, it.length)));
  take("column_piece", names.expr(ceilDiv(it.lane.extent, it.width)));
  for (let n = it.others.length - 1; n >= 0; n--) take(`o${n}`, names.expr(it.others[n]!.extent));
}

/** From where to where a piece goes: its ends are moved to boundaries of memory, but for the first and the last. */
function piece(block: BlockBuilder, name: string, count: string, size: number, extent: string): void {
  block.line(
    `const int64_t ${name}_begin = ${name}_piece == 0 ? 0 : ${name}_piece * ${size} - ${name}_shift;`,
  );
  block.line(
    `const int64_t ${name}_end = ${name}_piece + 1 == ${count} ? ${extent} : (${name}_piece + 1) * ${size} - ${name}_shift;`,
  );
}

/** How far elements lie behind the boundary before them, by how many of them lie before the next. */
function shiftOf(head: string | undefined): string {
  return head === undefined ? "0" : `(AOTI_LANES - (${head})) % AOTI_LANES`;
}

/** Loads that cross from one cache line into the next would fetch both twice. */
function lineHead(it: Tiling, printer: BodyPrinter): string | undefined {
  if ((asInt(it.line.extent) ?? LONG) < LONG) return undefined;
  const { load } = it.loads[0]!, start = new Map([it.line, it.lane].map((a) => [a.sym.name, "0"]));
  return `aoti_head(${printer.addressOf(load, start)}, ${bytesOf(load.dtype)})`;
}

/** Stores past the caches want whole vectors on boundaries. */
function columnHead(it: Tiling, printer: BodyPrinter): string | undefined {
  const start = new Map([it.line, it.lane].map((a) => [a.sym.name, "0"]));
  const heads = it.items.filter((i) => i.stored).map(({ store }) => {
    return printer.headOf(store.buffer, store.index[0]!, it.lane.sym.name, start);
  });
  return heads.find((h) => h !== undefined);
}

/** A tile: whole, or at an edge. */
function printAcross(it: Tiling, lanes: number, printer: BodyPrinter): Block {
  const body = new BlockBuilder(), few = (asInt(it.lane.extent) ?? lanes) < lanes;
  const room = "AOTI_MIN(AOTI_LANES - (column + column_shift) % AOTI_LANES, column_end - column)";
  body.line(`columns = ${few ? asInt(it.lane.extent) : room};`);
  const edge = tileOf(it, lanes, printer, false);
  if (few) body.push({ kind: "group", body: edge });
  else {
    body.push({
      kind: "choice",
      condition: "columns == AOTI_LANES && lines == AOTI_LANES",
      then: tileOf(it, lanes, printer, true),
      otherwise: edge,
    });
  }
  return body.pieces;
}

/** One tile: what is turned, then each line, all of whose lanes exist when the tile is `whole`. */
function tileOf(it: Tiling, lanes: number, printer: BodyPrinter, whole: boolean): Block {
  const [lines, count] = whole ? ["AOTI_LANES", "AOTI_LANES"] : ["lines", "columns"];
  const symbol = it.lane.sym.name, vector = { symbol, count, partial: !whole };
  const short = scalarsOf(...it.items.map((i) => i.value)).length <= SHORT;
  return printer.inLoop(symbol, "column", () => {
    const first = new Map([[it.line.sym.name, "line"]]);
    const tiles = it.loads.map(({ load, stride }, n) => {
      const name = `turned${n}`, to = `${name}, ${printer.addressOf(load, first)}`;
      printer.block.line(`${vectorType(load.dtype)} ${name}[AOTI_LANES];`);
      printer.block.line(
        `aoti_tile_${load.dtype}(${to}, ${printer.names.expr(stride)}, ${count}, ${lines});`,
      );
      return { load, name };
    });
    if (whole) askNext(it, lanes, printer);
    const body = printer.inLoop(it.line.sym.name, "(line + u)", () => {
      tiles.forEach(({ load, name }) => printer.provide(load, `${name}[u]`));
      printItems(printer, it.items);
    });
    if (whole && short) printer.block.line(`_Pragma("GCC unroll ${lanes}")`);
    printer.block.push({ kind: "loop", index: "u", from: "0", count: lines, step: "1", body: body.pieces });
  }, vector).pieces;
}

/** Tiles along lines whose lines are asked for together. */
const GROUP = 4;

/**
 * Asks for the next lines of large buffers in these columns: they lie beside, but all columns come before them. Of long lines a
 * tile asks for the next group of tiles in its share of columns: memory gives what lies side by side at once.
 */
function askNext({ loads, line, lane }: Tiling, lanes: number, printer: BodyPrinter): void {
  const group = lanes >= GROUP && (asInt(line.extent) ?? LONG) >= LONG ? GROUP : 1, share = lanes / group;
  const [next, first] = group === 1
    ? ["(line + AOTI_LANES)", "(column + i)"]
    : [`(line + (${group} - part) * AOTI_LANES)`, `(column + part * ${share} + i)`];
  const body = printer.inBlock(() => {
    for (const { load } of loads) {
      if (!isLarge(load.buffer)) continue;
      for (let n = 0; n < group; n++) {
        const beside = n === 0 ? next : `(${next} + ${n} * AOTI_LANES)`;
        const at = new Map([[line.sym.name, beside], [lane.sym.name, first]]);
        ask(printer, { ...load, written: false, level: "second" }, at);
      }
    }
  });
  if (body.pieces.length === 0) return;
  if (group > 1) {
    printer.block.line(`const int64_t part = (line + line_shift) / AOTI_LANES % ${group};`);
  }
  printer.block.line(`_Pragma("GCC unroll ${share}")`);
  printer.block.push({
    kind: "loop",
    index: "i",
    from: "0",
    count: String(share),
    step: "1",
    body: body.pieces,
  });
}
