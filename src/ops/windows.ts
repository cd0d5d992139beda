/**
 * Views that pad, repeat, overlap or wrap around.
 *
 * @module
 */
import {
  add,
  and,
  asInt,
  type Expr,
  floorDiv,
  ge,
  int,
  isInt,
  lt,
  max,
  min,
  mod,
  mul,
  sub,
  truth,
} from "../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import { numOf } from "./calc.ts";
import { numel, wrapDim } from "./shapes.ts";
import { flattenDims, rankOf, reshape } from "./views.ts";

/** Elements put before and after one dim; negative numbers cut. */
export interface Pad {
  readonly before: Expr;
  readonly after: Expr;
}

/** No padding. */
export const noPad: Pad = { before: int(0), after: int(0) };

/** `x` with constant `fill` around it; `pads` has one entry per dim. */
export function pad(g: GraphBuilder, x: Value, pads: readonly Pad[], fill = 0): Value {
  const from = x.type.shape;
  if (pads.every((p) => isInt(p.before, 0) && isInt(p.after, 0))) return x;
  const shape = from.map((size, n) => add(size, pads[n]!.before, pads[n]!.after));
  const cuts = pads.every((p) => [p.before, p.after].every((e) => (asInt(e) ?? 1) <= 0));
  return g.remap(
    x,
    shape,
    (axes) => axes.map((axis, n) => sub(axis, pads[n]!.before)),
    cuts ? {} : {
      valid: (axes) =>
        and(
          truth(true),
          ...axes.flatMap((axis, n) => {
            const { before, after } = pads[n]!, checks = [];
            if (!((asInt(before) ?? 1) <= 0)) checks.push(ge(axis, before));
            if (!((asInt(after) ?? 1) <= 0)) checks.push(lt(axis, add(before, from[n]!)));
            return checks;
          }),
        ),
      fill: numOf(fill, x.type.dtype),
    },
  );
}

/** Dims read through a function of the position: reflection, replication, wrap-around. */
export function remapDims(
  g: GraphBuilder,
  x: Value,
  sizes: ReadonlyMap<number, Expr>,
  read: (axis: Expr, dim: number) => Expr,
): Value {
  const shape = x.type.shape.map((size, n) => sizes.get(n) ?? size);
  return g.remap(x, shape, (axes) => axes.map((axis, n) => sizes.has(n) ? read(axis, n) : axis));
}

/** The diagonal of two dims as a new last dim. */
export function diagonal(g: GraphBuilder, x: Value, offset = 0, dim1 = 0, dim2 = 1): Value {
  const a = wrapDim(dim1, rankOf(x)), b = wrapDim(dim2, rankOf(x)), shape = x.type.shape;
  const down = Math.max(-offset, 0), right = Math.max(offset, 0);
  const length = max(min(sub(shape[a]!, down), sub(shape[b]!, right)), 0);
  const rest = shape.map((_, n) => n).filter((n) => n !== a && n !== b);
  return g.remap(x, [...rest.map((n) => shape[n]!), length], (axes) => {
    const index: Expr[] = [], last = axes[rest.length]!;
    rest.forEach((n, k) => index[n] = axes[k]!);
    index[a] = add(last, down), index[b] = add(last, right);
    return index;
  });
}

/** The last dim as a diagonal of two new dims, zero beside it. */
export function diagEmbed(g: GraphBuilder, x: Value, offset = 0, dim1 = -2, dim2 = -1): Value {
  const rank = rankOf(x) + 1, a = wrapDim(dim1, rank), b = wrapDim(dim2, rank);
  const down = Math.max(-offset, 0), right = Math.max(offset, 0), size = x.type.shape.at(-1)!;
  const rest = Array.from({ length: rank }, (_, n) => n).filter((n) => n !== a && n !== b);
  const shape: Expr[] = [];
  rest.forEach((n, k) => shape[n] = x.type.shape[k]!);
  shape[a] = shape[b] = add(size, Math.abs(offset));
  return g.remap(x, shape, (axes) => [...rest.map((n) => axes[n]!), sub(axes[a]!, down)], {
    valid: (axes) => {
      const position = sub(axes[a]!, down), other = sub(axes[b]!, right);
      return and(
        ge(position, 0),
        lt(position, size),
        ge(sub(position, other), 0),
        ge(sub(other, position), 0),
      );
    },
    fill: numOf(0, x.type.dtype),
  });
}

