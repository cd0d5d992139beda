/**
 * Commands that use what was built: run, verify, bench.
 *
 * @module
 */
import { join, resolve } from "@std/path";
import { parseFlags } from "../../config/mod.ts";
import { usageProblem } from "../args.ts";
import { type Command, configOf, finish, stop } from "../command.ts";
import { count, printMs, printTable } from "../format.ts";
import type { BenchReport, CaseReport, RunReport, VerifyReport } from "../../pipeline/mod.ts";

const threads = {
  name: "threads",
  kind: "number",
  value: "N",
  doc: "Threads of a run; default: the model's own number.",
} as const;

/** `aoti run`. */
export const run: Command = {
  name: "run",
  usage: ["DIR --inputs FILE.safetensors --outputs FILE.safetensors [--repeat N]"],
  doc: "Runs a built model on stored tensors, named 0, 1, … in flattened order.",
  options: [
    {
      name: "inputs",
      kind: "text",
      value: "FILE",
      doc: "Tensors to read: all inputs, numbers as 0-d tensors.",
    },
    { name: "outputs", kind: "text", value: "FILE", doc: "Where the outputs go." },
    { name: "repeat", kind: "number", value: "N", doc: "Runs N times and shows the times." },
    threads,
  ],
  takes: { least: 1, most: 1, noun: "DIR" },
  async run(context) {
    const { words, world, output } = context;
    const [inputs, outputs] = [words.text("inputs"), words.text("outputs")];
    if (inputs === undefined || outputs === undefined) {
      return stop(
        context,
        usageProblem(`run: needs --${inputs === undefined ? "inputs" : "outputs"} FILE`, "run"),
      );
    }
    const at = (path: string) => resolve(world.cwd, path);
    const report = await (await context.pipeline()).run({
      folder: at(words.positional[0]!),
      inputs: at(inputs),
      outputs: at(outputs),
      repeat: words.number("repeat") ?? 1,
      threads: words.number("threads"),
    }, world.signal);
    return finish(context, report, (value) => output.result(printRun(value), value));
  },
};

/** `aoti verify`. */
export const verify: Command = {
  name: "verify",
  usage: ["DIR… [--json FILE] [--flag NAME=VALUE]… [--wrapper=typescript]"],
  doc: "Builds and runs every case folder found and compares with its expected outputs.",
  options: [
    {
      name: "json",
      kind: "text",
      value: "FILE",
      bare: "-",
      doc: "Writes totals and cases as JSON; - is stdout.",
    },
    { name: "flag", kind: "list", value: "NAME=VALUE", doc: "Builds with a flag; may be repeated." },
    {
      name: "wrapper",
      kind: ["c", "typescript"],
      doc: "What runs the kernels; default: c, as users get it.",
    },
  ],
  takes: { least: 1, most: Infinity, noun: "DIR" },
  async run(context) {
    const { words, world, output } = context;
    const json = words.text("json");
    const file = json === undefined || json === "-" ? undefined : resolve(world.cwd, json);
    const scratch = {
      cacheDir: resolve(world.cwd, words.text("cache-dir") ?? (world.env("AOTI_CACHE_DIR") || ".aoti/cache")),
      jobs: words.number("jobs") ?? Math.max(1, world.cores),
      tune: "off",
    } as const;
    const folders = words.positional.map((folder) => resolve(world.cwd, folder));
    const tell = (found: CaseReport) => found.status === "pass" ? undefined : output.note(printCase(found));
    const flags = parseFlags(words.list("flag"));
    if (!flags.ok) return stop(context, ...flags.diagnostics);
    const pipeline = await context.pipeline();
    const options = {
      folders,
      json: file,
      ...(words.list("flag").length > 0 && { flags: flags.value }),
      ...(words.text("wrapper") === "typescript" && { wrapper: "typescript" as const }),
    };
    const report = await pipeline.verify(options, scratch, tell, world.signal);
    const code = finish(context, report, (value) => output.result(printTotals(value), value));
    return report.ok && report.value.cases.some(({ status }) => status !== "pass") ? 1 : code;
  },
};

