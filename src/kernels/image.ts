/**
 * An operand of a product that reads an image where it lies: a convolution's, by its strides and borders.
 *
 * @module
 */
import {
  add,
  asInt,
  evaluatePred,
  type Expr,
  int,
  linear,
  type Pred,
  symsOf,
  symsOfPred,
} from "../ir/expr/mod.ts";
import { type Axis, type Buffer, type Contraction, linearIndex, type Scalar } from "../ir/loops/mod.ts";

/** Positions along an axis of outputs, the taps that they sum over, and steps in elements of the image. */
export interface Side {
  readonly extent: number;
  readonly taps: number;
  readonly step: number;
  readonly tapStep: number;
  /** `inside[position][tap]`: false where the border is. */
  readonly inside: readonly (readonly boolean[])[];
}

/** What is read at a position of outputs, a tap and a channel: `start` plus steps, zero on the border. */
export interface Image {
  /** Axes of the image: 1 has no rows. */
  readonly dims: 1 | 2;
  readonly buffer: Buffer;
  /** A function of batches and images. */
  readonly start: Expr;
  readonly channels: number;
  readonly channelStep: number;
  /** An image per plane of outputs, in three dimensions; else one plane. */
  readonly planes: Side;
  readonly rows: Side;
  readonly columns: Side;
}

/** Taps of a channel. */
export function tapsOf({ planes, rows, columns }: Image): number {
  return planes.taps * rows.taps * columns.taps;
}

/** Taps along a row that are printed one by one, at most. */
const TAPS = 16;

/**
 * `b` as an image: planes, rows and columns are the last axes of n, taps the last of k, channels what comes before. In one
 * dimension there are no rows, in two no planes. Undefined where something is computed on the way, or sizes are not known.
 */
export function imageOf({ n, k, b }: Pick<Contraction, "n" | "k" | "b">): Image | undefined {
  const found = unguarded(b), dims = k.length > 2 && n.length > 1 ? 2 : 1;
  if (!found || k.length < 2) return undefined;
  const [x, kx] = [n.at(-1)!, k.at(-1)!], [y, ky] = dims === 2 ? [n.at(-2), k.at(-2)] : [];
  const outer = k.slice(0, -dims).filter((a) => asInt(a.extent) !== 1), [c, kz] = outer;
  const z = kz && n.length > dims ? n.at(-dims - 1) : undefined;
  if (outer.length > (z ? 2 : 1)) return undefined;
  const offset = linearIndex(found.load.buffer, found.load.index);
  const steps = stepsOf(offset, [x, kx, y, ky, c, kz]);
  if (!steps) return undefined;
  const columns = sideOf(x, kx, steps.by.slice(0, 2), found.guards);
  const rows = sideOf(y, ky, steps.by.slice(2, 4), found.guards);
  const planes = sideOf(z, kz, [0, steps.by[5]!], found.guards), channels = c ? asInt(c.extent) : 1;
  if (!columns || !rows || !planes || !channels || columns.taps > TAPS) return undefined;
  const sides = [columns, rows, planes];
  if (found.guards.some((p) => !sides.some(({ guards }) => guards.includes(p)))) return undefined;
  const { by, rest: start } = steps;
  return { dims, buffer: found.load.buffer, start, channels, channelStep: by[4]!, planes, rows, columns };
}

/** A load of f32 beneath guards that leave zero. */
function unguarded(value: Scalar) {
  const guards: Pred[] = [];
  let inner = value;
  for (; inner.kind === "guarded"; inner = inner.value) {
    if (inner.other.kind !== "literal" || inner.other.value !== 0) return undefined;
    guards.push(...(inner.pred.kind === "and" ? inner.pred.args : [inner.pred]));
  }
  return inner.kind === "load" && inner.dtype === "f32" ? { load: inner, guards } : undefined;
}

/** Steps of `offset` along axes (0 along one that is not there), and what is left. */
function stepsOf(offset: Expr, axes: readonly (Axis | undefined)[]) {
  const by: number[] = [];
  let rest = add(offset, int(0));
  for (const axis of axes) {
    const line = axis && linear(rest, axis.sym.name), step = line ? asInt(line.coef) : axis ? undefined : 0;
    if (step === undefined) return undefined;
    by.push(step);
    rest = line?.rest ?? rest;
  }
  const names = new Set(axes.map((axis) => axis?.sym.name));
  return symsOf(rest).some((s) => names.has(s.name)) ? undefined : { by, rest };
}

/** A side with those of `guards` that speak of it alone. */
function sideOf(
  axis: Axis | undefined,
  tap: Axis | undefined,
  [step, tapStep]: readonly number[],
  guards: readonly Pred[],
) {
  const extent = axis ? asInt(axis.extent) : 1, taps = tap ? asInt(tap.extent) : 1;
  if (!extent || !taps) return undefined;
  const names = [axis, tap].map((a) => a?.sym.name);
  const own = guards.filter((p) => symsOfPred(p).every((s) => names.includes(s.name)));
  const inside = Array.from({ length: extent }, (_, at) =>
    Array.from({ length: taps }, (_, t) => {
      const bound = Object.fromEntries([[names[0] ?? "", at], [names[1] ?? "", t]]);
      return own.every((p) => evaluatePred(p, bound));
    }));
  return { extent, taps, step: step!, tapStep: tapStep!, inside, guards: own };
}
