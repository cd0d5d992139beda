/** The TypeScript wrapper: what only it can show, and what it keeps from run to run. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { jit } from "aoti";
import { unwrap } from "../../src/base/mod.ts";
import { graph, type GraphSource } from "../../src/config/mod.ts";
import { int } from "../../src/ir/expr/mod.ts";
import type { Value } from "../../src/ir/graph/mod.ts";
import { atenOp, makeArgs } from "../../src/ops/aten/mod.ts";
import type { ModelBuilder } from "../../src/ops/mod.ts";
import type { ScriptLaunch, ScriptRunner } from "../../src/run/mod.ts";
import { coreGraph, hasCompiler, leaves, tensor, toNumbers, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });
const cacheDir = fromFileUrl(new URL("../../.aoti/tests", import.meta.url));

async function open(source: GraphSource): Promise<ScriptRunner> {
  return unwrap(await jit(source, { cacheDir }));
}

/** exp, a product with a constant, its sum. */
const model = graph(({ input, constant, ops }: ModelBuilder) => {
  const x = input("x", { shape: [{ kind: "dim", name: "rows", min: 1, max: 8 }, 2] });
  const y = ops.mm(ops.exp(x), constant("w", [[1, 2], [3, 4]]));
  return { y, total: ops.sum(y) };
});
const e = Math.E, x = tensor([2, 2], [0, 0, 1, 0]);
const y = [4, 6, e + 3, 2 * e + 4];

function close(found: readonly number[], wanted: readonly number[]): void {
  assertEquals(found.length, wanted.length);
  found.forEach((value, i) => assert(Math.abs(value - wanted[i]!) < 1e-4, `${value} is not ${wanted[i]}`));
}

Deno.test({
  name: "jit() opens a model; each launch tells its time, its kernel and what it wrote",
  ignore,
  fn: async () => {
    using opened = await open(model);
    const launches:
      (Omit<ScriptLaunch, "writes"> & { readonly values: Record<string, readonly number[]> })[] = [];
    using call = opened.call(({ writes, ...launch }) => {
      const values = writes.map((view) => [view.name, toNumbers(view.dense())] as const);
      launches.push({ ...launch, values: Object.fromEntries(values) });
      for (const view of writes) assertMatch(opened.statistics(view), /^f32\[.*\]: min \S+, max \S+, mean /);
    });
    call.bind(0, x);
    call.run();
    close(toNumbers(call.output(0)!), y);
    assertEquals(launches.map(({ number }) => number), launches.map((_, i) => i));
    assertEquals(call.launches().map(({ name }) => name), launches.map(({ kernel }) => kernel));
    assert(launches.every(({ ns }) => ns >= 0 && ns < 60e9));
    close(launches.at(-1)!.values.out1!, [y.reduce((a, b) => a + b)]); // the last one wrote the sum
    call.bind(0, tensor([9, 2], Array(18).fill(0)));
    let said = "";
    try {
      call.run();
    } catch (error) {
      said = (error as Error).message;
    }
    assertEquals(said, 'dim "rows" of input "x": 9 is not in 1..8');
  },
});

Deno.test({
  name: "Constants can be read and replaced; what is folded from them is computed anew",
  ignore,
  fn: async () => {
    using opened = await open(graph(({ input, constant, ops }: ModelBuilder) => {
      const w = constant("w", [1, 2]);
      return ops.add(input("x", { shape: [2] }), ops.exp(w));
    }));
    const run = () => toNumbers(unwrap(opened.run([tensor([2], [0, 0])]))[0]!);
    close(run(), [e, e * e]);
    assertEquals(toNumbers(unwrap(opened.constant("w"))), [1, 2]);
    unwrap(opened.update(new Map([["w", tensor([2], [0, 1])]])));
    close(run(), [1, e]);
    const wrong = opened.update(new Map([["w", tensor([3], [0, 1, 2])]]));
    assertEquals(wrong.ok ? "" : wrong.diagnostics[0]!.message, 'constant "w" is float32[2], not float32[3]');
    assert(!opened.constant("v").ok);
    assert(!opened.run([]).ok);
  },
});

Deno.test({
  name: "Buffers with state count runs as the library's do, each copy for itself",
  ignore,
  fn: async () => {
    using m = await bench.build(({ input, constant, ops }) => {
      const more = ops.add(constant("steps", [0]), 1);
      return [more, ops.mul(input("x", { shape: [1] }), more)];
    }, {
      edit: (graph) => {
        const [first] = graph.outputs, target = graph.constants[0]!.value;
        return { ...graph, effects: first?.kind === "tensor" ? [{ target, value: first.value }] : [] };
      },
    });
    for (let n = 1; n <= 3; n++) assertEquals(m.numbers(tensor([1], [2])), [[n], [2 * n]]);
    assertEquals(toNumbers(unwrap(m.script!.constant("steps"))), [3]);
  },
});

Deno.test({
  name: "Random numbers are those of the library, run by run and seed by seed",
  ignore,
  fn: async () => {
    using m = await bench.buildGraph(coreGraph({ x: { dtype: "f32", shape: [int(3)] } }, (g, x) => {
      const { schema, build } = atenOp("aten.rand.default")!;
      const draw = () =>
        build(g, makeArgs(schema, { size: { kind: "ints", exprs: [int(3)] } }, [], () => []));
      return leaves(g.pointwise("add", x, draw() as Value), draw() as Value);
    }));
    const zeros = tensor([3], [0, 0, 0]), runs = [m.numbers(zeros), m.numbers(zeros)];
    m.model.seed(7n);
    m.script!.seed(7n);
    runs.push(m.numbers(zeros));
    assertEquals(new Set(runs.map(String)).size, 3);
  },
});

Deno.test({
  name: "The module passes the type checker, and runs by itself with its folder's permissions",
  ignore,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      const { graph: made, storages, data } = await buildUser();
      using _script = await bench.script({
        name: "model",
        source: { kind: "graph", text: made, storages, data },
        target: bench.shop.native,
      }, `${folder}/model`);
      await Deno.writeTextFile(`${folder}/main.ts`, main);
      const checked = await deno("check", "-q", `${folder}/main.ts`);
      assertEquals(checked, { code: 0, said: checked.said });
      const ran = await deno(
        "run",
        "-q",
        "--no-prompt",
        "--allow-ffi",
        `--allow-read=${folder}`,
        `${folder}/main.ts`,
      );
      assertEquals(ran.code, 0, ran.said);
      const [found, kernels] = JSON.parse(ran.said.split("\n").find((line) => line.startsWith("[["))!);
      close(found, y);
      assert(kernels.length > 0 && kernels.every((name: string) => name.startsWith("k_")));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

const main = `import { open } from "./model/model.ts";
using model = open();
const kernels: string[] = [];
const data = new Uint8Array(new Float32Array([0, 0, 1, 0]).buffer);
const [y] = model.run([{ dtype: "f32", shape: [2, 2], data }], { onLaunch: (launch) => kernels.push(launch.kernel) });
console.log(JSON.stringify([[...new Float32Array(y!.data.buffer)], kernels]));
`;

async function buildUser() {
  const { buildUserGraph } = await import("../../src/ops/mod.ts");
  const { printGraph } = await import("../../src/ir/graph/mod.ts");
  const made = await buildUserGraph("model", model.build as (builder: ModelBuilder) => unknown);
  return { ...made, graph: printGraph(made.graph) };
}

async function deno(...args: readonly string[]): Promise<{ code: number; said: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: [...args] }).output();
  return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}
