import { assert, assertEquals, assertMatch } from "@std/assert";
import { unwrap } from "../../src/base/mod.ts";
import {
  bindingText,
  factsOf,
  headerText,
  type Manifest,
  manifestText,
  planWeights,
  type Pt2Layout,
  pt2Task,
  readPackage,
  weightsTask,
  writePackage,
  writeZip,
} from "../../src/package/mod.ts";
import { Engine } from "../../src/task/mod.ts";
import { inFolder } from "../compile/rig.ts";
import { answers, linear, must } from "./rig.ts";

const hasPython = await answers("python3");
if (!hasPython) console.warn("zip files are not read back: no python3 was found");

Deno.test("weights.bin holds each storage once, what is seen of it, at multiples of 64", () => {
  const plan = planWeights([
    { storage: "a", offset: 8, bytes: 100 },
    { storage: "b", offset: 0, bytes: 5000 },
    { storage: "a", offset: 40, bytes: 200 },
    { storage: "none", offset: 0, bytes: 0 },
  ]);
  assertEquals(plan.places, [
    { offset: 0, bytes: 100 },
    { offset: 256, bytes: 5000 },
    { offset: 32, bytes: 200 },
    { offset: 0, bytes: 0 },
  ]);
  assertEquals(plan.pieces, [
    { storage: "a", from: 8, bytes: 232, at: 0 },
    { storage: "b", from: 0, bytes: 5000, at: 256 },
  ]);
  assertEquals(plan.bytes, 8192);
  assertEquals(planWeights([]), { bytes: 0, places: [], pieces: [] });
});

Deno.test("weights.bin is copied from ranges of files; what has no bytes is zero", () =>
  inFolder(async (folder, store) => {
    const archive = Uint8Array.from({ length: 3 << 20 }, (_, i) => i * 7);
    await Deno.writeFile(`${folder}/archive`, archive);
    const engine = new Engine({ store }), file = unwrap(await engine.importFile(`${folder}/archive`));
    const small = await store.putBytes(new Uint8Array([1, 2, 3, 4]));
    const plan = planWeights([
      { storage: "big", offset: 10, bytes: 2 << 20 },
      { storage: "zeros", offset: 0, bytes: 100 },
      { storage: "small", offset: 1, bytes: 3 },
    ]);
    const made = unwrap(
      await engine.run(weightsTask(
        plan,
        new Map([
          ["big", { file, offset: 1000, bytes: (2 << 20) + 10 }],
          ["small", { file: small, offset: 0, bytes: 4 }],
        ]),
      )),
    );
    const data = await store.read(made.weights), [big, zeros, little] = plan.places;
    assertEquals(data.length, plan.bytes);
    assert(data.subarray(0, big!.bytes).every((value, i) => value === archive[1010 + i]));
    assert(data.subarray(zeros!.offset, zeros!.offset + 100).every((value) => value === 0));
    assertEquals([...data.subarray(little!.offset, little!.offset + 3)], [2, 3, 4]);
  }));

Deno.test({
  name: "Zip files are read back by Python, and equal members give equal bytes",
  ignore: !hasPython,
  fn: () =>
    inFolder(async (folder) => {
      const text = (text: string) => new TextEncoder().encode(text);
      await Deno.writeFile(`${folder}/part`, text("0123456789"));
      const members = [
        { name: "version", data: text("0") },
        { name: "ünïcode/empty", data: new Uint8Array() },
        { name: "a/range", data: { path: `${folder}/part`, offset: 3, bytes: 4 } },
      ];
      await writeZip(`${folder}/one.zip`, members);
      await writeZip(`${folder}/two.zip`, members);
      assertEquals(await Deno.readFile(`${folder}/one.zip`), await Deno.readFile(`${folder}/two.zip`));
      const script = `import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print([(i.filename, z.read(i).decode(), i.date_time[0]) for i in z.infolist()])`;
      const said = await must("python3", ["-X", "utf8", "-c", script, `${folder}/one.zip`]);
      assertEquals(
        said.trim(),
        "[('version', '0', 1980), ('ünïcode/empty', '', 1980), ('a/range', '3456', 1980)]",
      );
    }),
});

