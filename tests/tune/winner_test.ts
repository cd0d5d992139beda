/** Which variant measurements speak for. */
import { assertEquals } from "@std/assert";
import type { ProductChoice } from "../../src/ir/plan/mod.ts";
import { type Variant, winner } from "../../src/tune/mod.ts";

const blocks = (mc: number): ProductChoice => ({ kind: "blocks", mr: 6, nv: 4, mc, nc: 64, kc: 256 });
const variants = [null, blocks(60), blocks(120)].map((choice, n): Variant => {
  return {
    choice,
    symbol: `k_${n}`,
    text: "",
    buffers: [],
    numbers: [],
    total: 1,
    scratch: 0,
    shares: [1, 1],
  };
});

Deno.test("the fastest variant wins, but not by less than 5 %, and not when nothing was measured", () => {
  const rows: readonly (readonly [readonly (number | null)[], ProductChoice | null])[] = [
    [[1, 0.9, 0.8], blocks(120)],
    [[1, 0.9, null], blocks(60)],
    [[1, 0.96, 0.97], null],
    [[1, 2, 3], null],
    [[null, 2, 3], blocks(60)],
    [[], null],
  ];
  for (const [times, choice] of rows) assertEquals(winner({ variants }, times), choice);
});

Deno.test("a variant whose jobs divide worse wins only where it is no slower for any number of workers", () => {
  const usual = variants[0]!, uneven = { ...variants[1]!, shares: [1, 1.5] }, even = variants[2]!;
  assertEquals(winner({ variants: [usual, uneven, even] }, [1, 0.8, 0.9]), even.choice);
  assertEquals(winner({ variants: [usual, uneven] }, [1, 0.8]), null);
  assertEquals(winner({ variants: [usual, uneven] }, [1, 0.6]), uneven.choice);
  assertEquals(winner({ variants: [{ ...usual, shares: [1, 1.5] }, even] }, [1, 0.96]), null);
});
