/**
 * What this machine can do at most, for ratios beside it.
 *
 * @module
 */
import type { Target } from "../../src/base/mod.ts";

/** GFLOP/s of multiply-adds on registers alone. */
export async function roof(target: Target): Promise<number> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(
    `${folder}/r.c`,
    `typedef float v __attribute__((vector_size(${target.vectorBytes})));
double roof(long n) { v a[12]; _Pragma("GCC unroll 12") for (int i = 0; i < 12; i++) a[i] = (v){0} + 1.0f / (i + 1); v x = (v){0} + 0.999f, y = (v){0} + 1e-6f;
  for (long k = 0; k < n; k++) { _Pragma("GCC unroll 12") for (int i = 0; i < 12; i++) { a[i] = a[i] * x + y; __asm__ volatile("" : "+${
      Deno.build.arch === "x86_64" ? "v" : "w"
    }"(a[i])); } }
  double s = 0; _Pragma("GCC unroll 12") for (int i = 0; i < 12; i++) s += a[i][0]; return s; }`,
  );
  const args = [
    "-O3",
    `-march=${target.march}`,
    "-fPIC",
    "-shared",
    `${folder}/r.c`,
    "-o",
    `${folder}/r.so`,
  ];
  await new Deno.Command("cc", { args }).output();
  const { symbols } = Deno.dlopen(`${folder}/r.so`, { roof: { parameters: ["i64"], result: "f64" } });
  let best = 0;
  for (let r = 0; r < 20; r++) {
    const start = performance.now();
    symbols.roof(1_000_000n);
    best = Math.max(best, 1e6 * 12 * 2 * (target.vectorBytes / 4) / (performance.now() - start) / 1e6);
  }
  return best;
}
