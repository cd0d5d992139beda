import { assert, assertEquals } from "@std/assert";
import { readArchive, tensorRanges } from "../../../src/import/archive/mod.ts";
import { fixture, fixtures, withFile } from "./rig.ts";

for (const name of fixtures()) {
  Deno.test(`${name}: tensorRanges() are the storages, and readArchive() needs none of them`, async () => {
    const path = fixture(name), ranges = tensorRanges(path);
    const whole = await readArchive(path), closed = await readArchive(path, { closed: ranges });
    assert(whole.ok);
    assertEquals(closed, whole);
    const places = new Set(ranges.map(({ offset, bytes }) => `${offset}+${bytes}`));
    const { weights, constants } = whole.value.programs.values().next().value!;
    for (const { storage } of [...weights.values(), ...constants.values()]) {
      const { offset, bytes } = whole.value.storages.get(storage)!;
      assert(bytes === 0 || places.has(`${offset}+${bytes}`), storage);
    }
  });
}

Deno.test("readArchive() refuses to read what is closed", async () => {
  const path = fixture("dyn_2_13"), { size } = await Deno.stat(path);
  const read = await readArchive(path, { closed: [{ offset: size - 30, bytes: 10 }] });
  assertEquals(!read.ok && read.diagnostics[0]!.reason, "corrupt-zip");
});

Deno.test("tensorRanges() finds none in what is no archive", async () => {
  assertEquals(tensorRanges("not-there.pt2"), []);
  await withFile(new TextEncoder().encode("no zip"), (path) => {
    assertEquals(tensorRanges(path), []);
    return Promise.resolve();
  });
});
