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
import type { Result } from "./src/base/mod.ts";
import type { ModelConfig } from "./src/config/mod.ts";
import type { JitOptions } from "./src/pipeline/mod.ts";
import type { ScriptRunner } from "./src/run/mod.ts";

export * from "./src/base/mod.ts";
export * from "./src/config/mod.ts";
export type { ModelBuilder, ModelResult } from "./src/ops/mod.ts";
export type { JitOptions } from "./src/pipeline/mod.ts";
export type { ScriptCall, ScriptLaunch, ScriptRunner, ScriptView, Tensor } from "./src/run/mod.ts";

/**
 * Compiles a model and opens it in this process, through TypeScript that a debugger can step through: for work on a
 * model. What is deployed is built by `aoti build`. Refuses as a build does; close what it gives.
 *
 * ```ts
 * import { exported, jit, unwrap } from "aoti";
 *
 * async function show(x: { dtype: "f32"; shape: number[]; data: Uint8Array<ArrayBuffer> }) {
 *   using model = unwrap(await jit(exported("mlp.pt2")));
 *   using call = model.call(({ kernel, ns, writes }) => console.log(kernel, ns, writes.map((v) => v.dense())));
 *   call.bind(0, x);
 *   call.run();
 *   return call.output(0);
 * }
 * ```
 */
export async function jit(
  source: ModelConfig["source"],
  options: JitOptions = {},
): Promise<Result<ScriptRunner>> {
  const pipeline = await import("./src/pipeline/mod.ts"); // compilers take time to load
  return await pipeline.jit(source, options, { cwd: Deno.cwd(), cores: navigator.hardwareConcurrency, env });
}

function env(name: string): string | undefined {
  const isOurs = Deno.permissions.querySync({ name: "env", variable: name }).state === "granted";
  return isOurs ? Deno.env.get(name) : undefined;
}
