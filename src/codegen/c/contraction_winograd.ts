/**
 * A convolution of 3 × 3 taps in Winograd's tiles: a job takes some rows of tiles of an image, transforms them for all
 * channels, multiplies by panels of transformed taps, and transforms and finishes each panel's outputs.
 *
 * @module
 */
import type { Target } from "../../base/mod.ts";
import { add, type Expr, int, mul } from "../../ir/expr/mod.ts";
import { type Axis, type Scalar, Scalars } from "../../ir/loops/mod.ts";
import type { ContractionKernel } from "../../ir/plan/mod.ts";
import { planWinograd, sizeOf, type WinogradPlan } from "../../kernels/mod.ts";
import { Arguments, Names } from "./arguments.ts";
import { type Block, BlockBuilder } from "./block.ts";
import { BodyPrinter, KernelContext, type LocalPlace } from "./body.ts";
import type { ContractionText } from "./contraction.ts";
import { finish } from "./contraction_finish.ts";
import { flattenRoles, localBuffer } from "./contraction_roles.ts";
import { at, decode, lanes, positions, within } from "./contraction_walk.ts";
import type { ConvolutionSetting } from "./convolution_setting.ts";

const places: ReadonlyMap<string, LocalPlace> = new Map(
  ["strip", "tile"].map((name) => [`$${name}`, { kind: "scratch", name }]),
);

interface Setting extends ConvolutionSetting<WinogradPlan> {
  /** Elements of a line of the strip of the image that a job reads, and of a row of its tile of outputs. */
  readonly stripWidth: number;
  /** Rows of tiles that are transformed at a time. */
  readonly together: number;
  readonly ldc: number;
}

/** Prints the kernel; `kernel.packed.a` holds the transformed taps. */
export function printWinograd(kernel: ContractionKernel, target: Target): ContractionText {
  const scalars = new Scalars(), { nest } = kernel, how = planWinograd(nest, target, scalars, kernel.choice);
  if (!how || how.tile !== kernel.winograd) throw new RangeError("packed for another machine");
  const args = new Arguments(kernel.inPlace),
    context = new KernelContext(args, places),
    names = new Names(args);
  names.set("$at", "at");
  const images = nest.n.slice(0, -2), count = sizeOf(images), vector = target.vectorBytes / 4;
  const it: Setting = {
    ...{ kernel, how, names, context, scalars, lanes: vector, images, count },
    stripWidth: how.inRows
      ? how.tile * (how.per + 1) + vector
      : how.tile * Math.ceil(how.across / vector) * vector + vector,
    together: how.inRows ? vector / how.per : 1,
    ldc: how.rows * how.tile * how.width,
  };
  const { tile, mr, nv, columns, channels, width } = how, square = (tile + 2) ** 2;
  const root = new BlockBuilder(), scratch = declareScratch(root, it);
  root.push({ kind: "loop", index: "job", from: "begin", count: "end", step: "1", body: jobBody(it) });
  return {
    ...{ template: "c/winograd.c", args, lanes: vector, mathTypes: [...context.mathTypes].sort() },
    ...{
      body: root.pieces,
      view: {
        tile,
        mr,
        nv,
        nr: nv * vector,
        per: how.inRows ? how.per : 0,
        columns,
        channels,
        width,
        square,
      },
    },
    ...{ total: mul(count, blocksOf(how), partsOf(it)), grain: int(1), scratch: int(scratch) },
  };
}

/** Rows of tiles of an image, in blocks. */
function blocksOf({ height, tile, rows }: WinogradPlan): number {
  return Math.ceil(Math.ceil(height / tile) / rows);
}

function panelsOf(it: Setting): number {
  return Math.ceil(Number(asNumber(sizeOf(it.kernel.nest.m))) / it.how.mr);
}

/** Parts of the output channels. */
function partsOf(it: Setting): number {
  return Math.ceil(panelsOf(it) / it.how.panels);
}

function asNumber(e: Expr): number {
  if (e.kind !== "int") throw new RangeError("output channels are known");
  return Number(e.value);
}

/** Pointers to what a job keeps; gives the bytes of all. */
function declareScratch(root: BlockBuilder, it: Setting): number {
  const { tile, columns, channels, mr } = it.how, square = (tile + 2) ** 2;
  const parts = {
    strip: linesOfStrip(it) * it.stripWidth,
    values: square * channels * columns,
    sums: square * mr * columns + it.lanes,
    tile: mr * it.ldc,
  };
  let offset = 0;
  for (const [name, count] of Object.entries(parts)) {
    root.line(`float* const ${name} = (float*)((char*)args->scratch + ${offset});`);
    offset += Math.ceil((count * 4) / 64) * 64;
  }
  return offset;
}

