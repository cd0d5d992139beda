/** Two of the examples' models for C++ programs with PyTorch: the same kernels, a wrapper on `at::Tensor`. */
import { defineConfig, dim, exported } from "aoti";

const batch = dim("batch", { min: 1, max: 4096 });
const onTensors = { flags: { abi_compatible: false }, emit: ["library", "header"] } as const;

export default defineConfig({
  outDir: "../../dist/tensors",
  cacheDir: "../../.aoti/cache",
  models: {
    mlp: { source: exported("../../tests/models/mlp/model.pt2"), dynamic: { x: { 0: batch } }, ...onTensors },
    condmodel: {
      source: exported("../../tests/models/condmodel/model.pt2"),
      dynamic: { x: { 0: batch } },
      ...onTensors,
    },
  },
});
