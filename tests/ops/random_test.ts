/**
 * Random operators in a compiled model: the right distributions, the same numbers for the same seed, other ones in each run,
 * and numbers that do not depend on threads.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { unwrap } from "../../src/base/mod.ts";
import { int } from "../../src/ir/expr/mod.ts";
import { type Graph, GraphBuilder, printGraph, type Value } from "../../src/ir/graph/mod.ts";
import { denseFromBytes, elementsOf } from "../../src/ir/scalar/mod.ts";
import { atenOp, makeArgs } from "../../src/ops/aten/mod.ts";
import type { ArgValue } from "../../src/ops/aten/types.ts";
import { philox } from "../../src/ops/interpret/random.ts";
import { buildLibrary } from "../../src/pipeline/library.ts";
import { dense, Model } from "../../src/run/mod.ts";
import { hasCompiler, NativeBench } from "../rig/native_graph.ts";

const COUNT = 40_000;
const size: ArgValue = { kind: "ints", exprs: [int(COUNT)] };
const float = (value: number): ArgValue => ({ kind: "float", float: value });
const whole = (value: number): ArgValue => ({ kind: "int", expr: int(value) });
const dtype = (name: "f64" | "bf16"): ArgValue => ({ kind: "dtype", dtype: name });
const tensor = (value: Value): ArgValue => ({ kind: "tensor", value });
const yes: ArgValue = { kind: "bool", truth: true };

/** A graph of draws, each an output. */
function draws(): { graph: Graph; names: readonly string[] } {
  const g = new GraphBuilder(), outputs: [string, Value][] = [];
  const call = (name: string, target: string, args: Record<string, ArgValue>) => {
    const row = atenOp(target)!, out = row.build(g, makeArgs(row.schema, args, [], () => []));
    const value = (Array.isArray(out) ? out[0] : out) as Value;
    outputs.push([name, value]);
    return value;
  };
  const x = call("rand", "aten.rand.default", { size });
  call("again", "aten.rand.default", { size });
  call("double", "aten.rand.default", { size, dtype: dtype("f64") });
  call("half", "aten.rand.default", { size, dtype: dtype("bf16") });
  call("randn", "aten.randn.default", { size });
  call("randn64", "aten.randn.default", { size, dtype: dtype("f64") });
  call("randint", "aten.randint.low", { size, low: whole(-3), high: whole(4) });
  call("randperm", "aten.randperm.default", { n: whole(1000) });
  call("bernoulli", "aten.bernoulli.p", { self: tensor(x), p: float(0.3) });
  call("uniform", "aten.uniform.default", { self: tensor(x), from: float(-2), to: float(6) });
  call("normal", "aten.normal_functional.default", { self: tensor(x), mean: float(5), std: float(3) });
  call("exponential", "aten.exponential.default", { self: tensor(x), lambd: float(2) });
  const ones = v1(g);
  for (const rate of [0.5, 4, 30]) {
    call(`poisson${rate}`, "aten.poisson.default", { self: tensor(times(g, ones, rate)) });
  }
  for (const alpha of [0.3, 2.5]) {
    call(`gamma${alpha}`, "aten._standard_gamma.default", { self: tensor(times(g, ones, alpha)) });
  }
  for (const [count, p] of [[5, 0.3], [40, 0.6], [100, 0.25]] as const) {
    const prob = tensor(times(g, ones, p));
    call(`binomial${count}`, "aten.binomial.default", { count: tensor(times(g, ones, count)), prob });
  }
  const rows = g.remap(g.constant(2, "f32"), [int(8000), int(3)], () => []);
  call("dirichlet", "aten._sample_dirichlet.default", { self: tensor(rows) });
  call("random", "aten.random.default", { self: tensor(ones) });
  call("below", "aten.random.from", { self: tensor(ones), from: whole(-2), to: whole(5) });
  const negative = tensor(times(g, ones, -1));
  call("rrelu", "aten.rrelu.default", {
    self: negative,
    lower: float(0.1),
    upper: float(0.5),
    training: yes,
  });
  call("dropout", "aten.dropout.default", { input: tensor(ones), p: float(0.25), train: yes });
  const weights = g.cast(g.iota([int(4)], ([i]) => i!), "f32");
  const many: Record<string, ArgValue> = {
    self: tensor(weights),
    num_samples: whole(6000),
    replacement: yes,
  };
  call("multinomial", "aten.multinomial.default", many);
  call("few", "aten.multinomial.default", { self: tensor(weights), num_samples: whole(3) });
  const graph: Graph = {
    name: "draws",
    symbols: [],
    guards: [],
    inputs: [],
    fixed: [],
    constants: [],
    nodes: g.nodes,
    outputs: outputs.map(([label, value]) => ({ kind: "tensor", value, label })),
    effects: [],
    inSpec: "",
    outSpec: "",
  };
  return { graph, names: outputs.map(([name]) => name) };
}

