/** Transposed convolutions against their definition: every input element adds the kernel, scaled, to the output. */
import assert from "node:assert/strict";
import { denseOf, type DenseTensor, elementsOf } from "../../src/ir/scalar/mod.ts";
import { interpret } from "../../src/ops/mod.ts";
import { buildUserGraph } from "../../src/ops/user.ts";

interface Case {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly more: number;
  readonly dilation: number;
  readonly groups: number;
}

const batch = 2, each = { in: 2, out: 3 };

/** `[batch, groups * each.in, size]` by `[groups * each.in, each.out, kernel]`. */
function direct(x: readonly number[], w: readonly number[], c: Case): number[] {
  const { size, kernel, stride, padding, more, dilation, groups } = c;
  const length = (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + more + 1;
  const out = new Array<number>(batch * groups * each.out * length).fill(0);
  for (let b = 0; b < batch; b++) {
    for (let channel = 0; channel < groups * each.in; channel++) {
      for (let i = 0; i < size; i++) {
        for (let o = 0; o < each.out; o++) {
          for (let k = 0; k < kernel; k++) {
            const at = i * stride + k * dilation - padding, group = Math.floor(channel / each.in);
            if (at < 0 || at >= length) continue;
            const weight = w[(channel * each.out + o) * kernel + k]!;
            const to = ((b * groups + group) * each.out + o) * length + at;
            out[to]! += x[(b * groups * each.in + channel) * size + i]! * weight;
          }
        }
      }
    }
  }
  return out;
}

const wave = (count: number, step: number) => Array.from({ length: count }, (_, n) => Math.sin(n * step + 1));

async function built(c: Case, x: readonly number[], w: readonly number[]): Promise<number[]> {
  const shapes = [[batch, c.groups * each.in, c.size], [c.groups * each.in, each.out, c.kernel]];
  const { graph } = await buildUserGraph("f", ({ input, call }) => {
    const [a, b] = shapes.map((shape, n) => input(`x${n}`, { shape, dtype: "float64" }));
    const { stride, padding, more, groups, dilation } = c;
    const options = {
      stride: [stride],
      padding: [padding],
      output_padding: [more],
      groups,
      dilation: [dilation],
    };
    return call("conv_transpose1d", a, b, options) as never;
  });
  const given = [x, w].map((values, n) => denseOf("f64", shapes[n]!, values));
  return elementsOf(interpret(graph, given).outputs[0] as DenseTensor).map(Number);
}

Deno.test("transposed convolutions add up what their definition says, for every kernel and stride", async () => {
  for (const kernel of [1, 2, 3, 4, 5]) {
    for (const stride of [1, 2, 3, 4]) {
      for (const [padding, more] of [[0, 0], [1, 0], [2, 0], [0, stride - 1], [1, stride - 1]] as const) {
        for (const [dilation, groups] of [[1, 1], [1, 2], [2, 1]] as const) {
          const c = { size: 4, kernel, stride, padding, more, dilation, groups };
          if ((c.size - 1) * stride - 2 * padding + dilation * (kernel - 1) + more < 0) continue;
          const x = wave(batch * groups * each.in * c.size, 0.7),
            w = wave(groups * each.in * each.out * kernel, 1.3);
          const [got, want] = [await built(c, x, w), direct(x, w, c)];
          assert.equal(got.length, want.length, JSON.stringify(c));
          want.forEach((e, n) => assert.ok(Math.abs(got[n]! - e) < 1e-12, `${JSON.stringify(c)} at ${n}`));
        }
      }
    }
  }
});
