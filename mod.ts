/**
 * Compiles torch.export models ahead of time into native libraries.
 *
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { defineConfig, dim, exported } from "aoti";
 *
 * const batch = dim("batch", { min: 1, max: 4096 });
 * const config = defineConfig({ models: { mlp: { source: exported("mlp.pt2"), dynamic: { x: { 0: batch } } } } });
 * assertEquals(Object.keys(config.models), ["mlp"]); // aoti.config.ts exports this by default
 * ```
 * @module
 */
export * from "./src/base/mod.ts";
export * from "./src/config/mod.ts";
export type { ModelBuilder, ModelResult } from "./src/ops/mod.ts";