Deno.test({
  name: "Large members, and those behind them, are read back by Python from zip64 records",
  ignore: !hasPython,
  fn: () =>
    inFolder(async (folder) => {
      const members = [3, 100, 5, 200, 0].map((bytes, i) => ({
        ...{ name: `m${i}`, data: new Uint8Array(bytes).fill(65 + i) },
      }));
      const script = `import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print([(i.file_size, i.header_offset, z.read(i)[:1].decode()) for i in z.infolist()])`;
      for (const large of [1, 50, 150, 400]) { // as if 4 GiB were so little
        await writeZip(`${folder}/${large}.zip`, members, large);
        const said = await must("python3", ["-c", script, `${folder}/${large}.zip`]);
        assertMatch(
          said,
          /^\[\(3, 0, 'A'\), \(100, \d+, 'B'\), \(5, \d+, 'C'\), \(200, \d+, 'D'\), \(0, \d+, ''\)\]/,
        );
      }
    }),
});

async function membersOf(path: string): Promise<readonly string[]> {
  const script = `import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
for i in z.infolist(): print(i.filename, z.read(i)[:30])`;
  return (await must("python3", ["-c", script, path])).trim().split("\n");
}

/** The members of a model, below a root. */
function modelBelow(root: string, name = "model"): readonly string[] {
  const folder = `${root}data/aotinductor/${name}/`;
  return [
    `${folder}m.wrapper.cpp b'// The library beside this fil'`,
    `${folder}m.wrapper_metadata.json b'{"AOTI_DEVICE_KEY":"cpu"}'`,
    `${folder}weights.bin b'weights'`,
    `${folder}m.wrapper.so b'library'`,
  ];
}

function factsBelow(root: string): readonly string[] {
  const facts = [["archive_format", "pt2"], ["archive_version", "0"], [".data/version", "6\\n"], [
    "byteorder",
    "little",
  ]];
  return facts.map(([name, text]) => `${root}${name} b'${text}'`);
}

const layouts: Readonly<Record<Pt2Layout | "auto", readonly string[]>> = {
  flat: ["version b'0'", "archive_format b'pt2'", ...modelBelow("")],
  rooted: [...factsBelow("package/"), ...modelBelow("package/")],
  both: [...factsBelow("data/"), ...modelBelow("data/"), ...modelBelow("")],
  auto: [...factsBelow("data/"), ...modelBelow("data/"), ...modelBelow("")],
};
for (const layout of Object.keys(layouts) as (keyof typeof layouts)[]) {
  Deno.test({
    name: `A package laid out ${layout} has the members that loaders look for, in their order`,
    ignore: !hasPython,
    fn: () =>
      inFolder(async (_, store) => {
        const library = await store.putText("library"), weights = await store.putText("weights");
        const engine = new Engine({ store }), models = { model: { library, weights } };
        const made = unwrap(await engine.run(pt2Task({ models, device: "cpu", layout })));
        assertEquals(await membersOf(await store.pathOf(made.package)), layouts[layout]);
      }),
  });
}

Deno.test({
  name: "A package may hold several models",
  ignore: !hasPython,
  fn: () =>
    inFolder(async (_, store) => {
      const library = await store.putText("library"), weights = await store.putText("weights");
      const engine = new Engine({ store }),
        models = { one: { library, weights }, one_more: { library, weights } };
      const made = unwrap(await engine.run(pt2Task({ models, device: "cpu", layout: "flat" })));
      const found = await membersOf(await store.pathOf(made.package));
      assertEquals(found.slice(2), [...modelBelow("", "one_more"), ...modelBelow("", "one")]);
    }),
});

function manifestOf(files: Manifest["files"]): Manifest {
  return {
    ...{
      format: 1,
      model: "linear",
      device: "cpu",
      targets: [],
      interface: linear,
      kernels: [],
      toolchain: {},
    },
    ...{ needed: [], arena: 0, weights: null, inputs: {}, files },
  };
}

