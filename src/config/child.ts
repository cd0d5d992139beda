/**
 * Reads a config under the user's own import map: a child process with that map prints it as JSON.
 * Functions do not survive that way, so a config with `graph()` must resolve in this process.
 *
 * @module
 */
import { dirname, toFileUrl } from "@std/path";
import { type Diagnostic, fail, ok, type Result } from "../base/mod.ts";
import { importProblem } from "./load_errors.ts";

const mark = "\u001faoti-config "; // a config may print, too; ours is the marked line
const script = `const say = (value) => console.log(${JSON.stringify(mark)} + JSON.stringify(value));
try {
  const { default: value } = await import(Deno.args[0]);
  let graphs = 0;
  const text = JSON.stringify(value, (_, v) => typeof v === "function" ? (graphs++, null) : v);
  say({ graphs, text });
} catch (e) {
  say({ threw: e instanceof Error ? { name: e.name, message: e.message, stack: e.stack, code: e.code } : String(e) });
}`;

type Answer =
  | { readonly threw: string | { readonly name: string; readonly message: string; readonly stack?: string } }
  | { readonly threw?: undefined; readonly graphs: number; readonly text?: string };

/** The default export of `path` under the import map `map`; `first` says why this process could not import it. */
export async function importInChild(path: string, map: string, first: Diagnostic): Promise<Result<unknown>> {
  const read = [dirname(path), dirname(map)].join(",");
  const args = ["run", "--quiet", "--no-prompt", `--allow-read=${read}`, "--allow-env", "--config", map, "-"];
  const out = await deno([...args, toFileUrl(path).href], script);
  const line = out?.split("\n").find((text) => text.startsWith(mark));
  if (line === undefined) return fail(first);
  const answer = JSON.parse(line.slice(mark.length)) as Answer;
  if (answer.threw !== undefined) return fail(importProblem(revive(answer.threw), path, map));
  if (answer.graphs > 0) return fail(needsThisProcess(first, map));
  return ok(answer.text === undefined ? undefined : JSON.parse(answer.text));
}

function revive(threw: string | object): unknown {
  return typeof threw === "string" ? threw : Object.assign(new Error(), threw);
}

function needsThisProcess(first: Diagnostic, map: string): Diagnostic {
  return {
    ...first,
    reason: "config-import",
    help:
      `graph() needs the config in the tool's own process, under one import map: run it with --config ${map}.`,
  };
}

/** What deno printed, or nothing where it may not or cannot be run. */
async function deno(args: readonly string[], stdin: string): Promise<string | undefined> {
  try {
    const child = new Deno.Command(executable(), {
      args: [...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
    return new TextDecoder().decode((await child.output()).stdout);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** This very deno where it may be run, else whatever `deno` means on the PATH. */
function executable(): string {
  const own = Deno.execPath();
  const allowed = Deno.permissions.querySync({ name: "run", command: own }).state === "granted";
  return allowed ? own : "deno";
}
