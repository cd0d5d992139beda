/**
 * The catalogue: hand-written inner kernels as rows, what fits where, and what each costs.
 *
 * Comes in: sizes of a problem and a target. Goes out: the row to use and how to block around it.
 *
 * @module
 */
export { type AttentionPlan, attentionVariants, type FewRows, planAttention } from "./attention.ts";
export { type DirectPlan, panelVectors, planDirect, turnedOf } from "./direct.ts";
export { type Band, kindOf } from "./direct_spans.ts";
export { tapsOf } from "./image.ts";
export { type Blocking, cyclesOf, grainOf, keepsRows, type Ready, sharedCycles } from "./division.ts";
export {
  chooseBlocking,
  chooseSkinny,
  FEW_ROWS,
  SKINNY_ROWS,
  type SkinnyTile,
  worthTransposing,
} from "./matmul.ts";
export {
  type MatmulShape,
  type MatmulTile,
  matmulTiles,
  type Microkernel,
  tileCost,
  type TileEnds,
  tileEnds,
} from "./tile.ts";
export { planProduct, type Product, type ProductPlan, sizeOf, windowAxes } from "./product.ts";
export { type Rows, rowsInPlace } from "./rows.ts";
export { type Patch, planWinograd, tapTransform, type WinogradPlan, type WinogradTile } from "./winograd.ts";
export { productVariants } from "./variants.ts";
