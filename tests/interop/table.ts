/**
 * What PyTorch makes of our packages, beside what it makes of its own, in one table:
 *
 *     AOTI_PYTHON="python3;other python" deno run -A tests/interop/table.ts [--aoti] [--one] [--on-torch] [--cache=DIR] OUT FOLDER…
 *
 * Builds the cases below the folders (`build_cases.ts`), then runs `suite.py` in each PyTorch of `AOTI_PYTHON`; with
 * `--aoti`, AOTInductor compiles and runs the same cases there, which takes hours. `--on-torch`: wrappers on
 * `at::Tensor` instead of packages, which run in the release that LIBTORCH is of. Answers are kept in OUT: a run that
 * was stopped goes on where it was. OUT is mounted alone where a Python runs elsewhere.
 *
 * Exit code 1 when a case of ours fails, or AOTInductor passes one that we do not build.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { fromFileUrl } from "@std/path";
import { findHosts, type Host, hostLines, runHost } from "./hosts.ts";
import { type Answer, compared, type Release, tableText, type Unbuilt } from "./table_text.ts";

const options = parseArgs(Deno.args, {
  boolean: ["aoti", "one", "on-torch", "skip-build"],
  string: ["cache"],
  default: {},
});
const [out, ...folders] = options._.map(String);
if (!out || (folders.length === 0 && !options["skip-build"])) {
  console.error("table.ts [--aoti] [--one] [--on-torch] [--skip-build] [--cache=DIR] OUT FOLDER…");
  Deno.exit(2);
}
const here = (name: string) => fromFileUrl(new URL(name, import.meta.url));
const { hosts, refused } = await findHosts(hostLines((name) => Deno.env.get(name)));
for (const why of refused) console.warn(`no PyTorch: ${why}`);
if (hosts.length === 0) Deno.exit(2);
if (!options["skip-build"]) await build(folders);

const rows: (Unbuilt & { package?: string })[] = JSON.parse(await Deno.readTextFile(`${out}/built.json`));
const releases: Release[] = [];
for (const host of hosts) {
  const ours = await answers(host, "ours", []);
  const theirs = options.aoti ? await answers(host, "aotinductor", ["--aoti"]) : undefined;
  releases.push({ release: host.release, ours, ...(theirs && { theirs }) });
}
const unbuilt = rows.filter((row) => !row.package);
console.log(tableText(releases, unbuilt));
const isGood = releases.every((release) => {
  const { ours, onlyTheirs } = compared(release, unbuilt);
  return ours.failed.length === 0 && onlyTheirs.length === 0;
});
Deno.exit(isGood ? 0 : 1);

async function build(from: readonly string[]): Promise<void> {
  const words = [
    ...(options.one ? ["--one"] : []),
    ...(options["on-torch"] ? ["--on-torch"] : []),
    ...(options.cache ? [`--cache=${options.cache}`] : []),
  ];
  const args = ["run", "-A", here("build_cases.ts"), ...words, out!, ...from];
  const { code } = await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).spawn().status;
  if (code !== 0) Deno.exit(code);
}

/** What `suite.py` found in one PyTorch; an answers file of a release is taken up where it ends. */
async function answers(host: Host, whose: string, words: readonly string[]): Promise<readonly Answer[]> {
  const file = `${whose}.${host.release.replaceAll(/[^\w.]/g, "_")}.jsonl`;
  await Deno.copyFile(here("suite.py"), `${out}/suite.py`);
  const said = await runHost(host.command, ["suite.py", ...words, "--answers", file, "."], out!, true);
  console.log(said.out.trimEnd());
  const text = await Deno.readTextFile(`${out}/${file}`).catch(() => "");
  return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}
