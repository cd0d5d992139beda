/** What an engine does when tasks fail, and when it is told to stop. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { refuse } from "../../src/base/mod.ts";
import { defineTask, Engine, json, runTasks, task } from "../../src/task/mod.ts";
import { Held, TestStore, until, upper, watched } from "./_rig.ts";

Deno.test("a failure stops what runs and what waits", async () => {
  await using test = await TestStore.open();
  const held = new Held(), { engine, seen, queued } = watched({ store: test.store, jobs: 2 });
  const two = ["bad", "running"].map((name) => engine.run(held.task(name)));
  await Promise.all([held.begun("bad"), held.begun("running")]);
  const all = engine.runAll([held.task("waiting")]);
  await until(() => queued.includes("waiting"));
  held.break("bad", new Error("no"));
  const results = [...await Promise.all(two), await all];
  const reasons = results.map((result) => result.ok ? [] : result.diagnostics.map(({ reason }) => reason));
  assertEquals(reasons, [["internal"], ["cancelled"], ["cancelled"]]);
  assertEquals(held.order.toSorted(), ["bad", "running"]);
  assertEquals(seen.slice(2), ["task-failed bad", "task-cancelled running"]);
  assert(engine.signal.aborted);
});

Deno.test("with keepGoing, everything that does not need the failed task is still done", async () => {
  await using test = await TestStore.open();
  const held = new Held(), { engine, seen } = watched({ store: test.store, keepGoing: true, jobs: 1 });
  const bad = held.task("bad"), good = held.task("good"), top = held.task("top", [bad, good]);
  held.break("bad", new Error("no"));
  held.end("good");
  const result = await engine.run(top);
  assertEquals(!result.ok && result.diagnostics.map(({ reason }) => reason), ["internal"]);
  assertEquals(seen.slice(0, 4).toSorted(), [
    "task-done good",
    "task-failed bad",
    "task-start bad",
    "task-start good",
  ]);
  assertEquals(seen.slice(4), ["task-skipped top"]);
});

Deno.test("a task that may fail stops nothing, unless something needs it that may not", async () => {
  await using test = await TestStore.open();
  const held = new Held(), { engine } = watched({ store: test.store });
  const bad = held.task("bad");
  held.break("bad", new Error("no"));
  assertEquals((await engine.run(bad, { mayFail: true })).ok, false);
  assertEquals(engine.signal.aborted, false);
  assertEquals((await engine.run(held.task("top", [bad]))).ok, false);
  assertEquals(engine.signal.aborted, true);
});

Deno.test("what a task refuses is the reason of the build; any other exception is a bug with its stack", async () => {
  await using test = await TestStore.open();
  const picky = defineTask({
    name: "picky",
    version: 1,
    inputs: { bug: json<boolean>() },
    outputs: {},
    run: ({ bug }) => {
      if (bug) throw new RangeError("off by one");
      return refuse({ reason: "too-big", message: "Cannot fit: 5 is more than 4" });
    },
  });
  const run = (bug: boolean) => runTasks([task(picky, { bug }, { label: "mlp/fit" })], { store: test.store });
  const refused = await run(false), broken = await run(true);
  assertEquals(!refused.ok && refused.diagnostics, [{
    reason: "too-big",
    message: "Cannot fit: 5 is more than 4",
  }]);
  assert(!broken.ok);
  assertEquals(broken.diagnostics[0]?.reason, "internal");
  assertStringIncludes(
    broken.diagnostics[0]!.message,
    'Cannot finish "mlp/fit": task picky has a bug: off by one',
  );
  assertStringIncludes(String(broken.diagnostics[0]!.data?.stack), "engine_failures_test.ts");
});

Deno.test("a failed task is not remembered", async () => {
  await using test = await TestStore.open();
  for (const _ of [1, 2]) {
    const held = new Held();
    held.break("bad", new Error("no"));
    await runTasks([held.task("bad")], { store: test.store });
    assertEquals(held.order, ["bad"]);
  }
});

Deno.test("an output that was not declared, or is missing, is a bug", async () => {
  await using test = await TestStore.open();
  const wrong = { ...upper(), run: () => ({ object: 3 }) };
  const result = await new Engine({ store: test.store }).run(task(wrong as never, { text: "a" } as never));
  assertStringIncludes(
    result.ok ? "" : result.diagnostics[0]!.message,
    "upper outputs.object: no such field",
  );
});

Deno.test("when the signal aborts, nothing more begins and the reason is that the build was stopped", async () => {
  await using test = await TestStore.open();
  const held = new Held(), stop = new AbortController();
  const { engine, seen, queued } = watched({ store: test.store, jobs: 1, signal: stop.signal });
  const all = engine.runAll([held.task("running"), held.task("waiting")]);
  await until(() => queued.length === 2 && held.order.length === 1);
  stop.abort();
  const result = await all;
  assertEquals(!result.ok && result.diagnostics.map(({ reason }) => reason), ["cancelled", "cancelled"]);
  const [name] = held.order;
  assertEquals(seen, [`task-start ${name}`, `task-cancelled ${name}`]);
  const after = await engine.run(held.task("after"));
  assertEquals(!after.ok && after.diagnostics[0]?.reason, "cancelled");
});
