import { assert, assertEquals } from "@std/assert";
import { configForArchive, nameForFile, parseDevice, parseFlags } from "../../src/config/mod.ts";

const around = { cwd: "/project", cores: 2, env: () => undefined };

Deno.test("configForArchive() makes one model named after its file, without lock file", () => {
  const config = configForArchive("in/resnet-18.pt2", { outDir: "out", emit: ["library"] }, around);
  assert(config.ok);
  assertEquals(config.value.outDir, "/project/out");
  assertEquals(config.value.cacheDir, "/project/.aoti/cache");
  assertEquals(config.value.lockPath, undefined);
  assertEquals(config.value.models[0]?.name, "resnet_18");
  assertEquals(config.value.models[0]?.source, { kind: "exported", path: "/project/in/resnet-18.pt2" });
});

Deno.test("parseFlags() reads switches, numbers, words and lists", () => {
  const flags = parseFlags(["max_autotune", "freezing=false", "multi_kernel=2", "target=native,x86-64-v3"]);
  assert(flags.ok);
  assertEquals(flags.value, {
    max_autotune: true,
    freezing: false,
    multi_kernel: 2,
    target: ["native", "x86-64-v3"],
  });
});

Deno.test("parseFlags() reports every wrong flag", () => {
  const flags = parseFlags(["max_autotun", "freezing=maybe", "bananas=1", "target=arm"]);
  assert(!flags.ok);
  assertEquals(flags.diagnostics.map((d) => d.message), [
    '--flag max_autotun: unknown flag; did you mean "max_autotune"?',
    '--flag freezing: expected true or false, found "maybe"',
    "--flag bananas: unknown flag",
    '--flag target: expected one of "native", "x86-64-v4", "x86-64-v3", "x86-64-v2", "aarch64", found "arm"',
  ]);
});

Deno.test("parseDevice() knows cpu, cuda and cuda with architectures", () => {
  assertEquals(parseDevice("cpu"), { ok: true, value: { type: "cpu" } });
  assertEquals(parseDevice("cuda:sm_80,sm_90a"), {
    ok: true,
    value: { type: "cuda", arch: ["sm_80", "sm_90a"] },
  });
  const wrong = parseDevice("cpu:avx2");
  assert(!wrong.ok);
  assertEquals(
    wrong.diagnostics[0]?.message,
    '--device: expected cpu, cuda or cuda:sm_80,sm_90, found "cpu:avx2"',
  );
});

Deno.test("nameForFile() makes an identifier of any file name", () => {
  assertEquals(nameForFile("/a/resnet-18.v2.pt2"), "resnet_18_v2");
  assertEquals(nameForFile("18.pt2"), "m_18");
  assertEquals(nameForFile("class.pt2"), "class_");
  assertEquals(nameForFile("ü.pt2"), "_");
});
