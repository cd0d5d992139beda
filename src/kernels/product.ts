/**
 * A contraction as the product that is computed: which way round, in which blocks.
 *
 * @module
 */
import { bytesOf, type Target } from "../base/mod.ts";
import { asInt, type Expr, int, mul } from "../ir/expr/mod.ts";
import type { Axis, Contraction, Scalar } from "../ir/loops/mod.ts";
import type { ProductChoice } from "../ir/plan/mod.ts";
import type { Blocking, Ready } from "./division.ts";
import { packsNothing } from "./few.ts";
import { chooseBlocking, chooseSkinny, type SkinnyTile, worthTransposing } from "./matmul.ts";
import { type Rows, rowsInPlace } from "./rows.ts";
import type { MatmulShape } from "./tile.ts";

/** What a product is made of. */
export type Product = Pick<Contraction, "batch" | "m" | "n" | "k" | "a" | "b">;

/** How a contraction is computed. */
export interface ProductPlan {
  /** The contraction's product, or its transpose. */
  readonly product: Product;
  readonly transposed: boolean;
  readonly dtype: "f32" | "f64";
  readonly shape: MatmulShape;
  readonly blocking: Blocking;
  /** Operands of bf16 are multiplied in pairs along k: panels hold `kc / 2` groups of pairs. */
  readonly inPairs: boolean;
  /** Rows of A that are read where they lie. */
  readonly inPlace: Rows | undefined;
  /** Present when jobs of few rows can occur. */
  readonly skinny: SkinnyTile | undefined;
}

/**
 * Decides how a contraction is computed on a machine, as `choice` says where there is one; the tile is the same
 * whatever is packed already.
 */
export function planProduct(
  nest: Contraction,
  target: Target,
  ready: Ready = {},
  choice?: ProductChoice,
): ProductPlan {
  const dtype = nest.accumulate;
  if (dtype !== "f32" && dtype !== "f64") throw new RangeError(`contractions do not accumulate in ${dtype}`);
  const whole = shapeOf(nest), isPaired = worthPairing([nest.a, nest.b], target);
  const inPlace = packsNothing(nest, whole) || isPaired ? undefined : rowsInPlace(nest);
  const transposed = !inPlace && worthTransposing(whole, dtype, target);
  const product = transposed ? transposedOf(nest) : nest, shape = shapeOf(product);
  const few = packsNothing(product, shape), inPairs = worthPairing([product.a, product.b], target);
  return {
    ...{ product, transposed, dtype, shape, inPairs, inPlace },
    blocking: choice?.kind === "blocks"
      ? blockingOf(choice, target.vectorBytes / bytesOf(dtype))
      : blocksOf(product, dtype, target, inPlace ? { ...ready, a: true } : ready),
    skinny: few ? chooseSkinny(shape, dtype, target) : undefined,
  };
}

/** True where the operands are of bf16 and the machine multiplies pairs of them (AVX512_BF16). */
export function worthPairing(operands: readonly Scalar[], target: Target): boolean {
  const isHalf = (x: Scalar) => x.kind === "cast" && x.dtype === "f32" && x.arg.dtype === "bf16";
  return target.isa === "avx512" && target.bf16 && operands.every(isHalf);
}

/** Blocks as costs choose; a pair along k counts as one element. */
function blocksOf(product: Product, dtype: "f32" | "f64", target: Target, ready: Ready): Blocking {
  const along = worthPairing([product.a, product.b], target) ? 2 : 1,
    window = asInt(sizeOf(windowAxes(product.k)));
  const shape = shapeOf(product), steps = shape.k && Math.ceil(shape.k / along);
  const few = shape.m !== undefined && packsNothing(product, shape);
  const blocks = chooseBlocking({ ...shape, k: steps }, dtype, target, ready, window, few);
  return { ...blocks, kc: blocks.kc * along };
}

function blockingOf({ mr, nv, mc, nc, kc }: ProductChoice & { kind: "blocks" }, lanes: number): Blocking {
  return { mr, nv, nr: nv * lanes, mc, nc, kc };
}

/** Positions of k that packing takes one by one, at most. */
const WINDOW = 16;

/** The last axes of k that are a small window: a convolution's taps. */
export function windowAxes(k: readonly Axis[]): readonly Axis[] {
  let count = 1, first = k.length;
  while (first > 1) {
    count *= asInt(k[first - 1]!.extent) ?? Infinity;
    if (count > WINDOW) break;
    first--;
  }
  return k.slice(first);
}

/** Elements of axes together. */
export function sizeOf(axes: readonly Axis[]): Expr {
  return mul(int(1), ...axes.map((a) => a.extent));
}

function shapeOf({ batch, m, n, k }: Product): MatmulShape {
  return { batch: asInt(sizeOf(batch)), m: asInt(sizeOf(m)), n: asInt(sizeOf(n)), k: asInt(sizeOf(k)) };
}

function transposedOf({ batch, m, n, k, a, b }: Product): Product {
  return { batch, m: n, n: m, k, a: b, b: a };
}
