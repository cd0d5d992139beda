/** The C++ examples with PyTorch: packages through its own loader, and models whose wrapper is on `at::Tensor`. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { findLibtorch } from "../../src/compile/mod.ts";
import { clone, inFolder, run } from "../build/rig.ts";
import { expectRows } from "./rows.ts";

const named = Deno.env.get("LIBTORCH"), found = findLibtorch(named ? { prefer: named } : {});
const works = async (name: string) => (await run(name, ["--version"])).code === 0;
const cxx = await works("c++") ? "c++" : "g++", hasTools = await works(cxx) && await works("make");
const ignore = !found.ok || !hasTools;
if (!found.ok) console.warn(`SKIPPED: the examples with PyTorch: ${found.diagnostics[0]!.message}`);
else if (!hasTools) console.warn("SKIPPED: the examples with PyTorch need make and a C++ compiler");

const libtorch = named ?? (found.ok ? found.value.include.replace(/\/include$/, "") : "");
const settings = [`CXX=${cxx}`, `LIBTORCH=${libtorch}`, "CXXFLAGS=-O0 -Wall -Wextra -Werror"];

Deno.test({ name: "C++ programs with PyTorch print PyTorch's numbers", ignore }, async (t) => {
  await inFolder(async (folder) => {
    await clone(folder, ["aoti.config.ts", "examples", "tests/models"]);
    const build = ["task", "-q", "build"], aoti = ["task", "-q", "aoti", "build"];
    const make = async (what: string) => {
      const { code, out, err } = await run("make", ["-s", "-C", "examples/torch", what, ...settings], folder);
      assertEquals(code, 0, err + out);
      return out;
    };
    await t.step("packages, through AOTIModelPackageLoader", async () => {
      const built = await run("deno", build, folder);
      assertEquals(built.code, 0, built.err);
      const printed = await make("package");
      expectRows(printed, ["mlp", "convnet", "bright", "bright energy", "dark", "dark energy"]);
      assertStringIncludes(printed, "new bias moves all rows alike: yes");
      assertStringIncludes(printed, "refused");
    });
    await t.step("wrappers on at::Tensor, linked", async () => {
      const built = await run("deno", [...aoti, "--config", "examples/torch/aoti.config.ts"], folder);
      assertEquals(built.code, 0, built.err);
      const printed = await make("tensors");
      expectRows(printed, ["mlp", "bright", "bright energy", "dark", "dark energy"]);
      assertStringIncludes(printed, "new bias moves every output by one: yes");
      assertStringIncludes(printed, 'refused: dimension 1 of input "x": 63 is not 64');
    });
  });
});
