import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cpuTarget, unwrap } from "../../src/base/mod.ts";
import {
  headersOf,
  hostCpu,
  probeToolchain,
  readCpu,
  readElf,
  type RuntimeFiles,
  runtimeFiles,
  unitFlags,
  unitTask,
} from "../../src/compile/mod.ts";
import { Engine } from "../../src/task/mod.ts";
import { buildDemo, hasCompiler, inFolder } from "./rig.ts";

const ignore = !hasCompiler;

Deno.test({
  name: "Libraries have the same bytes in two folders, with and without debug information",
  ignore,
  fn: async () => {
    for (const debug of [false, true]) {
      const build = () =>
        inFolder(async (folder, store) => {
          const { library } = await buildDemo(store, "linear", { debug });
          const text = new TextDecoder("latin1").decode(await store.read(library));
          assert(!text.includes(folder), `the library names the folder ${folder}`);
          return library.digest;
        });
      assertEquals(await build(), await build());
    }
  },
});

Deno.test({
  name: "A second build compiles nothing; an edited kernel compiles alone",
  ignore,
  fn: () =>
    inFolder(async (_, store) => {
      const done = async (edit: (name: string, text: string) => string) => {
        const seen: string[] = [];
        await buildDemo(store, "linear", { seen, edit });
        return seen.filter((line) => line.startsWith("task-done")).sort();
      };
      assertEquals((await done((_, text) => text)).length, 4);
      assertEquals(await done((_, text) => text), []);
      const edited = await done((name, text) =>
        name === "kernels.c" ? text.replace("sum > 0", "sum > 1") : text
      );
      assertEquals(edited, ["task-done kernel kernels.c", "task-done library linear"]);
    }),
});

Deno.test({
  name: "A library needs the C library alone and shows its two doors and nothing else",
  ignore,
  fn: () =>
    inFolder(async (_, store) => {
      const { library, needed, imports } = await buildDemo(store, "linear");
      assertEquals(needed, ["libc.so.6"]);
      assert(imports.includes("mmap") && !imports.some((name) => name.startsWith("aoti")));
      const { exports } = readElf(await store.pathOf(library));
      assert(exports.includes("aoti_open") && exports.includes("AOTInductorModelContainerRun"));
      assertEquals(exports.filter((name) => !/^(aoti_|AOTInductor)/.test(name)), []);
    }),
});

Deno.test({
  name: "A compiler's error names the kernel and the line of the model that it came from",
  ignore,
  fn: () =>
    inFolder(async (_, store) => {
      const engine = new Engine({ store });
      const toolchain = unwrap(await probeToolchain()), runtime = unwrap(await runtimeFiles(engine));
      const origins = [{ target: "aten.add.Tensor", file: "model.py", line: 41, node: "add_2" }];
      const unit = unitTask({
        ...{ toolchain, runtime, target: cpuTarget("x86-64-v2"), kind: "kernel", origins },
        ...{ name: "kernel k_add", text: "void k_add(void) {\n  int x = y;\n}\n" },
      });
      const result = await engine.run(unit);
      assert(!result.ok);
      const [found] = result.diagnostics;
      assertEquals(found!.reason, "native-compile");
      assertMatch(
        found!.message,
        /^Cannot compile kernel k_add \(aten.add.Tensor, model.py:41\): \w+ said: unit.c:2/,
      );
      assertEquals(found!.at, { file: "model.py", line: 41, node: "add_2" });
    }),
});

Deno.test({
  name: "A library that needs more than the C library is refused",
  ignore,
  fn: () =>
    inFolder(async (_, store) => {
      const edit = (name: string, text: string) =>
        name === "kernels.c" ? `${text}\nextern void nowhere(void);\nvoid away(void) { nowhere(); }\n` : text;
      await buildDemo(store, "linear", { edit }); // nobody calls it: the linker drops it
      const calling = (name: string, text: string) =>
        name === "kernels.c"
          ? text.replace("const float* w", "extern void nowhere(void);\n  nowhere();\n  const float* w")
          : text;
      const failure = await buildDemo(store, "linear", { edit: calling }).catch((error: Error) => error);
      assert(failure instanceof Error);
      assertStringIncludes(failure.message, "nowhere");
    }),
});

Deno.test("Without a compiler the message says how to get one", async () => {
  const none = await probeToolchain({ env: (name) => name === "PATH" ? "/nowhere" : undefined });
  assert(!none.ok);
  assertEquals(none.diagnostics[0]!.reason, "no-compiler");
  assertStringIncludes(none.diagnostics[0]!.help!, "install");
  const named = await probeToolchain({ prefer: "no-such-cc" });
  assert(!named.ok);
  assertStringIncludes(named.diagnostics[0]!.message, 'the C compiler "no-such-cc": no-such-cc is not there');
});

