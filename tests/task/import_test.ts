import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { attemptAsync, digestOf, unwrap } from "../../src/base/mod.ts";
import { Engine } from "../../src/task/mod.ts";
import { filesBelow, TestStore } from "./_rig.ts";

Deno.test("importFile() names a file by digest and copies nothing", async () => {
  await using test = await TestStore.open();
  const path = await test.userFile("weights.bin", "0123456789");
  const file = unwrap(await new Engine({ store: test.store }).importFile(path));
  assertEquals([file.digest, file.bytes], [digestOf("0123456789"), 10]);
  assertEquals(file.at?.path, path);
  assertEquals(filesBelow(`${test.store.folder}/cas`), []);
  assertEquals(await test.store.pathOf(file), path);
});

/** A text that takes longer to read than what is remembered of it. */
const long = (text: string) => text.repeat(20_000);

Deno.test("importFile() does not read an unchanged file again, but for small ones", async () => {
  await using test = await TestStore.open();
  await test.store.importFile(await test.userFile("small", "0123456789"));
  assertEquals(filesBelow(`${test.store.folder}/stamps`), []);
  const path = await test.userFile("weights.bin", long("0123456789"));
  await test.store.importFile(path);
  const [stamps] = filesBelow(`${test.store.folder}/stamps`);
  const record = `${test.store.folder}/stamps/${stamps}`;
  const known = digestOf("known");
  await Deno.writeTextFile(
    record,
    (await Deno.readTextFile(record)).replace(digestOf(long("0123456789")), known),
  );
  assertEquals((await test.store.importFile(path)).digest, known);
});

Deno.test("importFile() reads a file again when its size, time or inode changed", async () => {
  await using test = await TestStore.open();
  const path = await test.userFile("model.pt2", "one");
  const digest = async () => (await test.store.importFile(path)).digest;
  assertEquals(await digest(), digestOf("one"));
  await test.userFile("model.pt2", "three");
  assertEquals(await digest(), digestOf("three"));
  await test.userFile("model.pt2", "seven", new Date(2024, 5, 1, 0, 0, 0, 1));
  assertEquals(await digest(), digestOf("seven"));
  const other = await test.userFile("other", "eight", new Date(2024, 5, 1, 0, 0, 0, 1));
  await Deno.rename(other, path);
  assertEquals(await digest(), digestOf("eight"));
});

Deno.test("importFile() does not trust the time of a file written just now", async () => {
  await using test = await TestStore.open();
  const path = await test.userFile("model.pt2", long("0123456789"), new Date(Date.now() + 1000));
  await test.store.importFile(path);
  assertEquals(filesBelow(`${test.store.folder}/stamps`), []);
});

Deno.test("importFile() does not read what was just put there, until it changes", async () => {
  await using test = await TestStore.open();
  const path = `${await test.userFile("other", "")}.bin`, known = digestOf("known");
  const digest = async () => (await test.store.importFile(path)).digest;
  await Deno.writeTextFile(path, long("0123456789"));
  await test.store.wrote(path, known);
  assertEquals(await digest(), known);
  await Deno.writeTextFile(path, long("012345678x"));
  assertEquals(await digest(), digestOf(long("012345678x")));
  await Deno.utime(path, new Date(), new Date(Date.now() + 1000)); // its time says nothing yet
  await test.store.wrote(path, known);
  assertEquals(await digest(), digestOf(long("012345678x")));
});

Deno.test("importFile() of many ranges of one archive remembers them all", async () => {
  await using test = await TestStore.open();
  const path = await test.userFile(
    "model.pt2",
    [..."0123456789"].map((digit) => digit.repeat(70_000)).join(""),
  );
  const ranges = Array.from({ length: 10 }, (_, i) => ({ offset: 70_000 * i, bytes: 70_000 }));
  const files = await Promise.all(ranges.map((range) => test.store.importFile(path, range)));
  assertEquals(
    files.map(({ digest }) => digest),
    [..."0123456789"].map((text) => digestOf(text.repeat(70_000))),
  );
  assertEquals(await test.store.readText(files[7]!), "7".repeat(70_000));
  const [record] = filesBelow(`${test.store.folder}/stamps`);
  const text = await Deno.readTextFile(`${test.store.folder}/stamps/${record}`);
  for (const { digest } of files) assertStringIncludes(text, digest);
});

Deno.test("a range of an external file can be sliced, placed and materialised", async () => {
  await using test = await TestStore.open();
  const archive = await test.store.importFile(await test.userFile("model.pt2", "0123456789"));
  const middle = await test.store.slice(archive, { offset: 2, bytes: 6 });
  const inner = await test.store.slice(middle, { offset: 1, bytes: 2 });
  assertEquals(await test.store.readText(inner), "34");
  assertEquals(filesBelow(`${test.store.folder}/cas`), []);
  unwrap(await test.store.materialise(inner, `${test.folder}/out`));
  assertEquals(await Deno.readTextFile(`${test.folder}/out`), "34");
  assertEquals(await Deno.readTextFile(await test.store.pathOf(inner)), "34");
});

Deno.test("a range of a stored object becomes an object", async () => {
  await using test = await TestStore.open();
  const slice = await test.store.slice(await test.store.putText("0123456789"), { offset: 3, bytes: 2 });
  assertEquals(slice, { digest: digestOf("34"), bytes: 2 });
});

Deno.test("an external file that changed after it was imported is refused, not read", async () => {
  await using test = await TestStore.open();
  const path = await test.userFile("model.pt2", "one");
  const file = await test.store.importFile(path);
  await Deno.writeTextFile(path, "two");
  const result = await attemptAsync(() => test.store.read(file));
  assertEquals(!result.ok && result.diagnostics[0]?.reason, "input-changed");
});

Deno.test("importFile() says what is wrong with a path", async () => {
  await using test = await TestStore.open();
  const engine = new Engine({ store: test.store });
  const missing = await engine.importFile(`${test.folder}/nope.pt2`);
  assert(!missing.ok);
  assertEquals(missing.diagnostics[0]?.reason, "input-missing");
  assertStringIncludes(missing.diagnostics[0]!.message, "there is no such file");
  const folder = await engine.importFile(test.folder);
  assertStringIncludes(folder.ok ? "" : folder.diagnostics[0]!.message, "it is not a file");
  const range = { offset: 1, bytes: 9 };
  const short = await engine.importFile(await test.userFile("short", "one"), range);
  assertEquals(!short.ok && short.diagnostics[0]?.reason, "input-too-short");
});
