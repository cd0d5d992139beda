/** `aoti bench` on a built model: times, work, and the machine's roof. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { aoti, root } from "../rig/cli.ts";
import { hasCompiler } from "../rig/native_graph.ts";

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
