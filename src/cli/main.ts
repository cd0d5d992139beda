/**
 * Words in, exit code out: 0 success, 1 failed, 2 wrong usage, 130 interrupted.
 *
 * @module
 */
import { type Diagnostic, nearest } from "../base/mod.ts";
import { type OptionRow, parseWords, usageProblem, type Words } from "./args.ts";
import { type Command, commonOptions, type Context, stop } from "./command.ts";
import { build } from "./commands/build.ts";
import { cache } from "./commands/cache.ts";
import { dev } from "./commands/dev.ts";
import { doctor } from "./commands/doctor.ts";
import { init } from "./commands/init.ts";
import { dump, explain, graph, inspect } from "./commands/look.ts";
import { bench, run, verify } from "./commands/use.ts";
import { commandHelp, generalHelp } from "./help.ts";
import { type Output, outputFor } from "./output.ts";
import type { Pipeline } from "../pipeline/mod.ts";
import { loadPipeline } from "./pipeline.ts";
import { interrupted, realWorld, type World } from "./world.ts";

/** All commands, in the order of `--help`. */
export const commands: readonly Command[] = [
  build,
  dev,
  run,
  verify,
  bench,
  explain,
  dump,
  graph,
  inspect,
  doctor,
  cache,
  init,
];

/** Runs the tool with `args` in `world`. */
export async function main(
  args: readonly string[],
  world: World,
  pipeline: () => Promise<Pipeline> = loadPipeline,
): Promise<number> {
  const { name, rest } = findCommand(args);
  if (name === undefined || name === "help") return help(rest, name === "help", world);
  const command = commands.find((row) => row.name === name);
  if (!command) return wrongUsage(unknownCommand(name), "", world);
  const rows = optionsOf(command);
  const words = parseWords(rest, rows, name);
  if (rest.includes("--help") || rest.includes("-h")) {
    world.out(commandHelp(command));
    return 0;
  }
  const output = speaker(world, command, words.ok ? words.value : undefined);
  if (!words.ok) return stop({ output }, ...words.diagnostics);
  const miscount = countProblem(command, words.value.positional.length);
  if (miscount) return stop({ output }, usageProblem(miscount, name));
  return await guarded(command, { world, output, words: words.value, pipeline });
}

/** Runs a command; an interruption ends with 130, and a bug says that it is one. */
async function guarded(command: Command, context: Context): Promise<number> {
  const { world, output } = context;
  try {
    const code = await command.run(context);
    return world.signal.aborted && code !== 0 ? interruption(output) : code;
  } catch (error) {
    if (world.signal.aborted) return interruption(output);
    if (error instanceof Deno.errors.NotCapable) return stop(context, missingPermission(command.name, error));
    const shown = error instanceof Error ? error.stack ?? error.message : String(error);
    const message = `Cannot go on with ${command.name}: this is a bug in aoti\n${shown}`;
    return stop(context, { reason: "bug", message });
  }
}

function missingPermission(command: string, error: Error): Diagnostic {
  const what = error.message.split(",", 1)[0]!;
  const help = "`deno task aoti` has wide rights; the permission sets in deno.json are yours to widen.";
  return { reason: "permission", message: `Cannot go on with ${command}: ${what}`, help };
}

function interruption(output: Output): number {
  output.note("interrupted\n");
  return 130;
}

/** The first word that is no option of every command, nor the value of one. */
function findCommand(args: readonly string[]): { readonly name?: string; readonly rest: readonly string[] } {
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (!word.startsWith("-")) return { name: word, rest: [...args.slice(0, i), ...args.slice(i + 1)] };
    const row = commonOptions.find((row) =>
      word === `--${row.name}` || (row.short && word === `-${row.short}`)
    );
    if (row && row.kind !== "switch") i++;
  }
  return { rest: args };
}

function help(args: readonly string[], asked: boolean, world: World): number | Promise<number> {
  const topic = args.find((word) => !word.startsWith("-"));
  if (topic !== undefined) return main([topic, "--help"], world);
  if (asked || args.includes("--help") || args.includes("-h")) {
    world.out(generalHelp(commands));
    return 0;
  }
  if (args.length > 0) return wrongUsage(`${args[0]}: expected a command first`, "", world);
  world.err(generalHelp(commands));
  return 2;
}

function wrongUsage(message: string, command: string, world: World): number {
  const output = outputFor(world, { on: () => false }, false);
  return stop({ output }, usageProblem(message, command));
}

function unknownCommand(name: string): string {
  const meant = nearest(name, commands.map((row) => row.name));
  return `${name}: unknown command${meant ? `; did you mean "${meant}"?` : ""}`;
}

/** A command's own options hide common ones of the same name. */
function optionsOf(command: Command): readonly OptionRow[] {
  return [
    ...command.options,
    ...commonOptions.filter(({ name }) => !command.options.some((o) => o.name === name)),
  ];
}

/** Where `--json` takes a file, only `-` means stdout. */
function speaker(world: World, command: Command, words: Words | undefined): Output {
  const takesFile = command.options.some(({ name }) => name === "json");
  const json = takesFile ? words?.text("json") === "-" : words?.on("json") ?? false;
  return outputFor(world, words ?? { on: () => false }, json);
}

function countProblem({ name, takes }: Command, given: number): string | undefined {
  const { least, most, noun } = takes;
  if (given < least) return `${name}: expected ${noun}, found nothing`;
  if (given <= most) return undefined;
  return most === 0
    ? `${name}: takes no words, found ${given}`
    : `${name}: expected one ${noun}, found ${given}`;
}

if (import.meta.main) Deno.exit(await main(Deno.args, realWorld(interrupted())));