/** Windows of `size` along `dim`, `step` apart, as a new last dim. */
export function unfold(g: GraphBuilder, x: Value, dim: number, size: Expr, step: number): Value {
  if (rankOf(x) === 0) return reshape(g, x, [size]);
  const at = wrapDim(dim, rankOf(x)), count = add(floorDiv(sub(x.type.shape[at]!, size), step), 1);
  return g.remap(x, [...x.type.shape.toSpliced(at, 1, count), size], (axes) => {
    const index: Expr[] = axes.slice(0, -1);
    index[at] = add(mul(axes[at]!, step), axes.at(-1)!);
    return index;
  });
}

/** Elements of `x` by distance in memory, where `x` lies dense with `strides`. */
export function asStrided(
  g: GraphBuilder,
  x: Value,
  strides: readonly Expr[],
  to: { readonly size: readonly Expr[]; readonly stride: readonly Expr[]; readonly offset: Expr },
): Value {
  const from = x.type.shape;
  const dims = from.map((_, n) => n).filter((n) => !isInt(from[n]!, 1) && !isInt(strides[n]!, 0));
  dims.sort((a, b) => (asInt(strides[b]!) ?? 0) - (asInt(strides[a]!) ?? 0) || a - b);
  return g.remap(x, to.size, (axes) => {
    let rest = add(to.offset, ...axes.map((axis, n) => mul(axis, to.stride[n]!)));
    const index: Expr[] = from.map(() => int(0));
    for (const n of dims) {
      index[n] = floorDiv(rest, strides[n]!);
      rest = mod(rest, strides[n]!);
    }
    return index;
  });
}

/** Elements shifted along dims, those that fall off come in again; without dims the flat order is shifted. */
export function roll(g: GraphBuilder, x: Value, shifts: readonly Expr[], dims: readonly number[]): Value {
  if (dims.length === 0) {
    return reshape(g, roll(g, flattenDims(g, x), shifts, [0]), x.type.shape);
  }
  const by = new Map<number, Expr>();
  dims.forEach((dim, n) => {
    const at = wrapDim(dim, rankOf(x));
    by.set(at, add(by.get(at) ?? 0, shifts[n]!));
  });
  if (x.type.shape.some((size) => isInt(size, 0))) return x;
  return g.remap(
    x,
    x.type.shape,
    (axes) => axes.map((axis, n) => by.has(n) ? mod(sub(axis, by.get(n)!), x.type.shape[n]!) : axis),
  );
}

/** The whole tensor again and again; `times` may have more dims than `x`. */
export function repeat(g: GraphBuilder, x: Value, times: readonly Expr[]): Value {
  const lead = times.length - rankOf(x), from = [...times.slice(0, lead).map(() => int(1)), ...x.type.shape];
  const shape = from.map((size, n) => mul(size, times[n]!));
  if (isInt(numel(shape), 0)) return g.remap(x, shape, () => x.type.shape.map(() => int(0)));
  return g.remap(
    x,
    shape,
    (axes) =>
      x.type.shape.map((size, n) =>
        isInt(times[n + lead]!, 1) ? axes[n + lead]! : mod(axes[n + lead]!, size)
      ),
  );
}

/** Every position of `dim` `times` over. */
export function repeatInterleave(g: GraphBuilder, x: Value, times: Expr, dim: number): Value {
  const at = wrapDim(dim, rankOf(x));
  if (isInt(times, 0)) {
    return g.remap(x, x.type.shape.toSpliced(at, 1, int(0)), () => x.type.shape.map(() => int(0)));
  }
  return remapDims(g, x, new Map([[at, mul(x.type.shape[at]!, times)]]), (axis) => floorDiv(axis, times));
}

/** Tensors side by side along a new dim. */
export function stack(g: GraphBuilder, xs: readonly Value[], dim: number): Value {
  const at = wrapDim(dim, rankOf(xs[0]!) + 1);
  const shape = xs[0]!.type.shape.toSpliced(at, 0, int(1));
  return g.concat(xs.map((x) => reshape(g, x, shape)), at);
}
