/**
 * A convolution straight from the image: for each panel of output channels a job goes by strips of rows, tile by tile,
 * and finishes the sums of a strip together.
 *
 * @module
 */
import type { Target } from "../../base/mod.ts";
import { int, mul } from "../../ir/expr/mod.ts";
import { Scalars } from "../../ir/loops/mod.ts";
import type { ContractionKernel } from "../../ir/plan/mod.ts";
import {
  type Band,
  type DirectPlan,
  grainOf,
  kindOf,
  panelVectors,
  planDirect,
  sizeOf,
  tapsOf,
} from "../../kernels/mod.ts";
import { Arguments, Names } from "./arguments.ts";
import { type Block, BlockBuilder, type Piece } from "./block.ts";
import { BodyPrinter, KernelContext, type LocalPlace } from "./body.ts";
import type { ContractionText } from "./contraction.ts";
import { finish } from "./contraction_finish.ts";
import { type InRegisters, registersOf, tailOf } from "./contraction_registers.ts";
import { decode, within } from "./contraction_walk.ts";
import type { ConvolutionSetting } from "./convolution_setting.ts";

const places: ReadonlyMap<string, LocalPlace> = new Map([
  ["$tile", { kind: "scratch", name: "tile" }],
  ["$sum", { kind: "register", name: "sum" }],
]);

interface Setting extends ConvolutionSetting<DirectPlan> {
  /** Elements from one channel's sums of a strip to the next. */
  readonly ldc: number;
}

/** Prints the kernel; `kernel.packed.a` holds the weights. */
export function printDirect(kernel: ContractionKernel, target: Target): ContractionText {
  const { nest, direct } = kernel, how = direct && planDirect(nest, target, { kind: "direct", ...direct });
  if (!how) throw new RangeError("packed for another machine");
  const args = new Arguments(kernel.inPlace), context = new KernelContext(args, places);
  const images = (how.isAcross ? nest.m : nest.n).slice(0, -how.image.dims), lanes = target.vectorBytes / 4;
  const it: Setting = {
    ...{ kernel, how, context, lanes, images, count: sizeOf(images) },
    ...{ names: new Names(args).set("$at", "at"), scalars: new Scalars() },
    ldc: how.isAcross ? how.nr : Math.ceil((how.strip * how.image.columns.extent) / lanes) * lanes + lanes,
  };
  const root = new BlockBuilder();
  root.line("float* const tile = (float*)args->scratch;");
  root.push({ kind: "loop", index: "job", from: "begin", count: "end", step: "1", body: jobBody(it) });
  const { rows, columns, channels } = how.image,
    job = { mc: how.panels * how.nr, nc: how.rows * columns.extent };
  const shape = { m: how.outputs, n: rows.extent * columns.extent, k: channels * tapsOf(how.image) };
  return {
    ...{ template: "c/direct.c", args, lanes, mathTypes: [...context.mathTypes].sort(), body: root.pieces },
    view: viewOf(it),
    total: mul(sizeOf(nest.batch), partsOf(how), it.count, blocksOf(how)),
    grain: int(grainOf(shape, job)),
    scratch: int(4 * (how.isAcross ? how.mr * how.nr : how.nr * it.ldc + lanes)),
  };
}

/** What the template needs: the tiles, and steps in elements. */
function viewOf(it: Setting): Readonly<Record<string, unknown>> {
  const { how, ldc } = it, finished = how.isAcross ? inRegisters(it) : undefined;
  const { image: { planes, rows, columns, channels, channelStep }, nr, spans } = how;
  const kinds = new Map(spans.map((span) => [kindOf(span), span]));
  const tiles = [...kinds].flatMap(([kind, { count, taps }]) =>
    vectorsOf(how).map((nv) => ({
      ...{ name: nameOf(how, kind, nv), count, nv, taps },
      finish: finished?.lines(count, nv, false) ?? [],
    }))
  );
  return {
    isAcross: how.isAcross,
    ...{ tiles, nr, ldc, channels, channelStep, step: columns.step, tapStep: columns.tapStep },
    ...{ rowTaps: rows.taps, rowStep: rows.tapStep, columnTaps: columns.taps },
    ...{ planeTaps: planes.taps, planeStep: planes.tapStep },
  };
}

/** What follows the sums of a tile, lanes along channels, where all of it is done in registers. */
function inRegisters(it: Setting): InRegisters | undefined {
  const { how: { outputs }, how, lanes } = it;
  const found = registersOf(
    { ...it, dtype: "f32", transposed: false },
    undefined,
    tailOf(outputs, how, lanes),
  );
  return found?.condition === "" ? found : undefined;
}

/** Vectors of output channels of a panel: all, those of the last one. */
function vectorsOf(how: DirectPlan): readonly number[] {
  const { full, rest } = panelVectors(how.outputs, how);
  return [...(full > 0 ? [how.nv] : []), ...(rest > 0 && (rest < how.nv || full === 0) ? [rest] : [])];
}

function nameOf({ spans }: DirectPlan, kind: string, nv: number): string {
  const kinds = [...new Set(spans.map(kindOf))];
  return `tile_${kinds.indexOf(kind)}x${nv}`;
}

/** Rows of an image, in blocks. */
function blocksOf({ image: { rows }, rows: each }: DirectPlan): number {
  return Math.ceil(rows.extent / each);
}

function panelsOf({ outputs, nr }: DirectPlan): number {
  return Math.ceil(outputs / nr);
}

/** Parts of the output channels. */
function partsOf(how: DirectPlan): number {
  return Math.ceil(panelsOf(how) / how.panels);
}