/** `aoti bench`. */
export const bench: Command = {
  name: "bench",
  usage: ["MODEL|DIR [--threads N] [--inputs FILE] [--dim NAME=N]… [--json]"],
  doc: "Times a model: latency, and each kernel beside the machine's measured roof.",
  options: [
    threads,
    {
      name: "inputs",
      kind: "text",
      value: "FILE",
      doc: "Times the model on these tensors (safetensors), not on made-up ones.",
    },
    {
      name: "dim",
      kind: "list",
      value: "NAME=N",
      doc: "Size of a dim of made-up tensors; else 8. Repeatable.",
    },
  ],
  takes: { least: 1, most: 1, noun: "MODEL|DIR" },
  async run(context) {
    const { words, world, output } = context;
    const what = words.positional[0]!;
    const isFolder = what.includes("/") ||
      world.readText(join(resolve(world.cwd, what), "manifest.json")) !== undefined;
    const config = isFolder ? undefined : await configOf(context);
    if (config && !config.ok) return stop(context, ...config.diagnostics);
    const at = (path: string) => resolve(world.cwd, path),
      inputs = words.text("inputs"),
      dims = dimsOf(words.list("dim"));
    if (!dims) {
      return stop(context, usageProblem("bench: --dim takes NAME=N, N a whole number from 1", "bench"));
    }
    const options = {
      ...{ what: isFolder ? at(what) : what, threads: words.number("threads"), dims },
      ...(inputs !== undefined && { inputs: at(inputs) }),
      cacheDir: config?.value.cacheDir ??
        at(words.text("cache-dir") ?? (world.env("AOTI_CACHE_DIR") || ".aoti/cache")),
    };
    const pipeline = await context.pipeline();
    const report = await pipeline.bench(config?.ok ? config.value : undefined, options, world.signal);
    return finish(context, report, (value) => output.result(printBench(value), value));
  },
};

/** `NAME=N` words; undefined when one is something else. */
function dimsOf(words: readonly string[]): Readonly<Record<string, number>> | undefined {
  const pairs = words.map((word) => /^(.+)=([1-9]\d*)$/.exec(word));
  if (pairs.includes(null)) return undefined;
  return Object.fromEntries(pairs.map((found) => [found![1]!, Number(found![2])]));
}

function printRun({ outputs, ms }: RunReport): string {
  const rows = outputs.map(({ name, dtype, shape }) => `${name}: ${dtype}[${shape.join(", ")}]\n`).join("");
  const sorted = [...ms].sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? 0;
  return `${rows}${count(ms.length, "run")}, median ${printMs(median)}, min ${printMs(sorted[0] ?? 0)}\n`;
}

function printCase({ folder, id, status, detail }: CaseReport): string {
  return `${status.padEnd(11)}  ${folder}  ${id}${detail ? `: ${detail.split("\n", 1)[0]}` : ""}\n`;
}

function printTotals({ totals, cases }: VerifyReport): string {
  const groups = Object.entries(totals).sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = groups.map((
    [name, { pass, fail, unsupported, error }],
  ) => [name, ...[pass, fail, unsupported, error].map(String)]);
  const strides = cases.filter((found) => (found.strides ?? 0) > 0).length;
  const table = printTable(["group", "pass", "fail", "unsupported", "error"], rows, new Set([1, 2, 3, 4]));
  return `${table}${count(cases.length, "case")}, ${strides} with other strides than PyTorch's\n`;
}

function printBench(report: BenchReport): string {
  const rows = report.kernels.map(({ name, ms, gflops, gbps, of_roof }) => {
    return [name, ms.toFixed(4), gflops.toFixed(1), gbps.toFixed(1), `${Math.round(of_roof * 100)} %`];
  });
  const table = printTable(["kernel", "ms", "GFLOP/s", "GB/s", "of roof"], rows, new Set([1, 2, 3, 4]));
  const { model, threads, median_ms, min_ms, p90_ms, roof } = report;
  const times = `median ${printMs(median_ms)}, min ${printMs(min_ms)}, p90 ${printMs(p90_ms)}`;
  const limits = `${roof.gflops.toFixed(0)} GFLOP/s (f32), ${roof.gbps.toFixed(1)} GB/s`;
  return `${table}${model}, ${count(threads, "thread")}: ${times}\nroof of a core: ${limits}\n`;
}
