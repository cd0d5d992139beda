import { assert, assertEquals, assertRejects } from "@std/assert";
import { digestOf, unwrap } from "../../src/base/mod.ts";
import { Engine, type File } from "../../src/task/mod.ts";
import { digestsOf } from "../../src/task/hashing.ts";
import { filesBelow, TestStore } from "./_rig.ts";

const cuts = [{ offset: 2, bytes: 3 }, { offset: 6, bytes: 2 }];

async function split(test: TestStore, path: string, ranges = cuts): Promise<{ rest: File; cut: string[] }> {
  const found = await test.store.importSplit(path, ranges);
  return { rest: found.rest, cut: (await found.cuts).map(({ digest }) => digest) };
}

/** `work` must reject with an error of this kind that says `part`. */
async function rejects(
  work: () => Promise<unknown>,
  kind: new (message?: string) => Error,
  part = "",
): Promise<void> {
  const error = await assertRejects(work);
  assert(error instanceof kind && String(error).includes(part), String(error));
}

Deno.test("importSplit() tells what changed: the ranges or the rest", async () => {
  await using test = await TestStore.open();
  const a = await split(test, await test.userFile("a", "0123456789"));
  assertEquals(a.cut, [digestOf("234"), digestOf("67")]);
  const inRange = await split(
    test,
    await test.userFile("b", "01234567x9".replace("34", "ab").replace("x", "8")),
  );
  assertEquals(inRange.rest.digest, a.rest.digest);
  assert(inRange.cut[0] !== a.cut[0] && inRange.cut[1] === a.cut[1]);
  const inRest = await split(test, await test.userFile("c", "x123456789"));
  assert(inRest.rest.digest !== a.rest.digest);
  assertEquals(inRest.cut, a.cut);
  const elsewhere = await split(test, await test.userFile("d", "0123456789"), [{ offset: 2, bytes: 3 }, {
    offset: 7,
    bytes: 2,
  }]);
  assert(elsewhere.rest.digest !== a.rest.digest);
});

Deno.test("importSplit() does not read an unchanged file again", async () => {
  await using test = await TestStore.open();
  const path = await test.userFile("model.pt2", "0123456789"), before = await split(test, path);
  const [stamps] = filesBelow(`${test.store.folder}/stamps`);
  const record = `${test.store.folder}/stamps/${stamps}`, known = digestOf("known");
  const text = await Deno.readTextFile(record);
  await Deno.writeTextFile(record, text.replace(digestOf("67"), known));
  assertEquals((await split(test, path)).cut, [digestOf("234"), known]);
  await Deno.writeTextFile(record, text.replace(before.rest.digest, known));
  assertEquals((await split(test, path)).rest.digest, known);
  await test.userFile("model.pt2", "012345678x", new Date(2024, 5, 1));
  assert((await split(test, path)).rest.digest !== known);
});

Deno.test("the rest of a file says what must not be read, and is read by nobody else", async () => {
  await using test = await TestStore.open();
  const path = await test.userFile("model.pt2", "0123456789"), { rest } = await split(test, path);
  assertEquals(await test.store.locate(rest), { path, offset: 0, bytes: 10, without: cuts });
  await rejects(() => test.store.read(rest), TypeError, "leaves out");
  await rejects(() => test.store.pathOf(rest), TypeError);
  await rejects(() => test.store.slice(rest, { offset: 0, bytes: 1 }), TypeError);
  await rejects(() => test.store.materialise(rest, `${test.folder}/out`), TypeError);
});

Deno.test("importSplit() refuses ranges that would hide bytes", async () => {
  await using test = await TestStore.open();
  const path = await test.userFile("model.pt2", "0123456789");
  for (const wrong of [[...cuts].reverse(), [cuts[0]!, cuts[0]!], [{ offset: 8, bytes: 3 }]]) {
    await rejects(() => test.store.importSplit(path, wrong), RangeError);
  }
});

Deno.test("a range of a file that was split is an input like any other", async () => {
  await using test = await TestStore.open();
  const engine = new Engine({ store: test.store }), path = await test.userFile("model.pt2", "0123456789");
  const { cuts: found } = unwrap(await engine.importSplit(path, cuts));
  assertEquals(await test.store.readText((await found)[0]!), "234");
});

Deno.test("digestsOf() gives the same on a thread of its own, which can be stopped", async () => {
  await using test = await TestStore.open();
  const path = await test.userFile("long", "start"), long = 40 << 20;
  await Deno.truncate(path, long);
  const ranges = [{ offset: 0, bytes: long }, { offset: 0, bytes: 5 }], all = new Uint8Array(long);
  all.set(new TextEncoder().encode("start"));
  assertEquals(await digestsOf(path, ranges), [digestOf(all), digestOf("start")]);
  await rejects(() => digestsOf(path, ranges, AbortSignal.abort(new Error("stop"))), Error, "stop");
  const stopping = new AbortController(), stopped = digestsOf(path, ranges, stopping.signal);
  stopping.abort(new Error("enough"));
  await rejects(() => stopped, Error, "enough");
  await rejects(() => digestsOf(`${path}.not`, ranges), Deno.errors.NotFound);
  await rejects(() => digestsOf(path, [{ offset: 0, bytes: long + 1 }]), Deno.errors.UnexpectedEof);
});
