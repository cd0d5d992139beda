/**
 * Complex tensors, carried as pairs: graphs built by operators on them, run by the interpreter, beside formulas of
 * another kind.
 *
 * @module
 */
import assert from "node:assert/strict";
import { parseGraph, printGraph } from "../../src/ir/graph/mod.ts";
import { denseOf, type DenseTensor, elementsOf } from "../../src/ir/scalar/mod.ts";
import { interpret } from "../../src/ops/mod.ts";
import { buildUserGraph } from "../../src/ops/user.ts";

type Complex = readonly [number, number];

/** Complex vectors in, one output as flat numbers. */
async function run(name: string, tensors: readonly (readonly Complex[])[], ...rest: readonly unknown[]) {
  const graph = await graphOf(name, tensors.map((x) => [x.length]), ...rest);
  const data = tensors.map((x) => denseOf("f64", [x.length, 2], x.flat()));
  return elementsOf(interpret(graph, data).outputs[0] as DenseTensor).map(Number);
}

async function graphOf(name: string, shapes: readonly (readonly number[])[], ...rest: readonly unknown[]) {
  const { graph } = await buildUserGraph("one", ({ input, call }) => {
    const inputs = shapes.map((shape, n) =>
      input(`x${n}`, { shape: [...shape], dtype: "complex128" as "float64" })
    );
    return call(name, ...inputs, ...rest as never[]) as never;
  });
  return graph;
}

function near(actual: readonly number[], wanted: readonly number[], about: string, bound = 1e-12) {
  assert.equal(actual.length, wanted.length, about);
  actual.forEach((x, n) => {
    const far = Math.abs(x - wanted[n]!), allowed = bound * Math.max(1, Math.abs(wanted[n]!));
    assert.ok(far <= allowed || Object.is(x, wanted[n]), `${about}: element ${n} is ${x}, not ${wanted[n]}`);
  });
}

/** All quadrants, both axes, near and far. */
const samples: readonly Complex[] = [
  [0.5, 0.25],
  [-0.5, 0.25],
  [-0.5, -0.25],
  [0.5, -0.25],
  [2, 3],
  [-2, 3],
  [-2, -3],
  [2, -3],
  [1e-4, 2e-4],
  [0.3, 0],
  [0, 0.3],
  [0, -2],
  [1.5, 1e-9],
  [7, 0.1],
  [-0.9, 1.4],
];

const mul = ([a, b]: Complex, [c, d]: Complex): Complex => [a * c - b * d, a * d + b * c];
const add = ([a, b]: Complex, [c, d]: Complex): Complex => [a + c, b + d];
const over = (z: Complex, by: number): Complex => [z[0] / by, z[1] / by];

/** `e^z` by its series at z/2^10, squared ten times: nothing in common with the formula under test. */
function exp(z: Complex): Complex {
  let term: Complex = [1, 0], sum: Complex = [1, 0];
  const small = over(z, 1024);
  for (let n = 1; n < 12; n++) sum = add(sum, term = over(mul(term, small), n));
  for (let n = 0; n < 10; n++) sum = mul(sum, sum);
  return sum;
}

Deno.test("exp() of complex numbers is its series", async () => {
  near(await run("exp", [samples]), samples.flatMap((z) => [...exp(z)]), "exp", 1e-11);
});

const inverses = [
  ["log", "exp"],
  ["asin", "sin"],
  ["acos", "cos"],
  ["atan", "tan"],
  ["asinh", "sinh"],
  ["acosh", "cosh"],
  ["atanh", "tanh"],
  ["sqrt", "square"],
  ["reciprocal", "reciprocal"],
  ["log1p", "expm1"],
  ["log2", "exp2"],
] as const;

for (const [inverse, fn] of inverses) {
  Deno.test(`${fn}() undoes ${inverse}() in all quadrants`, async () => {
    const there = await run(inverse, [samples]),
      pairs: Complex[] = samples.map((_, n) => [there[2 * n]!, there[2 * n + 1]!]);
    near(await run(fn, [pairs]), samples.flat(), `${fn}(${inverse}(z))`, 1e-9);
  });
}

Deno.test("sin(), cos(), tan() and their kin follow from exp()", async () => {
  const [up, down] = [1, -1].map((sign) => samples.map(([a, b]) => exp([-sign * b, sign * a])));
  const halves = (sign: number) => samples.map((_, n) => over(add(up![n]!, mul([sign, 0], down![n]!)), 2));
  near(await run("cos", [samples]), halves(1).flat(), "cos", 1e-10);
  near(await run("sin", [samples]), halves(-1).flatMap((z) => [...mul(z, [0, -1])]), "sin", 1e-10);
  const [sinh, cosh] = [await run("sinh", [samples]), await run("cosh", [samples])];
  const ratio = await run("div", [pairsOf(sinh), pairsOf(cosh)]);
  near(await run("tanh", [samples]), ratio, "tanh", 1e-10);
});

function pairsOf(flat: readonly number[]): Complex[] {
  return Array.from({ length: flat.length / 2 }, (_, n) => [flat[2 * n]!, flat[2 * n + 1]!]);
}

Deno.test("tanh() of large numbers does not overflow, sqrt() takes the branch of the sign of zero", async () => {
  near(await run("tanh", [[[400, 1], [-400, 1]]]), [1, 0, -1, 0], "tanh");
  near(await run("sqrt", [[[-4, 0], [-4, -0], [0, 0]]]), [0, 2, 0, -2, 0, 0], "sqrt");
});

