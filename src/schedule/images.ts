/**
 * Images that statements read and write, and which of their dims may be channels.
 *
 * @module
 */
import { asInt, isInt, symsOf } from "../ir/expr/mod.ts";
import {
  type Axis,
  type Buffer,
  type Contraction,
  loadsOf,
  longAxes,
  type LoopStatement,
  type Nest,
  type Scalar,
  scalarsOf,
  type Store,
} from "../ir/loops/mod.ts";

/** Images that lie alike or not at all, and the dims of channels that they may agree on. */
export interface ImageGroup {
  readonly buffers: readonly string[];
  readonly options: readonly ReadonlyMap<string, number>[];
}

/** Images of a statement; those of different groups may lie differently, but had better not. */
export interface Images {
  readonly groups: readonly ImageGroup[];
  /** A depthwise convolution. */
  readonly isSeed: boolean;
}

/** Channels that fill vectors, at least. */
const CHANNELS = 16;
/** Elements of a window over few channels, at most: the first convolution of a network. */
const WINDOW = 64;

/** An access to an image. */
type Access = Pick<Store, "buffer" | "index">;

/** Memory of this model's own with two dims or more. */
export function isImage({ role, dtype, shape }: Buffer): boolean {
  return role === "temp" && dtype === "f32" && shape.filter((size) => !isInt(size, 1)).length > 1;
}

/** What a statement's images may agree on; undefined where it takes them as they are. */
export function imagesOf(s: LoopStatement): Images | undefined {
  if (s.kind === "nest") return ofNest(s);
  return s.kind === "contraction" ? ofContraction(s) : undefined;
}

function imagesIn(...values: readonly Scalar[]): readonly Access[] {
  return loadsOf(...values).filter((l) => isImage(l.buffer));
}

/** The group of accesses whose channels run along one of `axes`. */
function groupOf(accesses: readonly Access[], axes: readonly Axis[]): ImageGroup | undefined {
  const options = axes.flatMap((axis) => {
    const dims = new Map<string, number>();
    for (const { buffer, index } of accesses) {
      const using = index.flatMap((e, n) => symsOf(e).some((x) => x.name === axis.sym.name) ? [n] : []);
      const [dim] = using;
      if (using.length !== 1 || index[dim!] !== axis.sym) return [];
      if (buffer.shape[dim!] !== axis.extent || (dims.get(buffer.name) ?? dim) !== dim) return [];
      dims.set(buffer.name, dim!);
    }
    return [dims];
  });
  const buffers = [...new Set(accesses.map((a) => a.buffer.name))];
  return options.length > 0 ? { buffers, options } : undefined;
}

function isIndirect(...values: readonly Scalar[]): boolean {
  return scalarsOf(...values).some((s) => s.kind === "bound");
}

/** Windows and what is elementwise: channels run along one of the kept axes. */
function ofNest(nest: Nest): Images | undefined {
  const loads = imagesIn(nest.value), stores = isImage(nest.store.buffer) ? [nest.store] : [];
  if (loads.length + stores.length === 0 || isIndirect(nest.value)) return undefined;
  const isPlain = nest.axes.length === nest.store.index.length &&
    nest.axes.every((a, n) => isInt(a.extent, 1) || nest.store.index[n] === a.sym);
  if (stores.length > 0 && !isPlain) return undefined;
  const factor = nest.reduce && depthwiseFactor(nest);
  const axes = longAxes(nest.axes).filter((a) => !factor || varies(factor, a));
  const group = groupOf([...loads, ...stores], axes);
  if (!group) return undefined;
  const isSeed = factor !== undefined && axes.length === 1 && (asInt(axes[0]!.extent) ?? 0) >= CHANNELS;
  return { groups: [group], isSeed };
}

function varies({ index }: Access, axis: Axis): boolean {
  return index.some((e) => symsOf(e).some((x) => x.name === axis.sym.name));
}

/** The weights of a depthwise convolution: sums over a window of an image times a constant. */
function depthwiseFactor({ reduce, value, store }: Nest): Access | undefined {
  if (reduce?.fn !== "sum" || longAxes(reduce.over).length === 0 || !isImage(store.buffer)) return undefined;
  if (value.kind !== "apply" || value.fn !== "mul") return undefined;
  const weights = value.args.filter((v) => v.kind === "load" && v.buffer.role === "constant");
  const [weight] = weights;
  return weights.length === 1 && weight!.kind === "load" && imagesIn(value).length === 1 ? weight : undefined;
}

/** Convolutions of one tap, and those over few channels of something else than an image. */
function ofContraction(c: Contraction): Images | undefined {
  const [m, ...others] = longAxes(c.m), [k, ...window] = longAxes(c.k);
  if (!m || others.length > 0 || longAxes(c.batch).length > 0 || c.accumulate !== "f32") return undefined;
  if (!loadsOf(c.a).every((l) => l.buffer.role === "constant") || isIndirect(c.b, c.epilogue)) {
    return undefined;
  }
  const results = [...imagesIn(c.epilogue), ...(isImage(c.store.buffer) ? [c.store] : [])];
  const out = results.length > 0 ? groupOf(results, [m]) : undefined, images = imagesIn(c.b);
  if (images.length === 0) {
    const size = longAxes(c.k).reduce((n, a) => n * (asInt(a.extent) ?? WINDOW + 1), 1);
    return out && size <= WINDOW ? { groups: [out], isSeed: false } : undefined;
  }
  const isPoint = k && window.length === 0 && scalarsOf(c.b).every((s) => s.kind !== "guarded");
  const source = isPoint ? groupOf(images, [k]) : undefined;
  if (!source || (results.length > 0 && !out)) return undefined;
  return { groups: [source, ...(out ? [out] : [])], isSeed: false };
}
