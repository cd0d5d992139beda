/**
 * A loop kernel as a tree of C: outer iterations, stages, vector loops with their tails.
 *
 * @module
 */
import { bytesOf, type Target } from "../../base/mod.ts";
import { scalarsOf } from "../../ir/loops/mod.ts";
import type { LoopKernel } from "../../ir/plan/mod.ts";
import { streamsOf } from "./ahead.ts";
import { Arguments, Names } from "./arguments.ts";
import { type Block, BlockBuilder } from "./block.ts";
import { BodyPrinter, KernelContext, type LocalPlace } from "./body.ts";
import { Dependences } from "./depends.ts";
import { isLarge, largeResults } from "./past.ts";
import { isArg } from "./reduce.ts";
import { canOverlap, printRows } from "./rows.ts";
import { mapLoop, printStage } from "./stage_loops.ts";
import { stripsAt } from "./strips.ts";
import { printStrips, TILE_LANES } from "./tile_loops.ts";
import type { Tiling } from "./tiles.ts";
import { carried, elementType } from "./types.ts";

/** What the template of loop kernels needs. */
export interface LoopKernelText {
  readonly args: Arguments;
  readonly lanes: number;
  readonly mathTypes: readonly string[];
  readonly headers: readonly string[];
  readonly body: Block;
  /** `isInterleaved`: long functions are worth the compiler's effort to overlap them. */
  readonly view: { readonly isInterleaved: boolean };
}

/** Prints a kernel's loops, by tiles if it has a tiling. */
export function printLoops(
  kernel: LoopKernel,
  target: Target,
  tiling?: Tiling,
  givenSizes = false,
): LoopKernelText {
  const args = new Arguments(kernel.inPlace, givenSizes), locals = localPlaces(kernel);
  const context = new KernelContext(args, locals);
  const root = new BlockBuilder(), names = new Names(args);
  kernel.locals.filter((l) => l.kind === "scratch").forEach((l) => {
    const type = elementType(l.buffer.dtype);
    root.line(
      `${type}* ${locals.get(l.buffer.name)!.name} = (${type}*)((char*)args->scratch + ${l.offset});`,
    );
  });
  passCaches(kernel, context, root, names, !tiling && kernel.chunk === undefined);
  const full = lanesOf(kernel, target), lanes = tiling ? Math.min(TILE_LANES, full) : full;
  if (tiling) {
    context.headers.add("tile.h");
    printStrips(tiling, lanes, context, root, names);
  } else if (kernel.chunk !== undefined) printSplit(kernel, kernel.chunk, context, root, names);
  else {
    const all = streamsOf(kernel), axis = kernel.outer.at(-1), scratch = stripsAt(kernel);
    const isAwaited = canOverlap(kernel);
    printRows(kernel, context, root, names, (stage, n, block, inner) => {
      const streams = all[n]!.map((s) => (s.written && isAwaited ? { ...s, isAwaited } : s));
      printStage(stage, n, new BodyPrinter(context, block, inner), { streams, axis }, scratch);
    });
  }
  for (const { edge } of context.past.values()) if (edge) root.line(`aoti_edge_end(&${edge});`);
  if (context.past.size > 0) root.line("aoti_past_end();");
  return {
    args,
    lanes,
    mathTypes: [...context.mathTypes].sort(),
    headers: [...context.headers].sort(),
    body: root.pieces,
    view: { isInterleaved: context.mathTypes.size > 0 },
  };
}

/** Says on which condition results are stored past the caches, and where the ends of rows wait for what continues them. */
function passCaches(
  kernel: LoopKernel,
  context: KernelContext,
  root: BlockBuilder,
  names: Names,
  byRows: boolean,
): void {
  for (const [name, bytes] of largeResults(kernel)) {
    const n = context.past.size, condition = bytes ? `past${n}` : "1", edge = `edge${n}`;
    if (bytes) root.line(`const int ${condition} = ${isLarge(names.expr(bytes))};`);
    if (byRows) root.line(`aoti_edge ${edge} = {.size = 0};`);
    context.past.set(name, byRows ? { condition, edge } : { condition });
    context.headers.add("past.h");
  }
}

function localPlaces(kernel: LoopKernel): Map<string, LocalPlace> {
  const count = { register: 0, scratch: 0 };
  return new Map(kernel.locals.map((l) => {
    const name = `${l.kind === "register" ? "r" : "q"}${count[l.kind]++}`;
    return [l.buffer.name, { kind: l.kind, name }];
  }));
}

/** Lanes that fill a machine vector with the widest element that varies along a vector axis. */
function lanesOf(kernel: LoopKernel, target: Target): number {
  const depends = new Dependences();
  let widest = 1;
  for (const stage of kernel.stages) {
    const axis = (stage.vector === "over" ? stage.over : stage.axes).at(-1)?.sym.name;
    if (axis === undefined) continue;
    for (const item of stage.items) {
      if (item.reduce && isArg(item.reduce)) widest = 8;
      depends.of(item.value); // the whole first: what a loaded index leads to is known by where it is loaded
      for (const s of scalarsOf(item.value)) {
        if (depends.of(s).has(axis)) widest = Math.max(widest, bytesOf(carried(s.dtype)));
      }
    }
  }
  if (widest === 1) widest = kernel.stages.some((s) => s.vector !== "none") ? 1 : 4;
  return Math.max(1, Math.min(64, target.vectorBytes / widest));
}

/** The parallel range counts pieces of the only axis. */
function printSplit(
  kernel: LoopKernel,
  chunk: number,
  context: KernelContext,
  root: BlockBuilder,
  names: Names,
): void {
  const stage = kernel.stages[0]!, axis = stage.axes[0]!;
  const printer = new BodyPrinter(context, root, names), around = { streams: streamsOf(kernel)[0]! };
  root.line(`const int64_t last = AOTI_MIN(end * ${chunk}, ${names.expr(axis.extent)});`);
  mapLoop(printer, stage, around, "i0", `begin * ${chunk}`, "last");
}