Deno.test("products, quotients, powers, dots and reductions", async () => {
  const a: Complex[] = [[1, 2], [3, -1], [-2, 0.5]], b: Complex[] = [[0.5, 1], [-1, 4], [2, 2]];
  near(await run("mul", [a, b]), a.flatMap((z, n) => [...mul(z, b[n]!)]), "mul");
  near(await run("mul", [pairsOf(await run("div", [a, b])), b]), a.flat(), "div");
  near(await run("div", [[[1e300, 1e300]], [[1e300, -1e300]]]), [0, 1], "div of large numbers");
  near(await run("pow", [a], 3), a.flatMap((z) => [...mul(mul(z, z), z)]), "pow", 1e-10);
  near(await run("pow", [a], 0), [1, 0, 1, 0, 1, 0], "pow of zero");
  near(await run("sum", [a]), [2, 1.5], "sum");
  near(await run("prod", [a]), [...a.reduce(mul)], "prod");
  near(await run("mean", [a]), [2 / 3, 0.5], "mean");
  const dot = a.map((z, n) => mul(z, b[n]!)).reduce(add),
    conj = a.map(([x, y], n) => mul([x, -y], b[n]!)).reduce(add);
  near(await run("dot", [a, b]), [...dot], "dot");
  near(await run("vdot", [a, b]), [...conj], "vdot");
  near(await run("cumsum", [a], 0), [1, 2, 4, 1, 2, 1.5], "cumsum");
  near(await run("cumprod", [a], 0), [...a[0]!, ...mul(a[0]!, a[1]!), ...a.reduce(mul)], "cumprod");
  near(
    await run("lerp", [a, b], 0.25),
    a.flatMap(([x, y], n) => [x + (b[n]![0] - x) / 4, y + (b[n]![1] - y) / 4]),
    "lerp",
  );
  near(await run("l1_loss", [a, b]), [
    a.reduce((s, [x, y], n) => s + Math.hypot(x - b[n]![0], y - b[n]![1]), 0) / 3,
  ], "l1_loss");
});

Deno.test("parts, sizes, angles and questions are real", async () => {
  const x: Complex[] = [[3, 4], [-1, 0], [0, -2], [NaN, 1], [1, Infinity]];
  near(await run("abs", [x.slice(0, 3)]), [5, 1, 2], "abs");
  near(await run("angle", [x.slice(0, 3)]), [Math.atan2(4, 3), Math.PI, -Math.PI / 2], "angle");
  near(await run("real", [x.slice(0, 3)]), [3, -1, 0], "real");
  near(await run("imag", [x.slice(0, 3)]), [4, 0, -2], "imag");
  near(await run("view_as_real", [x.slice(0, 2)]), [3, 4, -1, 0], "view_as_real");
  near(await run("conj", [x.slice(0, 2)]), [3, -4, -1, -0], "conj");
  near(await run("sgn", [[[3, 4], [0, 0]]]), [0.6, 0.8, 0, 0], "sgn");
  assert.deepEqual(await run("isnan", [x]), [0, 0, 0, 1, 0]);
  assert.deepEqual(await run("isinf", [x]), [0, 0, 0, 0, 1]);
  assert.deepEqual(await run("isfinite", [x]), [1, 1, 1, 0, 0]);
  assert.deepEqual(await run("eq", [[[1, 2], [1, 2]], [[1, 2], [1, 3]]]), [1, 0]);
  assert.deepEqual(await run("logical_not", [[[0, 0], [0, 1]]]), [1, 0]);
  near(await run("var", [[[1, 0], [3, 4]]]), [10], "var");
});

Deno.test("moves and joins keep parts together", async () => {
  const x: Complex[] = [[1, 2], [3, 4], [5, 6]];
  near(await run("flip", [x], [0]), [5, 6, 3, 4, 1, 2], "flip");
  near(await run("roll", [x], [1]), [5, 6, 1, 2, 3, 4], "roll");
  near(await run("constant_pad_nd", [x], [1, 0], 7), [7, 0, 1, 2, 3, 4, 5, 6], "pad");
  near(await run("diag_embed", [x.slice(0, 2)]), [1, 2, 0, 0, 0, 0, 3, 4], "diag_embed");
});

Deno.test("transforms are sums of turns, and inverses undo them", async () => {
  const x: Complex[] = samples.slice(0, 6), n = x.length;
  const want = x.flatMap((_, k) => [
    ...x.map((z, j) => mul(z, [Math.cos(2 * Math.PI * j * k / n), -Math.sin(2 * Math.PI * j * k / n)]))
      .reduce(add),
  ]);
  const there = await run("fft_fft", [x]);
  near(there, want, "fft");
  near(await run("fft_ifft", [pairsOf(there)]), x.flat(), "ifft");
  near(await run("fft_fft", [x], 4), await run("fft_fft", [x.slice(0, 4)]), "fft of a cut line");
  near(await run("fft_fftshift", [x]), [...x.slice(3), ...x.slice(0, 3)].flat(), "fftshift");
});

Deno.test("hosts see complex tensors: their type stands in the graph's text and is read back", async () => {
  const text = printGraph(await graphOf("neg", [[3]]));
  assert.match(text, /input %x0 : f64\[3, 2\] strides \[2, 1\] "x0" leaf 0 complex c128/);
  assert.match(text, /output .* complex c128/);
  assert.equal(printGraph(parseGraph(text)), text);
});
