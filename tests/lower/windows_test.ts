import { assertEquals } from "@std/assert";
import { parseGraph } from "../../src/ir/graph/mod.ts";
import { type Block, type Buffer, numel } from "../../src/ir/loops/mod.ts";
import { asInt, print } from "../../src/ir/expr/mod.ts";
import { lower } from "../../src/lower/mod.ts";
import { runPasses } from "../../src/passes/mod.ts";

function stored(body: Block): readonly Buffer[] {
  return body.flatMap((s) => s.kind === "nest" || s.kind === "contraction" ? [s.store.buffer] : []);
}

Deno.test("of the windows of a sum that a convolution reads, the sum goes into memory, not the windows", () => {
  const graph = parseGraph(`graph g
input %a : f32[4, 8] strides [8, 1] "a" leaf 0
input %b : f32[4, 8] strides [8, 1] "b" leaf 1
input %c : f32[4, 8] strides [8, 1] "c" leaf 2
input %w : f32[5, 4, 3] strides [12, 3, 1] "w" leaf 3
%s : f32[4, 8] = add(%a, %b)
%t : f32[4, 8] = add(%s, %c)
%twice : f32[2, 4, 8] = remap(%t) at [i1, i2]
%windows : f32[2, 4, 6, 3] = remap(%twice) at [i0, i1, i2 + i3]
%o : f32[2, 5, 6] = einsum(%windows, %w) ncyk,ock->noy
output %o "o"
`);
  const sizes = stored(lower(graph).body).map((buffer) => `${buffer.name} ${print(numel(buffer.shape))}`);
  assertEquals(sizes, ["t 32", "out0 60"]);
});

Deno.test("beneath windows, an image whose border is reflected or whose pixels are repeated goes into memory", () => {
  const maps = { border: "max(i1 - 1, 1 - i1)", repeated: "i1 // 2" };
  for (const [name, index] of Object.entries(maps)) {
    const graph = parseGraph(`graph g
input %x : f32[4, 8] strides [8, 1] "x" leaf 0
input %w : f32[5, 4, 3] strides [12, 3, 1] "w" leaf 1
%${name} : f32[4, 9] = remap(%x) at [i0, ${index}]
%windows : f32[4, 7, 3] = remap(%${name}) at [i0, i1 + i2]
%o : f32[5, 7] = einsum(%windows, %w) cyk,ock->oy
output %o "o"
`);
    const body = lower(runPasses(graph)).body;
    assertEquals(stored(body).map((b) => `${b.name} ${print(numel(b.shape))}`), [`${name} 36`, "out0 35"]);
  }
});

Deno.test("taps that lie on the border of zeros wherever the window is, are not summed", () => {
  const taps = (rows: number) => {
    const graph = parseGraph(`graph g
input %x : f32[4, ${rows}] strides [${rows}, 1] "x" leaf 0
input %w : f32[5, 4, 3] strides [12, 3, 1] "w" leaf 1
%padded : f32[4, ${rows + 2}] = remap(%x) at [i0, i1 - 1] where {1 <= i1 and i1 < ${rows + 1}} else 0
%windows : f32[4, ${rows}, 3] = remap(%padded) at [i0, i1 + i2]
%o : f32[5, ${rows}] = einsum(%windows, %w) cyk,ock->oy
output %o "o"
`);
    const [sum] = lower(graph).body.map((s) =>
      s.kind === "nest" ? s.reduce!.over : s.kind === "contraction" ? s.k : []
    );
    return sum!.map((axis) => asInt(axis.extent));
  };
  assertEquals(taps(1), [4, 1]);
  assertEquals(taps(2), [4, 3]);
});
