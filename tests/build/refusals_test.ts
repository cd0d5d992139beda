/** What a build refuses, in which words, and that nothing is written then. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import {
  call,
  exists,
  filesBelow,
  hasCompiler,
  inFolder,
  sharedCache,
  tinyConfig,
  useArchive,
} from "./rig.ts";

const ignore = !await hasCompiler(), cache = sharedCache();

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
