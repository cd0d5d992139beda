/**
 * What an epilogue makes of constants alone (the scale of a batch norm), made when they are loaded or updated: tiles of a
 * product would make it once each.
 *
 * @module
 */
import { asInt, rowMajor, symsOf, symsOfPred } from "../ir/expr/mod.ts";
import { type Axis, type Buffer, type Nest, type Scalar, scalarParts } from "../ir/loops/mod.ts";

/** Elements of a constant that is made for an epilogue, at most. */
const MOST = 1 << 16;

/** The axes that `value` depends on, when what it makes is small enough to be kept. */
export function keptAxes(value: Scalar, axes: readonly Axis[]): readonly Axis[] | undefined {
  const { exprs, preds } = scalarParts(value);
  const names = new Set([...exprs.flatMap(symsOf), ...preds.flatMap(symsOfPred)].map((s) => s.name));
  const own = axes.filter((a) => names.has(a.sym.name));
  const size = own.reduce((n, a) => n * (asInt(a.extent) ?? Infinity), 1);
  return own.length > 0 && own.length === names.size && size <= MOST ? own : undefined;
}

/** `name[axes…] = value`. */
export function valueNest(value: Scalar, axes: readonly Axis[], name: string): Nest {
  const shape = axes.map((a) => a.extent);
  const buffer: Buffer = {
    ...{ name, dtype: value.dtype, shape, strides: rowMajor(shape), offset: 0, role: "output" },
  };
  return { kind: "nest", name, axes, value, store: { buffer, index: axes.map((a) => a.sym) } };
}

/** True for what does not exist everywhere: elements that a guard or a loaded index leads to. */
export function isElsewhere({ kind }: Scalar): boolean {
  return kind === "guarded" || kind === "bound";
}
