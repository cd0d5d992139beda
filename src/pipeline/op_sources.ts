/**
 * The C sources of custom operators that a model's config names.
 *
 * @module
 */
import { refuse } from "../base/mod.ts";
import type { ResolvedModel } from "../config/mod.ts";
import type { OpSource } from "../ops/mod.ts";

/** Reads them; names of files stay, folders do not reach a key. */
export async function opSources(
  { name, ops }: Pick<ResolvedModel, "name" | "ops">,
): Promise<Readonly<Record<string, OpSource>>> {
  const entries = Object.entries(ops).map(async ([op, path]) => {
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
