/**
 * A group of nests to a kernel: stages, what is stored where, loops collapsed, the parallel range chosen.
 *
 * @module
 */
import { bytesOf } from "../base/mod.ts";
import { asInt, type Expr, int, isInt } from "../ir/expr/mod.ts";
import { type Axis, type Buffer, numel, type Scalars } from "../ir/loops/mod.ts";
import type { Item, Local, LoopKernel, Stage } from "../ir/plan/mod.ts";
import { collapse, flatten, loadedNames } from "./flatten.ts";
import type { Group } from "./fuse.ts";
import { kernelName, originsOf } from "./names.ts";
import { type Draft, isBeside, stage } from "./stages.ts";

/** Elements of a split vector axis that one parallel iteration does. */
const CHUNK = 4096;
/** Largest row, and largest sum of rows, kept in a worker's scratch, in bytes: a part of the second-level cache. */
const ROW = 1 << 16, ROWS = 1 << 18;

/** Builds the kernel; `outside` says whether a buffer is read by something else than this group. */
export function buildKernel(
  group: Group,
  scalars: Scalars,
  outside: (buffer: string) => boolean,
): LoopKernel {
  const { outer, drafts } = stage(group, scalars);
  const depth = group.depth;
  const locals = placeLocals(drafts, depth, outside);
  const zero = new Map<string, Expr>(group.nests[0]!.axes.slice(0, depth).map((a) => [a.sym.name, int(0)]));
  const isLocal = new Map(locals.map((l) => [l.buffer.name, zero]));
  const flat = drafts.map((d) => collapse(flatten(d, scalars, (b) => isLocal.get(b.name)), scalars));
  const registers = new Set(locals.filter((l) => l.kind === "register").map((l) => l.buffer.name));
  const stages = flat.map((d, n) => finish(d, flat.slice(n + 1), registers, outside));
  const common = {
    kind: "loops",
    name: kernelName(group.nests),
    origins: originsOf(group.nests),
    locals,
  } as const;
  return splitRange({ ...common, outer, stages }, scalars);
}

/** Marks items that nobody reads from memory. */
function finish(
  draft: Draft,
  later: readonly Draft[],
  registers: ReadonlySet<string>,
  outside: (buffer: string) => boolean,
): Stage {
  const read = loadedNames(later.flatMap((d) => d.items));
  const beside = loadedNames(draft.items.filter((i) => isBeside(draft, i)));
  const items: Item[] = draft.items.map((item) => {
    const { name, role } = item.store.buffer, isSum = beside.has(name) && !registers.has(name);
    return { ...item, stored: role !== "temp" || outside(name) || read.has(name) || isSum };
  });
  return { axes: draft.axes, over: draft.over, vector: draft.vector, items };
}

/** Buffers that live and die inside one outer iteration. */
function placeLocals(drafts: readonly Draft[], depth: number, outside: (buffer: string) => boolean): Local[] {
  const locals: Local[] = [];
  let offset = 0;
  for (const draft of drafts) {
    const others = loadedNames(drafts.filter((d) => d !== draft).flatMap((d) => d.items));
    const beside = loadedNames(draft.items.filter((i) => isBeside(draft, i)));
    for (const { store: { buffer }, reduce } of draft.items) {
      if (buffer.role !== "temp" || outside(buffer.name)) continue;
      const inner = buffer.shape.slice(depth), { name } = buffer;
      const isSum = reduce !== undefined && beside.has(name) && !others.has(name) && !isHalf(buffer);
      if (isSum || inner.every((size) => isInt(size, 1))) {
        locals.push({ buffer, kind: "register", bytes: 0, offset: 0 });
        continue;
      }
      const bytes = rowBytes(buffer, inner);
      if (bytes === undefined || bytes > ROW || offset + bytes > ROWS) continue;
      locals.push({ buffer, kind: "scratch", bytes, offset });
      offset += bytes;
    }
  }
  return locals;
}

/** True for types that memory rounds to. */
function isHalf({ dtype }: Buffer): boolean {
  return dtype === "bf16" || dtype === "f16";
}

function rowBytes(buffer: Buffer, inner: readonly Expr[]): number | undefined {
  const count = asInt(numel(inner));
  return count === undefined ? undefined : Math.ceil((count * bytesOf(buffer.dtype)) / 64) * 64;
}

/** A kernel of one map stage takes its outer loops from all of its axes, or splits its only axis. */
function splitRange(kernel: LoopKernel, scalars: Scalars): LoopKernel {
  const [only] = kernel.stages;
  if (kernel.stages.length !== 1 || !only || only.over.length > 0 || only.axes.length === 0) return kernel;
  const draft: Draft = {
    axes: [...kernel.outer, ...only.axes],
    over: [],
    vector: "axes",
    items: [...only.items],
  };
  const merged = collapse(draft, scalars);
  const items = merged.items.map((item, n) => ({ ...item, stored: only.items[n]!.stored }));
  const outer: readonly Axis[] = merged.axes.slice(0, -1), last = merged.axes.slice(-1);
  const stages = [{ ...merged, axes: last, items }];
  return outer.length > 0 ? { ...kernel, outer, stages } : { ...kernel, outer, stages, chunk: CHUNK };
}