function times(g: GraphBuilder, x: Value, by: number): Value {
  return g.pointwise("mul", x, g.constant(by, "f32"));
}

function v1(g: GraphBuilder): Value {
  return g.remap(g.constant(1, "f32"), [int(COUNT)], () => []);
}

const mean = (x: readonly number[]) => x.reduce((sum, value) => sum + value, 0) / x.length;
const variance = (x: readonly number[]) => mean(x.map((value) => value * value)) - mean(x) ** 2;

type Drawn = Record<string, number[]>;
function run(model: Model, names: readonly string[], threads: number): Drawn {
  using call = model.call();
  call.threads(threads);
  call.run();
  return Object.fromEntries(names.map((name, n) => {
    const { dtype, shape, data } = dense(call.output(n)!);
    return [name, elementsOf(denseFromBytes(dtype, shape, data)).map(Number)];
  }));
}

function near(got: number, want: number, slack: number, about: string): void {
  assert(Math.abs(got - want) <= slack, `${about} is ${got}, not about ${want}`);
}

/** Moments of `x` within five standard errors. */
function moments(x: readonly number[], m: number, v: number, about: string): void {
  near(mean(x), m, 5 * Math.sqrt(v / x.length), `mean of ${about}`);
  near(variance(x), v, 12 * v / Math.sqrt(x.length), `variance of ${about}`);
}

