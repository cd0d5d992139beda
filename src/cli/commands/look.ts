/**
 * Commands that show without building: inspect, explain, dump, graph.
 *
 * @module
 */
import { dirname, join, resolve } from "@std/path";
import { type OptionRow, usageProblem } from "../args.ts";
import { type Command, configOf, configOfOne, finish, stop } from "../command.ts";

const modelFlag: OptionRow = {
  name: "flag",
  kind: "list",
  value: "NAME=VALUE",
  doc: "Sets a flag of the model; may be repeated.",
};

/** `aoti inspect`. */
export const inspect: Command = {
  name: "inspect",
  usage: ["FILE.pt2|DIR"],
  doc: "Shows what an archive or a build contains.",
  options: [],
  takes: { least: 1, most: 1, noun: "FILE.pt2|DIR" },
  async run(context) {
    const { words, world, output } = context;
    const path = resolve(world.cwd, words.positional[0]!);
    const shown = await (await context.pipeline()).inspect(path, world.signal);
    return finish(context, shown, ({ text, value }) => output.result(text, value));
  },
};

/** `aoti explain`. */
export const explain: Command = {
  name: "explain",
  usage: ["TASK|KERNEL", "--why-rebuilt"],
  doc: "Says which key fields of a task changed, or what a kernel does, from which model line, and why so.",
  options: [{
    name: "why-rebuilt",
    kind: "switch",
    doc: "Explains every task that the last build had to run.",
  }],
  takes: { least: 0, most: 1, noun: "TASK|KERNEL" },
  async run(context) {
    const { words, world, output } = context;
    const what = words.positional[0], whyRebuilt = words.on("why-rebuilt");
    if ((what === undefined) !== whyRebuilt) {
      return stop(context, usageProblem("explain: expected either TASK|KERNEL or --why-rebuilt", "explain"));
    }
    const config = await configOf(context);
    if (!config.ok) return stop(context, ...config.diagnostics);
    const shown = await (await context.pipeline()).explain(config.value, { what, whyRebuilt }, world.signal);
    return finish(context, shown, ({ text, value }) => output.result(text, value));
  },
};

/** Levels that `dump` prints, in the order of the build. */
export const levels = ["graph", "passes", "loops", "plan", "sources"] as const;

/** `aoti dump`. */
export const dump: Command = {
  name: "dump",
  usage: ["MODEL|FILE.pt2 --to=LEVEL [--from=LEVEL [--text FILE]]"],
  doc: "Prints the model at a level of the compiler, or goes on from an edited text.",
  options: [
    { name: "to", kind: levels, doc: "The level to print." },
    { name: "from", kind: levels, doc: "Goes on from a text at this level, read from stdin or --text." },
    { name: "text", kind: "text", value: "FILE", doc: "The edited text, with --from." },
    modelFlag,
  ],
  takes: { least: 1, most: 1, noun: "MODEL|FILE.pt2" },
  async run(context) {
    const { words, world, output } = context;
    const [to, from, file] = [words.text("to"), words.text("from"), words.text("text")];
    if (to === undefined) {
      return stop(context, usageProblem(`dump: needs --to, one of ${levels.join(", ")}`, "dump"));
    }
    if (file !== undefined && from === undefined) {
      return stop(context, usageProblem("--text: needs --from", "dump"));
    }
    const config = await configOfOne(context, "dump");
    if (!config.ok) return stop(context, ...config.diagnostics);
    const text = from === undefined
      ? undefined
      : file === undefined
      ? await world.stdin()
      : world.readText(resolve(world.cwd, file));
    if (from !== undefined && text === undefined) {
      return stop(context, { reason: "not-found", message: `Cannot read "${file}": there is no such file` });
    }
    const options = { model: config.value.models[0]!.name, to, from, text };
    const printed = await (await context.pipeline()).dump(config.value, options, world.signal);
    return finish(context, printed, (value) => output.result(value, { level: to, text: value }));
  },
};

/** `aoti graph`. */
export const graph: Command = {
  name: "graph",
  usage: ["MODEL|FILE.pt2 [--html FILE]"],
  doc: "Writes the model graph, kernels and task timeline as one self-contained HTML page.",
  options: [
    {
      name: "html",
      short: "o",
      kind: "text",
      value: "FILE",
      doc: "Where the page goes; default: MODEL.html in the folder of builds.",
    },
    modelFlag,
  ],
  takes: { least: 1, most: 1, noun: "MODEL|FILE.pt2" },
  async run(context) {
    const { words, world, output } = context;
    const config = await configOfOne(context, "graph");
    if (!config.ok) return stop(context, ...config.diagnostics);
    const { outDir, models: [model] } = config.value;
    const page = await (await context.pipeline()).graph(config.value, model!.name, world.signal);
    const given = words.text("html"),
      path = given ? resolve(world.cwd, given) : join(outDir, `${model!.name}.html`);
    return finish(context, page, (html) => {
      Deno.mkdirSync(dirname(path), { recursive: true });
      Deno.writeTextFileSync(path, html);
      output.result(`${path}\n`, { path });
    });
  },
};
