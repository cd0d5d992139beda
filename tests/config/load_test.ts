import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { printDiagnostic } from "../../src/base/mod.ts";
import { loadConfig } from "../../src/config/mod.ts";

/** Writes `files` into a new folder and loads the config there; paths in messages become `~`. */
async function load(files: Readonly<Record<string, string>>, where = "") {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(join(root, name, ".."), { recursive: true });
      await Deno.writeTextFile(join(root, name), text);
    }
    const around = { cwd: root, cores: 2, env: () => undefined };
    const result = await loadConfig(join(root, where), { around });
    const texts = result.ok ? [] : result.diagnostics.map((d) => printDiagnostic(d).replaceAll(root, "~"));
    return { root, config: result.ok ? result.value : undefined, texts };
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const model = `{ models: { m: { source: { kind: "exported", path: "m.pt2" } } } }`;

Deno.test("loadConfig() finds the config in or above a folder", async () => {
  const { root, config } = await load({ "aoti.config.ts": `export default ${model};`, "a/b/x": "" }, "a/b");
  assertEquals(config?.configPath, join(root, "aoti.config.ts"));
  assertEquals(config?.outDir, join(root, "dist"));
});

Deno.test("loadConfig() reads a config written in JSON", async () => {
  const json = `{ "$schema": "x", "models": { "m": { "source": { "kind": "exported", "path": "m.pt2" } } } }`;
  const { root, config } = await load({ "aoti.config.json": json });
  assertEquals(config?.models[0]?.source, { kind: "exported", path: join(root, "m.pt2") });
});

Deno.test("A config that is not there is named, with what to do", async () => {
  const help =
    "`aoti init` writes one, --config FILE names one, and `aoti build --model FILE.pt2 --out DIR` needs none.";
  assertEquals((await load({})).texts, [
    `Cannot load a config: there is no aoti.config.ts in ~ or above it\n  ${help}`,
  ]);
  assertEquals((await load({}, "my.config.ts")).texts, [
    `Cannot load "~/my.config.ts": there is no such file\n  ${help}`,
  ]);
});

const broken: readonly (readonly [what: string, text: string, message: string])[] = [
  [
    "a syntax error",
    "export default {\n  models: [\n",
    "Cannot load aoti.config.ts: Expression expected\n  in ~/aoti.config.ts:2:12",
  ],
  [
    "a config that throws",
    'function f() {\n  throw new RangeError("boom");\n}\nf();\nexport default {};',
    "Cannot load aoti.config.ts: it threw RangeError: boom\n  in ~/aoti.config.ts:2:9",
  ],
  [
    "a config that throws a text",
    'throw "no";',
    'Cannot load aoti.config.ts: it threw "no"\n  in ~/aoti.config.ts',
  ],
  [
    "an import that is not in the map",
    'import "./a.ts";\nimport x from "no-such";\nexport default x;',
    'Cannot load aoti.config.ts: import "no-such" is not in the import map\n  in ~/aoti.config.ts:2:15\n' +
    '  Add "no-such" to the imports of a deno.json beside it.',
  ],
  [
    "an import of a file that is not there",
    'import x from "./b.ts";\nexport default x;',
    'Cannot load aoti.config.ts: it imports "~/b.ts", which does not exist\n  in ~/aoti.config.ts:1:15',
  ],
  [
    "no default export",
    "export const config = {};",
    "Cannot load aoti.config.ts: it has no default export\n  in ~/aoti.config.ts\n" +
    "  End it with: export default defineConfig({ models: { … } });",
  ],
  [
    "a function as default export",
    "export default () => ({});",
    "Cannot load aoti.config.ts: its default export is a function\n  in ~/aoti.config.ts\n" +
    "  End it with: export default defineConfig({ models: { … } });",
  ],
];

for (const [what, text, message] of broken) {
  Deno.test(`loadConfig() explains ${what} with file and line`, async () => {
    const { texts } = await load({ "aoti.config.ts": text, "a.ts": "" });
    assertEquals(texts, [message]);
  });
}

const map = `{ "imports": { "my/names": "./names.ts" } }`;

Deno.test("A config of pure data loads under the user's own import map", async () => {
  const { config, texts } = await load({
    "deno.json": map,
    "names.ts": 'console.log("hello"); export const out = "build";',
    "aoti.config.ts": `import { out } from "my/names"; export default { outDir: out, ...${model} };`,
  });
  assertEquals(texts, []);
  assert(config?.outDir.endsWith("/build"));
});

Deno.test("A config with graph() under another import map is told to run under that map", async () => {
  const { texts } = await load({
    "deno.json": map,
    "names.ts": "export const f = () => {};",
    "aoti.config.ts":
      'import { f } from "my/names";\nexport default { models: { g: { source: { kind: "graph", build: f } } } };',
  });
  assertEquals(texts, [
    'Cannot load aoti.config.ts: import "my/names" is not in the import map\n  in ~/aoti.config.ts:1:19\n' +
    "  graph() needs the config in the tool's own process, under one import map: run it with --config ~/deno.json.",
  ]);
});

Deno.test("A config that throws under the user's import map is explained from there", async () => {
  const { texts } = await load({
    "deno.json": map,
    "names.ts": "export const f = 1;",
    "aoti.config.ts": 'import { f } from "my/names";\nthrow new Error("f is " + f);',
  });
  assertEquals(texts, ["Cannot load aoti.config.ts: it threw Error: f is 1\n  in ~/aoti.config.ts:2:7"]);
});
