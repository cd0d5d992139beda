/** `max_autotune`: what is measured, recorded and replayed. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { aoti } from "../rig/cli.ts";
import { hasCompiler } from "../rig/native_graph.ts";

const config = `import { defineConfig, graph } from "aoti";
export default defineConfig({
  models: {
    product: {
      source: graph(({ input, ops }) => {
        const x = input("x", { shape: [96, 160] }), w = input("w", { shape: [160, 224] });
        return { y: ops.relu(ops.mm(x, w)) };
      }),
      flags: { max_autotune: true },
    },
  },
});
`;

type Json = Record<string, unknown>;

/** The words of `aoti build`, in a folder with the config above. */
async function build(folder: string, ...words: readonly string[]) {
  const { code, stderr } = await aoti(folder, "build", ...words);
  assertEquals(code, 0, stderr);
  const model = JSON.parse(await Deno.readTextFile(join(folder, "aoti.lock"))).models.product;
  const library = await Deno.readFile(join(folder, "dist/product/product.so"));
  return { choices: model.choices as Record<string, Record<string, Json | null>> | undefined, library };
}

Deno.test({
  name: "products are measured once, choices are in the lock, and the lock decides what is built",
  ignore: !hasCompiler,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "aoti_tune_" });
    try {
      await Deno.writeTextFile(join(folder, "aoti.config.ts"), config);
      const cached = await build(folder, "--tune=cached");
      assertEquals(Object.values(cached.choices!).flatMap(Object.keys), []); // nothing is known, nothing is measured
      const full = await build(folder),
        [target] = Object.keys(full.choices!),
        [key] = Object.keys(full.choices![target!]!);
      assert(key && /^[0-9a-f]{12}$/.test(key));
      const path = join(folder, "aoti.lock"), lock = JSON.parse(await Deno.readTextFile(path));
      const choice = { kind: "blocks", mr: 4, nv: 1, mc: 32, nc: 64, kc: 80 };
      lock.models.product.choices[target!][key] = choice;
      await Deno.writeTextFile(path, JSON.stringify(lock));
      const replayed = await build(folder, "--tune=cached");
      assertEquals(replayed.choices![target!]![key], choice);
      assert(replayed.library.some((byte, at) => byte !== full.library[at]));
      assertEquals((await build(folder)).library, replayed.library); // a record is not measured again
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
