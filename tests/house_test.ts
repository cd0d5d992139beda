/**
 * The house rules as programs: which room may import which, no cycles, no `any`, no long files, no machine's paths.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { codeOf, cyclesIn, filesIn, type Import, importsOf } from "./rig/sources.ts";

const nouns = ["ir/expr", "ir/scalar", "ir/graph", "ir/loops", "ir/plan"];

/** What each room of src/ may import besides base and itself; everything through the other room's mod.ts. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  base: [],
  config: [],
  task: [],
  "ir/expr": [],
  "ir/scalar": ["ir/expr"],
  "ir/graph": ["ir/expr", "ir/scalar"],
  "ir/loops": ["ir/expr", "ir/scalar", "ir/graph"],
  "ir/plan": ["ir/expr", "ir/scalar", "ir/graph", "ir/loops"],
  ops: ["ir/expr", "ir/scalar", "ir/graph", "ir/loops"],
  import: ["ir/expr", "ir/scalar", "ir/graph", "ops"],
  passes: ["ir/expr", "ir/scalar", "ir/graph", "ops"],
  lower: ["ir/expr", "ir/scalar", "ir/graph", "ir/loops", "ops"],
  kernels: ["ir/expr", "ir/scalar", "ir/loops", "ir/plan"],
  schedule: [...nouns, "kernels"],
  tune: ["ir/expr", "ir/plan", "kernels"],
  codegen: ["ir/expr", "ir/scalar", "ir/loops", "ir/plan", "kernels"],
  compile: ["task"],
  package: ["task"],
  run: ["package"],
  pipeline: [
    "config",
    "task",
    ...nouns,
    "ops",
    "import",
    "passes",
    "lower",
    "kernels",
    "schedule",
    "tune",
    "codegen",
    "compile",
    "package",
    "run",
  ],
  cli: ["config", "task", "pipeline"],
};

/** Lines that no file may exceed; 50 to 250 is what to aim for. C headers of kernels are tables of formulas. */
const longest = [
  { folders: ["src", "tests", "templates"], endings: [".ts", ".eta"], lines: 400 },
  { folders: ["runtime"], endings: [".c", ".h", ".cc", ".cu"], lines: 600 },
] as const;

const sources = await filesIn(["src"], [".ts"]);
const imports =
  (await Promise.all(sources.map(async (path) => importsOf(path, await Deno.readTextFile(path))))).flat();

/** The room that a file of src/ belongs to: `src/ir/expr/print.ts` lies in `ir/expr`. */
function roomOf(path: string): string {
  const [, first = "", second = ""] = path.split("/");
  return first === "ir" ? `ir/${second}` : first;
}

/** Why an import breaks the house rules, if it does. */
function objection({ from, to, written }: Import, known: ReadonlySet<string>): string | undefined {
  if (to === undefined) {
    if (/^node:/.test(written) || known.has(written)) return undefined;
    return `"${written}" is not a name of deno.json's import map`;
  }
  if (!to.startsWith("src/")) return "leaves src/";
  const [here, there] = [roomOf(from), roomOf(to)];
  if (here === there) return undefined;
  if (there === "std") return "src/std is reached through @std names";
  if (there !== "base" && !rooms[here]?.includes(there)) return `${here} may not import ${there}`;
  return to === `src/${there}/mod.ts` ? undefined : `rooms meet at mod.ts: import src/${there}/mod.ts`;
}

Deno.test("Every folder of src/ is a room of the table", () => {
  const found = new Set(sources.map(roomOf));
  found.delete("std");
  assertEquals([...found].filter((room) => !Object.hasOwn(rooms, room)), []);
});

Deno.test("Rooms import only what the table allows, through mod.ts", async () => {
  const map: { imports: Record<string, string> } = JSON.parse(await Deno.readTextFile("deno.json"));
  const known = new Set(Object.keys(map.imports));
  const broken = imports.filter(({ from }) => roomOf(from) !== "std").flatMap((found) => {
    const reason = objection(found, known);
    return reason ? [`${found.from}:${found.line}: ${reason}`] : [];
  });
  assertEquals(broken, []);
});

Deno.test("The table of rooms has no cycle", () => {
  assertEquals(cyclesIn(new Map(Object.entries(rooms))), []);
});

