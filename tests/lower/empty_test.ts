import { assertEquals, assertStringIncludes } from "@std/assert";
import { parseGraph } from "../../src/ir/graph/mod.ts";
import { printLoops } from "../../src/ir/loops/mod.ts";
import { lower } from "../../src/lower/mod.ts";

const loopsOf = (lines: string) =>
  printLoops(lower(parseGraph(`graph g
input %x : f32[3, 0] strides [1, 1] "x" leaf 0
input %n : i64[0] strides [1] "n" leaf 1
input %t : f32[4] strides [1] "t" leaf 2
${lines}`)));

Deno.test("a reduction over nothing is its neutral value, and reads no memory", () => {
  const text = loopsOf(`%m : f32[3] = reduce max(%x) dims [1]
%s : f32[3] = reduce sum(%x) dims [1]
%a : i64[3] = reduce argmax(%x) dims [1]
output %m "m"
output %s "s"
output %a "a"
`);
  for (const value of ["-inf:f32", "0:f32", "0n:i64"]) assertStringIncludes(text, `= ${value}\n`);
  assertEquals(text.includes("x["), false);
});

Deno.test("a nest over no elements stays, without its loads; a scatter of no elements goes", () => {
  const text = loopsOf(`%e : f32[3, 0] = exp(%x)
%v : f32[0] = lookup(%t, %n) by [{4}] at [x0]
%s : f32[4] = scatter add(%t, %v, %n) by [{4}] at [x0]
output %e "e"
output %s "s"
`);
  assertStringIncludes(text, "nest out0 over");
  assertEquals(text.includes("exp("), false);
  assertEquals(text.includes("scatter"), false);
});
