/**
 * Tries to import every archive below the given folders and counts what stands in the way:
 * `deno run -A tests/import/census.ts FOLDER… [--list]`.
 */
import { importExport, readArchive } from "../../src/import/mod.ts";
import type { Diagnostic } from "../../src/base/mod.ts";

interface Count {
  archives: number;
  nodes: number;
  example: string;
}

async function* archivesIn(folder: string): AsyncGenerator<string> {
  const entries = [...Deno.readDirSync(folder)].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* archivesIn(path);
    else if (entry.name.endsWith(".pt2")) yield path;
  }
}

/** What a diagnostic is counted under. */
function kindOf(d: Diagnostic): string {
  const target = typeof d.data?.target === "string" ? ` ${d.data.target}` : "";
  if (d.reason === "unsupported-operator") return `${d.reason}${target}`;
  return `${d.reason}${target}: ${d.message.replace(/^.*?: /, "").slice(0, 150)}`;
}

async function diagnose(path: string): Promise<readonly Diagnostic[]> {
  try {
    const archive = await readArchive(path);
    if (!archive.ok) return archive.diagnostics;
    const imported = await importExport(archive.value);
    return imported.ok ? [] : imported.diagnostics;
  } catch (error) {
    return [{
      reason: "crash",
      message: `crash: ${error instanceof Error ? error.stack?.slice(0, 300) : error}`,
    }];
  }
}

const counts = new Map<string, Count>(), list = Deno.args.includes("--list");
for (const folder of Deno.args.filter((arg) => !arg.startsWith("--"))) {
  let good = 0, all = 0;
  for await (const path of archivesIn(folder)) {
    const found = await diagnose(path), kinds = new Map<string, number>();
    all++;
    if (found.length === 0) good++;
    for (const d of found) kinds.set(kindOf(d), (kinds.get(kindOf(d)) ?? 0) + 1);
    if (list && found.length > 0) console.log(`${path}: ${found[0]!.message}`);
    for (const [kind, nodes] of kinds) {
      const count = counts.get(kind) ?? { archives: 0, nodes: 0, example: path };
      counts.set(kind, { ...count, archives: count.archives + 1, nodes: count.nodes + nodes });
    }
  }
  console.log(`${folder}: ${good} of ${all} archives import`);
}
const rows = [...counts].sort(([, a], [, b]) => b.archives - a.archives);
for (const [kind, { archives, nodes, example }] of rows) {
  console.log(
    `${String(archives).padStart(5)} archives ${String(nodes).padStart(6)} nodes  ${kind}  (${
      example.split("/").slice(-2).join("/")
    })`,
  );
}
