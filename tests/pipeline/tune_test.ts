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
    attention: {
      source: graph(({ input, ops }) => {
        const [q, k, v] = ["q", "k", "v"].map((name) => input(name, { shape: [1, 2, 130, 32] }));
        return { y: ops.scaled_dot_product_attention(q, k, v) };
      }),
      flags: { max_autotune: true },
    },
  },
});
`;

type Json = Record<string, unknown>;

/** The words of `aoti build`, in a folder with the config above. */
async function build(folder: string, name: string, ...words: readonly string[]) {
  const { code, stderr } = await aoti(folder, "build", name, ...words);
  assertEquals(code, 0, stderr);
  const model = JSON.parse(await Deno.readTextFile(join(folder, "aoti.lock"))).models[name];
  const library = await Deno.readFile(join(folder, `dist/${name}/${name}.so`));
  return { choices: model.choices as Record<string, Record<string, Json | null>> | undefined, library };
}

/** Ways that differ from what costs choose. */
const others: Readonly<Record<string, Json>> = {
  product: { kind: "blocks", mr: 4, nv: 1, mc: 32, nc: 64, kc: 80 },
  attention: { kind: "attention", mr: 4, nv: 1, rows: 16, columns: 44 },
};

for (const [name, choice] of Object.entries(others)) {
  Deno.test({
    name: `max_autotune measures a model's ${name} once; its lock decides what is built`,
    ignore: !hasCompiler,
    async fn() {
      const folder = await Deno.makeTempDir({ prefix: "aoti_tune_" });
      try {
        await Deno.writeTextFile(join(folder, "aoti.config.ts"), config);
        const cached = await build(folder, name, "--tune=cached");
        assertEquals(Object.values(cached.choices!).flatMap(Object.keys), []); // nothing is known, nothing is measured
        const full = await build(folder, name),
          [target] = Object.keys(full.choices!),
          [key] = Object.keys(full.choices![target!]!);
        assert(key && /^[0-9a-f]{12}$/.test(key));
        const path = join(folder, "aoti.lock"), lock = JSON.parse(await Deno.readTextFile(path));
        lock.models[name].choices[target!][key] = choice;
        await Deno.writeTextFile(path, JSON.stringify(lock));
        const replayed = await build(folder, name, "--tune=cached");
        assertEquals(replayed.choices![target!]![key], choice);
        assert(replayed.library.some((byte, at) => byte !== full.library[at]));
        assertEquals((await build(folder, name)).library, replayed.library); // a record is not measured again
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
