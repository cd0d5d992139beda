/** docs/feature-map.md: every feature is there once, its state is counted, its tests exist. */
import { assert, assertEquals } from "@std/assert";

const text = Deno.readTextFileSync(new URL("../docs/feature-map.md", import.meta.url));
const rows = [...text.matchAll(/^\| ([A-Z]\d{2,3}) *\| ([a-z ]+?) *\| (.*?) *\| (.*?) *\| (.*?) *\|$/gm)]
  .map(([, id, state, , where, test]) => ({ id: id!, state: state!, where: where!, test: test! }));

const wanted: readonly (readonly [letter: string, from: number, to: number])[] = [
  ...[["P", 1, 12], ["P", 18, 31], ["P", 41, 48], ["P", 54, 56], ["P", 60, 65]] as const,
  ...[["W", 1, 49], ["W", 53, 66], ["W", 82, 82], ["W", 87, 102]] as const,
  ...[["X", 1, 65], ["X", 69, 84], ["O", 1, 23], ["L", 27, 27]] as const,
];

Deno.test("The feature map has each feature once, in order, and counts states rightly", () => {
  const ids = wanted.flatMap(([letter, from, to]) =>
    Array.from({ length: to - from + 1 }, (_, n) => letter + String(from + n).padStart(2, "0"))
  );
  assertEquals(rows.map((row) => row.id), ids);
  const count = (state: string) => rows.filter((row) => row.state === state).length;
  const line = `${rows.length} rows: ${count("yes")} yes, ${count("no need")} no need, ${
    count("not yet")
  } not yet.`;
  assert(text.includes(line), line);
});

Deno.test("Files and tests that the feature map names exist, and what is there has both", () => {
  const has = (path: string) => {
    try {
      return Deno.statSync(new URL(`../${path}`, import.meta.url)) !== undefined;
    } catch {
      return false;
    }
  };
  const defects = [...Deno.readDirSync(new URL("defects", import.meta.url))].map(({ name }) => name);
  for (const { id, where, test } of rows) {
    for (const name of test === "–" ? [] : test.split(", ")) {
      const number = /^defects\/(o\d\d)$/.exec(name)?.[1];
      const found = number
        ? defects.some((file) => file.startsWith(`${number}_`))
        : [".ts", ".c"].some((end) => has(`tests/${name}${end}`));
      assert(found, `${id}: there is no test ${name}`);
    }
    let folder = ""; // a name without one lies beside the file before it
    for (const [, name] of where.matchAll(/`([^`*]+(?:\.(?:ts|py|c|h|eta|md|json)|\/))`/g)) {
      const found = [name!, `src/${name}`, `runtime/${name}`, `${folder}/${name}`].find(has);
      assert(found !== undefined, `${id}: there is no ${name}`);
      folder = found.slice(0, found.lastIndexOf("/"));
    }
  }
});