function checkDistributions(d: Drawn): void {
  for (const name of ["rand", "double", "half"]) {
    assert(d[name]!.every((x) => x >= 0 && x < 1), `${name} lies in [0, 1)`);
    moments(d[name]!.map((x) => name === "half" ? x + 1 / 512 : x), 0.5, 1 / 12, name);
  }
  moments(d.randn!, 0, 1, "randn");
  moments(d.randn64!, 0, 1, "randn in double");
  near(mean(d.randn!.map((x) => x ** 4)), 3, 0.4, "fourth moment of randn");
  assertEquals([...new Set(d.randint!)].sort((a, b) => a - b), [-3, -2, -1, 0, 1, 2, 3]);
  moments(d.randint!, 0, 4, "randint");
  assertEquals([...d.randperm!].sort((a, b) => a - b), Array.from({ length: 1000 }, (_, i) => i));
  assert(d.randperm!.filter((x, i) => x === i).length < 20, "a permutation moves most");
  moments(d.bernoulli!, 0.3, 0.21, "bernoulli");
  assert(d.uniform!.every((x) => x >= -2 && x < 6));
  moments(d.uniform!, 2, 64 / 12, "uniform");
  moments(d.normal!, 5, 9, "normal");
  near(mean(d.exponential!), 0.5, 0.02, "mean of exponential");
  for (const rate of [0.5, 4, 30]) moments(d[`poisson${rate}`]!, rate, rate, `poisson of ${rate}`);
  for (const alpha of [0.3, 2.5]) {
    moments(d[`gamma${alpha}`]!, alpha, alpha, `gamma of ${alpha}`);
    assert(d[`gamma${alpha}`]!.every((x) => x > 0));
  }
  for (const [count, p] of [[5, 0.3], [40, 0.6], [100, 0.25]] as const) {
    const drawn = d[`binomial${count}`]!;
    moments(drawn, count * p, count * p * (1 - p), `binomial of ${count}`);
    assert(drawn.every((x) => Number.isInteger(x) && x >= 0 && x <= count));
  }
  near(mean(d.dirichlet!.map((x) => x * x)), 1 / 7, 0.01, "second moment of dirichlet");
  d.dirichlet!.forEach((_, n, all) => n % 3 || near(all[n]! + all[n + 1]! + all[n + 2]!, 1, 1e-5, "a sum"));
  assert(d.random!.every((x) => Number.isInteger(x) && x >= 0 && x <= 2 ** 24));
  near(mean(d.random!) / 2 ** 24, 0.5, 0.01, "mean of random");
  assertEquals([...new Set(d.below!)].sort((a, b) => a - b), [-2, -1, 0, 1, 2, 3, 4]);
  assert(d.rrelu!.every((x) => x <= -0.1 && x >= -0.5));
  near(mean(d.rrelu!), -0.3, 0.01, "mean of rrelu");
  assert(d.dropout!.every((x) => x === 0 || Math.abs(x - 4 / 3) < 1e-6));
  near(d.dropout!.filter((x) => x === 0).length / COUNT, 0.25, 0.02, "share that is dropped");
  [0, 1, 2, 3].forEach((k) =>
    near(d.multinomial!.filter((x) => x === k).length / 6000, k / 6, 0.04, `share of ${k}`)
  );
  assertEquals([...d.few!].sort(), [1, 2, 3], "without replacement, and never a weight of zero");
}

Deno.test("philox() gives the numbers of its authors' test vectors", () => {
  const all = 0xffffffffn;
  assertEquals(philox([0n, 0n, 0n, 0n], 0n), [0x6627e8d5n, 0xe169c58dn, 0xbc57ac4cn, 0x9b00dbd8n]);
  assertEquals(philox([all, all, all, all], all << 32n | all), [
    0x408f276dn,
    0x41c83b0en,
    0xa20bc7c6n,
    0x6d5451fdn,
  ]);
  const pi = [0x243f6a88n, 0x85a308d3n, 0x13198a2en, 0x03707344n];
  assertEquals(philox(pi, 0x299f31d0n << 32n | 0xa4093822n), [
    0xd16cfe09n,
    0x94fdccebn,
    0x5001e420n,
    0x24126ea1n,
  ]);
});

Deno.test({
  name: "draws are distributed as they should be, and a seed reproduces them",
  ignore: !hasCompiler,
  fn: async () => {
    await using bench = await NativeBench.open({ debug: true });
    const { graph, names } = draws(),
      source = { kind: "graph", text: printGraph(graph), storages: {} } as const;
    const built = await buildLibrary(bench.shop, {
      name: "draws",
      source: { ...source, data: new Uint8Array(0) },
      target: bench.shop.native,
      debug: true,
    });
    const path = `${bench.folder}/draws.so`;
    await Deno.copyFile(await bench.shop.store.pathOf(built.library), path);
    using model = unwrap(Model.open(path, { threads: 2 }));
    const first = run(model, names, 0), second = run(model, names, 0);
    checkDistributions(first);
    assert(first.rand!.some((x, n) => x !== second.rand![n]), "another run draws others");
    assert(first.rand!.some((x, n) => x !== first.again![n]), "another operator draws others");
    model.seed(0n);
    assertEquals(run(model, names, 1), first, "seed 0 is where a library begins");
    model.seed(12345678901234567890n);
    const other = run(model, names, 2);
    checkDistributions(other);
    assert(other.rand!.some((x, n) => x !== first.rand![n]), "another seed draws others");
    model.seed(12345678901234567890n);
    assertEquals(run(model, names, 1), other);
  },
});
