import { assertEquals } from "@std/assert";
import { call, hasCompiler, inFolder, root } from "../build/rig.ts";
import type { VerifyReport } from "../../src/pipeline/mod.ts";

const ignore = !await hasCompiler();

Deno.test({
  name: "The models of this folder, exported by PyTorch 2.6 and 2.13, give PyTorch's numbers",
  ignore,
}, async () => {
  await inFolder(async (folder) => {
    const words = ["verify", `${root}/tests/models`, "--json", "report.json", "--cache-dir=cache"];
    const { code, out, err } = await call(folder, words);
    const report: VerifyReport = JSON.parse(await Deno.readTextFile(`${folder}/report.json`));
    const found = report.cases.map(({ folder, status }) => `${folder.split("/").at(-1)}: ${status}`).sort();
    const names = ["condmodel", "condmodel_2_13", "convnet", "mlp", "mlp_2_13"];
    assertEquals(found, names.map((name) => `${name}: pass`), out + err);
    assertEquals(code, 0);
  });
});
