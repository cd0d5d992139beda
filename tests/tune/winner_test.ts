/** Which variant measurements speak for. */
import { assertEquals } from "@std/assert";
import type { ProductChoice } from "../../src/ir/plan/mod.ts";
import { type Variant, winner } from "../../src/tune/mod.ts";

const blocks = (mc: number): ProductChoice => ({ kind: "blocks", mr: 6, nv: 4, mc, nc: 64, kc: 256 });
const variants = [null, blocks(60), blocks(120)].map((choice, n): Variant => {
  return { choice, symbol: `k_${n}`, text: "", buffers: [], numbers: [], total: 1, scratch: 0 };
});

Deno.test("the fastest variant wins, but not by less than 3 %, and not when nothing was measured", () => {
  const rows: readonly (readonly [readonly (number | null)[], ProductChoice | null])[] = [
    [[1, 0.9, 0.8], blocks(120)],
    [[1, 0.9, null], blocks(60)],
    [[1, 0.98, 0.99], null],
    [[1, 2, 3], null],
    [[null, 2, 3], blocks(60)],
    [[], null],
  ];
  for (const [times, choice] of rows) assertEquals(winner({ variants }, times), choice);
});
