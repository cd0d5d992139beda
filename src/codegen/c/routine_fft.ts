/**
 * Calls of `fft.h`: discrete Fourier transforms along one dim of pairs or real numbers.
 *
 * @module
 */
import { bytesOf } from "../../base/mod.ts";
import { add, asInt, ceilDiv, type Expr, int, mul } from "../../ir/expr/mod.ts";
import { numel } from "../../ir/loops/mod.ts";
import type { CallPrinter } from "./routine_call.ts";
import { halves } from "./routine_row.ts";

/** AOTI_FFT_SIDE of fft.h, AOTI_FFT_PRIME of fft_stages.h. */
const MOST_SIDE = 16, LARGEST_RADIX = 31;
/** Elements between planes, five pairs of them at most: AOTI_FFT_GAP of fft_plan.h. */
const GAPS = 10 * 80;
/** Elements of one plane that stay in a core's cache. */
const CACHED = 16384;

/** True when `n` has no prime factor that is too large: `aoti_fft_smooth`. */
function isSmooth(n: number): boolean {
  for (let r = 2; r <= LARGEST_RADIX; r++) while (n > 1 && n % r === 0) n /= r;
  return n <= 1;
}

/** `aoti_fft_pad`. */
function padded(n: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, 2 * n - 1)));
}

/** How many lines are done at a time: a power of two that the cache holds. */
function sideOf(n: Expr, lines: Expr): number {
  const size = asInt(n) ?? 2048, count = asInt(lines) ?? MOST_SIDE;
  const fit = 2 ** Math.floor(Math.log2(Math.max(1, CACHED / Math.max(1, size))));
  return Math.min(MOST_SIDE, fit, 2 ** Math.ceil(Math.log2(Math.max(1, count))));
}

/** Bytes of tables and planes, as `aoti_fft_prepare` lays them out; an upper bound where `n` is not known. */
function scratchBytes(n: Expr, whole: number | undefined, side: number, bytes: number): Expr {
  const size = asInt(n);
  if (size === undefined || whole === undefined) {
    return add(3200 + bytes * GAPS, mul(n, 16 + bytes * (18 + 16 * side)));
  }
  const smooth = isSmooth(whole), run = smooth ? whole : padded(whole);
  const turns = (count: number) => 16 * (64 + Math.floor(count / 64) + 1);
  const tables = turns(size) + turns(run) + (smooth ? 0 : turns(2 * whole));
  return int(tables + bytes * (GAPS + 2 * run + 4 * run * side + (smooth ? 0 : 2 * whole + 2 * run)));
}

const kinds = { complex: "AOTI_FFT_COMPLEX", from_real: "AOTI_FFT_FROM_REAL", to_real: "AOTI_FFT_TO_REAL" };

/** What results are multiplied by, as the norm of a transform of `n` says. */
function scaleText(c: CallPrinter, n: Expr): string {
  const scales = {
    none: "1.0",
    whole: `1.0 / (double)${c.text(n)}`,
    root: `1.0 / sqrt((double)${c.text(n)})`,
  };
  return scales[c.word("norm") as keyof typeof scales];
}

/** `dim` counts among the dims that are no pairs; `norm` is none, root or whole. */
export function printFft(c: CallPrinter) {
  const kind = c.word("kind") as keyof typeof kinds, element = c.element(0, halves), dim = c.number("dim");
  const long = kind === "to_real" ? c.output(0).shape : c.input(0).shape;
  const shape = kind === "complex" ? long.slice(0, -1) : long, n = shape[dim]!;
  const inner = numel(shape.slice(dim + 1)), lines = mul(numel(shape.slice(0, dim)), inner);
  const side = sideOf(n, lines),
    size = asInt(n),
    isHalved = kind !== "complex" && size !== undefined && size % 2 === 0;
  const fields = [
    c.from(0),
    c.to(0),
    c.text(n),
    c.text(inner),
    c.text(lines),
    side,
    kinds[kind],
    Number(c.truth("inverse")),
    scaleText(c, n),
  ];
  const known = size ?? 1024;
  return {
    element,
    lines: [
      `const aoti_fft fft = {${fields.join(", ")}};`,
      "aoti_fft_blocks(&fft, begin, end, args->scratch);",
    ],
    total: ceilDiv(lines, side),
    work: Math.ceil(known * side * Math.max(1, Math.log2(known))),
    scratch: scratchBytes(
      n,
      size === undefined ? undefined : isHalved ? size / 2 : size,
      side,
      bytesOf(element),
    ),
  };
}
