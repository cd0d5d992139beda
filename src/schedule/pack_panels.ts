/**
 * A constant operand in panels, as a nest of the plan that folds constants: kernels then read it in order.
 *
 * @module
 */
import {
  add,
  and,
  ceilDiv,
  type Expr,
  int,
  linear,
  lt,
  mul,
  print,
  substitute,
  symsOf,
} from "../ir/expr/mod.ts";
import {
  type Axis,
  linearIndex,
  loopAxis,
  type Nest,
  type Scalar,
  type ScalarOf,
  type Scalars,
} from "../ir/loops/mod.ts";
import { decoded } from "./decode.ts";
import { valueNest } from "./pack_epilogue.ts";

/** A constant operand of a product, and the panels it goes into. */
export interface ConstantOperand {
  readonly batch: readonly Axis[];
  /** Axes that panels cut: m of the left operand, n of the right one. */
  readonly own: readonly Axis[];
  readonly k: readonly Axis[];
  /** Rows or columns of a panel. */
  readonly width: number;
  /** The value with axes replaced, as the folding plan sees it. */
  readonly at: (axes: ReadonlyMap<string, Expr>) => Scalar;
}

/** `packed[batch…][panel][k…][lane]`; lanes behind the last get zeros. */
export function panelNest(operand: ConstantOperand, dtype: "f32" | "f64", name: string, s: Scalars): Nest {
  const { batch, own, k, width } = operand, count = product(own);
  const panel = loopAxis(`${name}_panel`, ceilDiv(count, width)), lane = loopAxis(`${name}_lane`, int(width));
  const flat = add(mul(panel.sym, width), lane.sym), there = operand.at(decoded(own, flat));
  const packed = s.guarded(lt(flat, count), s.cast(there, dtype), s.literal(0, dtype));
  return valueNest(packed, [...batch, panel, ...k, lane], name);
}

/** `packed[batch…][panel][pair][lane][half]` of bf16; what has no partner along k gets a zero. */
export function pairNest(operand: ConstantOperand, name: string, s: Scalars): Nest {
  const { batch, own, k, width } = operand, count = product(own), along = product(k);
  const axis = (part: string, extent: Expr) => loopAxis(`${name}_${part}`, extent);
  const panel = axis("panel", ceilDiv(count, width)), pair = axis("pair", ceilDiv(along, 2));
  const lane = axis("lane", int(width)), half = axis("half", int(2));
  const flat = add(mul(panel.sym, width), lane.sym), at = add(mul(pair.sym, 2), half.sym);
  const there = operand.at(new Map([...decoded(own, flat), ...decoded(k, at)]));
  const exists = and(lt(flat, count), lt(at, along));
  const packed = s.guarded(exists, s.cast(there, "bf16"), s.literal(0, "bf16"));
  return valueNest(packed, [...batch, panel, pair, lane, half], name);
}

function product(axes: readonly Axis[]): Expr {
  return mul(int(1), ...axes.map((x) => x.extent));
}

/** Which elements a load reads, told by the first, extents and strides; `[batch…][panel][k…][lane]` are in order. */
export function accessText(load: ScalarOf<"load">, axes: readonly Axis[]): string {
  const index = linearIndex(load.buffer, load.index);
  const strides = symsOf(index).map((s) => `${print(linear(index, s.name)?.coef ?? index)}`);
  const first = substitute(index, new Map(symsOf(index).map((s) => [s.name, int(0)])));
  return [load.buffer.name, print(first), ...axes.map((a) => print(a.extent)), ...strides].join(" ");
}
