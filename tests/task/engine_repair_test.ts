/** Results that are asked for again: damaged ones, ones that would be new, all of them by force. */
import { assertEquals } from "@std/assert";
import { attemptAsync, digestOf, unwrap } from "../../src/base/mod.ts";
import { defineTask, Engine, json, task } from "../../src/task/mod.ts";
import { length, TestStore, upper, watched } from "./_rig.ts";

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