Deno.test("No file imports itself around a corner", () => {
  const edges = new Map(sources.map((path) => [
    path,
    imports.filter(({ from, kind }) => from === path && kind === "static").flatMap(({ to }) => to ?? []),
  ]));
  assertEquals(cyclesIn(edges).map((cycle) => cycle.join(" → ")), []);
});

Deno.test("No type is `any`", async () => {
  const pattern = /(?::\s*|<|\bas\s+|,\s*|\|\s*)any\b(?!\s*[(:=.])/;
  const found: string[] = [];
  for (const path of await filesIn(["src", "tests", "examples"], [".ts"])) {
    const lines = codeOf(await Deno.readTextFile(path)).split("\n");
    lines.forEach((line, i) => pattern.test(line) && found.push(`${path}:${i + 1}`));
  }
  assertEquals(found, []);
});

Deno.test("No source file is too long to be read in one sitting", async () => {
  const found: string[] = [];
  for (const { folders, endings, lines } of longest) {
    for (const path of await filesIn(folders, endings)) {
      const length = (await Deno.readTextFile(path)).split("\n").length - 1;
      if (length > lines) found.push(`${path}: ${length} lines, at most ${lines}`);
    }
  }
  assertEquals(found, []);
});

Deno.test("No file names a folder of somebody's machine", async () => {
  const pattern = /(?<![\w.])\/(?:home\/(?!me\/)|root\/|Users\/|work\/)\w+/;
  const endings = [".ts", ".eta", ".c", ".h", ".md", ".json", ".py"];
  const folders = ["src", "tests", "templates", "runtime", "examples", "docs", ".ci"];
  const found: string[] = [];
  for (const path of [...await filesIn(folders, endings), "README.md", "deno.json", ".ci/run"]) {
    const lines = (await Deno.readTextFile(path)).split("\n");
    lines.forEach((line, i) => pattern.test(line) && found.push(`${path}:${i + 1}`));
  }
  assertEquals(found, []);
});

Deno.test("importsOf() tells values from types, and leaves comments and texts alone", () => {
  const text = `import { a, type B } from "./a.ts";
import type { C } from "../c/mod.ts";
import { type D } from "./d.ts"; // import "no"
export * from "zod";
export const s = 'import x from "y"';
const later = await import("./e.ts");
import "./f.ts";
export {
  g,
} from "./g.ts";`;
  assertEquals(
    importsOf("src/x/y.ts", text).map(({ written, to, line, kind }) => [written, to, line, kind]),
    [
      ["./a.ts", "src/x/a.ts", 1, "static"],
      ["../c/mod.ts", "src/c/mod.ts", 2, "type"],
      ["./d.ts", "src/x/d.ts", 3, "type"],
      ["zod", undefined, 4, "static"],
      ["./f.ts", "src/x/f.ts", 7, "static"],
      ["./g.ts", "src/x/g.ts", 8, "static"],
      ["./e.ts", "src/x/e.ts", 6, "dynamic"],
    ],
  );
});

Deno.test("The rules find a stage that imports a stage, a way past mod.ts, and a way into std", () => {
  const known = new Set(["@std/path"]);
  const why = (from: string, to: string) =>
    objection({ from, to, written: to, line: 1, kind: "static" }, known);
  assertEquals(why("src/passes/algebra.ts", "src/lower/mod.ts"), "passes may not import lower");
  assertEquals(
    why("src/ops/mm.ts", "src/ir/graph/types.ts"),
    "rooms meet at mod.ts: import src/ir/graph/mod.ts",
  );
  assertEquals(why("src/task/store.ts", "src/std/path.ts"), "src/std is reached through @std names");
  assertEquals(why("src/config/load.ts", "tests/x.ts"), "leaves src/");
  assertEquals(why("src/pipeline/build.ts", "src/ir/plan/mod.ts"), undefined);
  assert(objection({ from: "src/task/a.ts", written: "npm:zod", line: 1, kind: "static" }, known));
  assertEquals(cyclesIn(new Map([["a", ["b"]], ["b", ["c"]], ["c", ["a"]]])), [["a", "b", "c", "a"]]);
});
