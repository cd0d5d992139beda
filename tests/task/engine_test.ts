import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { attemptAsync, digestOf, refuse, unwrap } from "../../src/base/mod.ts";
import { type Box, defineTask, Engine, type File, json, runTasks, task } from "../../src/task/mod.ts";
import { Held, TestStore, until, watched } from "./_rig.ts";

/** A file with the text in capitals; `calls` counts how often it really ran. */
function upper(calls: string[] = []) {
  return defineTask({
    name: "upper",
    version: 1,
    inputs: { text: "text" },
    outputs: { file: "file" },
    run: async ({ text }, box) => {
      calls.push(text);
      return { file: await box.writeText(text.toUpperCase()) };
    },
  });
}

function length(calls: File[] = []) {
  return defineTask({
    name: "length",
    version: 1,
    inputs: { file: "file" },
    outputs: { bytes: json<number>() },
    run: ({ file }) => {
      calls.push(file);
      return { bytes: file.bytes };
    },
  });
}

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
  assertStringIncludes(String(broken.diagnostics[0]!.data?.stack), "engine_test.ts");
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

Deno.test("an object that was damaged is made again by the task that made it", async () => {
  await using test = await TestStore.open();
  const calls: string[] = [], made = task(upper(calls), { text: "a" });
  const { file } = unwrap(await new Engine({ store: test.store }).run(made));
  await damage(`${test.store.folder}/cas/${file.digest.slice(0, 2)}/${file.digest}`);

  const { engine, seen } = watched({ store: await test.again() });
  const read = defineTask({
    ...length(),
    run: async ({ file }, box) => ({ bytes: (await box.read(file)).length }),
  });
  assertEquals(unwrap(await engine.run(task(read, { file: made.output("file") }))), { bytes: 1 });
  assertEquals(calls, ["a", "a"]);
  assertEquals(seen[0], "task-hit upper"); // its size was right, so it was believed at first
});

Deno.test("Engine.materialise() makes a damaged object again, too", async () => {
  await using test = await TestStore.open();
  const made = task(upper(), { text: "a" });
  const { file } = unwrap(await new Engine({ store: test.store }).run(made));
  await damage(`${test.store.folder}/cas/${file.digest.slice(0, 2)}/${file.digest}`);
  const engine = new Engine({ store: await test.again() });
  unwrap(await engine.run(made));
  unwrap(await engine.materialise(file, `${test.folder}/out`));
  assertEquals(await Deno.readTextFile(`${test.folder}/out`), "A");
});

Deno.test("an object that nobody can make again is refused", async () => {
  await using test = await TestStore.open();
  const file = { digest: digestOf("gone"), bytes: 4 };
  const result = await new Engine({ store: test.store }).run(task(length(), { file }));
  assertEquals(!result.ok && result.diagnostics[0]?.reason, "object-missing");
});

async function damage(path: string): Promise<void> {
  await Deno.chmod(path, 0o644);
  await Deno.writeTextFile(path, "B");
}

Deno.test("a dry run tells what would run, what waits for it, and changes nothing", async () => {
  await using test = await TestStore.open();
  const chain = (text: string) => task(length(), { file: task(upper(), { text }).output("file") });
  unwrap(await new Engine({ store: test.store }).run(chain("a")));
  const { engine, seen, events } = watched({ store: test.store, dryRun: true });
  assertEquals(unwrap(await engine.run(chain("a"))), { bytes: 1 });
  const result = await engine.run(chain("bb"));
  assertEquals(!result.ok && result.diagnostics[0]?.reason, "would-run");
  assertEquals(seen, ["task-hit upper", "task-hit length", "task-would-run upper", "task-skipped length"]);
  const would = events.find((event) => event.type === "task-would-run");
  assertEquals(would?.type === "task-would-run" && would.changed, ["text"]);
  assertEquals((await attemptAsync(() => test.store.history("upper"))).ok, true);
  assertEquals((await test.store.history("upper"))?.runs.length, 1);
});

Deno.test("force runs everything once more and tells which outputs are not steady", async () => {
  await using test = await TestStore.open();
  let count = 0;
  const unsteady = defineTask({
    name: "unsteady",
    version: 1,
    inputs: {},
    outputs: { count: json<number>(), fixed: "text" },
    run: () => ({ count: count++, fixed: "same" }),
  });
  unwrap(await new Engine({ store: test.store }).run(task(unsteady, {})));
  const { engine, events } = watched({ store: test.store, force: true });
  assertEquals(unwrap(await engine.run(task(unsteady, {}))).count, 1);
  const told = events.find((event) => event.type === "task-unsteady");
  assertEquals(told?.type === "task-unsteady" && told.outputs, ["count"]);
});

Deno.test("task-start tells which fields changed since the last run under its label", async () => {
  await using test = await TestStore.open();
  const { engine, events } = watched({ store: test.store });
  for (const text of ["a", "b"]) unwrap(await engine.run(task(upper(), { text }, { label: "mlp/up" })));
  const starts = events.flatMap((event) => (event.type === "task-start" ? [event.changed] : []));
  assertEquals(starts, [undefined, ["text"]]);
});
