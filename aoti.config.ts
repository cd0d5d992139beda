/** The models of examples/; their archives come from tests/models/make.py. `deno task build` writes them to dist/. */
import { defineConfig, dim, exported } from "aoti";

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
  },
});
