/**
 * Every model of a zoo beside its peers: latency, compile time, sizes, results.
 *
 *     deno run -A tests/bench/zoo.ts ZOO [MODEL…] [--threads=1,2] [--rounds=1] [--peer=COMMAND]…
 *         [--lines=FILE]… [--out=FILE.jsonl] [--html=FILE.html] [--only-lines] [--by=min]
 *
 * ZOO holds case folders (an archive, inputs, expected outputs, cases.json). A peer is a command that prints lines like
 * `{"threads": 1, "model": "mlp", "peer": "aoti_max", "torch": "2.13", "median_ms": 2.1, "compile_s": 9.4}`; its words
 * may hold `{zoo}`, `{threads}`, `{model}` and `{cold}`, a folder with copies of the model's files where a peer's own
 * caches and packages may lie, none at first. It runs model by model between our runs, on the same cores. Lines that
 * were measured before are taken from files; with `--only-lines` nothing is measured. Medians are compared, or minima,
 * which other processes spoil less.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { basename, resolve } from "@std/path";
import { z } from "zod";
import { printTable } from "../../src/cli/format.ts";
import { findCaseFolders } from "../../src/pipeline/verify/cases.ts";
import { Comparison } from "./comparison.ts";
import { isLatency, isRoofRow, type Latency, type Line, readLines } from "./lines.ts";
import { capture, pinned, thisMachine } from "./machine.ts";
import { buildOurs, type Ours, timeOurs, ways } from "./ours.ts";
import { renderPage } from "./page.ts";
import { inScratch } from "./scratch.ts";
import { type Table, tablesOf } from "./tables.ts";

interface Options {
  readonly zoo: string;
  readonly models: readonly string[];
  readonly threads: readonly number[];
  readonly rounds: number;
  readonly peers: readonly string[];
}

/** What the command line says. */
const wordsOf = z.object({
  _: z.array(z.union([z.string(), z.number()])),
  threads: z.string(),
  rounds: z.string(),
  by: z.enum(["median", "min"]),
  peer: z.array(z.string()),
  lines: z.array(z.string()),
  "only-lines": z.boolean(),
  out: z.string().optional(),
  html: z.string().optional(),
});

/** A line as soon as it is known. */
type Tell = (line: Line) => void;

if (import.meta.main) await main(Deno.args);

async function main(args: string[]): Promise<void> {
  const words = wordsOf.parse(parseArgs(args, {
    string: ["threads", "rounds", "peer", "lines", "out", "html", "by"],
    boolean: ["only-lines"],
    collect: ["peer", "lines"],
    default: { threads: "1", rounds: "1", by: "median" },
  }));
  const [zoo, ...models] = words._.map(String), lines: Line[] = [], by = `${words.by}_ms` as const;
  for (const file of words.lines) lines.push(...readLines(await Deno.readTextFile(file), file));
  if (!words["only-lines"]) {
    if (zoo === undefined) {
      throw new Error("Cannot measure: name the folder of the zoo, or give --only-lines");
    }
    const threads = words.threads.split(",").map(Number), rounds = Number(words.rounds), { out } = words;
    await measureZoo({ zoo: resolve(zoo), models, threads, rounds, peers: words.peer }, (line) => {
      lines.push(line);
      if (out) Deno.writeTextFileSync(out, `${JSON.stringify(line)}\n`, { append: true });
    });
  }
  const comparison = new Comparison(lines.filter(isLatency), by);
  for (const table of tablesOf(comparison, lines.filter(isRoofRow))) console.log(print(table));
  if (words.html) await Deno.writeTextFile(words.html, renderPage(lines, by));
}

function print({ title, head, rows }: Table): string {
  return `${title}\n${printTable(head, rows, new Set(head.map((_, n) => n).slice(1)))}`;
}

async function measureZoo(options: Options, tell: Tell): Promise<void> {
  const { zoo, models } = options;
  tell({ machine: await thisMachine() });
  const all = await findCaseFolders([zoo]);
  const folders = models.length === 0 ? all : all.filter((folder) => models.includes(basename(folder)));
  await inScratch("aoti_zoo_", async (scratch, stop) => {
    for (const folder of folders) {
      await measureModel({ ...options, stop }, folder, `${scratch}/${basename(folder)}`, tell);
    }
  });
}

/** Ours and peers, in turn. */
async function measureModel(
  options: Options & { readonly stop: AbortSignal },
  folder: string,
  scratch: string,
  tell: Tell,
): Promise<void> {
  const model = basename(folder), { threads, rounds, peers, stop } = options, built: Ours[] = [];
  const fail = (peer: string, failed: string) =>
    threads.forEach((t) => tell({ threads: t, model, peer, failed }));
  for (const [n, peer] of Object.keys(ways).entries()) {
    const place = `${scratch}/ours${n}`;
    await Deno.mkdir(place, { recursive: true });
    await buildOurs(folder, peer, place, `${scratch}/../roof`, stop).then(
      (ours) => built.push(ours),
      (e) => fail(peer, firstLine(e)),
    );
  }
  const cold = `${scratch}/cold`;
  if (peers.length > 0) await copied(folder, `${cold}/${model}`);
  for (let round = 0; round < rounds; round++) {
    for (const t of threads) {
      for (const ours of built) {
        tell(await timeOurs(model, ours, t).catch((e) => failure(t, model, ours.peer, firstLine(e))));
      }
      for (const peer of peers) {
        const places = { zoo: options.zoo, threads: String(t), model, cold };
        for (const line of await runPeer(peer, places, t, stop)) tell(line);
      }
    }
  }
  await Deno.remove(scratch, { recursive: true });
}

function failure(threads: number, model: string, peer: string, failed: string): Latency {
  return { threads, model, peer, failed };
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split("\n")[0]!.slice(0, 300);
}

/** Another folder's files, but not packages that peers left there; no links, which lead nowhere in a container. */
async function copied(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isFile } of Deno.readDir(from)) {
    if (isFile && !/\.aoti\.pt2$/.test(name)) await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

/** Lines that a peer printed; a failure is one as well. */
async function runPeer(
  template: string,
  places: Readonly<Record<string, string>>,
  threads: number,
  stop: AbortSignal,
): Promise<readonly Line[]> {
  const command = commandOf(template, places);
  const { code, stdout, stderr } = await capture(await pinned(threads, command), stop);
  const lines = readLines(stdout, command.join(" "));
  if (code === 0) return lines;
  return [...lines, failure(threads, places.model ?? "", peerOf(command), lastLine(stderr))];
}

/** What a peer that said nothing is called: its program, and the first argument if that may be a version. */
export function peerOf(command: readonly string[]): string {
  const [program = "", next = ""] = command.filter((word) => word !== "env" && !/^\w+=/.test(word));
  return [basename(program), ...(/^\d[\w.]*$/.test(next) ? [next] : [])].join(" ");
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1)!.trim().slice(0, 300);
}

/** Words of a command with places filled in. */
export function commandOf(template: string, places: Readonly<Record<string, string>>): readonly string[] {
  const fill = (word: string) => word.replaceAll(/\{(\w+)\}/g, (whole, name) => places[name] ?? whole);
  return template.trim().split(/\s+/).map(fill);
}
