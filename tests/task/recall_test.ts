/** Tasks that ask for others while they run. */
import { assertEquals } from "@std/assert";
import { refuse, unwrap } from "../../src/base/mod.ts";
import { defineTask, json, task } from "../../src/task/mod.ts";
import { TestStore, watched } from "./_rig.ts";

/** Doubles numbers, one of which it refuses. */
const double = (calls: number[]) =>
  defineTask({
    name: "double",
    version: 1,
    inputs: { of: json<number>() },
    outputs: { value: json<number>() },
    run: ({ of }) => {
      calls.push(of);
      return of === 13 ? refuse({ reason: "unlucky", message: "Cannot double 13" }) : { value: 2 * of };
    },
  });

/** The double of a text's length, which is all that it needs of the double. */
const doubledLength = (calls: number[]) =>
  defineTask({
    name: "doubled-length",
    version: 1,
    inputs: { text: "text" },
    outputs: { value: json<number>() },
    run: ({ text }, box) => box.recall(task(double(calls), { of: text.length }, { label: "inner" })),
  });

Deno.test("what a task recalls runs once for all inputs that ask the same of it, in one place of one", async () => {
  await using test = await TestStore.open();
  const calls: number[] = [], first = watched({ store: test.store, jobs: 1 });
  const ask = (text: string) => task(doubledLength(calls), { text }, { label: "outer" });
  assertEquals(unwrap(await first.engine.run(ask("abc"))), { value: 6 });
  assertEquals(first.seen, ["task-start outer", "task-start inner", "task-done inner", "task-done outer"]);

  const second = watched({ store: await test.again(), jobs: 1 });
  assertEquals(unwrap(await second.engine.run(ask("xyz"))), { value: 6 });
  assertEquals(second.seen, ["task-start outer", "task-hit inner", "task-done outer"]);
  assertEquals(calls, [3]);

  assertEquals(unwrap(await second.engine.run(ask("four"))), { value: 8 });
  assertEquals(calls, [3, 4]);
});

Deno.test("a task fails for the reasons of the one that it recalls, and is tried again", async () => {
  await using test = await TestStore.open();
  const calls: number[] = [], text = "x".repeat(13);
  for (const _ of [1, 2]) {
    const { engine } = watched({ store: await test.again() });
    const failed = await engine.run(task(doubledLength(calls), { text }));
    assertEquals(failed.ok ? [] : failed.diagnostics.map((d) => d.reason), ["unlucky"]);
  }
  assertEquals(calls, [13, 13]);
});
