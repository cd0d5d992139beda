import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { readRows } from "../examples/rows.ts";
import { build, call, clone, ended, filesBelow, hasCompiler } from "./rig.ts";
import { inFolder, kernelsIn, run, start, tinyConfig, useArchive } from "./rig.ts";

const ignore = !await hasCompiler();
// The runtime is compiled once for all tests that do not ask what a first build does.
const shared = await Deno.makeTempDir({ prefix: "aoti-cache-" });
globalThis.addEventListener("unload", () => Deno.removeSync(shared, { recursive: true }));
const cache = `--cache-dir=${shared}`;

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

Deno.test({ name: "deno task build works with its narrow permissions", ignore }, async () => {
  await inFolder(async (folder) => {
    await clone(folder, ["tests/build/fixtures/tiny.pt2"]);
    const source = `{ kind: "exported", path: "tests/build/fixtures/tiny.pt2" }`;
    await Deno.writeTextFile(
      join(folder, "aoti.config.ts"),
      `export default { models: { tiny: { source: ${source} } } };`,
    );
    const { code, out, err } = await run("deno", ["task", "-q", "build"], folder);
    assertEquals(code, 0, err);
    assertStringIncludes(out, "1 model in");
    assertEquals((await Deno.stat(join(folder, "dist/tiny/tiny.so"))).isFile, true);
  });
});

Deno.test({ name: "One archive is built without a config, and run", ignore }, async () => {
  await inFolder(async (folder) => {
    await useArchive(folder, "tiny");
    const words = [
      "build",
      "--model",
      "tiny.pt2",
      "--out",
      "out",
      "--flag",
      "package_constants_in_so=true",
      cache,
    ];
    const { code, err } = await call(folder, words);
    assertEquals(code, 0, err);
    assertEquals([...(await filesBelow(join(folder, "out"))).keys()], [
      "tiny/manifest.json",
      "tiny/tiny.h",
      "tiny/tiny.so",
      "tiny/tiny.ts",
    ]);
    assertEquals(await exists(join(folder, "aoti.lock")), false);
    await writeFloats(join(folder, "in.safetensors"), [2, 8]);
    const run = ["run", "out/tiny", "--inputs", "in.safetensors", "--outputs", "out.safetensors"];
    const ran = await call(folder, run);
    assertEquals(ran.code, 0, ran.err);
    const [a, b, c, ...second] = readRows(join(folder, "out.safetensors"), "0");
    assertEquals([(a! + b! + c!).toFixed(5), second.length], ["1.00000", 3]); // it ends with a softmax
  });
});

Deno.test("Wrong words end with 2, wrong settings with 1, and nothing is written", async () => {
  await inFolder(async (folder) => {
    await useArchive(folder, "tiny");
    await Deno.writeTextFile(join(folder, "aoti.config.ts"), tinyConfig(`flags: { max_autotun: true }`));
    const rows: readonly (readonly [args: readonly string[], code: number, message: string])[] = [
      [["build", "--frozne"], 2, 'did you mean "--frozen"'],
      [["build", "--model", "tiny.pt2"], 2, "also needs --out"],
      [
        ["build", "--model", "tiny.pt2", "--out", "out", "--flag", "freezin=true"],
        2,
        'did you mean "freezing"',
      ],
      [["build", "--model", "missing.pt2", "--out", "out"], 1, "missing.pt2"],
      [["build"], 1, 'did you mean "max_autotune"'],
    ];
    for (const [args, code, message] of rows) {
      const called = await call(folder, args);
      assertEquals([args.join(" "), called.code], [args.join(" "), code], called.err);
      assertStringIncludes(called.err, message);
    }
    assertEquals([...(await filesBelow(folder)).keys()].filter((name) => /^(dist|out)\//.test(name)), []);
  });
});

Deno.test({ name: "Another device than the CPU is refused before anything is built", ignore }, async () => {
  await inFolder(async (folder) => {
    await useArchive(folder, "tiny");
    await Deno.writeTextFile(join(folder, "aoti.config.ts"), tinyConfig('device: "cuda"'));
    const { code, err } = await call(folder, ["build", cache]);
    assertEquals(code, 1);
    assertStringIncludes(err, 'Cannot build "tiny" for cuda: only cpu is supported');
    assertStringIncludes(err, 'Set device: "cpu"');
    assertEquals([...(await filesBelow(join(folder, "dist"))).keys()], []);
  });
});

Deno.test({ name: "A config's dims that the export does not have are refused by name", ignore }, async () => {
  await inFolder(async (folder) => {
    await useArchive(folder, "tiny");
    const dim = (max: number) => `{ kind: "dim", name: "batch", min: 1, max: ${max} }`;
    const rows = [
      [
        `y: { 0: ${dim(8)} }`,
        'Cannot use dim "batch" for axis 0 of input "y": no tensor input has this name',
      ],
      [`x: { 2: ${dim(8)} }`, 'Cannot use dim "batch" for axis 2 of input "x": input "x" has 2 axes'],
      [
        `x: { 1: ${dim(8)} }`,
        'Cannot make axis 1 of input "x" the dynamic dim "batch": the export fixed it to 8',
      ],
      [`x: { 0: ${dim(9999)} }`, 'Cannot give dim "batch" the range 1..9999: the export allows 1..4096'],
    ] as const;
    for (const [dims, message] of rows) {
      await Deno.writeTextFile(join(folder, "aoti.config.ts"), tinyConfig(`dynamic: { ${dims} }`));
      const { code, err } = await call(folder, ["build", cache]);
      assertEquals([dims, code], [dims, 1], err);
      assertStringIncludes(err, message);
    }
    assertEquals(await filesBelow(join(folder, "dist")), new Map());
  });
});

Deno.test(
  { name: "All unsupported operators are listed at once, with their lines of Python", ignore },
  async () => {
    await inFolder(async (folder) => {
      await useArchive(folder, "unknown_ops");
      await Deno.writeTextFile(join(folder, "aoti.config.ts"), tinyConfig());
      const { code, err } = await call(folder, ["build", cache]);
      assertEquals(code, 1);
      const problems = err.split("\n").filter((line) => line.startsWith("error: "));
      const found = problems.map((line) =>
        line.match(/\((.*)\): no operator is declared for "(.*)"/)?.slice(1)
      );
      assertEquals(found, [
        ["tests/models/make.py:102", "fixture.frobnicate.default"],
        ["tests/models/make.py:103", "fixture.twiddle.default"],
      ], err);
      assertEquals(await filesBelow(join(folder, "dist")), new Map());
      assertEquals(await exists(join(folder, "aoti.lock")), false);
    });
  },
);

Deno.test("A damaged archive is named, and nothing is written", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "tiny.pt2"), "not a zip");
    await Deno.writeTextFile(join(folder, "aoti.config.ts"), tinyConfig());
    const { code, err } = await call(folder, ["build", cache]);
    assertEquals(code, 1);
    assertStringIncludes(err, "tiny.pt2");
    assertEquals(await filesBelow(join(folder, "dist")), new Map());
  });
});

