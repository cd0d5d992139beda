import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { digestOf, unwrap } from "../../src/base/mod.ts";
import { defineTask, Engine, explain, labels, printExplanation, printRebuild } from "../../src/task/mod.ts";
import { json, type Store, task, type TaskEvent, whyRebuilt } from "../../src/task/mod.ts";
import { TestStore, watched } from "./_rig.ts";

const compile = defineTask({
  name: "compile-unit",
  version: 1,
  inputs: { source: "file", flags: json<unknown>(), headers: "files", banner: "text" },
  outputs: { object: "file", warnings: json<number>() },
  run: async (_, box) => ({ object: await box.writeText("object"), warnings: 0 }),
});

interface Given {
  readonly source?: string;
  readonly flags?: unknown;
  readonly header?: string;
  readonly banner?: string;
}

async function built(store: Store, given: Given): Promise<TaskEvent[]> {
  const { source = "int main;", flags = { opt: 1 }, header = "#pragma once", banner = "" } = given;
  const headers = { "a.h": await store.putText(header) };
  const inputs = { source: await store.putText(source), flags, headers, banner };
  const { engine, events } = watched({ store });
  unwrap(await engine.run(task(compile, inputs, { label: "mlp/kernel k_3" })));
  return events;
}

async function why(before: Given, after: Given): Promise<string> {
  await using test = await TestStore.open();
  await built(test.store, before);
  await built(test.store, after);
  return printRebuild((await whyRebuilt(test.store, "mlp/kernel k_3"))!);
}

const again = "mlp/kernel k_3: compile-unit ran again, because these changed\n";

Deno.test("whyRebuilt() names a changed file by digest and size", async () => {
  const [a, b] = [digestOf("int a;").slice(0, 12), digestOf("int bb;").slice(0, 12)];
  assertEquals(
    await why({ source: "int a;", header: "int a;" }, { source: "int bb;", header: "int bb;" }),
    `${again}  headers/a.h: ${a} (6 bytes) → ${b} (7 bytes)\n  source: ${a} (6 bytes) → ${b} (7 bytes)`,
  );
});

Deno.test("whyRebuilt() compares JSON by path", async () => {
  const before = { opt: 1, list: [1, 2], gone: true }, after = { opt: 3, list: [1, 5, 6], added: "x" };
  assertEquals(
    await why({ flags: before }, { flags: after }),
    `${again}  flags.added: (absent) → "x"\n  flags.gone: true → (absent)\n` +
      "  flags.list[1]: 2 → 5\n  flags.list[2]: (absent) → 6\n  flags.opt: 1 → 3",
  );
});

Deno.test("whyRebuilt() compares JSON and text that are too long for a record", async () => {
  const filler = "x".repeat(3000), lines = Array.from({ length: 900 }, (_, i) => `line ${i}`);
  const changed = lines.with(7, "other");
  assertEquals(
    await why(
      { flags: { filler, opt: 1 }, banner: lines.join("\n") },
      { flags: { filler, opt: 2 }, banner: changed.join("\n") },
    ),
    `${again}  banner:8: line 7 → other\n  flags.opt: 1 → 2`,
  );
});

Deno.test("whyRebuilt() says so when a task ran for the first time, and nothing of unknown labels", async () => {
  await using test = await TestStore.open();
  await built(test.store, {});
  const first = await whyRebuilt(test.store, "mlp/kernel k_3");
  assertEquals(printRebuild(first!), "mlp/kernel k_3: compile-unit ran for the first time");
  assertEquals(await whyRebuilt(test.store, "nope"), undefined);
});

Deno.test("whyRebuilt() compares with what was used before, also when that came from the store", async () => {
  await using test = await TestStore.open();
  for (const opt of [1, 2, 1, 3]) await built(test.store, { flags: { opt } });
  assertStringIncludes(printRebuild((await whyRebuilt(test.store, "mlp/kernel k_3"))!), "flags.opt: 1 → 3");
});

Deno.test("whyRebuilt() knows the inputs of a run that failed", async () => {
  await using test = await TestStore.open();
  await built(test.store, {});
  const failing = { ...compile, run: () => Promise.reject(new Error("no")) };
  const inputs = {
    source: await test.store.putText("int broken"),
    flags: { opt: 1 },
    headers: {},
    banner: "",
  };
  await new Engine({ store: test.store }).run(task(failing, inputs, { label: "mlp/kernel k_3" }));
  const found = (await whyRebuilt(test.store, "mlp/kernel k_3"))!;
  assertEquals(found.changes.map(({ path }) => path), ["headers/a.h", "source"]);
  assertStringIncludes(printExplanation((await explain(test.store, found.after))!), "nothing stored");
});

Deno.test("explain() prints the record of a key and what came of it", async () => {
  await using test = await TestStore.open();
  const [queued] = await built(test.store, {});
  assert(queued?.type === "task-queued");
  const found = (await explain(test.store, queued.key.slice(0, 10)))!;
  const [first = "", ...rest] = printExplanation({ ...found, ms: 12.4 }).split("\n");
  assertEquals(first, `mlp/kernel k_3: compile-unit version 1, key ${queued.key.slice(0, 12)}, took 12 ms`);
  assertEquals(rest, [
    '  banner      ""',
    '  flags       {"opt":1}',
    `  headers     a.h: ${digestOf("#pragma once").slice(0, 12)} (12 bytes)`,
    `  source      ${digestOf("int main;").slice(0, 12)} (9 bytes)`,
    `  → object    ${digestOf("object").slice(0, 12)} (6 bytes)`,
    "  → warnings  0",
  ]);
  assertEquals(await explain(test.store, "feed"), undefined);
  assertEquals(await labels(test.store), ["mlp/kernel k_3"]);
});
