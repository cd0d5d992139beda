import { assert, assertEquals } from "@std/assert";
import { type OptionRow, parseWords } from "../../src/cli/args.ts";

const rows: readonly OptionRow[] = [
  { name: "force", short: "f", kind: "switch", doc: "" },
  { name: "jobs", short: "j", kind: "number", value: "N", doc: "" },
  { name: "tune", kind: ["off", "cached", "full"], doc: "" },
  { name: "flag", kind: "list", doc: "" },
  { name: "json", kind: "text", bare: "-", doc: "" },
];

function parsed(...args: readonly string[]) {
  const words = parseWords(args, rows, "build");
  assert(words.ok);
  return words.value;
}

function problems(...args: readonly string[]): readonly string[] {
  const words = parseWords(args, rows, "build");
  return words.ok ? [] : words.diagnostics.map(({ message }) => message);
}

Deno.test("parseWords() takes values behind a space, an equals sign, and a short number", () => {
  assertEquals(parsed("--jobs", "4").number("jobs"), 4);
  assertEquals(parsed("--jobs=4").number("jobs"), 4);
  assertEquals(parsed("-j4").number("jobs"), 4);
  assertEquals(parsed("--tune=off", "a", "-f", "b").positional, ["a", "b"]);
});

Deno.test("parseWords() collects lists, and the last of other options wins", () => {
  assertEquals(parsed("--flag", "a=1", "--flag", "b=2").list("flag"), ["a=1", "b=2"]);
  assertEquals(parsed("--tune=off", "--tune=full").text("tune"), "full");
});

Deno.test("parseWords() gives a bare option its meaning at the end or before another option", () => {
  assertEquals(parsed("--json").text("json"), "-");
  assertEquals(parsed("--json", "--force").text("json"), "-");
  assertEquals(parsed("--json", "out.json").text("json"), "out.json");
  assertEquals(parsed().text("json"), undefined);
});

Deno.test("parseWords() takes everything behind -- as it stands", () => {
  assertEquals(parsed("a", "--", "--force", "-").positional, ["a", "--force", "-"]);
});

Deno.test("parseWords() reports everything wrong at once, with the nearest spelling", () => {
  assertEquals(problems("--frce", "--tune=ful", "-j", "--force=1", "--jobs=-2", "--zzz"), [
    '--frce: unknown option of build; did you mean "--force"?',
    '--tune: expected one of off, cached, full, found "ful"; did you mean "full"?',
    "-j: expected N, found nothing",
    '--force: takes no value, found "1"',
    '--jobs: expected a whole number above 0, found "-2"',
    "--zzz: unknown option of build",
  ]);
});
