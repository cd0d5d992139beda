/**
 * `aoti cache`: what the content store holds, and keeping it small and sound.
 *
 * @module
 */
import { resolve } from "@std/path";
import { fail, nearest, ok, type Result } from "../../base/mod.ts";
import { findConfig } from "../../config/mod.ts";
import { Store } from "../../task/mod.ts";
import { usageProblem } from "../args.ts";
import { type Command, configOf, type Context, finish, stop } from "../command.ts";
import { count, printBytes, printTable } from "../format.ts";

type Action = (context: Context, store: Store, limit: number) => Promise<number>;

const actions: Readonly<Record<string, Action>> = {
  ls: async (context, store) =>
    finish(context, await store.list(), (found) => {
      const rows = found.tasks.map(({ task, entries, bytes }) => [task, `${entries}`, printBytes(bytes)]);
      const table = printTable(["task", "results", "size"], rows, new Set([1, 2]));
      const text = `${table}${count(found.objects, "object")}, ${
        printBytes(found.bytes)
      } in ${store.folder}\n`;
      context.output.result(text, { folder: store.folder, ...found });
    }),
  gc: async (context, store, limit) => {
    const limits = limitsOf(context, limit);
    if (!limits.ok) return stop(context, ...limits.diagnostics);
    return finish(context, await store.gc(limits.value), (found) => {
      const removed = `${count(found.removed, "object")} removed, ${printBytes(found.removedBytes)}`;
      context.output.result(`${removed}; ${printBytes(found.keptBytes)} kept\n`, found);
    });
  },
  verify: async (context, store) => {
    const report = await store.verify();
    const code = finish(context, report, (found) => {
      const bad = `${count(found.damaged.length, "damaged object")} and ${
        count(found.dangling.length, "dangling result")
      }`;
      const text = `${count(found.objects, "object")}, ${printBytes(found.bytes)}: ${bad} removed\n`;
      context.output.result(text, found);
    });
    return report.ok && report.value.damaged.length > 0 ? 1 : code;
  },
  clear: async (context, store) =>
    finish(context, await store.clear(), () => {
      context.output.result(`${store.folder} is empty\n`, { folder: store.folder });
    }),
};

/** `aoti cache`. */
export const cache: Command = {
  name: "cache",
  usage: ["ls", "gc [--max-size SIZE] [--max-age AGE]", "verify", "clear"],
  doc: "Lists, shrinks, checks or empties the content store.",
  options: [
    {
      name: "max-size",
      kind: "text",
      value: "SIZE",
      doc: "gc: what may stay, e.g. 500MB or 10GB; default: cacheLimit.",
    },
    {
      name: "max-age",
      kind: "text",
      value: "AGE",
      doc: "gc: removes what was not used for so long, e.g. 12h or 30d.",
    },
  ],
  takes: { least: 1, most: 1, noun: Object.keys(actions).join("|") },
  async run(context) {
    const word = context.words.positional[0]!;
    const action = Object.hasOwn(actions, word) ? actions[word] : undefined;
    if (!action) {
      const meant = nearest(word, Object.keys(actions));
      const advice = meant ? `; did you mean "${meant}"?` : "";
      return stop(
        context,
        usageProblem(`cache: expected ls, gc, verify or clear, found "${word}"${advice}`, "cache"),
      );
    }
    const place = await placeOf(context);
    if (!place.ok) return stop(context, ...place.diagnostics);
    const opened = await Store.open(place.value.folder);
    if (!opened.ok) return stop(context, ...opened.diagnostics);
    await using store = opened.value;
    return await action(context, store, place.value.limit);
  },
};

/** Bytes that stay where no config says otherwise; the config's own default. */
const LIMIT = 10 * 2 ** 30;

/** The store in force here: named on the command line or in the environment, else the config's, else the default. */
export async function placeOf(context: Context): Promise<Result<{ folder: string; limit: number }>> {
  const { words, world } = context;
  const named = words.text("cache-dir") ?? (world.env("AOTI_CACHE_DIR") || undefined);
  const hasConfig = words.text("config") !== undefined || findConfig(world.cwd).ok;
  if (named === undefined && hasConfig) {
    const config = await configOf(context);
    return config.ok ? ok({ folder: config.value.cacheDir, limit: config.value.cacheLimit }) : config;
  }
  return ok({ folder: resolve(world.cwd, named ?? ".aoti/cache"), limit: LIMIT });
}

const sizes = { "": 1, B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 } as const;
const ages = { s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7, w: 6.048e8 } as const;

function limitsOf({ words }: Context, limit: number): Result<{ maxBytes: number; maxAge?: number }> {
  const maxBytes = parseAmount(words.text("max-size"), sizes),
    maxAge = parseAmount(words.text("max-age"), ages);
  const problems = [
    maxBytes === null ? `--max-size: expected a size such as 500MB, found "${words.text("max-size")}"` : "",
    maxAge === null ? `--max-age: expected an age such as 30d, found "${words.text("max-age")}"` : "",
  ].filter(Boolean);
  if (problems.length > 0) return fail(...problems.map((text) => usageProblem(text, "cache")));
  return ok({ maxBytes: maxBytes ?? limit, ...(typeof maxAge === "number" ? { maxAge } : {}) });
}

/** A number with a unit; null when the text is no such thing. */
function parseAmount(
  text: string | undefined,
  units: Readonly<Record<string, number>>,
): number | null | undefined {
  if (text === undefined) return undefined;
  const [, digits, letters] = /^(\d+(?:\.\d+)?)([a-zA-Z]*)$/.exec(text) ?? [];
  if (digits === undefined) return null;
  const unit = Object.keys(units).find((name) => name.toLowerCase() === letters!.toLowerCase());
  return unit === undefined ? null : Number(digits) * units[unit]!;
}
