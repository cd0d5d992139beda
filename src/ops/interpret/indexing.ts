/**
 * Operations written as index maps: iota, mask, remap, lookup, scatter.
 *
 * @module
 */
import { compileExpr, type Expr } from "../../ir/expr/mod.ts";
import {
  compileIndex,
  compilePred,
  forEachPosition,
  type IndexBound,
  type OpOf,
} from "../../ir/graph/mod.ts";
import {
  castScalar,
  type DenseTensor,
  elementOf,
  evaluateScalar,
  literalOf,
  RunFailure,
  setElement,
} from "../../ir/scalar/mod.ts";
import { broadcastAt, elementAt, offsetOf } from "./positions.ts";

/** Values of symbols by name. */
export type Symbols = ReadonlyMap<string, number>;

/** Names that an index map may use, and an array of their values whose first ones are the axes. */
class Frame {
  readonly names: readonly string[];
  readonly values: number[];

  constructor(readonly rank: number, looked: number, symbols: Symbols) {
    const axes = Array.from({ length: rank }, (_, n) => `i${n}`);
    const loaded = Array.from({ length: looked }, (_, n) => `x${n}`);
    const others = [...symbols].filter(([name]) => !axes.includes(name) && !loaded.includes(name));
    this.names = [...axes, ...loaded, ...others.map(([name]) => name)];
    this.values = [...axes.map(() => 0), ...loaded.map(() => 0), ...others.map(([, value]) => value)];
  }

  moveTo(at: readonly number[]): void {
    for (let n = 0; n < this.rank; n++) this.values[n] = at[n]!;
  }
}

/** `out[i…] = expr(i…)`. */
export function iota(op: OpOf<"iota">, out: DenseTensor, symbols: Symbols): DenseTensor {
  const frame = new Frame(out.shape.length, 0, symbols), value = compileExpr(op.expr, frame.names);
  forEachPosition(out.shape, (at, n) => {
    frame.moveTo(at);
    setElement(out, n, castScalar(BigInt(value(frame.values)), "i64", out.dtype));
  });
  return out;
}

/** `out[i…] = pred(i…)`. */
export function mask(op: OpOf<"mask">, out: DenseTensor, symbols: Symbols): DenseTensor {
  const frame = new Frame(out.shape.length, 0, symbols), holds = compilePred(op.pred, frame.names);
  forEachPosition(out.shape, (at, n) => {
    frame.moveTo(at);
    setElement(out, n, holds(frame.values));
  });
  return out;
}

/** `remap` and `lookup`: the latter loads its indices first. */
export function read(
  op: OpOf<"remap"> | OpOf<"lookup">,
  source: DenseTensor,
  operands: readonly DenseTensor[],
  out: DenseTensor,
  symbols: Symbols,
): DenseTensor {
  const bounds = op.kind === "lookup" ? op.bounds : [];
  const frame = new Frame(out.shape.length, bounds.length, symbols);
  const index = compileIndex(op.index, frame.names), load = loader(bounds, operands, frame);
  const valid = op.valid && compilePred(op.valid, frame.names), fill = literalOf(op.fill ?? 0, out.dtype);
  const from: number[] = [];
  forEachPosition(out.shape, (at, n) => {
    frame.moveTo(at);
    load(at);
    if (valid && !valid(frame.values)) return setElement(out, n, fill);
    index(frame.values, from);
    setElement(out, n, elementAt(source, from));
  });
  return out;
}

/** Writes updates into a copy of the target, one after another in row-major order. */
export function scatter(
  op: OpOf<"scatter">,
  updates: DenseTensor,
  operands: readonly DenseTensor[],
  out: DenseTensor,
  symbols: Symbols,
): DenseTensor {
  const frame = new Frame(updates.shape.length, op.bounds.length, symbols);
  const index = compileIndex(op.index, frame.names), load = loader(op.bounds, operands, frame);
  const to: number[] = [];
  forEachPosition(updates.shape, (at, n) => {
    frame.moveTo(at);
    load(at);
    index(frame.values, to);
    const place = offsetOf(out.shape, to), value = elementOf(updates, n);
    const next = op.combine === "set"
      ? value
      : evaluateScalar(op.combine, [elementOf(out, place), value], out.dtype);
    setElement(out, place, next);
  });
  return out;
}

/** Sets the frame's loaded indices at a position, wrapped and checked. */
function loader(bounds: readonly IndexBound[], operands: readonly DenseTensor[], frame: Frame) {
  const sizes = bounds.map((bound): (values: readonly number[]) => number => {
    return compileExpr(bound.size as Expr, frame.names);
  });
  return (at: readonly number[]) => {
    bounds.forEach((bound, k) => {
      const size = sizes[k]!(frame.values), operand = operands[k]!;
      const given = Number(castScalar(broadcastAt(operand, at), operand.dtype, "i64"));
      const index = bound.wrap && given < 0 ? given + size : given;
      if (index < 0 || index >= size) throw new RunFailure("index", `index ${given} of a dim of ${size}`);
      frame.values[frame.rank + k] = index;
    });
  };
}
