/**
 * The custom operators that a model's config names: C sources, and schemas of what the host computes.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import type { ResolvedModel } from "../config/mod.ts";
import type { OpGiven } from "../ops/mod.ts";

/** Reads them; names of files stay, folders do not reach a key. */
export async function opSources(
  { name, ops }: Pick<ResolvedModel, "name" | "ops">,
): Promise<Readonly<Record<string, OpGiven>>> {
  const entries = Object.entries(ops).map(async ([op, path]): Promise<readonly [string, OpGiven]> => {
    if (typeof path !== "string") return [op, path];
    const text = await Deno.readTextFile(path).catch((error: Error) =>
      refuse({
        reason: "operator-source",
        message: `Cannot read ${path} for operator "${op}": ${error.message}`,
        help: "A relative path starts at the config's folder.",
        at: { path: `models.${name}.ops` },
      })
    );
    return [op, { file: path.split("/").at(-1)!, text }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
