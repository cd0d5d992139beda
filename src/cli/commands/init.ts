/**
 * `aoti init`: a commented config for the archives in the folder.
 *
 * @module
 */
import { join, relative } from "@std/path";
import { nameForFile } from "../../config/mod.ts";
import { type Command, stop } from "../command.ts";
import { count } from "../format.ts";

/** `aoti init`. */
export const init: Command = {
  name: "init",
  usage: ["[--force]"],
  doc: "Writes a commented aoti.config.ts for the archives in the folder.",
  options: [{ name: "force", short: "f", kind: "switch", doc: "Replaces a config that is there." }],
  takes: { least: 0, most: 0, noun: "" },
  run(context) {
    const { words, world, output } = context;
    const path = join(world.cwd, "aoti.config.ts");
    if (world.readText(path) !== undefined && !words.on("force")) {
      const message = "Cannot write aoti.config.ts: there is one already";
      return Promise.resolve(stop(context, { reason: "exists", message, help: "--force replaces it." }));
    }
    const archives = findArchives(world.cwd);
    Deno.writeTextFileSync(path, configText(archives));
    const text = `aoti.config.ts: ${count(archives.length, "archive")}; \`aoti build\` builds ${
      archives.length > 0 ? "them" : "what you add"
    }\n`;
    output.result(text, { path, archives });
    return Promise.resolve(0);
  },
};

const ignored = new Set(["node_modules", "dist", "build", "out"]);
/** Folders below the current one that are looked through. */
const DEPTH = 3;

/** Archives below `root`, as relative paths in order. */
function findArchives(root: string, folder = root, depth = DEPTH): readonly string[] {
  const entries = [...Deno.readDirSync(folder)].sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap(({ name, isFile, isDirectory }) => {
    const path = join(folder, name);
    if (isFile && name.endsWith(".pt2")) return [relative(root, path)];
    const isOpen = isDirectory && depth > 0 && !name.startsWith(".") && !ignored.has(name);
    return isOpen ? findArchives(root, path, depth - 1) : [];
  });
}

/** The text of a config that builds `archives`. */
function configText(archives: readonly string[]): string {
  const taken = new Set<string>();
  const models = archives.map((path, i) => {
    const name = unused(nameForFile(path), taken);
    return `    ${name}: {\n      source: exported(${JSON.stringify(path)}),\n${
      i === 0 ? options : ""
    }    },\n`;
  });
  const body = models.length > 0 ? models.join("") : example;
  const words = models.length > 0 ? "defineConfig, exported" : "defineConfig";
  return `import { ${words} } from "aoti";

// \`aoti build\` writes one folder per model; \`aoti build --help\` lists all flags.
export default defineConfig({
  outDir: "dist",
  models: {
${body}  },
});
`;
}

/** What a model may say besides its source; shown once. */
const options =
  `      // dynamic: { x: { 0: dim("batch", { min: 1, max: 4096 }) } }, // checked against the export's own constraints
      // flags: { max_autotune: true },
      // emit: ["library", "binding", "header", "package"], // default: without "package"
`;

const example =
  `    // No .pt2 file was found here. torch.export.save(program, "models/mlp.pt2") in Python makes one:
    // mlp: { source: exported("models/mlp.pt2") },
`;

function unused(name: string, taken: Set<string>): string {
  let free = name;
  for (let i = 2; taken.has(free.toLowerCase()); i++) free = `${name}_${i}`;
  taken.add(free.toLowerCase());
  return free;
}