/** Lines of the image that a job reads, with rows that only share a vector. */
function linesOfStrip({ how: { tile, rows }, together }: Setting): number {
  return Math.ceil(rows / together) * together * tile + 2;
}

function jobBody(it: Setting): Block {
  const { tile, rows, height, width, mr, panels } = it.how, block = new BlockBuilder();
  const blocks = blocksOf(it.how), all = panelsOf(it), outputs = asNumber(sizeOf(it.kernel.nest.m));
  block.line(`const int64_t top = job % ${blocks} * ${rows * tile}, batch = 0;`);
  block.line(`const int64_t image = job / ${blocks} % (${it.names.expr(it.count)});`);
  block.line(`const int64_t part = job / ${blocks} / (${it.names.expr(it.count)});`);
  block.line(`const int64_t height = AOTI_MIN(${rows * tile}, ${height} - top);`);
  block.line(
    `const int64_t n_from = (image * ${height} + top) * ${width}, n_to = n_from + height * ${width};`,
  );
  block.pieces.push(...transformed(it));
  const body = new BlockBuilder();
  body.line(`const int64_t m_from = panel * ${mr}, m_to = AOTI_MIN(m_from + ${mr}, ${outputs});`);
  body.pieces.push(...sumsOf(it));
  body.push(finish({ ...it, dtype: "f32", transposed: false }));
  const [from, to] = [`part * ${panels}`, `AOTI_MIN((part + 1) * ${panels}, ${all})`];
  block.push({ kind: "loop", index: "panel", from, count: to, step: "1", body: body.pieces });
  return block.pieces;
}

/** Products of a panel, and its outputs in `tile`. */
function sumsOf(it: Setting): Block {
  const { tile, across, per, columns, channels, mr, width } = it.how, block = new BlockBuilder();
  const factors = it.names.args.pointer(it.kernel.packed!.a!);
  block.line(`products(${factors} + panel * ${(tile + 2) ** 2 * channels * mr}, values, sums);`);
  const line = `sums_of(sums + i * ${columns} + y / ${tile} * ${per}, ${across}, ` +
    `tile + i * ${it.ldc} + y * ${width}, height - y);`;
  const down: Block = [{
    ...{ kind: "loop", index: "y", from: "0", count: "height", step: String(tile * it.together) },
    body: [{ kind: "line", text: line }],
  }];
  block.push({ kind: "loop", index: "i", from: "0", count: "m_to - m_from", step: "1", body: down });
  return block.pieces;
}

/** The strip of the image that the job reads, channel by channel, and its transformed values. */
function transformed(it: Setting): Block {
  const { tile, rows, across, per, columns, height, patch } = it.how, { nest } = it.kernel;
  const flat = flattenRoles({
    roles: [it.images, [patch.row], [patch.column], nest.k.slice(0, -2)],
    values: [it.scalars.cast(patch.value, "f32")],
    stores: [],
  }, it.scalars);
  const [images, [row], [column], channels] = flat.roles as [Axes, Axes, Axes, Axes];
  const root = new BlockBuilder(), printer = new BodyPrinter(it.context, root, it.names);
  root.line(`memset(strip, 0, ${4 * linesOfStrip(it) * it.stripWidth});`);
  decode(root, images, "ib", "image", it.names);
  const body = within(printer, images, "ib", () => {
    positions(printer, channels, "ik", "0", String(it.how.channels), () => {
      printer.block.push({
        ...{ kind: "loop", index: "row", from: "top", step: "1" },
        ...{ count: `AOTI_MIN(top + ${rows * tile + 2}, ${height + 2})` },
        body: printer.inLoop(row!.sym.name, "row", () =>
          lineOf(it, printer, column!, flat.values[0]!)).pieces,
      });
      const to = `values + ik_at * ${columns} + y / ${tile} * ${per}`;
      const line = `values_of(strip + y * ${it.stripWidth}, ${it.stripWidth}, ${across}, ${to});`;
      printer.block.push({
        ...{ kind: "loop", index: "y", from: "0", count: "height", step: String(tile * it.together) },
        body: [{ kind: "line", text: line }],
      });
    });
  });
  root.pieces.push(...body);
  return [{ kind: "group", body: root.pieces }];
}

type Axes = readonly Axis[];

/** One line of the strip. */
function lineOf(it: Setting, printer: BodyPrinter, column: Axis, value: Scalar): void {
  const strip = localBuffer("$strip", "f32"), width = it.how.width + 2;
  printer.block.line(`const int64_t at = (row - top) * ${it.stripWidth};`);
  printer.block.line("const int64_t left = 0;");
  lanes(printer, column, "left", String(width), width, it.lanes, () => {
    printer.storeLanes(strip, add(at, column.sym), printer.emit(value));
  });
}
