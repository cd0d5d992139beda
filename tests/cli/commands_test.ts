import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { configOf, inProject } from "./rig.ts";
import { loadConfig } from "../../src/config/mod.ts";
import { cpuLevel } from "../../src/cli/cpu.ts";
import { printBytes, printMs } from "../../src/cli/format.ts";

Deno.test("init writes a config that names every archive once and loads", async () => {
  const files = {
    "models/a-b.pt2": "",
    "models/a_b.pt2": "",
    "18.pt2": "",
    "dist/x/x.pt2": "",
    ".git/y.pt2": "",
  };
  await inProject(files, async ({ call, folder }) => {
    const first = await call(["init"]);
    assertEquals(first.out, "aoti.config.ts: 3 archives; `aoti build` builds them\n");
    const config = await loadConfig(folder, { around: { cwd: folder, cores: 1, env: () => undefined } });
    assert(config.ok);
    assertEquals(config.value.models.map(({ name }) => name), ["m_18", "a_b", "a_b_2"]);
    assertEquals(await call(["init"]), {
      code: 1,
      out: "",
      err: "error: Cannot write aoti.config.ts: there is one already\n  --force replaces it.\n",
    });
    assertEquals((await call(["init", "--force"])).code, 0);
  });
});

Deno.test("doctor names a missing compiler and how to get one, and exits with 1", async () => {
  await inProject({ "aoti.config.ts": configOf("mlp") }, async ({ call }) => {
    const { code, out } = await call(["doctor"], { readText: () => undefined });
    assertEquals(code, 1);
    assertStringIncludes(
      out,
      "✗ C compiler    neither gcc nor clang answers\n                apt-get install gcc",
    );
    assertStringIncludes(out, "– gpu           none found");
    assertStringIncludes(out, "✓ cache         ~/.aoti/cache: 0 objects, 0 B");
    assertStringIncludes(out, "✓ config        ~/aoti.config.ts: 1 model");
  });
});

Deno.test("doctor is content with one compiler, and --json gives its findings", async () => {
  await inProject({}, async ({ call }) => {
    const ask = (program: string) =>
      Promise.resolve(program === "clang" ? { code: 0, text: "clang version 17.0\nTarget: x" } : undefined);
    const { code, out } = await call(["doctor", "--json"], { ask });
    const findings: { what: string; found: string }[] = JSON.parse(out);
    assertEquals(code, 0);
    assertEquals(findings.find(({ what }) => what === "clang")?.found, "clang version 17.0");
  });
});

Deno.test("doctor names permissions that are missing and the options that grant them", async () => {
  await inProject({}, async ({ call }) => {
    const { code, out } = await call(["doctor"], { may: ({ name }) => name !== "ffi" });
    assertEquals(code, 1);
    assertStringIncludes(out, "missing: ffi\n                deno task aoti …, or add --allow-ffi=~/dist\n");
  });
});

Deno.test("cache lists, checks, shrinks and empties the store that the config names", async () => {
  const config = configOf("mlp").replace("{ models", '{ cacheDir: "store", models');
  await inProject({ "aoti.config.ts": config }, async ({ call, folder }) => {
    assertEquals((await call(["cache", "ls"])).out, "task  results  size\n0 objects, 0 B in ~/store\n");
    const digest = "0".repeat(64);
    await Deno.mkdir(`${folder}/store/cas/00`, { recursive: true });
    await Deno.writeTextFile(`${folder}/store/cas/00/${digest}`, "not what its name says");
    const checked = await call(["cache", "verify"]);
    assertEquals(checked.code, 1);
    assertStringIncludes(checked.out, "1 damaged object and 0 dangling results removed");
    assertEquals(
      (await call(["cache", "gc", "--max-size", "1GB"])).out,
      "0 objects removed, 0 B; 0 B kept\n",
    );
    assertEquals((await call(["cache", "clear"])).out, "~/store is empty\n");
  });
});

Deno.test("cpuLevel() is the highest level whose features are all there", () => {
  const v2 = "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3";
  const v3 = `${v2} avx avx2 bmi1 bmi2 f16c fma abm movbe xsave`;
  const text = (flags: string) => `processor\t: 0\nmodel name\t: Some CPU\nflags\t\t: ${flags}\n`;
  assertEquals(cpuLevel(text(""), "x86_64").level, "x86-64");
  assertEquals(cpuLevel(text(v2), "x86_64").level, "x86-64-v2");
  assertEquals(cpuLevel(text(`${v3} avx512f`), "x86_64").level, "x86-64-v3");
  assertEquals(cpuLevel(text(`${v3} avx512f avx512bw avx512cd avx512dq avx512vl`), "x86_64"), {
    level: "x86-64-v4",
    model: "Some CPU",
    features: `${v3} avx512f avx512bw avx512cd avx512dq avx512vl`.split(" "),
  });
});

Deno.test("Sizes and times are printed in at most three digits and a unit", () => {
  assertEquals([0, 999, 1000, 41_300, 999_999, 1_200_000].map(printBytes), [
    "0 B",
    "999 B",
    "1.0 KB",
    "41 KB",
    "1.0 MB",
    "1.2 MB",
  ]);
  assertEquals([0.04, 9.96, 340, 999.7, 2100, 59_990, 65_000].map(printMs), [
    "40 µs",
    "10 ms",
    "340 ms",
    "1.0 s",
    "2.1 s",
    "1 min 0 s",
    "1 min 5 s",
  ]);
});
