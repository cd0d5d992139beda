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
    gate: {
      source: graph<ModelBuilder>(({ input, ops, cond, scalar }) => {
        const x = input("x", { shape: [batch, 8] }), limit = scalar(0);
        const [y] = cond(
          ops.gt(ops.sum(x), limit),
          (x) => ops.sigmoid(x),
          (x) => ops.mul(ops.tanh(x), 0.5),
          [x],
        );
        return { y: y! };
      }),
    },
    condmodel: {
      source: exported("tests/models/condmodel/model.pt2"),
      dynamic: { x: { 0: batch } },
      emit: ["library", "binding", "header", "package"],
    },
  },
});
