/**
 * The functions of the header of special functions, by name.
 *
 * @module
 */
import { airyAi, besselI, besselIe, besselJ, besselK, besselY, sphericalJ0 } from "./bessel.ts";
import { igamma, igammac, zeta } from "./gammas.ts";
import { erfcx, logNdtr, ndtri } from "./normal.ts";
import * as p from "./polynomials.ts";
import type { SpecialFn } from "./types.ts";

/** On doubles; `single` tells that the element type is f32 or narrower. */
export const rareFloats: Readonly<
  Record<Exclude<SpecialFn, "gcd">, (a: number, b: number, single: boolean) => number>
> = {
  zeta,
  igamma,
  igammac,
  erfcx,
  log_ndtr: logNdtr,
  ndtri,
  bessel_j0: (x) => besselJ(0, x),
  bessel_j1: (x) => besselJ(1, x),
  bessel_y0: (x) => besselY(0, x),
  bessel_y1: (x) => besselY(1, x),
  bessel_i0: (x) => besselI(0, x),
  bessel_i0e: (x) => besselIe(0, x),
  bessel_i1: (x) => besselI(1, x),
  bessel_i1e: (x) => besselIe(1, x),
  bessel_k0: (x) => besselK(0, x, false),
  bessel_k0e: (x) => besselK(0, x, true),
  bessel_k1: (x) => besselK(1, x, false),
  bessel_k1e: (x) => besselK(1, x, true),
  spherical_j0: sphericalJ0,
  airy_ai: airyAi,
  chebyshev_t: p.chebyshevT,
  chebyshev_u: p.chebyshevU,
  chebyshev_v: p.chebyshevV,
  chebyshev_w: p.chebyshevW,
  hermite_h: p.hermiteH,
  hermite_he: p.hermiteHe,
  laguerre: p.laguerre,
  legendre: p.legendre,
};
