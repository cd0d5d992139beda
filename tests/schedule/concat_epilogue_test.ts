import { assertEquals } from "@std/assert";
import { parseGraph } from "../../src/ir/graph/mod.ts";
import { lower } from "../../src/lower/mod.ts";
import { schedule } from "../../src/schedule/mod.ts";

Deno.test("what reads a concatenation joins no product that writes a part of it", () => {
  const graph = parseGraph(`graph g
input %a : f32[8, 4] strides [4, 1] "a" leaf 0
input %w : f32[4, 8] strides [8, 1] "w" leaf 1
input %r : f32[8, 8] strides [8, 1] "r" leaf 2
%p : f32[8, 8] = einsum(%a, %w) mk,kn->mn
%c : f32[8, 16] = concat(%p, %r) dim 1
%e : f32[8, 16] = exp(%c)
output %e "e"
`);
  const kinds = schedule(lower(graph)).steps.map((s) => s.kind === "launch" ? s.kernel.kind : s.kind);
  assertEquals(kinds.filter((kind) => kind === "contraction").length, 1);
  assertEquals(kinds.at(-1), "loops"); // the exponential, after both parts are there
});
