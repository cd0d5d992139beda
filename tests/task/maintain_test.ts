import { assertEquals } from "@std/assert";
import { unwrap } from "../../src/base/mod.ts";
import { defineTask, Engine, type File, type Store, task } from "../../src/task/mod.ts";
import { filesBelow, TestStore } from "./_rig.ts";

const MINUTE = 60_000;

const write = defineTask({
  name: "write",
  version: 1,
  inputs: { text: "text" },
  outputs: { file: "file" },
  run: async ({ text }, box) => ({ file: await box.writeText(text) }),
});

/** Ten bytes each, last used `minutes` ago. */
async function made(store: Store, name: string, minutes: number): Promise<File> {
  const { file } = unwrap(
    await new Engine({ store }).run(task(write, { text: name.padEnd(10) }, { label: name })),
  );
  await age(`${store.folder}/cas/${file.digest.slice(0, 2)}/${file.digest}`, minutes);
  for (const path of filesBelow(`${store.folder}/ac`)) {
    const text = await Deno.readTextFile(`${store.folder}/ac/${path}`);
    if (text.includes(file.digest)) await age(`${store.folder}/ac/${path}`, minutes);
  }
  return file;
}

async function age(path: string, minutes: number): Promise<void> {
  const then = new Date(Date.now() - minutes * MINUTE);
  await Deno.utime(path, then, then);
}

Deno.test("gc() keeps what was used last, within the bytes that may stay", async () => {
  await using test = await TestStore.open();
  const files = [];
  for (const [name, minutes] of [["old", 90], ["middle", 60], ["new", 30]] as const) {
    files.push(await made(test.store, name, minutes));
  }
  const report = unwrap(await test.store.gc({ maxBytes: 20 }));
  assertEquals(report, { removed: 1, removedBytes: 10, kept: 2, keptBytes: 20 });
  assertEquals(await Promise.all(files.map((file) => test.store.has(file))), [false, true, true]);
  assertEquals(filesBelow(`${test.store.folder}/ac`).length, 2); // the entry of what went is gone, too
});

Deno.test("gc() removes what was not used for too long", async () => {
  await using test = await TestStore.open();
  const [old, recent] = [await made(test.store, "old", 90), await made(test.store, "recent", 30)];
  unwrap(await test.store.gc({ maxAge: 60 * MINUTE }));
  assertEquals([await test.store.has(old), await test.store.has(recent)], [false, true]);
});

Deno.test("gc() leaves what was used a moment ago: a build may be reading it", async () => {
  await using test = await TestStore.open();
  const file = await made(test.store, "now", 0);
  unwrap(await test.store.gc({ maxBytes: 0 }));
  assertEquals(await test.store.has(file), true);
  unwrap(await test.store.gc({ maxBytes: 0, keepRecent: -1 }));
  assertEquals(await test.store.has(file), false);
});

Deno.test("a hit counts as use", async () => {
  await using test = await TestStore.open();
  const [used, unused] = [await made(test.store, "used", 90), await made(test.store, "unused", 60)];
  unwrap(await new Engine({ store: test.store }).run(task(write, { text: "used".padEnd(10) })));
  unwrap(await test.store.gc({ maxBytes: 10 }));
  assertEquals([await test.store.has(used), await test.store.has(unused)], [true, false]);
});

Deno.test("what gc() removed is made again", async () => {
  await using test = await TestStore.open();
  const file = await made(test.store, "again", 90);
  unwrap(await test.store.gc({ maxBytes: 0 }));
  assertEquals(await made(test.store, "again", 0), file);
  assertEquals(await test.store.readText(file), "again".padEnd(10));
});

Deno.test("verify() names and removes damaged objects, and entries that need them", async () => {
  await using test = await TestStore.open();
  const [bad, good] = [await made(test.store, "bad", 0), await made(test.store, "good", 0)];
  const path = `${test.store.folder}/cas/${bad.digest.slice(0, 2)}/${bad.digest}`;
  await Deno.chmod(path, 0o644);
  await Deno.writeTextFile(path, "flipped   ");
  const report = unwrap(await test.store.verify());
  assertEquals([report.objects, report.bytes, report.damaged], [2, 20, [bad.digest]]);
  assertEquals(report.dangling.length, 1);
  assertEquals([await test.store.has(bad), await test.store.has(good)], [false, true]);
  assertEquals(unwrap(await test.store.verify()).damaged, []);
});

Deno.test("list() counts entries and bytes by task", async () => {
  await using test = await TestStore.open();
  for (const name of ["mlp/b", "mlp/a"]) await made(test.store, name, 0);
  const rows = [{ task: "write", entries: 2, bytes: 20, labels: ["mlp/a", "mlp/b"] }];
  assertEquals(unwrap(await test.store.list()), { objects: 2, bytes: 20, tasks: rows });
});

Deno.test("clear() empties the store, which goes on working", async () => {
  await using test = await TestStore.open();
  const file = await made(test.store, "a", 0);
  unwrap(await test.store.clear());
  assertEquals(await test.store.has(file), false);
  assertEquals(unwrap(await test.store.list()), { objects: 0, bytes: 0, tasks: [] });
  assertEquals(await made(test.store, "a", 0), file);
});
