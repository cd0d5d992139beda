/** The models of examples/; their archives come from tests/models/make.py. `deno task build` writes them to dist/. */
import { defineConfig, dim, exported, graph, type ModelBuilder } from "aoti";

const batch = dim("batch", { min: 1, max: 4096 });

export default defineConfig({
  models: {
    mlp: {
      source: exported("tests/models/mlp/model.pt2"),
      dynamic: { x: { 0: batch } },
      emit: ["library", "binding", "header", "package"],
    },
    convnet: {
      source: exported("tests/models/convnet/model.pt2"),
      emit: ["library", "binding", "header", "package"],
    },
    condmodel: {
      source: exported("tests/models/condmodel/model.pt2"),
      dynamic: { x: { 0: batch } },
      emit: ["library", "binding", "header", "package"],
    },
    gate: {
      source: graph(({ input, ops, cond }: ModelBuilder) => {
        const x = input("x", { shape: [batch, 8] });
        const open = input("open", { shape: [], dtype: "bool" });
        const [y] = cond(open, () => ops.silu(ops.mul(x, 2)), () => ops.mul(x, 0.25));
        return { output: y! };
      }),
    },
  },
});
