import { assertEquals } from "@std/assert";
import fc from "fast-check";
import "../../rig/seed.ts";
import { parseGraph, verifyGraph } from "../../../src/ir/graph/mod.ts";
import { randomGraph } from "../../rig/random_graph.ts";

Deno.test("a random graph has nothing wrong with it", () => {
  fc.assert(fc.property(randomGraph(), ({ graph }) => assertEquals(verifyGraph(graph), [])), {
    numRuns: 100,
  });
});

/** A header, then lines; what is wrong with them. */
function problems(lines: string): string[] {
  const text = `graph g
symbol s0 in 2..9 "n" = %x[0]
input %x : f32[s0, 4] strides [4, 1] "x" leaf 0
input %n : i64[3] strides [1] "n" leaf 1
input %t : bool[] strides [] "t" leaf 2
${lines}`;
  return verifyGraph(parseGraph(text)).map((d) => d.message.replace("Cannot use graph g: ", ""));
}

const cases: readonly (readonly [lines: string, problem: string])[] = [
  ["%a : f32[s0, 5] = exp(%x)", "%a: is f32[s0, 5], but its operands make f32[s0, 4]"],
  ["%a : f32[s0, 4] = add(%x, %n)", "%a: add on mixed types f32, i64"],
  ["%a : f32[s0, 4] = add(%x)", "%a: add takes 2 operands, not 1"],
  ["%a : f32[4] = remap(%x) at [i0]", "%a: gives 1 indices for f32[s0, 4]"],
  ["%a : i64[3] = remap(%n) at [i0 + 1]", "%a: reads [3] of i64[3] at [2]"],
  ["local i1 in 0..\n%a : i64[3] = remap(%n) at [i1]", "%a: uses i1, which is no axis of the result"],
  ["%a : f32[s0] = reduce sum(%x) dims [2]", "%a: reduces dims [2] of f32[s0, 4]"],
  ["%a : f32[s0] = einsum(%x, %x) ak,bk->a", "%a: ak,bk->a sums b of one operand alone"],
  ["%a : f32[8, 4] = concat(%x, %n) dim 0", "%a: joins i64[3] to f32[s0, 4]"],
  ["local u0 unbacked in 0..\n%a : f32[u0] = iota {i0}", "%a: symbol u0 is not declared before"],
  ["local u0 unbacked in 0..\nitem(%x) -> u0", "%item of x: reads f32[s0, 4], which is no single value"],
  ['assert(%n) "no"', "%assert of n: tests i64[3]"],
  ["%a : f32[3, 4] = lookup(%x, %x) by [{s0}] at [x0, i1]", "%a: loads indices of f32"],
  ["%x : f32[] = constant 1", "%x: is the name of two values"],
  ["%a : f32[4] = constant 1", "%a: is f32[4], but its operands make f32[]"],
  ["%a : i64[3] = cond(%t, %n)\n  region then(%p : i64[3])\n    return %p", "%a: has 1 regions, not 2"],
  [
    "%a : i64[3] = cond(%t, %n)\n  region then(%p : i64[3])\n    return %p\n  region else(%q : i64[3])\n    return %p2\n"
      .replace("%p2", "%n"),
    "%else: returns %n, which is not its own",
  ],
  [
    "%a : i64[3] = while(%n) carried 1\n  region c(%p : i64[3])\n    return %p\n  region b(%q : i64[3])\n    return %q",
    "%a: wants bool[] of region c, not i64[3]",
  ],
  ["effect %x := %n", "%x: is f32[s0, 4] and takes over i64[3]"],
  ["%a : f32[] = constant 1\neffect %a := %a", "%a: is written at the end, but is no input or constant"],
];

Deno.test("verifyGraph() names what is wrong", () => {
  for (const [lines, problem] of cases) {
    const found = problems(lines);
    assertEquals(found.includes(problem), true, `${lines}\nwanted: ${problem}\nfound: ${found.join("\n")}`);
  }
});
