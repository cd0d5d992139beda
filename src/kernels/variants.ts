/**
 * Ways to compute a product that are worth measuring.
 *
 * @module
 */
import type { Target } from "../base/mod.ts";
import { type Contraction, Scalars } from "../ir/loops/mod.ts";
import type { ProductChoice } from "../ir/plan/mod.ts";
import { directTiles } from "./direct.ts";
import type { Blocking, Ready } from "./division.ts";
import { planProduct } from "./product.ts";
import { matmulTiles } from "./tile.ts";
import { planWinograd } from "./winograd.ts";

/** Most variants of a product. */
const MOST = 10;

/** Variants beside the one that costs choose; none for products of few rows, which have one way each. */
export function productVariants(nest: Contraction, target: Target, ready: Ready): readonly ProductChoice[] {
  const { blocking, skinny, shape } = planProduct(nest, target, ready);
  if (skinny && shape.m !== undefined) return [];
  const tiles = ([4, 2] as const).filter((tile) =>
    planWinograd(nest, target, new Scalars(), { kind: "winograd", tile })
  );
  const blocks = [blocking, ...otherTiles(blocking, target), ...otherBlocks(blocking)].map(choiceOf);
  const straight = directTiles(nest, target, 2).map((tile) => ({ kind: "direct", ...tile }) as const);
  const all = [...tiles.map((tile) => ({ kind: "winograd", tile }) as const), ...straight, ...blocks];
  const distinct = new Map(all.map((choice) => [JSON.stringify(choice), choice]));
  return [...distinct.values()].slice(0, MOST);
}

function choiceOf({ mr, nv, mc, nc, kc }: Blocking): ProductChoice {
  return { kind: "blocks", mr, nv, mc, nc, kc };
}

/** Full tiles of the catalogue, blocks kept as near as whole tiles allow. */
function otherTiles(it: Blocking, target: Target): readonly Blocking[] {
  const lanes = it.nr / it.nv;
  return matmulTiles.filter((t) => t.isa === target.isa && (t.mr !== it.mr || t.nv !== it.nv)).slice(0, 3)
    .map(
      ({ mr, nv }) => {
        const nr = nv * lanes,
          whole = (size: number, unit: number) => Math.max(1, Math.round(size / unit)) * unit;
        return { ...it, mr, nv, nr, mc: whole(it.mc, mr), nc: whole(it.nc, nr) };
      },
    );
}

/** Longer and shorter blocks of each side. */
function otherBlocks(it: Blocking): readonly Blocking[] {
  const half = (size: number, unit: number) => Math.max(1, Math.ceil(size / 2 / unit)) * unit;
  return [
    { ...it, mc: half(it.mc, it.mr) },
    { ...it, nc: half(it.nc, it.nr) },
    { ...it, nc: it.nc * 2 },
    { ...it, mc: it.mc * 2 },
    { ...it, mc: it.mc * 2, nc: half(it.nc, it.nr) },
  ];
}
