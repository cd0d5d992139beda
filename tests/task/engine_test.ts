/** What an engine runs, in which order, and what it finds again. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { digestOf, unwrap } from "../../src/base/mod.ts";
import { type Box, defineTask, Engine, type File, json, task } from "../../src/task/mod.ts";
import { Held, length, TestStore, until, upper, watched } from "./_rig.ts";

Deno.test("a task runs once, and a later build finds its outputs", async () => {
  await using test = await TestStore.open();
  const calls: string[] = [],
    first = watched({ store: test.store }),
    work = task(upper(calls), { text: "a" });
  const { file } = unwrap(await first.engine.run(work));
  assertEquals(file, { digest: digestOf("A"), bytes: 1 });
  await first.engine.run(work);
  assertEquals(first.seen, ["task-start upper", "task-done upper"]);

  const second = watched({ store: await test.again() });
  assertEquals(unwrap(await second.engine.run(task(upper(calls), { text: "a" }))), { file });
  assertEquals(second.seen, ["task-hit upper"]);
  assertEquals(calls, ["a"]);
});

Deno.test("outputs of every kind come back as they were, short and long, from a run and from the store", async () => {
  await using test = await TestStore.open();
  const kinds = defineTask({
    name: "kinds",
    version: 1,
    inputs: { size: json<number>() },
    outputs: { text: "text", value: json<{ list: number[] }>(), one: "file", many: "files" },
    run: async ({ size }, box) => ({
      text: "t".repeat(size),
      value: { list: Array.from({ length: size }, (_, i) => i) },
      one: await box.writeBytes(new Uint8Array(size)),
      many: { b: await box.writeText("b"), a: await box.writeText("a") },
    }),
  });
  for (const size of [0, 3, 9000]) {
    const made = unwrap(await new Engine({ store: test.store }).run(task(kinds, { size })));
    const found = unwrap(await new Engine({ store: await test.again() }).run(task(kinds, { size })));
    assertEquals(found, made);
    assertEquals(found.value.list.length, size);
    assertEquals(Object.keys(found.many), ["a", "b"]);
  }
});

Deno.test("a task whose input comes out as before does not run again", async () => {
  await using test = await TestStore.open();
  const calls: File[] = [];
  for (const text of ["same", "SAME"]) { // different inputs of upper, same output
    const work = task(length(calls), { file: task(upper(), { text }).output("file") });
    unwrap(await new Engine({ store: test.store }).run(work));
  }
  assertEquals(calls.length, 1);
});

Deno.test("what several tasks need runs once", async () => {
  await using test = await TestStore.open();
  const held = new Held(), { engine } = watched({ store: test.store });
  const base = held.task("base"), left = held.task("left", [base]), right = held.task("right", [base]);
  const top = engine.run(held.task("top", [left, right]));
  for (const name of ["base", "left", "right", "top"]) held.end(name);
  unwrap(await top);
  assertEquals(held.order.toSorted(), ["base", "left", "right", "top"]);
});

Deno.test("equal tasks asked for at once, under different labels, run once", async () => {
  await using test = await TestStore.open();
  const calls: string[] = [], { engine, seen } = watched({ store: test.store });
  const labels = ["one", "two", "three"];
  unwrap(await engine.runAll(labels.map((label) => task(upper(calls), { text: "a" }, { label }))));
  assertEquals(calls, ["a"]);
  assertEquals(seen, ["task-start one", "task-done one", "task-hit two", "task-hit three"]);
});

Deno.test("a graph can grow by what a task found out", async () => {
  await using test = await TestStore.open();
  const split = defineTask({
    name: "split",
    version: 1,
    inputs: { text: "text" },
    outputs: { parts: "files" },
    run: async ({ text }, box) => {
      const parts = await Promise.all(text.split(" ").map((part) => box.writeText(part)));
      return { parts: Object.fromEntries(parts.map((part, i) => [`${i}`, part])) };
    },
  });
  const { engine } = watched({ store: test.store });
  const { parts } = unwrap(await engine.run(task(split, { text: "a bcd ef" })));
  const sizes = unwrap(await engine.runAll(Object.values(parts).map((file) => task(length(), { file }))));
  assertEquals(sizes.map(({ bytes }) => bytes), [1, 3, 2]);
});

Deno.test("no more than `jobs` tasks run at once", async () => {
  await using test = await TestStore.open();
  const held = new Held(), { engine, queued } = watched({ store: test.store, jobs: 3 });
  const names = Array.from({ length: 20 }, (_, i) => `t${i}`);
  const all = engine.runAll(names.map((name) => held.task(name)));
  await until(() => queued.length === 20 && held.running === 3);
  for (const name of names) held.end(name);
  unwrap(await all);
  assertEquals([held.mostAtOnce, held.order.length], [3, 20]);
});

Deno.test("the longest chain goes first, and a waiting task rises when something long comes to need it", async () => {
  await using test = await TestStore.open();
  const held = new Held(), { engine, queued } = watched({ store: test.store, jobs: 1 });
  const late = held.task("late"), base = held.task("base");
  const all = [engine.run(held.task("first"))];
  await held.begun("first");
  all.push(engine.run(held.task("short", [], 2)), engine.run(late), engine.run(base));
  await until(() => queued.length === 4);
  all.push(engine.run(held.task("long", [base], 5)));
  for (const name of ["first", "short", "base", "long", "late"]) held.end(name);
  await Promise.all(all);
  assertEquals(held.order.slice(0, 3), ["first", "base", "short"]); // long is ready a moment too late for the third
});

Deno.test("a box ends with its task: its folder is gone and its methods throw", async () => {
  await using test = await TestStore.open();
  let kept: Box | undefined;
  const leaky = defineTask({
    name: "leaky",
    version: 1,
    inputs: {},
    outputs: {},
    run: async (_, box) => {
      kept = box;
      await Deno.writeTextFile(box.path("scratch"), "x");
      return {};
    },
  });
  unwrap(await new Engine({ store: test.store }).run(task(leaky, {})));
  await Deno.stat(kept!.folder).then(() => assert(false), () => {});
  const error = await kept!.writeText("late").then(() => "", String);
  assertStringIncludes(error, 'Cannot use the box of "leaky": the task has ended');
});

Deno.test("task-start tells which fields changed since the last run under its label", async () => {
  await using test = await TestStore.open();
  const { engine, events } = watched({ store: test.store });
  for (const text of ["a", "b"]) unwrap(await engine.run(task(upper(), { text }, { label: "mlp/up" })));
  const starts = events.flatMap((event) => (event.type === "task-start" ? [event.changed] : []));
  assertEquals(starts, [undefined, ["text"]]);
});

Deno.test("events tell on the engine's clock when work began and ended, and what a hit saved", async () => {
  await using test = await TestStore.open();
  for (const clock of [10, 100]) {
    let now = clock;
    const { engine, events } = watched({ store: test.store, now: () => now++ });
    unwrap(await engine.run(task(upper(), { text: "a" })));
    const last = events.at(-1)!;
    if (clock === 10) {
      assert(last.type === "task-done");
      assertEquals([last.start >= 10, last.end > last.start, last.lane], [true, true, 0]);
    } else {
      assert(last.type === "task-hit");
      assertEquals([last.at >= 100, last.ms > 0], [true, true]);
    }
  }
});
