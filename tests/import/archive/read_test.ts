import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readArchive } from "../../../src/import/archive/mod.ts";
import {
  edited,
  editText,
  fixture,
  fixtureParts,
  fixtures,
  outcomeOf,
  programOf,
  readGood,
  withFile,
  zipOf,
} from "./rig.ts";

for (const name of fixtures()) {
  Deno.test(`${name} is read without a warning`, async () => {
    const archive = await readGood(fixture(name));
    assertEquals(archive.layout, name.endsWith("_2_6") ? "legacy" : "new");
    assertEquals(
      archive.schemaVersion,
      name.endsWith("_2_6") ? { major: 8, minor: 2 } : { major: 8, minor: 20 },
    );
    assert(archive.torchVersion.startsWith(name.endsWith("_2_6") ? "2.6" : "2.13"));
    assertEquals(archive.warnings, []);
    const { program } = archive.programs.get("model")!;
    assert(program.graph.nodes.length > 0);
    assertEquals(
      program.inputNames.length,
      program.signature.inputs.filter((s) => /user|constant-/.test(s.kind)).length,
    );
  });
}

Deno.test("every state tensor that the signature names is in a table", async () => {
  for (const name of fixtures()) {
    const { program, weights, constants } = await programOf(name);
    for (const spec of program.signature.inputs) {
      if (spec.kind === "parameter") assert(weights.has(spec.parameter), spec.parameter);
      if (spec.kind === "buffer") {
        assert((spec.persistent ? weights : constants).has(spec.buffer), spec.buffer);
      }
      if (spec.kind === "tensor-constant") assert(constants.has(spec.constant), spec.constant);
    }
  }
});

Deno.test("both releases give the same tables, whatever the container", async () => {
  const plain = (await programOf("tied_2_6")).weights, raw = (await programOf("tied_2_13")).weights;
  assertEquals([...plain.keys()], [...raw.keys()]);
  for (const [fqn, { storage: _, ...entry }] of plain) {
    const { storage: __, ...other } = raw.get(fqn)!;
    assertEquals(entry, other);
  }
});

Deno.test("symbolic sizes, mixed lists and ranges are typed", async () => {
  const { program } = await programOf("dyn_2_6");
  assertEquals([...program.ranges], [["s0", { min: 2, max: 64 }]]);
  const reshape = program.graph.nodes.find(({ target }) => target.includes("reshape"))!;
  assertEquals(reshape.inputs[1]?.argument, { kind: "sym-ints", values: [{ name: "mul" }, -1] });
  assertEquals(program.graph.tensors.get("reshape")?.sizes, [
    { expr: "Mul(Integer(2), Symbol('s0', positive=True, integer=True))", hint: 8 },
    3,
  ]);
  assertEquals(program.inputNames, ["x", "n"]);
  assertEquals(program.outputNames.slice(-2), ["output3.s", "output3.t"]);
});

Deno.test("subgraphs of cond are graphs", async () => {
  for (const name of ["cond_2_6", "cond_2_13"]) {
    const { program } = await programOf(name);
    const cond = program.graph.nodes.find(({ target }) => target === "torch.ops.higher_order.cond")!;
    assertEquals(cond.inputs.filter(({ argument }) => argument.kind === "graph").length, 2);
  }
});

Deno.test("the largest integer keeps its digits through the schema", async () => {
  const parts = edited(
    fixtureParts("const_2_6"),
    "program.json",
    editText((text) =>
      text.replace(
        '"range_constraints": {}',
        '"range_constraints": {"u0": {"min_val": 0, "max_val": 9223372036854775807}}',
      )
    ),
  );
  await withFile(zipOf(parts), async (path) => {
    const archive = await readGood(path);
    assertEquals(archive.programs.get("model")!.program.ranges.get("u0")?.max, 9223372036854775807n);
  });
});