Deno.test({
  name: "A compiler that did not change is asked once; one that did is asked again",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const cc = `${folder}/cc`, count = `${folder}/count`;
      const { program } = unwrap(await probeToolchain());
      const script = (more: string) => `#!/bin/sh\necho asked >> ${count}\n${more}exec ${program} "$@"\n`;
      await Deno.writeTextFile(cc, script(""), { mode: 0o755 });
      const asked = async () => {
        const before = (await Deno.readTextFile(count).catch(() => "")).length;
        const found = unwrap(await probeToolchain({ prefer: cc, cacheDir: `${folder}/cache` }));
        const after = (await Deno.readTextFile(count).catch(() => "")).length;
        return { spawned: after > before, fingerprint: found.key.fingerprint };
      };
      const first = await asked(), second = await asked();
      assertEquals([first.spawned, second.spawned], [true, false]);
      assertEquals(first.fingerprint, second.fingerprint);
      await Deno.writeTextFile(cc, script("# new\n"), { mode: 0o755 });
      const third = await asked();
      assert(third.spawned && third.fingerprint !== first.fingerprint);
    }),
});

Deno.test({
  name: "Kernels compile for every level of the machine's architecture",
  ignore: ignore || Deno.build.arch !== "x86_64",
  fn: () =>
    inFolder(async (_, store) => {
      const engine = new Engine({ store });
      const toolchain = unwrap(await probeToolchain()), runtime = unwrap(await runtimeFiles(engine));
      for (const level of ["x86-64-v2", "x86-64-v3", "x86-64-v4"] as const) {
        for (const levels of [toolchain.levels, []]) { // an old compiler knows none of their names
          const target = cpuTarget(level, { bf16: level === "x86-64-v4" });
          const text = '#include "aoti/kernel/vec.h"\nvoid k(float* x) { x[0] = 1; }\n';
          const chosen = { ...toolchain, levels };
          unwrap(
            await engine.run(
              unitTask({
                toolchain: chosen,
                runtime,
                target,
                kind: "kernel",
                name: level,
                text: `#define AOTI_LANES 4\n${text}`,
              }),
            ),
          );
        }
      }
    }),
});

Deno.test("Headers of a unit are those that its text can reach", () => {
  const file = (digest: string) => ({ digest, bytes: 1 });
  const runtime: RuntimeFiles = {
    headers: { "a/x.h": file("x"), "a/y.h": file("y"), "a/z.h": file("z") },
    sources: {},
    includes: { "a/x.h": ["a/y.h"], "a/y.h": ["a/x.h"], "a/z.h": [] },
  };
  assertEquals(Object.keys(headersOf('#include "a/x.h"\n#include <math.h>', runtime)), ["a/x.h", "a/y.h"]);
  assertEquals(headersOf("int x;", runtime), {});
});

Deno.test("A level needs all of its features, and those of the levels below", () => {
  const v2 = "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3";
  const v3 = `${v2} avx avx2 bmi1 bmi2 f16c fma abm movbe xsave`;
  const level = (flags: string) => readCpu(`model name\t: A CPU\nflags\t\t: ${flags}\n`, "x86_64").level;
  assertEquals(level("sse4_2"), "x86-64");
  assertEquals(level(v2), "x86-64-v2");
  assertEquals(level(v3), "x86-64-v3");
  assertEquals(level(`${v3} avx512f avx512bw`), "x86-64-v3");
  assertEquals(level(`${v3} avx512f avx512bw avx512cd avx512dq avx512vl`), "x86-64-v4");
  assertEquals(level(v3.replace("popcnt", "")), "x86-64");
  assertEquals(readCpu("Features : asimd bf16", "aarch64"), {
    level: "aarch64",
    bf16: true,
    model: "aarch64",
  });
});

Deno.test("The host's own level is found", async () => {
  const { level } = await hostCpu();
  assert(Deno.build.arch === "aarch64" ? level === "aarch64" : level.startsWith("x86-64"));
});

Deno.test("Only kernels use the target's instructions, only debug builds carry debug information", () => {
  const key = { family: "gcc", version: "12", triple: "x86_64-linux-gnu", fingerprint: "" } as const;
  const toolchain = { key, program: "gcc", levels: ["x86-64-v4"] } as const, target = cpuTarget("x86-64-v4");
  assert(unitFlags(toolchain, target, "kernel").includes("-march=x86-64-v4"));
  assert(!unitFlags(toolchain, target, "model").some((flag) => flag.startsWith("-m")));
  assert(!unitFlags(toolchain, target, "runtime").some((flag) => flag.startsWith("-m")));
  assertEquals(unitFlags(toolchain, target, "kernel", true).slice(-2), ["-O0", "-g"]);
});
