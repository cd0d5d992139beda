/**
 * Inputs for a model that none were given for.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import type { ModelInterface } from "../package/mod.ts";
import type { Tensor } from "../run/mod.ts";

/** Numbers of dims by their symbols. */
export type Sizes = ReadonlyMap<string, number>;

/** Dims by name as asked for; others are 8, or as near as the model allows. */
export function chosenSizes(
  { name, dims }: ModelInterface,
  asked: Readonly<Record<string, number>> = {},
): Sizes {
  const unknown = Object.keys(asked).filter((name) => !dims.some((d) => d.name === name));
  if (unknown.length > 0) {
    refuse({
      reason: "bench-dims",
      message: `Cannot set dim ${unknown.join(", ")}: "${name}" has ${
        dims.map((d) => d.name).join(", ") || "none"
      }`,
      help: "Name the dims as the config or the export does.",
    });
  }
  return new Map(
    dims.map((d) => [d.symbol, asked[d.name] ?? Math.min(Math.max(d.min, 8), d.max ?? Infinity)]),
  );
}

/** Inputs full of small numbers; integers are zeros, valid as indices. */
export function madeUp(
  { inputs }: ModelInterface,
  sizes: Sizes,
): ReadonlyMap<string, Tensor> {
  return new Map(inputs.map(({ leaf, dtype, shape, name }) => {
    const concrete = shape.map((size) =>
      typeof size === "number" ? size : sizes.get(size) ?? unknownSize(name, size)
    );
    const count = concrete.reduce((a, b) => a * b, 1);
    return [String(leaf), filled(dtype as Tensor["dtype"], concrete, count)];
  }));
}

function unknownSize(name: string, size: string): never {
  return refuse({
    reason: "bench-inputs",
    message: `Cannot make inputs for "${name}": its size ${size} is not a single dim`,
    help: "Run the model on tensors of your own: --inputs FILE.safetensors.",
  });
}

function filled(dtype: Tensor["dtype"], shape: readonly number[], count: number): Tensor {
  if (dtype === "f32") {
    return {
      dtype,
      shape,
      data: new Uint8Array(Float32Array.from({ length: count }, (_, i) => (i % 17) / 17 - 0.5).buffer),
    };
  }
  if (dtype === "f64") {
    return {
      dtype,
      shape,
      data: new Uint8Array(Float64Array.from({ length: count }, (_, i) => (i % 17) / 17 - 0.5).buffer),
    };
  }
  const bytes = { f16: 2, bf16: 2, i64: 8, u64: 8, i32: 4, u32: 4, i16: 2, u16: 2 } as Record<string, number>;
  return { dtype, shape, data: new Uint8Array(count * (bytes[dtype] ?? 1)) };
}
