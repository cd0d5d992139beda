/** Literals of scalars. */
import { assertEquals } from "@std/assert";
import type { DType } from "../../../src/base/mod.ts";
import { Scalars } from "../../../src/ir/loops/mod.ts";
import type { Num } from "../../../src/ir/scalar/mod.ts";

Deno.test("whole numbers beyond an integer type's range wrap, as the interpreter's do (random graph, seed 1014)", () => {
  const rows: readonly (readonly [Num, DType, Num])[] = [
    [-3n, "u64", 2n ** 64n - 3n],
    [-3, "u8", 253],
    [200, "i8", -56],
    [2n ** 63n, "i64", -(2n ** 63n)],
    [-3, "f32", -3],
    [0.5, "f64", 0.5],
  ];
  const s = new Scalars();
  for (const [given, dtype, held] of rows) {
    const literal = s.literal(given, dtype);
    assertEquals(literal.kind === "literal" && literal.value, held);
  }
});
