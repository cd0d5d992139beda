/** Built libraries in C hosts: loaded and unloaded, in several processes, and what door 1 costs beyond door 2. */
import { assert, assertEquals } from "@std/assert";
import { UserBench } from "../rig/user_model.ts";
import { hasCompiler } from "../rig/native_graph.ts";
import { cc, run } from "../runtime/build.ts";

const bench = await UserBench.forFile();
const cycles = Number(Deno.env.get("AOTI_CYCLES") ?? 300);
const isLinux = Deno.build.os === "linux", ignore = !hasCompiler || !cc || !isLinux;

/** Compiles and runs one of the C hosts beside this file. */
async function host(name: string, ...args: readonly (string | number)[]): Promise<string> {
  const path = `${bench.folder}/${name}`, from = new URL(".", import.meta.url).pathname;
  const includes = ["../../runtime/include", "../runtime"].map((folder) => `-I${from}${folder}`);
  const language = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-g"];
  await run(cc!, [...language, ...includes, `${from}${name}.c`, "-ldl", "-o", path]);
  const said = await run(path, args.map(String));
  console.log(said.trimEnd());
  assertEquals(said.trim().split("\n").at(-1), "ok");
  return said;
}

function weights(rows: number, columns: number): number[][] {
  return Array.from(
    { length: rows },
    (_, i) => Array.from({ length: columns }, (_, j) => ((i * 7 + j * 3) % 11 - 5) / 8),
  );
}

Deno.test({ name: `a library loads, runs and goes ${cycles} times, and nothing grows`, ignore }, async () => {
  using built = await bench.build(({ input, constant, ops }) => {
    const x = input("x", { shape: [512, 64] });
    return ops.relu(ops.mm(x, constant("w", weights(64, 512))));
  }, { fast: true });
  await host("cycles", built.path, cycles);
});

Deno.test({ name: "four processes have a model's weights in memory once", ignore }, async () => {
  using built = await bench.build(({ input, constant, ops }) => {
    const x = input("x", { shape: [8, 256] });
    return ops.relu(ops.mm(x, constant("w", weights(256, 2048))));
  });
  await host("processes", built.path, 4, 8, 256);
});

Deno.test({ name: "door 1 costs a call little more than door 2", ignore }, async () => {
  using built = await bench.build(({ input, ops }) => {
    const [a, b, c] = ["a", "b", "c"].map((name) => input(name, { shape: [16] }));
    return ops.add(ops.add(a!, b!), c!);
  }, { fast: true });
  const said = await host("bench", built.path), beyond = Number(said.match(/beyond door 2: (\d+) ns/)?.[1]);
  assert(beyond < 20_000, said); // 2 µs is what we are after; a busy machine may be slower
});
