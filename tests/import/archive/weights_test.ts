import { assert, assertEquals } from "@std/assert";
import { copyTo, readTensor, readTensorBytes, type SampleValue } from "../../../src/import/archive/mod.ts";
import { edited, editText, fixture, fixtureParts, outcomeOf, readGood, withFile, zipOf } from "./rig.ts";

/** The elements of one weight or constant of the only program of a fixture. */
async function bytesOf(name: string, fqn: string): Promise<Uint8Array<ArrayBuffer>> {
  const archive = await readGood(fixture(name)), program = archive.programs.get("model")!;
  const read = await readTensor(archive, (program.weights.get(fqn) ?? program.constants.get(fqn))!);
  assert(read.ok);
  return read.value;
}

for (const name of ["tied_2_6", "tied_2_13"]) {
  Deno.test(`${name}: views and every element type have torch's bytes`, async () => {
    const floats = async (fqn: string) => [...new Float32Array((await bytesOf(name, fqn)).buffer)];
    assertEquals(await floats("v1"), [2, 3, 4, 5, 6, 7]); // offset 2
    assertEquals(await floats("v2"), [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]); // transposed
    assertEquals(await floats("np"), [1, 1]); // not persistent: among the constants
    assertEquals(await floats("empty"), []);
    assertEquals([...await bytesOf(name, "i8")], [1, 0xfe]);
    assertEquals([...await bytesOf(name, "b")], [1, 0]);
    assertEquals([...await bytesOf(name, "bf")], [0x80, 0x3f, 0x80, 0x3f]);
    assertEquals([...await bytesOf(name, "h16")], [0, 0x3c, 0, 0x3c]);
    assertEquals([...await bytesOf(name, "i64")], [7, 0, 0, 0, 0, 0, 0, 0]); // 0-d
    assertEquals([...new Float64Array((await bytesOf(name, "f64")).buffer)], [1.5]);
  });

  Deno.test(`${name}: tied weights share a storage, views too`, async () => {
    const { weights } = (await readGood(fixture(name))).programs.get("model")!;
    assertEquals(weights.get("e.weight")?.storage, weights.get("h.weight")?.storage);
    assertEquals(weights.get("v1")?.storage, weights.get("v2")?.storage);
    assert(weights.get("e.weight")?.storage !== weights.get("v1")?.storage);
    assertEquals(weights.get("e.weight")?.isParameter, true);
    assertEquals(weights.get("v1")?.isParameter, false);
  });
}

Deno.test("both releases stored the same weights", async () => {
  assertEquals(await bytesOf("tied_2_6", "e.weight"), await bytesOf("tied_2_13", "e.weight"));
});

Deno.test("a range and a copy are the bytes of the file", async () => {
  const archive = await readGood(fixture("tied_2_13")), ref = archive.storages.get("data/weights/weight_1")!;
  const whole = await readTensorBytes(ref), part = await readTensorBytes(ref, { offset: 8, bytes: 4 });
  assert(whole.ok && part.ok);
  assertEquals(whole.value.length, 48);
  assertEquals([...new Float32Array(part.value.buffer)], [2]);
  const copied: number[] = [];
  // A sink that takes three bytes at a time, as a pipe may.
  const sink = {
    write: (b: Uint8Array) => (copied.push(...b.slice(0, 3)), Promise.resolve(Math.min(3, b.length))),
  };
  assertEquals((await copyTo(ref, sink)).ok, true);
  assertEquals(copied, [...whole.value]);
});

Deno.test("a range outside the storage and a file cut since are refused", async () => {
  await withFile(Deno.readFileSync(fixture("tied_2_6")), async (path) => {
    const ref = (await readGood(path)).storages.get("state_dict/data/0")!;
    assertEquals((await readTensorBytes(ref, { offset: 90, bytes: 10 })).ok, false);
    Deno.truncateSync(path, 100);
    assertEquals((await readTensorBytes(ref)).ok, false);
    Deno.removeSync(path);
    assertEquals((await readTensorBytes(ref)).ok, false);
  });
});

