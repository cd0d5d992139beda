/** `aoti bench` on a built model: times, work, and the machine's roof. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { hasCompiler } from "../rig/native_graph.ts";

const root = fromFileUrl(new URL("../../", import.meta.url));

async function aoti(folder: string, ...words: readonly string[]) {
  const args = [
    "run",
    "-q",
    "-A",
    "--config",
    join(root, "deno.json"),
    join(root, "src/cli/main.ts"),
    ...words,
  ];
  const env = { AOTI_CACHE_DIR: join(folder, "cache"), NO_COLOR: "1" };
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: folder, env })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test({
  name: "bench shows each kernel's time, work and share of the roof, at the sizes asked for",
  ignore: !hasCompiler,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "aoti_bench_" });
    try {
      const model = join(root, "tests/models/mlp/model.pt2");
      const built = await aoti(folder, "build", "--model", model, "--out", "out", "-q");
      assertEquals(built.code, 0, built.stderr);
      const dims =
        JSON.parse(await Deno.readTextFile(join(folder, "out/model/manifest.json"))).interface.dims;
      const dim = dims.map((d: { name: string }) => ["--dim", `${d.name}=16`]).flat();
      const timed = await aoti(folder, "bench", "./out/model", "--threads", "1", "--json", ...dim);
      assertEquals(timed.code, 0, timed.stderr);
      const report = JSON.parse(timed.stdout.trim().split("\n").at(-1)!);
      assert(report.median_ms >= report.min_ms && report.min_ms > 0);
      assert(report.roof.gflops > 1 && report.roof.gbps > 0.5);
      assert(report.kernels.length > 0);
      for (const { name, ms, gbps } of report.kernels) {
        assertMatch(name, /^k_/);
        assert(ms > 0 && gbps > 0);
      }
      assert(report.kernels.some((k: { gflops: number }) => k.gflops > 0));
      const wrong = await aoti(folder, "bench", "./out/model", "--dim", "nosuch=3");
      assertMatch(wrong.stderr, /Cannot set dim nosuch/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