Deno.test("Writing again leaves unchanged files alone, and removes what only the earlier build had", () =>
  inFolder(async (folder, store) => {
    const dir = `${folder}/dist/linear`, engine = new Engine({ store });
    const write = async (contents: Readonly<Record<string, string>>) => {
      const library = await store.putText("library");
      const files = { "linear.so": library, ...contents };
      const facts = Object.entries(files).map(([name, content]) => [name, factsOf(content)] as const);
      const manifest = manifestText(manifestOf(Object.fromEntries(facts)));
      return unwrap(await writePackage(dir, { ...files, "manifest.json": manifest }, engine));
    };
    const first = await write({ "linear.ts": "a", "kernels/k.cubin": "k" });
    assertEquals(first.written, ["kernels/k.cubin", "linear.so", "linear.ts", "manifest.json"]);
    await Deno.writeTextFile(`${dir}/mine.txt`, "the user's own");
    const before = (await Deno.stat(`${dir}/linear.so`)).mtime;
    const second = await write({ "linear.ts": "b" });
    assertEquals(second, {
      written: ["linear.ts", "manifest.json"],
      unchanged: ["linear.so"],
      removed: ["kernels/k.cubin"],
    });
    assertEquals((await Deno.stat(`${dir}/linear.so`)).mtime, before);
    assertEquals([...Deno.readDirSync(dir)].map(({ name }) => name).sort(), [
      ...["linear.so", "linear.ts", "manifest.json", "mine.txt"],
    ]);
    assertEquals([...Deno.readDirSync(`${folder}/dist`)].map(({ name }) => name), ["linear"]);
    assertEquals((await write({ "linear.ts": "b" })).written, []);
    await Deno.writeTextFile(`${dir}/linear.ts`, "edited");
    assertEquals((await write({ "linear.ts": "b" })).written, ["linear.ts"]);

    const read = unwrap(await readPackage(`${folder}/dist`));
    assertEquals([read.manifest.model, read.library, read.weights], [
      "linear",
      `${dir}/linear.so`,
      undefined,
    ]);
    await Deno.writeTextFile(`${dir}/linear.so`, "short");
    const damaged = await readPackage(dir);
    assert(!damaged.ok);
    assertMatch(damaged.diagnostics[0]!.message, /linear.so: it has 5 bytes, the build wrote 7$/);
  }));

Deno.test("A folder that cannot be written, or holds no model, is the user's to mend", () =>
  inFolder(async (folder, store) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    const written = await writePackage(`${folder}/file/model`, { "a.txt": "a" }, new Engine({ store }));
    assert(!written.ok && written.diagnostics[0]!.reason === "package-write");
    const none = await readPackage(folder);
    assert(!none.ok && none.diagnostics[0]!.reason === "package-not-found");
    const nowhere = await readPackage(`${folder}/nowhere`);
    assert(!nowhere.ok && nowhere.diagnostics[0]!.reason === "package-not-found");
  }));

Deno.test("A manifest's text does not depend on the order of fields", () => {
  const manifest = manifestOf({ b: factsOf("b"), a: factsOf("a") });
  const turned = Object.fromEntries(Object.entries(manifest).reverse()) as unknown as Manifest;
  assertEquals(manifestText(manifest), manifestText(turned));
  assertMatch(manifestText(manifest), /^\{\n {2}"arena": 0,\n[\s\S]*\}\n$/);
});

Deno.test("Names that are no identifiers do not break bindings or headers", () => {
  const odd = ["class", "0", "args.0/x", "x*/", "x y", "x_y"].map((name, leaf) => ({
    ...{ name, dtype: "f32", shape: [2], strides: [1], leaf, mutated: false },
  }));
  const model = { ...linear, inputs: odd, outputs: linear.outputs };
  const binding = bindingText({ model, name: "3d-net", library: "3d-net.so" });
  assertMatch(binding, /readonly "args\.0\/x": Tensor<Float32Array>/);
  assertMatch(binding, /export class Model3dNet implements Disposable/);
  const header = headerText({ model, name: "3d-net", abi: "", library: "3d-net.so" });
  assertMatch(header, /_3d_net_bind_x_y_2\(/);
  assertEquals(header.match(/\/\*/g)!.length, header.match(/\*\//g)!.length);
});
