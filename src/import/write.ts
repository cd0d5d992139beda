/**
 * A result written into a tensor.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import { int } from "../ir/expr/mod.ts";
import type { GraphBuilder, TensorType, Value } from "../ir/graph/mod.ts";
import type { Result } from "./bind.ts";
import { type Frame, tensorOf } from "./frame.ts";
import { Alias } from "./storage.ts";

/** Writes a result into the tensor `name`: converted to its type, stretched to its shape. */
export function write(frame: Frame, name: string, result: Result | undefined): void {
  const alias = tensorOf(frame, name);
  const value = result instanceof Alias ? result.read(frame.g) : result;
  if (!value || !("type" in value)) {
    return refuse({ reason: "import-mismatch", message: `Cannot write "${name}": no tensor was computed` });
  }
  alias.write(frame.g, stretch(frame.g, frame.g.cast(value, alias.type.dtype), alias.type));
}

/** `value` broadcast to a shape of at least its rank. */
export function stretch(g: GraphBuilder, value: Value, type: TensorType): Value {
  const from = value.type.shape, to = type.shape, lead = to.length - from.length;
  if (lead === 0 && from.every((size, n) => size === to[n])) return value;
  return g.remap(
    value,
    to,
    (axes) => from.map((size, n) => size === to[n + lead] ? axes[n + lead]! : int(0)),
  );
}
