/** Complex tensors at the interface, natively: what hosts see, strides, constants, dynamic sizes, branches, effects. */
import { assertEquals } from "@std/assert";
import type { Graph } from "../../src/ir/graph/mod.ts";
import type { ModelBuilder } from "../../src/ops/mod.ts";
import type { Tensor } from "../../src/run/mod.ts";
import { unwrap } from "../../src/base/mod.ts";
import { hasCompiler, tensor, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });

/** A complex64 tensor of pairs in a row; strides in complex elements. */
function complex(shape: readonly number[], pairs: readonly number[], strides?: readonly number[]): Tensor {
  const data = new Uint8Array(Float32Array.from(pairs).buffer);
  return { dtype: "c64", shape, data, ...(strides && { strides }) };
}

const seen = ({ dtype, shape, data }: Tensor) => ({
  dtype,
  shape,
  values: [...new Float32Array(data.slice().buffer)],
});

/** Rotary embedding: a complex input of any number of rows times a complex constant. */
const rotate = ({ input, constant, ops, cond }: ModelBuilder) => {
  const x = input("x", { shape: [{ kind: "dim", name: "rows", min: 1 }, 2], dtype: "complex64" });
  const turns = constant("turns", Float32Array.of(0, 1, -1, 0), { shape: [2], dtype: "complex64" });
  const turned = ops.mul(x, turns), real = ops.view_as_real(turned);
  const size = ops.sum(ops.abs(turned));
  const branch = cond(ops.gt(size, 100), (y) => ops.neg(y!), (y) => ops.conj(y!), [turned])[0]!;
  return { turned, real, given: x, pairs: ops.view_as_real(x), branch, size };
};

const rows = [1, 2, 3, 4, 5, 6, 7, 8], turned = [-2, 1, -3, -4, -6, 5, -7, -8];

Deno.test({
  name: "hosts see complex elements and sizes, kernels the same memory as pairs",
  ignore,
  fn: async () => {
    using m = await bench.build(rotate);
    assertEquals(m.modelText.includes("complex"), false);
    const outputs = unwrap(m.model.run([complex([2, 2], rows)])).map((t) => seen(t!));
    assertEquals(outputs.slice(0, 5), [
      { dtype: "c64", shape: [2, 2], values: turned },
      { dtype: "f32", shape: [2, 2, 2], values: turned },
      { dtype: "c64", shape: [2, 2], values: rows },
      { dtype: "f32", shape: [2, 2, 2], values: rows },
      { dtype: "c64", shape: [2, 2], values: turned.map((x, n) => n % 2 ? -x : x) },
    ]);
    const one = unwrap(m.model.run([complex([1, 2], rows.slice(0, 4))])).map((t) => seen(t!));
    assertEquals(one[0], { dtype: "c64", shape: [1, 2], values: turned.slice(0, 4) });
  },
});

Deno.test({
  name: "strides count complex elements; other element types and sizes are refused in the user's words",
  ignore,
  fn: async () => {
    using m = await bench.build(rotate);
    const columns = complex([2, 2], [1, 2, 5, 6, 3, 4, 7, 8], [1, 2]);
    assertEquals(seen(unwrap(m.model.run([columns]))[0]!).values, turned);
    assertEquals(m.failure(tensor([2, 2, 2], rows)).includes("complex64"), true);
    assertEquals(m.failure(complex([1, 3], rows.slice(0, 6))).includes("dimension 1"), true);
  },
});

Deno.test({
  name: "an effect on a complex input is written in place",
  ignore,
  fn: async () => {
    const edit = (graph: Graph): Graph => {
      const leaf = graph.outputs[0]!, value = leaf.kind === "tensor" ? leaf.value : undefined;
      return { ...graph, outputs: [leaf], effects: [{ target: graph.inputs[0]!.value, value: value! }] };
    };
    using m = await bench.build(rotate, { edit });
    const x = complex([2, 2], rows);
    assertEquals(seen(unwrap(m.model.run([x]))[0]!).values, turned);
    assertEquals(seen(x).values, turned);
  },
});
