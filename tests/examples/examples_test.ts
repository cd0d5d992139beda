import { assertEquals, assertStringIncludes } from "@std/assert";
import { clone, inFolder, run } from "../build/rig.ts";
import { expectClose, expectRows, valuesOf } from "./rows.ts";

const files = ["aoti.config.ts", "examples", "tests/models"];
const has = async (name: string) => (await run(name, ["--version"])).code === 0;
const tools = { cc: await has("cc") ? "cc" : "gcc", cxx: await has("c++") ? "c++" : "g++" };
const ignore = !await has(tools.cc) || !await has(tools.cxx) || !await has("make");
if (ignore) console.warn("SKIPPED: the examples need make, a C and a C++ compiler");

Deno.test({
  name: "deno task build makes what the examples use, and all of them print PyTorch's numbers",
  ignore,
}, async (t) => {
  await inFolder(async (folder) => {
    await clone(folder, files);
    await t.step("deno task build", async () => {
      const { code, out, err } = await run("deno", ["task", "-q", "build"], folder);
      assertEquals(code, 0, err);
      assertStringIncludes(out, "4 models in");
    });
    await t.step("Deno, with FFI for dist/ and no other permission", async () => {
      const check = await run("deno", ["check", "-q", "examples/deno/main.ts"], folder);
      assertEquals(check.code, 0, check.err);
      const words = ["run", "-q", "--no-prompt", "--allow-ffi=dist", "examples/deno/main.ts"];
      const printed = await printedBy("deno", words, folder);
      expectRows(printed, ["mlp", "convnet", "bright", "bright energy", "dark", "dark energy"]);
      assertStringIncludes(printed, "batches: 1×10, 2×10, 3×10");
      assertStringIncludes(printed, 'refused: dim "batch" of input "x": 5000 is not in 1..4096');
      expectGate(printed);
    });
    await t.step("C", async () => {
      const printed = await printedBy("make", [
        "-s",
        "-C",
        "examples/c",
        "run",
        `CC=${tools.cc}`,
        strict("C"),
      ], folder);
      expectRows(printed, ["mlp"]);
      assertStringIncludes(printed, 'refused: dimension 1 of input "x": 63 is not 64');
    });
    await t.step("C++", async () => {
      const words = ["-s", "-C", "examples/cpp", "run", `CXX=${tools.cxx}`, strict("CXX")];
      const printed = await printedBy("make", words, folder);
      expectRows(printed, ["convnet", "bright", "bright energy", "dark", "dark energy"]);
      assertStringIncludes(printed, "threads agree: yes");
      assertStringIncludes(printed, 'refused: dimension 1 of input "x": 15 is not 16');
    });
  });
});

function strict(language: string): string {
  return `${language}FLAGS=-O1 -Wall -Wextra -Werror`;
}

async function printedBy(command: string, args: readonly string[], folder: string): Promise<string> {
  const { code, out, err } = await run(command, args, folder);
  assertEquals(code, 0, err + out);
  return out;
}

/** silu(2x) where the gate is open, x / 4 where it is shut. */
function expectGate(printed: string): void {
  const x = Array.from({ length: 16 }, (_, i) => ((i * 7) % 11 - 5) / 8);
  expectClose("gate open", valuesOf(printed, "gate open"), x.map((v) => 2 * v / (1 + Math.exp(-2 * v))));
  expectClose("gate shut", valuesOf(printed, "gate shut"), x.map((v) => v / 4));
}
