/** Backward formulas against differences of their forward functions, both run by the interpreter. */
import assert from "node:assert/strict";
import { denseOf, elementsOf } from "../../src/ir/scalar/mod.ts";
import { interpret } from "../../src/ops/mod.ts";
import { buildUserGraph } from "../../src/ops/user.ts";

type Call = (name: string, ...args: readonly unknown[]) => unknown;
const points = [-4.1, -2.7, -1.2, -0.4, 0.3, 0.7, 1.6, 3.4];

/** The f64 values of what `body` makes of tensors of `points`' shape. */
async function evaluate(
  body: (call: Call, ...tensors: unknown[]) => unknown,
  ...tensors: readonly number[][]
) {
  const { graph } = await buildUserGraph("f", ({ input, call }) => {
    const inputs = tensors.map((values, n) => input(`x${n}`, { shape: [values.length], dtype: "float64" }));
    return body(call as Call, ...inputs) as never;
  });
  const outputs = interpret(graph, tensors.map((values) => denseOf("f64", [values.length], values))).outputs;
  return elementsOf(outputs[0] as ReturnType<typeof denseOf>).map(Number);
}

/** forward, backward, arguments of both, and whether the backward takes the output. */
const pairs: readonly [
  forward: string,
  name: string,
  args: readonly unknown[],
  rest: readonly unknown[],
  byOutput?: true,
][] = [
  ["sigmoid", "sigmoid_backward", [], [], true],
  ["tanh", "tanh_backward", [], [], true],
  ["gelu", "gelu_backward", [], []],
  ["gelu", "gelu_backward", [{ approximate: "tanh" }], [{ approximate: "tanh" }]],
  ["silu", "silu_backward", [], []],
  ["mish", "mish_backward", [], []],
  ["hardswish", "hardswish_backward", [], []],
  ["hardsigmoid", "hardsigmoid_backward", [], []],
  ["softplus", "softplus_backward", [2, 5], [2, 5]],
  ["leaky_relu", "leaky_relu_backward", [0.1], [0.1, false]],
  ["hardtanh", "hardtanh_backward", [-1, 2], [-1, 2]],
  ["softshrink", "softshrink_backward", [0.5], [0.5]],
  ["hardshrink", "hardshrink_backward", [0.5], [0.5]],
];

for (const [forward, name, args, rest, byOutput] of pairs) {
  Deno.test(`${name} is the slope of ${forward}(${args.map((x) => JSON.stringify(x)).join(", ")})`, async () => {
    const at = (shift: number) =>
      evaluate((call, x) => call(forward, x, ...args), points.map((x) => x + shift));
    const [low, high] = [await at(-1e-6), await at(1e-6)], grad = points.map((_, n) => n - 3.5);
    const given = byOutput ? await at(0) : points;
    const slopes = await evaluate((call, p, x) => call(name, p, x, ...rest), grad, given);
    slopes.forEach((slope, n) => {
      const wanted = grad[n]! * (high[n]! - low[n]!) / 2e-6;
      assert.ok(Math.abs(slope - wanted) < 1e-7, `at ${points[n]}: ${slope}, not ${wanted}`);
    });
  });
}

Deno.test("elu_backward() takes the input or the output", async () => {
  const grad = points.map(() => 1), output = await evaluate((call, x) => call("elu", x, 1.5, 2, 0.5), points);
  const byInput = await evaluate(
    (call, p, x) => call("elu_backward", p, 1.5, 2, 0.5, false, x),
    grad,
    points,
  );
  const byOutput = await evaluate(
    (call, p, y) => call("elu_backward", p, 1.5, 2, 0.5, true, y),
    grad,
    output,
  );
  byInput.forEach((slope, n) => assert.ok(Math.abs(slope - byOutput[n]!) < 1e-12));
  assert.equal(byInput.at(-1), 2);
});

Deno.test("select_backward() and slice_backward() put gradients where they were read", async () => {
  assert.deepEqual(
    await evaluate((call, x) => call("slice_backward", x, [7], 0, 1, 6, 2), [1, 2, 3]),
    [0, 1, 0, 2, 0, 3, 0],
  );
  assert.deepEqual(
    await evaluate((call, x) => call("select_backward", x, [2, 3], 0, -1), [1, 2, 3]),
    [0, 0, 0, 1, 2, 3],
  );
});

Deno.test("embedding_dense_backward() sums rows that were read several times, but not the padding", async () => {
  const { graph } = await buildUserGraph("rows", ({ input, call }) => {
    const grad = input("grad", { shape: [4, 2], dtype: "float64" }),
      index = input("i", { shape: [4], dtype: "int64" });
    return [false, true].map((scaled) =>
      call("embedding_dense_backward", grad, index, 3, 0, scaled)
    ) as never;
  });
  const grad = denseOf("f64", [4, 2], [1, 2, 3, 4, 5, 6, 7, 8]),
    index = denseOf("i64", [4], [2n, 0n, 2n, 1n]);
  const [plain, scaled] = interpret(graph, [grad, index]).outputs as ReturnType<typeof denseOf>[];
  assert.deepEqual(elementsOf(plain!), [0, 0, 7, 8, 6, 8]);
  assert.deepEqual(elementsOf(scaled!), [0, 0, 7, 8, 3, 4]);
});

Deno.test("windows are periodic unless told otherwise", async () => {
  const { graph } = await buildUserGraph("windows", ({ call }) =>
    [
      call("hann_window", 4),
      call("hann_window", 5, false),
      call("bartlett_window", 5, false),
      call("hamming_window", 4),
      call("blackman_window", 4),
      call("kaiser_window", 3, false, 2),
    ] as never);
  const all = interpret(graph, []).outputs.map((out) =>
    elementsOf(out as ReturnType<typeof denseOf>).map(Number)
  );
  const wanted = [
    [0, 0.5, 1, 0.5],
    [0, 0.5, 1, 0.5, 0],
    [0, 0.5, 1, 0.5, 0],
    [0.08, 0.54, 1, 0.54],
    [0, 0.34, 1, 0.34],
    [1 / 2.2795853023360673, 1, 1 / 2.2795853023360673],
  ];
  all.forEach((line, k) =>
    line.forEach((x, n) => assert.ok(Math.abs(x - wanted[k]![n]!) < 1e-6, `${k}: ${line}`))
  );
});