function jobBody(it: Setting): Block {
  const { how, kernel, names } = it, { image, rows, panels } = how, block = new BlockBuilder();
  block.line("int64_t rest = job;");
  const count = names.expr(it.count), counts = { block: blocksOf(how), image: count, part: partsOf(how) };
  for (const [name, count] of Object.entries(counts)) {
    block.line(`const int64_t ${name} = rest % (${count}); rest /= (${count});`);
  }
  block.line("const int64_t batch = rest;");
  block.line(`const int64_t rows_to = AOTI_MIN((block + 1) * ${rows}, ${image.rows.extent});`);
  const printer = new BodyPrinter(it.context, block, names), outer = [...kernel.nest.batch, ...it.images];
  decode(block, outer, "outer", `batch * (${count}) + image`, names);
  const plane = `outer${outer.length - 1}`;
  block.pieces.push(...within(printer, outer, "outer", () => {
    const start = printer.names.expr(image.start);
    printer.block.line(`const float* const values = ${names.args.pointer(image.buffer)} + (${start});`);
    if (image.planes.taps === 1) return;
    const [near, far] = (["first", "last"] as const).map((side) => byBand(how.layers, side, plane));
    printer.block.line(`const int64_t near = ${near}, far = ${far};`);
  }));
  const [from, to] = [`part * ${panels}`, `AOTI_MIN((part + 1) * ${panels}, ${panelsOf(how)})`];
  block.push({ kind: "loop", index: "panel", from, count: to, step: "1", body: panelBody(it) });
  return block.pieces;
}

/** All strips of a job for a panel of output channels. */
function panelBody(it: Setting): Block {
  const { how, kernel, names } = it, { image: { rows, columns, channels }, nr, strip } = how;
  const block = new BlockBuilder(), size = channels * tapsOf(how.image) * nr;
  const packed = names.args.pointer((kernel.packed!.a ?? kernel.packed!.b)!), side = how.isAcross ? "n" : "m";
  block.line(
    `const int64_t ${side}_from = panel * ${nr}, ${side}_to = AOTI_MIN(${side}_from + ${nr}, ${how.outputs});`,
  );
  block.line(`const float* const weights = ${packed} + (batch * ${panelsOf(how)} + panel) * ${size};`);
  const body = new BlockBuilder(), [width, height] = [columns.extent, rows.extent];
  body.line(`const int64_t bottom = AOTI_MIN(top + ${strip}, rows_to);`);
  body.push({ kind: "loop", index: "y", from: "top", count: "bottom", step: "1", body: rowBody(it) });
  if (!how.isAcross) {
    body.line(`const int64_t n_from = (image * ${height} + top) * ${width};`);
    body.line(`const int64_t n_to = (image * ${height} + bottom) * ${width};`);
    body.push(finish({ ...it, dtype: "f32", transposed: false }));
  }
  block.push({
    ...{ kind: "loop", index: "top", from: `block * ${how.rows}`, count: "rows_to" },
    ...{ step: String(strip), body: body.pieces },
  });
  return block.pieces;
}

/** Sums of a row of outputs, span by span. */
function rowBody(it: Setting): Block {
  const { how } = it, { image: { rows, columns } } = how, block = new BlockBuilder();
  block.line(
    `const int64_t first = ${byBand(how.bands, "first", "y")}, last = ${byBand(how.bands, "last", "y")};`,
  );
  block.line(`const float* const line = values + y * ${rows.step};`);
  if (!how.isAcross) block.line(`float* const sums = tile + (y - top) * ${columns.extent};`);
  const [full, rest] = vectorsOf(how) as [number, number?];
  if (rest === undefined) block.pieces.push(...spansBody(it, full));
  else {
    const condition = how.isAcross
      ? `n_to - n_from > ${rest * it.lanes}`
      : `m_to - m_from > ${rest * it.lanes}`;
    block.push({ kind: "choice", condition, then: spansBody(it, full), otherwise: spansBody(it, rest) });
  }
  return block.pieces;
}

/** The first or last tap at a position. */
function byBand(bands: readonly Band[], side: "first" | "last", at: string): string {
  return bands.map(({ end, taps }, n) =>
    n < bands.length - 1 ? `${at} < ${end} ? ${taps[side]} : ` : taps[side]
  )
    .join("");
}

/** Spans of the same kind side by side are a loop. */
function spansBody(it: Setting, nv: number): Block {
  const { how } = it, { spans, image: { planes, columns } } = how;
  const range = `first, last${planes.taps > 1 ? ", near, far" : ""}`;
  const runs: { readonly kind: string; readonly from: number; readonly count: number; to: number }[] = [];
  for (const span of spans) {
    const kind = kindOf(span), last = runs.at(-1);
    if (last?.kind === kind) last.to = span.from + 1;
    else runs.push({ kind, from: span.from, count: span.count, to: span.from + 1 });
  }
  return runs.map(({ kind, from, count, to }): Piece => {
    const call = `${nameOf(how, kind, nv)}(line + x * ${columns.step}, weights, ${range}`;
    const body: Block = how.isAcross
      ? across(it, call, count)
      : [{ kind: "line", text: `${call}, sums + x);` }];
    return { kind: "loop", index: "x", from: String(from), count: String(to), step: String(count), body };
  });
}

/** A tile's sums and what follows them, lanes along channels: in registers, else by way of `tile`. */
function across(it: Setting, call: string, count: number): Block {
  const { rows, columns } = it.how.image, block = new BlockBuilder();
  block.line(
    `const int64_t m_from = (image * ${rows.extent} + y) * ${columns.extent} + x, m_to = m_from + ${count};`,
  );
  if (inRegisters(it)) block.line(`${call}, args, batch, m_from, n_from);`);
  else {
    block.line(`${call}, tile);`);
    block.push(finish({ ...it, dtype: "f32", transposed: false }));
  }
  return block.pieces;
}