Deno.test("weights as torch.save files below a root folder are the intermediate layout", async () => {
  const old = fixtureParts("tied_2_6"),
    bytes = (name: string) => old.find((part) => part.name === name)!.bytes;
  const zip = zipOf([
    { name: "m/archive_format", bytes: new TextEncoder().encode("pt2") },
    { name: "m/models/net.json", bytes: bytes("serialized_exported_program.json") },
    { name: "m/data/weights/net.pt", bytes: bytes("serialized_state_dict.pt") },
    { name: "m/data/constants/net.pt", bytes: bytes("serialized_constants.pt") },
    { name: "m/extra/notes.txt", bytes: new Uint8Array() },
    { name: "m/data/aotinductor/net/a.so", bytes: new Uint8Array() },
  ]);
  await withFile(zip, async (path) => {
    const archive = await readGood(path);
    assertEquals(archive.layout, "intermediate");
    assertEquals(archive.programs.get("net")?.weights.size, 15);
    assertEquals(archive.programs.get("net")?.sampleInputs, null);
    assertEquals(archive.extraFiles, ["notes.txt"]);
    assertEquals([...archive.aotinductor], [["net", ["a.so"]]]);
  });
});

Deno.test("example inputs that cannot be read are a warning", async () => {
  const parts = edited(fixtureParts("const_2_6"), "example_inputs.pt", () => new Uint8Array(40));
  await withFile(zipOf(parts), async (path) => {
    const archive = await readGood(path);
    assertEquals(archive.warnings.map(({ reason }) => reason), ["not-a-zip"]);
  });
});

const changes: [string, string, (text: string) => string, string][] = [
  ["another schema", "program.json", (t) => t.replace('"major": 8', '"major": 9'), "unsupported-schema"],
  ["another version file", "version", () => "9.1", "unsupported-schema"],
  ["no schema", "program.json", (t) => t.replace('"schema_version"', '"x"'), "bad-schema"],
  ["half the JSON", "program.json", (t) => t.slice(0, t.length / 2), "bad-json"],
  ["endless nesting", "program.json", () => "[".repeat(100_000), "bad-json"],
  [
    "an unknown kind of argument",
    "program.json",
    (t) => t.replace('"as_tensor"', '"as_teapot"'),
    "bad-schema",
  ],
  ["an unknown element type", "program.json", (t) => t.replace('"dtype": 7', '"dtype": 99'), "bad-schema"],
  ["a value defined twice", "program.json", (t) => t.replaceAll('"c_lifted_tensor_1"', '"x"'), "bad-schema"],
];
for (const [what, member, change, reason] of changes) {
  Deno.test(`${what} is refused as ${reason}`, async () => {
    assertEquals(await outcomeOf(zipOf(edited(fixtureParts("const_2_6"), member, editText(change)))), reason);
  });
}

Deno.test("unknown keys are ignored", async () => {
  const parts = edited(
    fixtureParts("const_2_13"),
    "model.json",
    editText((text) =>
      text.replaceAll('"target":', '"novelty": [1, {"a": null}], "target":').replace("{", '{"later": 1, ')
    ),
  );
  assertEquals(await outcomeOf(zipOf(parts)), "ok");
});

Deno.test("a message says what was read, in which member, what was found and what to do", async () => {
  const parts = edited(
    fixtureParts("const_2_6"),
    "program.json",
    editText((t) => t.replace('"dtype": 7', '"dtype": 99')),
  );
  await withFile(zipOf(parts), async (path) => {
    const result = await readArchive(path);
    assert(!result.ok);
    const [diagnostic] = result.diagnostics;
    assertStringIncludes(
      diagnostic!.message,
      `Cannot read "${path}", member "serialized_exported_program.json": found `,
    );
    assertStringIncludes(
      diagnostic!.message,
      "the unknown element type 99 at graph_module.graph.tensor_values.",
    );
    assert(diagnostic!.help);
  });
});

Deno.test("a missing file and a folder are told apart from archives", async () => {
  for (const path of ["/nowhere/model.pt2", new URL(".", import.meta.url).pathname, "a\0b"]) {
    const result = await readArchive(path);
    assertEquals(result.ok ? "ok" : result.diagnostics[0]?.reason, "not-found");
  }
});
