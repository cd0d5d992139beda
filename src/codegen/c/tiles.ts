/**
 * Kernels whose loads and stores have their unit strides on different axes (transposes, channels first to channels
 * last, also amid other work): square tiles are read along one axis, turned over in registers, and written along the
 * other.
 *
 * A parallel iteration does a strip: some lines of the axis that loads run along, all the way through a few vectors of
 * the axis that stores run along. So what is read in the next tile lies beside what is read in this one, and neither
 * pages nor the sets of a cache that strides of a power of two crowd are left between the two.
 *
 * @module
 */
import { bytesOf } from "../../base/mod.ts";
import { asInt, ceilDiv, type Expr, int, linear, mul, symsOf } from "../../ir/expr/mod.ts";
import { alwaysLoaded, type Axis, type ScalarOf } from "../../ir/loops/mod.ts";
import type { Item, LoopKernel } from "../../ir/plan/mod.ts";

/** Bytes of a line that a strip stores, and elements of the other axis that it goes through. */
const WIDTH = 1024, LENGTH = 512;
/** Arrays of vectors that a body may take from. */
const MOST = 4;
/** Lanes that a load takes side by side where strides are this; others are not worth turning. */
const NEAR = 2;

/** A load that runs along the lines' axis, and its stride along the lanes' axis. */
export interface TurnedLoad {
  readonly load: ScalarOf<"load">;
  readonly stride: Expr;
}

/** How a kernel goes by tiles. */
export interface Tiling {
  readonly items: readonly Item[];
  /** Further axes, in order. */
  readonly others: readonly Axis[];
  /** The axis that turned loads run along, and the axis that vectors of the body, stores among them, run along. */
  readonly line: Axis;
  readonly lane: Axis;
  readonly loads: readonly TurnedLoad[];
  /** Elements of `lane` and of `line` that a parallel iteration does. */
  readonly width: number;
  readonly length: number;
  /** Parallel iterations. */
  readonly total: Expr;
}

/** The tiling of a kernel that makes elements from elements, when there is one. */
export function tilingOf(kernel: LoopKernel): Tiling | undefined {
  const [stage] = kernel.stages;
  if (!stage || kernel.stages.length > 1 || stage.over.length > 0 || stage.vector !== "axes") {
    return undefined;
  }
  if (kernel.chunk !== undefined || kernel.locals.some((l) => l.kind === "scratch")) return undefined;
  const axes = [...kernel.outer, ...stage.axes], lane = axes.at(-1)!, before = axes.slice(0, -1);
  const stored = stage.items.filter((i) => i.stored);
  const candidates = before.map((line) => ({ line, loads: turnedLoads(stored, line, lane) }));
  const best = candidates.reduce<typeof candidates[number] | undefined>((a, b) => {
    return weight(b.loads) > weight(a?.loads ?? []) ? b : a;
  }, undefined);
  if (!best || (asInt(best.line.extent) ?? Infinity) <= NEAR) return undefined;
  const others = before.filter((a) => a !== best.line);
  const width = WIDTH / Math.min(8, Math.max(...stored.map((i) => bytesOf(i.store.buffer.dtype))));
  const strips = mul(ceilDiv(best.line.extent, LENGTH), ceilDiv(lane.extent, width));
  const total = mul(int(1), ...others.map((a) => a.extent), strips);
  return { items: stage.items, others, lane, width, length: LENGTH, total, ...best };
}

/** Loads by the bytes that they move. */
function weight(loads: readonly TurnedLoad[]): number {
  return loads.reduce((sum, { load }) => sum + bytesOf(load.dtype), 0);
}

/** Loads that run along `line` but not along `lane`, and that every element of the kernel makes. */
function turnedLoads(items: readonly Item[], line: Axis, lane: Axis): readonly TurnedLoad[] {
  const found: TurnedLoad[] = [];
  for (const load of alwaysLoaded(...items.map((i) => i.value))) {
    const offset = load.index[0]!,
      along = linear(offset, line.sym.name),
      across = linear(offset, lane.sym.name);
    if (!along || !across || asInt(along.coef) !== 1) continue;
    const step = asInt(across.coef);
    if (step !== undefined && Math.abs(step) <= NEAR) continue;
    const names = symsOf(across.coef).map((s) => s.name);
    if (names.includes(line.sym.name) || names.includes(lane.sym.name)) continue;
    found.push({ load, stride: across.coef });
  }
  return found.slice(0, MOST);
}
