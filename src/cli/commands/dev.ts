/**
 * `aoti dev`: a model through its TypeScript wrapper, again whenever something that it is made of changes.
 *
 * @module
 */
import { join, relative, resolve } from "@std/path";
import type { DevReport } from "../../pipeline/mod.ts";
import { type Command, configOfOne, type Context, finish, stop } from "../command.ts";
import { count, printMs, printTable } from "../format.ts";
import { watch, watchedFiles } from "../watch.ts";

const NONE = "-";

/** `aoti dev`. */
export const dev: Command = {
  name: "dev",
  usage: ["MODEL|FILE.pt2 [--inputs F] [--outputs F] [--values[=F]] [--repeat N] [--once] [--inspect]"],
  doc: "Runs a model step by step through TypeScript that a debugger can follow, and again after changes.",
  options: [
    {
      name: "inputs",
      kind: "text",
      value: "FILE",
      doc: "Tensors to run on; default: small made-up numbers.",
    },
    {
      name: "outputs",
      kind: "text",
      value: "FILE",
      doc: "Where the outputs go; default: beside the wrapper.",
    },
    {
      name: "values",
      kind: "text",
      value: "FILE",
      bare: NONE,
      doc: "Shows what each kernel wrote; with FILE, writes it there as safetensors.",
    },
    {
      name: "repeat",
      kind: "number",
      value: "N",
      doc: "Runs N times; kernels' times are those of the last run.",
    },
    { name: "once", kind: "switch", doc: "Does not wait for changes." },
    {
      name: "inspect",
      kind: "switch",
      doc: "Waits for a debugger before it runs; breakpoints go into the wrapper.",
    },
    {
      name: "out",
      short: "o",
      kind: "text",
      value: "DIR",
      doc: "Folder of the wrapper; default: .aoti/dev/MODEL.",
    },
    { name: "flag", kind: "list", value: "NAME=VALUE", doc: "Sets a flag of the model; may be repeated." },
  ],
  takes: { least: 1, most: 1, noun: "MODEL|FILE.pt2" },
  async run(context) {
    const { words } = context, isOnce = words.on("once") || words.on("inspect");
    return isOnce ? (await round(context)).code : await watch(context, round);
  },
};

/** Loads the config, builds, runs; tells which files a watcher should look at. */
async function round(
  context: Context,
  revision?: number,
): Promise<{ code: number; inputs: readonly string[] }> {
  const { words, world, output } = context;
  const config = await configOfOne(context, "dev", revision);
  if (!config.ok) return { code: stop(context, ...config.diagnostics), inputs: [] };
  const at = (path: string | undefined) => path === undefined ? undefined : resolve(world.cwd, path);
  const [model] = config.value.models, values = words.text("values"), inputs = at(words.text("inputs"));
  const options = {
    model: model!.name,
    folder: at(words.text("out")) ?? join(config.value.root, ".aoti", "dev", model!.name),
    inputs,
    outputs: at(words.text("outputs")),
    repeat: words.number("repeat") ?? 1,
    ...(values !== undefined && { values: values === NONE ? { said: true } : { file: at(values)! } }),
    ...(words.on("inspect") && { debug: (said: string) => output.note(said) }),
  };
  const report = await (await context.pipeline()).dev(config.value, options, world.signal);
  const code = !report.ok && world.signal.aborted
    ? 130
    : finish(context, report, (value) => output.result(printDev(value, world.cwd), value));
  return { code, inputs: [...watchedFiles(config.value), ...(inputs === undefined ? [] : [inputs])] };
}

function printDev(report: DevReport, cwd: string): string {
  const total = report.kernels.reduce((sum, { ms }) => sum + ms, 0);
  const rows = report.kernels.map(({ name, launches, ms, place }) => {
    return [
      name,
      String(launches),
      (1000 * ms).toFixed(1),
      `${total > 0 ? Math.round(100 * ms / total) : 0} %`,
      place,
    ];
  });
  const table = printTable(["kernel", "launches", "µs", "share", "of"], rows, new Set([1, 2, 3]));
  const outputs = report.outputs.map(({ name, dtype, shape }) => `${name}: ${dtype}[${shape.join(", ")}]\n`);
  const values = (report.said ?? []).map((line) => `${line}\n`);
  const last = report.ms.at(-1) ?? 0, path = relative(cwd, report.script);
  const runs = `${report.model}: ${count(report.ms.length, "run")}, the last ${printMs(last)}`;
  const step = `step through it in ${path.startsWith("..") ? report.script : path}`;
  return `${values.join("")}${table}${outputs.join("")}${runs}, kernels ${total.toFixed(3)} ms; ${step}\n`;
}
