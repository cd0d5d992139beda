/**
 * Rows of outputs in spans of positions, and an image's rows in bands: where which taps are inside.
 *
 * @module
 */
import type { Side } from "./image.ts";
import { range } from "./tile.ts";

/** A range [first, last). */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** Outputs of a row, side by side: `count` of them, of which each tap takes a range. */
export interface Span {
  readonly from: number;
  readonly count: number;
  readonly taps: readonly Range[];
}

/** Rows of outputs up to `end` that have the same taps. */
export interface Band {
  readonly end: number;
  readonly taps: Range;
}

/** Different spans of a row, at most: each is code of its own. */
const KINDS = 6;
/** Rows by the taps that they have; undefined where these are no range. */
export function bandsOf({ inside, extent }: Side): readonly Band[] | undefined {
  const bands: Band[] = [];
  for (let y = 0; y < extent; y++) {
    const taps = rangeOf(inside[y]!), last = bands.at(-1);
    if (!taps) return undefined;
    if (last && last.taps.first === taps.first && last.taps.last === taps.last) bands.pop();
    bands.push({ end: y + 1, taps });
  }
  return bands;
}

/** A row in even spans of up to `mr` positions; undefined where a tap takes no range of them, or they differ too much. */
export function spansOf({ inside, extent, taps }: Side, mr: number): readonly Span[] | undefined {
  const count = Math.ceil(extent / mr), start = (n: number) => Math.ceil((n * extent) / count);
  const spans = range(0, count - 1).map((n) => {
    const from = start(n), positions = inside.slice(from, start(n + 1));
    const ranges = range(0, taps - 1).map((tap) => rangeOf(positions.map((p) => p[tap]!)));
    return { from, count: positions.length, taps: ranges.flatMap((r) => r ?? []) };
  });
  const kinds = new Set(spans.map(kindOf));
  return kinds.size > KINDS || spans.some((s) => s.taps.length < taps) ? undefined : spans;
}

/** What is the same in spans that are computed by the same code. */
export function kindOf({ count, taps }: Span): string {
  return [count, ...taps.map((t) => `${t.first}-${t.last}`)].join(" ");
}

/** Where `there` is true; undefined where that is no range. */
function rangeOf(there: readonly boolean[]): Range | undefined {
  const first = Math.max(0, there.indexOf(true)), last = there.lastIndexOf(true) + 1;
  return there.slice(first, last).every((x) => x) ? { first, last } : undefined;
}
