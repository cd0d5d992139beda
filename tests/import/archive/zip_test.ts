import { assertEquals } from "@std/assert";
import { fixture, fixtureParts, outcomeOf, type Part, readGood, withFile, zipOf } from "./rig.ts";

const parts = fixtureParts("const_2_13");
const text = (s: string) => new TextEncoder().encode(s);
const plus = (part: Part) => zipOf([...parts, part]);

for (const form of [{}, { descriptors: true }, { zip64: true }, { descriptors: true, zip64: true }]) {
  Deno.test(`the zip reader knows the form ${JSON.stringify(form)}`, async () => {
    assertEquals(await outcomeOf(zipOf(parts, form)), "ok");
  });
}

Deno.test("deflated JSON is inflated", async () => {
  const packed = parts.map((part) => ({ ...part, deflate: part.name.endsWith(".json") }));
  assertEquals(await outcomeOf(zipOf(packed)), "ok");
});

Deno.test("deflated weights need a spill folder, and come out of it unchanged", async () => {
  const packed = zipOf(fixtureParts("tied_2_6").map((part) => ({ ...part, deflate: true })));
  assertEquals(await outcomeOf(packed), "deflated-weights");
  await withFile(packed, async (path, folder) => {
    Deno.mkdirSync(`${folder}/spill`);
    const spilled = await readGood(path, { spill: `${folder}/spill` });
    const plain = await readGood(fixture("tied_2_6"));
    for (const [id, ref] of spilled.storages) {
      const other = plain.storages.get(id)!;
      const from = Deno.readFileSync(ref.file).slice(ref.offset, ref.offset + ref.bytes);
      const to = Deno.readFileSync(other.file).slice(other.offset, other.offset + other.bytes);
      assertEquals(from, to);
    }
  });
});

Deno.test("a spilled member that lies about its size is refused and its file removed", async () => {
  const lying = fixtureParts("tied_2_6").map((part) =>
    part.name === "serialized_state_dict.pt" ? { ...part, deflate: true, claims: 1000 } : part
  );
  await withFile(zipOf(lying), async (_path, folder) => {
    Deno.mkdirSync(`${folder}/spill`);
    assertEquals(await outcomeOf(zipOf(lying), { spill: `${folder}/spill` }), "corrupt-zip");
    assertEquals([...Deno.readDirSync(`${folder}/spill`)].length, 0);
  });
});

for (const name of ["../x", "a/../../x", "/etc/x", "C:/x", "a\\x", "a\0b", "./x", "a//b"]) {
  Deno.test(`a member named ${JSON.stringify(name)} is refused`, async () => {
    assertEquals(await outcomeOf(plus({ name, bytes: text("x") })), "unsafe-member");
  });
}

Deno.test("two members of one name are refused", async () => {
  assertEquals(await outcomeOf(plus(parts[0]!)), "unsafe-member");
});

Deno.test("a member that reaches into the next is refused", async () => {
  const first = { ...parts[0]!, claims: 60 };
  assertEquals(await outcomeOf(zipOf([first, ...parts.slice(1)])), "unsafe-member");
});

Deno.test("a member that reaches outside the file is refused", async () => {
  assertEquals(await outcomeOf(plus({ name: "x", bytes: text("x"), claims: 1 << 30 })), "truncated");
});

Deno.test("a wrong checksum of JSON is refused", async () => {
  const wrong = parts.map((part) => (part.name.endsWith("model.json") ? { ...part, crc32: 1 } : part));
  assertEquals(await outcomeOf(zipOf(wrong)), "bad-checksum");
});

Deno.test("JSON that inflates to more than the ratio allows is refused", async () => {
  const bomb = parts.map((part) =>
    part.name.endsWith("model.json") ? { ...part, bytes: new Uint8Array(8 << 20), deflate: true } : part
  );
  assertEquals(await outcomeOf(zipOf(bomb)), "too-large");
});

Deno.test("more members than the limit are refused", async () => {
  assertEquals(await outcomeOf(zipOf(parts), { limits: { members: 3 } }), "too-large");
});

Deno.test("a truncated file, a text file, an empty file and another zip are told apart", async () => {
  const whole = zipOf(parts);
  assertEquals(await outcomeOf(whole.slice(0, whole.length - 30)), "truncated");
  assertEquals(await outcomeOf(text("import torch\n".repeat(10))), "not-a-zip");
  assertEquals(await outcomeOf(new Uint8Array()), "not-a-zip");
  assertEquals(await outcomeOf(zipOf([{ name: "a.txt", bytes: text("a") }])), "not-an-archive");
});
