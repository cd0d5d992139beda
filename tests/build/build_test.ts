/** What a build leaves behind, and what it does again: files, cache, lock, bytes. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import {
  build,
  call,
  clone,
  filesBelow,
  hasCompiler,
  inFolder,
  kernelsIn,
  sharedCache,
  tinyConfig,
  useArchive,
} from "./rig.ts";

const ignore = !await hasCompiler(), cache = sharedCache();

Deno.test({ name: "A build's files, its cache and its lock", ignore }, async (t) => {
  await inFolder(async (folder) => {
    await useArchive(folder, "tiny");
    await Deno.writeTextFile(join(folder, "aoti.config.ts"), tinyConfig(`emit: ${everything}`));
    const dist = join(folder, "dist");

    await t.step("build writes the contract's files and nothing else", async () => {
      const { report } = await build(folder, [cache]);
      const names = [...(await filesBelow(dist)).keys()].filter((name) => !name.startsWith("tiny/kernels/"));
      const expected = ["manifest.json", "tiny.h", "tiny.pt2", "tiny.so", "tiny.ts", "weights.bin"];
      assertEquals(names.filter((name) => !/\.[co]$/.test(name)), expected.map((name) => `tiny/${name}`));
      const [model] = report.models;
      assertEquals(model!.files.map(({ path }) => path).sort(), [...(await filesBelow(dist)).keys()]);
      assert(model!.kernels >= 2, "a product and a reduction are at least two kernels");
      assertEquals(model!.libraryBytes, Deno.statSync(join(dist, "tiny/tiny.so")).size);
    });

    await t.step("the manifest names no time and no absolute path", async () => {
      const text = await Deno.readTextFile(join(dist, "tiny/manifest.json"));
      assert(!text.includes(folder) && !text.includes(Deno.env.get("HOME") ?? "?"), text);
      assert(!/\b20\d\d-\d\d-\d\d/.test(text), text);
      const { files } = JSON.parse(text);
      assertEquals(Object.keys(files).includes("tiny.so"), true);
    });

    await t.step("a second build runs no task and changes no file", async () => {
      const before = await stamps(dist);
      const { report, ran } = await build(folder, [cache]);
      const [model] = report.models;
      assertEquals([ran, model!.tasksCached], [[], model!.tasks]);
      assertEquals(await stamps(dist), before);
      assertStringIncludes((await call(folder, ["build", cache])).out, "all");
    });

    await t.step("a lost or damaged output is written again", async () => {
      const before = await filesBelow(dist);
      await Deno.remove(join(dist, "tiny/tiny.so"));
      await Deno.writeTextFile(join(dist, "tiny/tiny.h"), "damaged");
      assertEquals((await build(folder, [cache])).ran, []);
      assertEquals(await filesBelow(dist), before);
    });

    await t.step("--frozen agrees with aoti.lock", async () => {
      assertEquals((await call(folder, ["build", "--frozen", cache])).code, 0);
    });

    await t.step("--dry-run tells what a changed weight would run, and runs nothing", async () => {
      await useArchive(folder, "tiny_weight");
      const before = await stamps(dist);
      const { code, out } = await call(folder, ["build", "--dry-run", cache]);
      assertEquals(code, 0);
      assertStringIncludes(out, "would run");
      assertEquals(await stamps(dist), before);
    });

    await t.step("--frozen fails on a changed weight, names it and writes nothing", async () => {
      const before = await stamps(dist), lock = await Deno.readTextFile(join(folder, "aoti.lock"));
      const { code, err } = await call(folder, ["build", "--frozen", cache]);
      assertEquals(code, 1);
      assertStringIncludes(err, "tiny");
      assertEquals(await stamps(dist), before);
      assertEquals(await Deno.readTextFile(join(folder, "aoti.lock")), lock);
    });

    await t.step("a changed weight recompiles no kernel", async () => {
      const { report, ran } = await build(folder, [cache]);
      assertEquals(kernelsIn(ran), []);
      assertEquals(report.models[0]!.kernelsCached, report.models[0]!.kernels);
      assertEquals((await call(folder, ["build", "--frozen", cache])).code, 0);
    });

    await t.step("a changed operator recompiles exactly one kernel", async () => {
      await useArchive(folder, "tiny_op");
      const { report, ran } = await build(folder, [cache]);
      assertEquals(kernelsIn(ran).length, 1, kernelsIn(ran).join(", "));
      assertEquals(ran.includes("tiny/weights"), false, "weights that did not change are not copied again");
      assertEquals(report.models[0]!.kernels - report.models[0]!.kernelsCached, 1);
    });

    await t.step(
      "an operator of more nodes, which renumbers what follows, leaves the softmax alone",
      async () => {
        await useArchive(folder, "tiny_relu");
        const { ran } = await build(folder, [cache]);
        assertEquals(kernelsIn(ran).filter((label) => label.includes("softmax")), []);
      },
    );

    await t.step("--force runs every task again and gives the same bytes", async () => {
      const before = await filesBelow(dist);
      const { report, ran } = await build(folder, ["--force", cache]);
      assertEquals(kernelsIn(ran).length, report.models[0]!.kernels);
      assertEquals(await filesBelow(dist), before);
    });

    await t.step("explain --why-rebuilt and inspect speak of the build", async () => {
      const why = await call(folder, ["explain", "--why-rebuilt", cache]);
      assertEquals(why.code, 0, why.err);
      const seen = await call(folder, ["inspect", "dist/tiny"]);
      assertEquals(seen.code, 0, seen.err);
      assertStringIncludes(seen.out, "tiny");
    });
  });
});

const everything = `["library", "binding", "header", "package", "source", "object"]`;

Deno.test({
  name:
    "Two clones in folders of different names, with different caches and job counts, build the same bytes",
  ignore,
}, async () => {
  const files = ["tests/build/fixtures"];
  const config = `import { defineConfig, dim, exported } from "aoti";
const batch = dim("batch", { min: 1, max: 4096 });
const dynamic = { x: { 0: batch } };
export default defineConfig({
  models: {
    tiny: { source: exported("tests/build/fixtures/tiny.pt2"), dynamic, emit: ${everything} },
    other: { source: exported("tests/build/fixtures/tiny_op.pt2"), dynamic, emit: ["library", "package"] },
  },
});\n`;
  const built: ReadonlyMap<string, Uint8Array>[] = [];
  for (const [name, jobs] of [["a", 1], ["another folder, with a longer name", 3]] as const) {
    await inFolder(async (folder) => {
      await clone(folder, files);
      await Deno.writeTextFile(join(folder, "aoti.config.ts"), config);
      // The permission set of `deno task build`, read from the clone's own deno.json.
      const { code, err } = await call(folder, ["build", `--jobs=${jobs}`], { set: "build", tool: folder });
      assertEquals(code, 0, err);
      const lock = await Deno.readFile(join(folder, "aoti.lock"));
      built.push(new Map([...await filesBelow(join(folder, "dist")), ["aoti.lock", lock]]));
    }, name);
  }
  const [first, second] = built;
  assertEquals([...first!.keys()], [...second!.keys()]);
  assertEquals(
    [...first!].filter(([name, bytes]) => !same(bytes, second!.get(name)!)).map(([name]) => name),
    [],
  );
});

Deno.test({
  name: "A package of several models lies beside their folders, and stays when nothing changes",
  ignore,
}, async () => {
  await inFolder(async (folder) => {
    await useArchive(folder, "tiny");
    const model = `{ source: { kind: "exported", path: "tiny.pt2" } }`, members = `{ both: ["one", "two"] }`;
    const config = `export default { models: { one: ${model}, two: ${model} }, packages: ${members} };\n`;
    await Deno.writeTextFile(join(folder, "aoti.config.ts"), config);
    await build(folder, [cache]);
    const path = join(folder, "dist/both.pt2"), { mtime } = await Deno.stat(path);
    const text = new TextDecoder("latin1").decode(await Deno.readFile(path));
    for (const name of ["one", "two"]) assertStringIncludes(text, `data/aotinductor/${name}/m.wrapper.so`);
    assertEquals((await build(folder, [cache])).ran, []);
    assertEquals((await Deno.stat(path)).mtime, mtime);
  });
});

/** Names, sizes and times of the files below a folder. */
async function stamps(folder: string): Promise<readonly string[]> {
  const names = [...(await filesBelow(folder)).keys()];
  return names.map((name) => {
    const { size, mtime } = Deno.statSync(join(folder, name));
    return `${name} ${size} ${mtime?.getTime()}`;
  });
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
