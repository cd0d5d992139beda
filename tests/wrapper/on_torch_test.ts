/** The wrapper on `at::Tensor` in a C++ program: what a torch extension must do beyond computing. */
import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { unwrap } from "../../src/base/mod.ts";
import { findLibtorch, type Libtorch } from "../../src/compile/mod.ts";
import { type Graph, printGraph } from "../../src/ir/graph/mod.ts";
import { buildUserGraph, type ModelBuilder } from "../../src/ops/mod.ts";
import { headerText, type ModelInterface } from "../../src/package/mod.ts";
import { buildLibrary } from "../../src/pipeline/library.ts";
import { openWorkshop } from "../../src/pipeline/workshop.ts";
import { hasCompiler } from "../rig/user_model.ts";
import { cxx, run } from "../runtime/build.ts";

const named = Deno.env.get("LIBTORCH"), found = findLibtorch(named ? { prefer: named } : {});
const ignore = !hasCompiler || !cxx || !found.ok;
if (!found.ok) console.warn(`SKIPPED: wrappers on at::Tensor: ${found.diagnostics[0]!.message}`);
const cacheDir = fromFileUrl(new URL("../../.aoti/tests", import.meta.url));

/** x ← x + 10, steps ← steps + 1; a weight whose double is folded; a condition. */
const stateful = ({ input, constant, ops, cond }: ModelBuilder) => {
  const x = input("x", { shape: [2] }), steps = constant("steps", [0]), w = constant("w", [1, 2]);
  const y = ops.add(ops.mul(x, 2), ops.mul(w, 2));
  const [z] = cond(ops.gt(ops.sum(x), 0), () => ops.add(x, 1), () => ops.neg(x));
  return [ops.add(steps, 1), y, z!, ops.add(x, 10)];
};

/** The graph with what it writes: its first constant and its input. */
function withEffects(graph: Graph): Graph {
  const [count, , , moved] = graph.outputs, to = [graph.constants[0]!.value, graph.inputs[0]!.value];
  const effects = [count, moved].map((output, n) => {
    if (output?.kind !== "tensor") throw new Error("the outputs are tensors");
    return { target: to[n]!, value: output.value };
  });
  return { ...graph, effects };
}

/** Builds the model and the program beside this file into a folder; returns the program. */
async function program(folder: string, { include, lib, key }: Libtorch): Promise<string> {
  await using shop = unwrap(
    await openWorkshop({ cacheDir, jobs: 2, ...(named && { libtorch: named }) }),
  );
  const { graph, storages, data } = await buildUserGraph("model", stateful);
  const built = await buildLibrary(shop, {
    name: "model",
    source: { kind: "graph", text: printGraph(withEffects(graph)), storages, data },
    target: shop.native,
    flags: { abi_compatible: false, use_runtime_constant_folding: true },
  });
  const { library, weights, planned } = built, described = planned.description as ModelInterface;
  unwrap(await shop.engine.materialise(library, `${folder}/model.so`));
  unwrap(await shop.engine.materialise(weights!, `${folder}/weights.bin`));
  const header = headerText({ model: described, name: "model", library: "model.so" });
  await Deno.writeTextFile(`${folder}/model.h`, header);
  const source = fromFileUrl(new URL("on_torch.cpp", import.meta.url)), to = `${folder}/program`;
  const system = include === "/usr/include" ? [] : ["-isystem", include];
  await run(cxx!, [
    ...["-std=c++17", "-O0", "-Wall", "-Wextra", "-Werror", `-D_GLIBCXX_USE_CXX11_ABI=${key.cxx11Abi}`],
    ...[
      ...system,
      "-isystem",
      `${include}/torch/csrc/api/include`,
      `-I${folder}`,
      source,
      `${folder}/model.so`,
    ],
    ...[`-L${lib}`, "-ltorch_cpu", "-lc10", `-Wl,-rpath,${lib}`, "-o", to],
  ]);
  return to;
}

Deno.test({
  name: "State, folding, mutated inputs, constants and refusals in a C++ program with PyTorch",
  ignore,
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "aoti-on-torch-" });
    try {
      const said = await run(await program(folder, unwrap(found)), []);
      assertEquals(said.trim().split("\n"), [
        'dimension 0 of input "x": 3 is not 2',
        'input "x" is Double, the model takes Float',
        'input "x" has 2 dimensions, the model takes 1',
        "ok",
      ]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
