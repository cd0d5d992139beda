/** Special functions, grids and smooth resampling as graphs, run by the interpreter. */
import assert from "node:assert/strict";
import { denseOf, elementsOf, type Num } from "../../src/ir/scalar/mod.ts";
import { buildUserGraph } from "../../src/ops/user.ts";
import { interpret } from "../../src/ops/mod.ts";
import { type DType, dtypes } from "../../src/base/mod.ts";

interface Given {
  readonly shape: readonly number[];
  readonly values: readonly Num[];
  readonly dtype?: DType;
}

/** All outputs of one operator, as flat lists. */
async function run(name: string, tensors: readonly Given[], ...rest: readonly unknown[]) {
  const { graph } = await buildUserGraph("one", ({ input, call }) => {
    const inputs = tensors.map(({ shape, dtype = "f32" }, n) =>
      input(`x${n}`, { shape: [...shape], dtype: dtypes[dtype].torch as "float32" })
    );
    return call(name, ...inputs, ...rest as never[]);
  });
  const data = tensors.map(({ shape, values, dtype = "f32" }) => denseOf(dtype, shape, values));
  return interpret(graph, data).outputs.map((out) =>
    elementsOf(out as ReturnType<typeof denseOf>).map(Number)
  );
}

function near(actual: readonly number[], wanted: readonly number[]) {
  assert.equal(actual.length, wanted.length);
  actual.forEach((x, n) => assert.ok(Math.abs(x - wanted[n]!) < 2e-6, `${actual} is not ${wanted}`));
}

const vector = (...values: number[]): Given => ({ shape: [values.length], values });

Deno.test("frexp() splits every float exactly, and leaves zeros, infinities and nan alone", async () => {
  const values = [1, 0.5, -3, 0.99999994, 2 ** 127, 1e-45, -0, Infinity, NaN];
  const [mantissa, exponent] = await run("frexp", [vector(...values)]);
  assert.deepEqual(exponent, [1, 0, 2, 0, 128, -148, 0, 0, 0]);
  assert.deepEqual(mantissa, [0.5, 0.5, -0.75, 0.99999994039535522461, 0.5, 0.5, -0, Infinity, NaN]);
});

Deno.test("lcm() of integers is never negative and zero where one of them is", async () => {
  const ints = (...values: bigint[]): Given => ({ shape: [values.length], values, dtype: "i64" });
  assert.deepEqual(await run("lcm", [ints(4n, -6n, 0n, 0n), ints(6n, 8n, 5n, 0n)]), [[12, 24, 0, 0]]);
});

Deno.test("polynomials of negative order are zero, and of order zero one", async () => {
  for (const name of ["special_legendre_polynomial_p", "special_shifted_chebyshev_polynomial_t"]) {
    assert.deepEqual(await run(name, [vector(0.3, 0.3), vector(-1, 0)]), [[0, 1]]);
  }
  near((await run("special_shifted_chebyshev_polynomial_t", [vector(0.75), vector(2)]))[0]!, [-0.5]);
});

Deno.test("polygamma() and mvlgamma() follow their definitions", async () => {
  const { graph } = await buildUserGraph("polygamma", ({ input, call }) => {
    const x = input("x", { shape: [1] });
    return [1, 2, 3].map((n) => call("polygamma", n, x)) as never;
  });
  const outputs = interpret(graph, [denseOf("f32", [1], [1])]).outputs;
  near(outputs.map((out) => Number(elementsOf(out as ReturnType<typeof denseOf>)[0])), [
    Math.PI ** 2 / 6,
    -2.4041138063191885,
    Math.PI ** 4 / 15,
  ]);
  const [value] = await run("mvlgamma", [vector(3)], 2); // log(π)/2 + log Γ(3) + log Γ(2.5)
  near(value!, [Math.log(Math.PI) / 2 + Math.log(2) + 0.2846828704729192]);
});

Deno.test("affine_grid_generator() places points on corners or on centres", async () => {
  const identity: Given = { shape: [1, 2, 3], values: [1, 0, 0, 0, 1, 0] };
  const [corners] = await run("affine_grid_generator", [identity], [1, 1, 2, 3], true);
  near(corners!, [-1, -1, 0, -1, 1, -1, -1, 1, 0, 1, 1, 1]);
  const [centres] = await run("affine_grid_generator", [identity], [1, 1, 2, 3], false);
  near(
    centres!,
    [[-2, -0.5], [0, -0.5], [2, -0.5], [-2, 0.5], [0, 0.5], [2, 0.5]].flatMap(([x, y]) => [x! / 3, y!]),
  );
  const turned: Given = { shape: [1, 2, 3], values: [1, 2, 3, 4, 5, 6] };
  const [moved] = await run("affine_grid_generator", [turned], [1, 1, 1, 2], true);
  near(moved!, [-1 + 3, -4 + 6, 1 + 3, 4 + 6]); // a lone row lies at 0
});

Deno.test("_upsample_bilinear2d_aa() weighs every input that a filter as wide as the step reaches", async () => {
  const line: Given = { shape: [1, 1, 1, 4], values: [0, 1, 2, 3] };
  const [out] = await run("_upsample_bilinear2d_aa", [line], [1, 2], false);
  near(out!, [(0.75 * 1 + 0.25 * 2) / 1.75, 3 - (0.75 * 1 + 0.25 * 2) / 1.75]);
  const flat: Given = { shape: [1, 1, 5, 5], values: Array.from({ length: 25 }, () => 7) };
  near((await run("_upsample_bicubic2d_aa", [flat], [3, 8], true))[0]!, Array.from({ length: 24 }, () => 7));
});

Deno.test("embedding_renorm() scales down the rows that are looked up, and no others", async () => {
  const table: Given = { shape: [3, 2], values: [3, 4, 3, 4, 0.3, 0.4] };
  const { graph } = await buildUserGraph("renorm", ({ input, call }) => {
    const x = input("x", { shape: [3, 2] }), index = input("i", { shape: [3], dtype: "int64" });
    return call("embedding_renorm", x, index, 1, 2);
  });
  const [out] =
    interpret(graph, [denseOf("f32", [3, 2], table.values), denseOf("i64", [3], [1n, 2n, 1n])]).outputs;
  near(elementsOf(out as ReturnType<typeof denseOf>).map(Number), [3, 4, 0.6, 0.8, 0.3, 0.4]);
});
