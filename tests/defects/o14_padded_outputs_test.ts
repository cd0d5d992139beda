/** O14: memory of an output is what its strides span, not what its elements need. */
import { assertEquals } from "@std/assert";
import { int } from "../../src/ir/expr/mod.ts";
import type { Graph } from "../../src/ir/graph/mod.ts";
import { hasCompiler, tensor, toNumbers, UserBench } from "../rig/user_model.ts";

const ignore = !hasCompiler, bench = await UserBench.forFile({ both: true });

Deno.test({
  name: "An output with gaps between rows",
  ignore,
  fn: async () => {
    const gaps = (graph: Graph): Graph => ({
      ...graph,
      outputs: graph.outputs.map((o) => (o.kind === "tensor" ? { ...o, strides: [int(8), int(2)] } : o)),
    });
    using m = await bench.build(({ input, ops }) => ops.add(input("x", { shape: [2, 3] }), 1), {
      edit: gaps,
    });
    using call = m.model.call();
    call.bind(0, tensor([2, 3], [1, 2, 3, 4, 5, 6]));
    call.run();
    assertEquals(call.outputStrides(0), [8, 2]);
    assertEquals(toNumbers(call.output(0)!), [2, 3, 4, 5, 6, 7]);
    using plain = await bench.build(({ input, ops }) => ops.add(input("x", { shape: [2, 3] }), 1), {
      edit: gaps,
      flags: { keep_output_stride: false },
    });
    using other = plain.model.call();
    other.bind(0, tensor([2, 3], [1, 2, 3, 4, 5, 6]));
    other.run();
    assertEquals(other.outputStrides(0), [3, 1]);
  },
});
