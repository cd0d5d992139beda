/**
 * Content-addressed tasks: work that names its inputs is done once, stored, and can say why it was done again.
 *
 * Comes in: tasks, bound to values or to outputs of other tasks. Goes out: their outputs, and events on the way.
 * Invariants: a key is the digest of a readable record of everything declared, and `run` can reach nothing
 * else; what is stored was written whole; bytes are compared with their digest before they are believed.
 * Nothing here has heard of tensors.
 *
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { unwrap } from "../base/mod.ts";
 * import { defineTask, Engine, json, Store, task } from "./mod.ts";
 *
 * const shout = defineTask({
 *   name: "shout",
 *   version: 1, // bump when run() comes to mean something else
 *   inputs: { text: "text", times: json<number>() },
 *   outputs: { loud: "file" },
 *   run: async ({ text, times }, box) => ({ loud: await box.writeText(text.toUpperCase().repeat(times)) }),
 * });
 * const measure = defineTask({
 *   name: "measure",
 *   version: 1,
 *   inputs: { file: "file" },
 *   outputs: { bytes: json<number>() },
 *   run: ({ file }) => ({ bytes: file.bytes }),
 * });
 *
 * const cache = await Deno.makeTempDir();
 * await using store = unwrap(await Store.open(cache));
 * const seen: string[] = [];
 * const engine = new Engine({ store, onEvent: (event) => seen.push(`${event.type} ${event.label}`) });
 *
 * const loud = task(shout, { text: "hey", times: 2 });
 * const size = task(measure, { file: loud.output("loud") }, { label: "size of hey" });
 * assertEquals(unwrap(await engine.run(size)), { bytes: 6 });
 * assertEquals(seen.filter((line) => line.startsWith("task-done")), ["task-done shout", "task-done size of hey"]);
 * ```
 * @module
 */
export { Engine, type EngineOptions, type RunOptions, runTasks } from "./engine.ts";
export { defineTask, type Given, type Output, type Task, task } from "./task.ts";
export { type TaskDefinition, type TaskOptions } from "./task.ts";
export { json, type JsonKind, type Kind, type Kinds, type ValueOf, type ValuesOf } from "./kinds.ts";
export { type External, type File, isFile, type Range, type Split } from "./file.ts";
export { type Box } from "./box.ts";
export { type CommandOptions, type CommandOutput } from "./command.ts";
export { type Located, type MaterialiseOptions, Store, type StoreOptions } from "./store.ts";
export { type GcLimits, type GcReport, type StoreListing, type TaskListing } from "./maintain.ts";
export { type VerifyReport } from "./maintain.ts";
export { type Disk, realDisk } from "./disk.ts";
export { type Corrupt } from "./objects.ts";
export { type Entry, type Stored } from "./entries.ts";
export { type Field, type KeyRecord } from "./fingerprint.ts";
export { explain, type Explanation, labels, printExplanation, printRebuild } from "./explain.ts";
export { type Rebuild, whyRebuilt } from "./explain.ts";
export { type Change } from "./difference.ts";
export * from "./event.ts";