Deno.test("example inputs are those that torch was called with", async () => {
  const archive = await readGood(fixture("cx_2_13")), tensors: Uint8Array<ArrayBuffer>[] = [];
  const visit = async (value: SampleValue): Promise<void> => {
    if (typeof value !== "object" || value === null || value.kind === "dtype") return;
    if (value.kind === "dict") { for (const [, item] of value.entries) await visit(item); }
    else if (value.kind !== "tensor") { for (const item of value.items) await visit(item); }
    else {
      const read = await readTensor(archive, value.tensor);
      if (read.ok) tensors.push(read.value);
    }
  };
  await visit(archive.programs.get("model")!.sampleInputs);
  // cx.expected.json: a complex64 vector as interleaved parts
  const expected = [0.36673155426979065, -0.9280931949615479, 0.13576102256774902, 0.383797287940979];
  assertEquals(tensors.map((bytes) => [...new Float32Array(bytes.buffer)]), [expected]);
});

const tables: [string, (text: string) => string, string][] = [
  [
    "a view outside its storage",
    (t) => t.replace('"sizes": [{"as_int": 3}]', '"sizes": [{"as_int": 4}]'),
    "bad-tensor",
  ],
  [
    "a negative stride",
    (t) => t.replace('"strides": [{"as_int": 1}]', '"strides": [{"as_int": -1}]'),
    "bad-schema",
  ],
  ["a symbolic size", (t) => t.replace('{"as_int": 3}', '{"as_expr": {"expr_str": "s0"}}'), "bad-tensor"],
  ["a missing file", (t) => t.replace('"tensor_0"', '"tensor_9"'), "missing-member"],
  ["a file above", (t) => t.replace('"tensor_0"', '"../../archive_format"'), "missing-member"],
  ["a size of 2^62", (t) => t.replace('{"as_int": 3}', '{"as_int": 4611686018427387904}'), "bad-schema"],
  ["a sparse tensor", (t) => t.replace('"layout": 7', '"layout": 1'), "unsupported-tensor"],
];
for (const [what, change, reason] of tables) {
  Deno.test(`a table with ${what} is refused as ${reason}`, async () => {
    const parts = edited(fixtureParts("const_2_13"), "constants_config.json", editText(change));
    assertEquals(await outcomeOf(zipOf(parts)), reason);
  });
}

Deno.test("a tensor of ones and zeros with an empty file is all zeros, unless it is beyond the limit", async () => {
  const empty = edited(fixtureParts("const_2_13"), "tensor_0", () => new Uint8Array());
  const huge = edited(
    empty,
    "constants_config.json",
    editText((t) => t.replace('{"as_int": 3}', '{"as_int": 999999999999}')),
  );
  await withFile(zipOf(empty), async (path) => {
    const archive = await readGood(path),
      entry = archive.programs.get("model")!.constants.get("lifted_tensor_0")!;
    const read = await readTensor(archive, entry);
    assertEquals(read.ok && [...read.value], Array.from({ length: 12 }, () => 0));
  });
  await withFile(zipOf(huge), async (path) => {
    const archive = await readGood(path),
      entry = archive.programs.get("model")!.constants.get("lifted_tensor_0")!;
    assertEquals((await readTensor(archive, entry)).ok, false);
  });
});

Deno.test("an object that only Python can open is listed, not opened", async () => {
  const parts = edited(
    fixtureParts("const_2_13"),
    "constants_config.json",
    editText((t) => t.replace('"tensor_0"', '"opaque_obj_0"')),
  );
  await withFile(zipOf(parts), async (path) => {
    const { objects, constants } = (await readGood(path)).programs.get("model")!;
    assertEquals([...objects.values()], [
      { fqn: "lifted_tensor_0", kind: "python-object", member: "data/constants/opaque_obj_0" },
    ]);
    assertEquals([...constants.keys()], ["lifted_tensor_1"]);
  });
});
