import { assertEquals } from "@std/assert";
import { parseGraph } from "../../src/ir/graph/mod.ts";
import type { Block } from "../../src/ir/loops/mod.ts";
import { lower } from "../../src/lower/mod.ts";
import { schedule } from "../../src/schedule/mod.ts";

/** What each statement stores: name and element type. */
function stored(body: Block): readonly string[] {
  return body.flatMap((s) =>
    s.kind === "nest" || s.kind === "contraction" ? [`${s.store.buffer.name} ${s.store.buffer.dtype}`] : []
  );
}

const stream = (dtype: string) =>
  parseGraph(`graph g
input %x : ${dtype}[32, 64] strides [64, 1] "x" leaf 0
input %w : ${dtype}[64, 64] strides [64, 1] "w" leaf 1
%p : ${dtype}[32, 64] = einsum(%x, %w) mk,nk->mn
%view : ${dtype}[1, 32, 64] = remap(%p) at [i1, i2]
%lead : ${dtype}[1, 32, 64] = remap(%x) at [i1, i2]
%s : ${dtype}[1, 32, 64] = add(%lead, %view)
%wide : f32[1, 32, 64] = cast(%s)
%sum : f32[1, 32] = reduce sum(%wide) dims [2]
%sums : f32[1, 32, 64] = remap(%sum) at [i0, i1]
%o : f32[1, 32, 64] = div(%wide, %sums)
output %o "o"
`);

Deno.test("a residual stream that several read is added up once, as its product's epilogue, in its own type", () => {
  const loops = lower(stream("bf16"));
  assertEquals(stored(loops.body), ["p_wide f32", "s bf16", "sum f32", "out0 f32"]);
  const kernels = schedule(loops).steps.flatMap((s) => s.kind === "launch" ? [s.kernel.kind] : []);
  assertEquals(kernels, ["contraction", "loops"]);
});

Deno.test("a product of half type that several read lies in memory in that type", () => {
  const graph = parseGraph(`graph g
input %x : f16[32, 64] strides [64, 1] "x" leaf 0
input %w : f16[64, 64] strides [64, 1] "w" leaf 1
%p : f16[32, 64] = einsum(%x, %w) mk,nk->mn
%a : f16[32, 32] = remap(%p) at [i0, i1]
%b : f16[32, 32] = remap(%p) at [i0, i1 + 32]
%o : f16[32, 32] = mul(%a, %b)
output %o "o"
`);
  assertEquals(stored(lower(graph).body), ["p_wide f32", "p f16", "out0 f16"]);
});
