/** Operators of the user's own, in C: from graphs and archives, with varying sizes, in branches, with their failures. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { attempt, attemptAsync } from "../../src/base/mod.ts";
import { customOps } from "../../src/ops/mod.ts";
import { buildUserGraph, type Tensor } from "../../src/ops/user.ts";
import { i, importGood, meta, node, t } from "../import/rig.ts";
import { graph } from "../import/rig.ts";
import { hasCompiler, tensor, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });

/** The example of the documentation, word for word. */
const document = Deno.readTextFileSync(new URL("../../docs/custom_operators.md", import.meta.url));
const outer = { file: "outer.c", text: /```c\n([^]*?)```/.exec(document)![1]! };
const sources = { "demo::outer": outer };

const twice = {
  file: "twice.c",
  text: `/* aoti operator
 * schema: demo::twice(Tensor x, Tensor? y=None, *, bool more=False, str how="a") -> (Tensor, Tensor)
 * result: like x
 * result: int64 [2] */
#include "aoti/op.h"
static int32_t compute(const aoti_op* op) {
  int64_t n = aoti_op_count(&op->in[0]);
  const float *x = op->in[0].data, *y = op->in[1].data;
  for (int64_t i = 0; i < n; i++) ((float*)op->out[0].data)[i] = 2 * x[i] + (y ? y[i] : 0);
  ((int64_t*)op->out[1].data)[0] = n;
  ((int64_t*)op->out[1].data)[1] = op->ints[0] + op->texts[0][0];
  return 0;
}
`,
};

Deno.test({
  name: "The documented operator runs with sizes that vary, in a branch too, and its failure is the run's",
  ignore,
  fn: async () => {
    const made = await buildUserGraph("model", ({ input, call, ops, cond }) => {
      const a = input("a", { shape: [{ kind: "dim", name: "m", min: 0 }] }), b = input("b", { shape: [2] });
      const p = input("p", { shape: [], dtype: "bool" });
      const [y] = cond(
        p,
        () => call("demo::outer", a, b, 2, 0.5) as Tensor,
        () => call("demo::outer", a, ops.cat([b, b])) as Tensor,
      );
      return [y!, call("demo::outer", ops.neg(a), b, { scale: 10 }) as Tensor];
    }, customOps(sources));
    using m = await bench.buildGraph(made);
    const run = (a: number[], p: number) =>
      m.numbers(tensor([a.length], a), tensor([2], [1, 3]), tensor([], [p], "bool"));
    assertEquals(run([2, 4], 1), [[1, 3, 1, 3, 2, 6, 2, 6], [-20, -60, -40, -120]]);
    assertEquals(run([1], 0), [[1, 3, 1, 3], [-10, -30]]);
    assertEquals(run([], 1), [[], []]);
    assert(Object.values(m.kernelTexts).some((text) => text.includes('#line 1 "outer.c"\n/* aoti operator')));

    using wrong = await bench.buildGraph(
      await buildUserGraph("model", ({ input, call }) => {
        const x = input("x", { shape: [2], dtype: "float64" });
        return call("demo::outer", x, x) as Tensor;
      }, customOps(sources)),
    );
    assertMatch(wrong.failure(tensor([2], [1, 2], "f64")), /does not take, in kernel k_outer_/);
  },
});

Deno.test({
  name: "Optional tensors, bools, texts and several results",
  ignore,
  fn: async () => {
    const made = await buildUserGraph("model", ({ input, call }) => {
      const x = input("x", { shape: [2] });
      const one = call("demo::twice", x) as Tensor[],
        other = call("demo::twice", x, x, { more: true, how: "b" }) as Tensor[];
      return [...one, ...other];
    }, customOps({ "demo::twice": twice }));
    using m = await bench.buildGraph(made);
    assertEquals(m.numbers(tensor([2], [1, 2])), [[2, 4], [2, 97], [3, 6], [2, 99]]);
  },
});

Deno.test("Nodes of an archive that call the operator become it, and are checked against the export's record", async () => {
  const tensors = new Map([["a", meta([2])], ["b", meta([3])], ["y", meta([2, 6])]]);
  const nodes = [node("demo.outer.default", { a: t("a"), b: t("b"), times: i(2) }, t("y"))];
  const { graph: g } = await importGood(
    { graph: graph({ inputs: [t("a"), t("b")], outputs: [t("y")], nodes, tensors }) },
    { custom: customOps(sources) },
  );
  const [made] = g.nodes;
  assert(made?.op.kind === "routine" && made.op.routine === "custom");
  assertEquals(made.origin?.target, "demo.outer.default");
});

Deno.test("What is wrong with a file is said with its name and line", () => {
  const said = (text: string, name = "demo::f") => {
    const made = attempt(() => customOps({ [name]: { file: "f.c", text } }));
    const [d] = made.ok ? [] : made.diagnostics;
    return d && `${d.message} ${d.at?.file}:${d.at?.line}`;
  };
  const head = 'Cannot use f.c for operator "demo::f": ';
  const file = (...lines: readonly string[]) => `/* aoti operator\n * ${lines.join("\n * ")}\n */`;
  assertEquals(said("int x;"), head + 'it has no comment that begins "aoti operator" f.c:1');
  assertEquals(said(file("tensor a: [m]")), head + 'its comment has no line "schema:" f.c:1');
  assertEquals(said(file("schema: demo::g(Tensor a) -> Tensor")), head + 'its schema is of "demo::g" f.c:2');
  assertEquals(
    said(file("schema: demo::f(Tensor(a!) a) -> Tensor")),
    head + "operators that write to their arguments are not supported f.c:2",
  );
  assertEquals(
    said(file("schema: demo::f(Tensor[] a) -> Tensor")),
    head + 'argument "a" is of type Tensor[]; Tensor, int, float, bool and str are possible f.c:2',
  );
  assertEquals(
    said(file("schema: demo::f(Tensor a) -> (Tensor, Tensor)", "result: like a")),
    head + 'the schema has 2 results, and 1 lines "result:" f.c:1',
  );
  assertEquals(
    said(file("schema: demo::f(Tensor a) -> Tensor", "result: whatever")),
    head + 'no result "whatever": wanted "a.dtype [m, n]" or "like a" f.c:3',
  );
  assertEquals(said(outer.text, "demo::outer"), undefined);
});

Deno.test({
  name: "An error of the compiler in the user's C is theirs to mend, at its line",
  ignore,
  fn: async () => {
    const text = outer.text.replace("return 1;", "return one;");
    const made = await buildUserGraph("model", ({ input, call }) => {
      const x = input("x", { shape: [2] });
      return call("demo::outer", x, x) as Tensor;
    }, customOps({ "demo::outer": { file: "outer.c", text } }));
    const built = await attemptAsync(() => bench.buildGraph(made));
    const [d] = built.ok ? [] : built.diagnostics;
    assertMatch(d!.message, /^Cannot compile model\/kernel k_outer_\w+ .*outer\.c:13:\d+: error: .*one/);
    assertEquals([d!.help, d!.at], ["Mend outer.c, the C source of the operator.", {
      file: "outer.c",
      line: 13,
    }]);
  },
});
