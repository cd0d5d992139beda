/** Operators that a model leaves to its host: functions registered through door 2, an executor through door 1. */
import { assertEquals, assertMatch } from "@std/assert";
import { hasCompiler, UserBench } from "../rig/user_model.ts";
import type { Argument } from "../../src/import/archive/types.ts";
import { hostOps } from "../../src/ops/mod.ts";
import { graph, i, importGood, meta, node, t } from "../import/rig.ts";
import { cc, run } from "../runtime/build.ts";

const bench = await UserBench.forFile();
const isLinux = Deno.build.os === "linux", ignore = !hasCompiler || !cc || !isLinux;

const host = hostOps({
  "demo::scale": { schema: "demo::scale(Tensor x, int a, int b, float s=3.0, bool more=False) -> Tensor" },
  "demo::write_": { schema: "demo::write_(Tensor(a!) x, Tensor? other=None, *, str how='a') -> Tensor(a!)" },
});

/** `scale`, and then in either branch another `write_`. */
function program() {
  const branch = (name: string, other: Argument) => ({
    kind: "graph",
    name,
    graph: graph({
      inputs: [t("g"), t("h")],
      outputs: [t("c")],
      nodes: [
        node("aten.add.Tensor", { self: t("g"), other: i(0) }, t("b0")),
        node("demo.write_.default", { x: t("b0"), other }, t("b")),
        node("aten.add.Tensor", { self: t("b0"), other: i(0) }, t("c")),
      ],
      tensors: new Map(["g", "h", "b0", "b", "c"].map((n) => [n, meta([2])])),
    }),
  } as Argument);
  return {
    graph: graph({
      inputs: [t("x"), t("p")],
      outputs: [t("y")],
      nodes: [
        node("aten.add.Tensor", { self: t("x"), other: t("x") }, t("z")),
        node("demo.scale.default", { x: t("z"), a: i(1), b: i(2) }, t("a")),
        node("aten.gt.Scalar", { self: t("p"), other: i(0) }, t("q")),
        node("higher_order.cond", {
          _a: t("q"),
          _b: branch("yes", { kind: "none" }),
          _c: branch("no", t("h")),
          _d: t("a"),
          _e: t("x"),
        }, t("y")),
      ],
      tensors: new Map([
        ...["x", "z", "a", "y"].map((n) => [n, meta([2])] as const),
        ["p", meta([])],
        ["q", meta([], { dtype: "bool" })],
      ]),
    }),
  };
}

/** Compiles and runs one of the C hosts beside this file on the model. */
async function runHost(name: string, ...flags: readonly string[]): Promise<void> {
  const { graph: g } = await importGood(program(), { host });
  using built = await bench.buildGraph({ graph: g, storages: {}, data: new Uint8Array() });
  const nodes = JSON.parse(built.built.planned.hostNodes!).nodes as { node: { target: string } }[];
  assertEquals(nodes.map((n) => n.node.target), ["demo::scale", "demo::write_", "demo::write_"]);
  assertMatch(built.modelText, /&host_ops\[1\][^]*&host_ops\[2\]/);
  const path = `${bench.folder}/${name}`, from = new URL(".", import.meta.url).pathname;
  const includes = ["../../runtime/include", "../runtime"].map((folder) => `-I${from}${folder}`);
  const language = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-g", ...flags];
  await run(cc!, [...language, ...includes, `${from}${name}.c`, "-ldl", "-o", path]);
  const said = await run(path, [built.path]); // and what door 1 says on stderr of failed runs
  assertEquals(said.split("\n").filter((line) => !line.startsWith("aoti: ")).join("").trim(), "ok");
}

Deno.test({
  name: "a host computes operators by functions of its own; without them the run says so",
  ignore,
  fn: () => runHost("operators"),
});

Deno.test({
  name: "door 1 calls operators through the host's executor, 20,000 times without a tensor left behind",
  ignore,
  fn: () => runHost("executor", "-rdynamic"), // its functions stand in for PyTorch's
});
