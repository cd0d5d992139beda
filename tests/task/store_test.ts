import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { attemptAsync, digestOf, unwrap } from "../../src/base/mod.ts";
import { type Corrupt, type File, Store } from "../../src/task/mod.ts";
import { FaultyDisk, filesBelow, TestStore } from "./_rig.ts";

function pathIn(store: Store, file: File): string {
  return `${store.folder}/cas/${file.digest.slice(0, 2)}/${file.digest}`;
}

async function overwrite(path: string, text: string): Promise<void> {
  await Deno.chmod(path, 0o644);
  await Deno.writeTextFile(path, text);
}

async function reasonOf(work: () => Promise<unknown>): Promise<string | undefined> {
  const result = await attemptAsync(work);
  return result.ok ? undefined : result.diagnostics[0]?.reason;
}

Deno.test("Store.read() returns what was put, and the object is read-only under its digest", async () => {
  await using test = await TestStore.open();
  const file = await test.store.putText("hello");
  assertEquals(file, { digest: digestOf("hello"), bytes: 5 });
  assertEquals(await test.store.readText(file), "hello");
  assertEquals((await Deno.stat(pathIn(test.store, file))).mode! & 0o777, 0o444);
});

Deno.test("Store.read() finds nothing when one byte of the object changed, and removes it", async () => {
  await using test = await TestStore.open();
  const file = await test.store.putText("hello");
  await overwrite(pathIn(test.store, file), "hellp");
  const found: Corrupt[] = [];
  const other = await test.again({ onCorrupt: (corrupt) => found.push(corrupt) });
  assertEquals(await reasonOf(() => other.read(file)), "object-missing");
  assertEquals(found.map(({ digest }) => digest), [file.digest]);
  assertEquals(filesBelow(`${other.folder}/cas`), []);
  assertEquals(await other.putText("hello"), file); // and can be stored again
  assertEquals(await other.readText(file), "hello");
});

Deno.test("Store.has() finds nothing when an object was cut short", async () => {
  await using test = await TestStore.open();
  const file = await test.store.putText("hello");
  await overwrite(pathIn(test.store, file), "hell");
  assertEquals(await test.store.has(file), false);
});

Deno.test("Store.adopt() moves a temporary file, copies any other, and follows a link", async () => {
  await using test = await TestStore.open();
  const own = await test.store.temp(), users = await test.userFile("a.txt", "user's");
  await Deno.writeTextFile(own, "own");
  assertEquals((await test.store.adopt(own)).digest, digestOf("own"));
  assertEquals((await test.store.adopt(users)).digest, digestOf("user's"));
  assertEquals(await Deno.readTextFile(users), "user's");
  const link = await test.store.temp();
  await Deno.symlink(users, link);
  assertEquals((await test.store.adopt(link)).digest, digestOf("user's"));
  assertEquals(await Deno.readTextFile(users), "user's");
});

Deno.test("every write that fails is refused with path and size, and leaves nothing half-written", async () => {
  for (const operation of ["write", "rename", "chmod"] as const) {
    const disk = new FaultyDisk();
    await using test = await TestStore.open({ disk });
    await test.store.temp();
    disk.broken = operation;
    const result = await attemptAsync(() => test.store.putText("x".repeat(100)));
    assert(!result.ok, operation);
    const [diagnostic] = result.diagnostics;
    assertEquals(diagnostic?.reason, "store-write");
    assertMatch(diagnostic!.message, /^Cannot write .*\/cas\/.* \(100 bytes\): No space left on device/);
    assertStringIncludes(diagnostic!.help!, "aoti cache gc");
    assertEquals(filesBelow(`${test.store.folder}/cas`), []);
    disk.broken = undefined;
    await test.store.putText("x".repeat(100));
  }
});

Deno.test("a store on a full disk refuses, and keeps what it had", async (t) => {
  await using test = await TestStore.open();
  const mount = new Deno.Command("mount", { args: ["-t", "tmpfs", "-o", "size=64k", "none", test.folder] });
  if (!(await mount.output().catch(() => ({ success: false }))).success) {
    console.log(`SKIPPED ${t.name}: only root can mount a small disk`);
    return;
  }
  try {
    const store = unwrap(await Store.open(`${test.folder}/small`));
    const kept = await store.putText("kept");
    assertEquals(await reasonOf(() => store.putBytes(new Uint8Array(1 << 20))), "store-write");
    assertEquals(await store.readText(kept), "kept");
    await store.close();
    assertEquals(filesBelow(`${store.folder}/tmp`), []);
  } finally {
    await new Deno.Command("umount", { args: [test.folder] }).output();
  }
});

Deno.test("Store.open() refuses a folder that cannot be made", async () => {
  await using test = await TestStore.open();
  const file = await test.userFile("taken", "");
  const result = await Store.open(`${file}/cache`);
  assertEquals(!result.ok && result.diagnostics[0]?.reason, "store-write");
});

Deno.test("Store.putText() of one text a hundred times at once is one object", async () => {
  await using test = await TestStore.open();
  const other = await test.again();
  const stores = Array.from({ length: 100 }, (_, i) => (i % 2 ? test.store : other));
  await Promise.all(stores.map((store) => store.putText("same")));
  assertEquals(filesBelow(`${test.store.folder}/cas`).length, 1);
  assertEquals(filesBelow(`${test.store.folder}/tmp`).filter((path) => !path.endsWith(".lock")), []);
});

Deno.test("Store.materialise() copies, so that a user may edit the result, and replaces what was there", async () => {
  await using test = await TestStore.open();
  const file = await test.store.putText("library"), to = `${test.folder}/dist/deep/lib.so`;
  unwrap(await test.store.materialise(file, to));
  await Deno.writeTextFile(to, "edited");
  assertEquals(await test.store.readText(file), "library");
  unwrap(await test.store.materialise(file, to));
  assertEquals(await Deno.readTextFile(to), "library");
  assertEquals(filesBelow(`${test.folder}/dist`), ["deep/lib.so"]);
});

Deno.test("Store.materialise() shares bytes when asked to link", async () => {
  await using test = await TestStore.open();
  const file = await test.store.putText("library"), to = `${test.folder}/lib.so`;
  unwrap(await test.store.materialise(file, to, { link: true }));
  assertEquals((await Deno.stat(to)).ino, (await Deno.stat(pathIn(test.store, file))).ino);
});

Deno.test("Store.materialise() that fails leaves the old file as it was", async () => {
  const disk = new FaultyDisk();
  await using test = await TestStore.open({ disk });
  const file = await test.store.putText("new"), to = `${test.folder}/dist/lib.so`;
  await Deno.mkdir(`${test.folder}/dist`);
  await Deno.writeTextFile(to, "old");
  disk.broken = "rename";
  const result = await test.store.materialise(file, to);
  assertEquals(!result.ok && result.diagnostics[0]?.reason, "store-write");
  assertEquals(await Deno.readTextFile(to), "old");
  assertEquals(filesBelow(`${test.folder}/dist`), ["lib.so"]);
});
