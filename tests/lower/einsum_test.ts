import { assertEquals } from "@std/assert";
import { parseGraph } from "../../src/ir/graph/mod.ts";
import { lower } from "../../src/lower/mod.ts";

/** Kinds of the statements that an einsum of these shapes becomes. */
function kinds(a: string, b: string, spec: string, out: string): string[] {
  const graph = parseGraph(`graph g
symbol s0 in 2..9 "n"
input %a : f32${a} strides [${a.slice(1, -1).split(",").map(() => "1")}] "a" leaf 0
input %b : f32${b} strides [${b.slice(1, -1).split(",").map(() => "1")}] "b" leaf 1
%o : f32${out} = einsum(%a, %b) ${spec}
output %o "o"
`);
  return lower(graph).body.map((s) => s.kind);
}

Deno.test("products of matrices are contractions; of vectors, of few elements, and of nothing are plain sums", () => {
  assertEquals(kinds("[s0, 4]", "[4, 5]", "mk,kn->mn", "[s0, 5]"), ["contraction"]);
  assertEquals(kinds("[4]", "[4]", "k,k->", "[]"), ["nest"]);
  assertEquals(kinds("[1, 4]", "[4, 5]", "mk,kn->mn", "[1, 5]"), ["nest"]);
  assertEquals(kinds("[3, 0]", "[0, 5]", "mk,kn->mn", "[3, 5]"), ["nest"]);
});

Deno.test("a vector times a matrix is a product where the matrix lies row by row along the sum", () => {
  assertEquals(kinds("[1, 128]", "[5, 128]", "mk,nk->mn", "[1, 5]"), ["contraction"]);
  assertEquals(kinds("[5, 128]", "[128]", "nk,k->n", "[5]"), ["contraction"]);
  assertEquals(kinds("[128]", "[5, 128]", "k,nk->n", "[5]"), ["contraction"]);
  assertEquals(kinds("[1, 128]", "[128, 5]", "mk,kn->mn", "[1, 5]"), ["nest"]);
  assertEquals(kinds("[128]", "[128]", "k,k->", "[]"), ["nest"]);
  assertEquals(kinds("[3, 128]", "[3, 128]", "bk,bk->b", "[3]"), ["nest"]);
});