Deno.test("Without a compiler, build says so and what to install", async () => {
  await inFolder(async (folder) => {
    await useArchive(folder, "tiny");
    await Deno.writeTextFile(join(folder, "aoti.config.ts"), tinyConfig());
    const { code, err } = await call(folder, ["build", "--cache-dir=cache"], {
      env: { PATH: folder, CC: "", CXX: "" },
    });
    assertEquals(code, 1, err);
    assertStringIncludes(err, "compiler");
    assertEquals(await filesBelow(join(folder, "dist")), new Map());
  });
});

Deno.test(
  { name: "Ctrl-C ends with 130, stops the compiler and leaves nothing half-written", ignore },
  async () => {
    await inFolder(async (folder) => {
      await useArchive(folder, "tiny");
      await Deno.writeTextFile(join(folder, "aoti.config.ts"), tinyConfig());
      const { bin, pid } = await slowCompiler(folder);
      const env = { PATH: `${bin}:${Deno.env.get("PATH")}`, CC: "gcc" };
      const child = await start(folder, ["build", "--cache-dir=cache"], { env });
      const compiler = await until(() => pid());
      child.kill("SIGINT");
      const { code, err } = await ended(child, folder);
      assertEquals(code, 130, err);
      assertStringIncludes(err, "interrupted");
      await until(() => Promise.resolve(isAlive(compiler) ? undefined : true));
      assertEquals(await filesBelow(join(folder, "dist")), new Map());
      assertEquals(await exists(join(folder, "aoti.lock")), false);
      // The same folder and cache serve the next build.
      const again = await call(folder, ["build", "--cache-dir=cache"]);
      assertEquals(again.code, 0, again.err);
    });
  },
);

/** A safetensors file with a tensor "0" of zeros. */
async function writeFloats(path: string, shape: readonly number[]): Promise<void> {
  const bytes = 4 * shape.reduce((a, b) => a * b, 1);
  const header = new TextEncoder().encode(
    JSON.stringify({ 0: { dtype: "F32", shape, data_offsets: [0, bytes] } }),
  );
  const file = new Uint8Array(8 + header.length + bytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  await Deno.writeFile(path, file);
}

/** A gcc that says its process number and hangs when it is asked for a kernel. */
async function slowCompiler(folder: string) {
  const bin = join(folder, "bin"), mark = join(folder, "compiling");
  const real = await which("gcc");
  await Deno.mkdir(bin);
  const script = `#!/bin/sh
case "$*" in *AOTI_*|*kernel*|*.c*) case "$*" in *" -c "*) echo $$ > "${mark}.new"; mv "${mark}.new" "${mark}"; exec sleep 60;; esac;; esac
exec ${real} "$@"\n`;
  await Deno.writeTextFile(join(bin, "gcc"), script, { mode: 0o755 });
  const pid = () => Deno.readTextFile(mark).then((text) => Number(text) || undefined, () => undefined);
  return { bin, pid };
}

async function which(name: string): Promise<string> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    if (await exists(join(folder, name))) return join(folder, name);
  }
  throw new Error(`${name} is not on the PATH`);
}

function isAlive(pid: number): boolean {
  return new Deno.Command("kill", { args: ["-0", `${pid}`], stderr: "null" }).outputSync().success;
}

/** The first answer within half a minute. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < 600; i++) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("waited half a minute in vain");
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

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
