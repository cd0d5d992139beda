/**
 * Images between depthwise convolutions lie pixel by pixel, their channels side by side: lanes then run along channels
 * everywhere, windows need neither masks nor shifts, and a convolution of one tap is a product of the image as it lies.
 *
 * @module
 */
import { int, isInt, rowMajor } from "../ir/expr/mod.ts";
import type {
  Block,
  Buffer,
  Contraction,
  LoopStatement,
  Nest,
  Scalar,
  Scalars,
  Store,
} from "../ir/loops/mod.ts";
import { readsOf, writesOf } from "./dependence.ts";
import { type ImageGroup, type Images, imagesOf } from "./images.ts";

/** Where the channels of a buffer are, by its name. */
type Channels = ReadonlyMap<string, number>;

/** The block with channels last wherever all statements that touch an image can have them there; not for `kept` buffers. */
export function channelsLast(block: Block, scalars: Scalars, kept: ReadonlySet<string>): Block {
  const found = block.map(imagesOf);
  if (!found.some((images) => images?.isSeed)) return block;
  const channels = agree(block, found, kept);
  if (channels.size === 0) return block;
  return block.map((s) => relaid(s, channels, scalars));
}

/** Images that all statements want with channels last. */
function agree(
  block: Block,
  found: readonly (Images | undefined)[],
  kept: ReadonlySet<string>,
): Channels {
  const never = new Set(kept);
  block.forEach((s, n) => {
    const own = new Set(found[n]?.groups.flatMap((g) => g.buffers) ?? []);
    [...readsOf(s), ...writesOf(s)].forEach(({ name }) => own.has(name) || never.add(name));
  });
  const groups = found.flatMap((images) => images?.groups ?? []);
  for (;;) {
    spread(groups, never);
    const channels = new Map<string, number>();
    const clash = claim(found, channels, never);
    if (!clash) return channels;
    clash.forEach((name) => never.add(name));
  }
}

/** Whoever shares loops with what stays as it is, stays too. */
function spread(groups: readonly ImageGroup[], never: Set<string>): void {
  for (let size = -1; size !== never.size;) {
    size = never.size;
    for (const { buffers } of groups) {
      if (buffers.some((name) => never.has(name))) buffers.forEach((name) => never.add(name));
    }
  }
}

/** Finds the channels of every image that a depthwise convolution leads to; gives images that cannot agree. */
function claim(
  found: readonly (Images | undefined)[],
  channels: Map<string, number>,
  never: ReadonlySet<string>,
): readonly string[] | undefined {
  for (let size = -1; size !== channels.size;) {
    size = channels.size;
    for (const images of found) {
      const reached = images?.isSeed || images?.groups.some((g) => g.buffers.some((b) => channels.has(b)));
      if (!images || !reached) continue;
      for (const { buffers, options } of images.groups) {
        if (buffers.some((name) => never.has(name))) continue;
        const fitting = options.filter((o) =>
          buffers.every((b) => (channels.get(b) ?? o.get(b)) === o.get(b))
        );
        if (fitting.length === 0) return buffers;
        if (fitting.length === 1) fitting[0]!.forEach((dim, name) => channels.set(name, dim));
      }
    }
  }
  return undefined;
}

/** Dims of more than one element in their new order. */
function orderOf(buffer: Buffer, channel: number): readonly number[] {
  const dims = buffer.shape.flatMap((size, n) => (isInt(size, 1) || n === channel ? [] : [n]));
  return [...dims, channel];
}

function laid(buffer: Buffer, order: readonly number[]): Buffer {
  const shape = order.map((n) => buffer.shape[n]!);
  return { ...buffer, name: `${buffer.name}_last`, shape, strides: rowMajor(shape) };
}

function relaid(s: LoopStatement, channels: Channels, scalars: Scalars): LoopStatement {
  const value = (v: Scalar) =>
    scalars.rewrite(v, new Map(), (leaf) => {
      const channel = leaf.kind === "load" ? channels.get(leaf.buffer.name) : undefined;
      if (leaf.kind !== "load" || channel === undefined) return undefined;
      const order = orderOf(leaf.buffer, channel);
      return scalars.load(laid(leaf.buffer, order), order.map((n) => leaf.index[n]!));
    });
  if (s.kind === "nest") return relaidNest({ ...s, value: value(s.value) }, channels, scalars);
  if (s.kind !== "contraction") return s;
  const { a, b, epilogue } = s;
  return relaidProduct({ ...s, a: value(a), b: value(b), epilogue: value(epilogue) }, channels);
}

function relaidStore({ buffer, index }: Store, channel: number): Store {
  const order = orderOf(buffer, channel);
  return { buffer: laid(buffer, order), index: order.map((n) => index[n]!) };
}

/** The nest with its axes in the order of what it stores, without those of one element. */
function relaidNest(nest: Nest, channels: Channels, scalars: Scalars): Nest {
  const channel = channels.get(nest.store.buffer.name);
  if (channel === undefined) return nest;
  const store = relaidStore(nest.store, channel);
  const axes = store.index.map((e) => nest.axes.find((a) => a.sym === e)!);
  const zero = new Map(nest.axes.filter((a) => !axes.includes(a)).map((a) => [a.sym.name, int(0)] as const));
  return { ...nest, axes, value: scalars.substitute(nest.value, zero), store };
}

/** The product the other way round, so that its columns are channels. */
function relaidProduct(c: Contraction, channels: Channels): Contraction {
  const channel = channels.get(c.store.buffer.name);
  if (channel === undefined) return c;
  return { ...c, m: c.n, n: c.m, a: c.b, b: c.a, store: relaidStore(c.store, channel) };
}
