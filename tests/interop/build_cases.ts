/**
 * Packages of case folders, for PyTorch to open:
 *
 *     deno run -A tests/interop/build_cases.ts [--one] [--on-torch] [--cache=DIR] [--level=x86-64-v3] OUT FOLDER…
 *
 * OUT gets `<folder>/<case>.pt2` for each case that builds, beside a copy of its archive, `cases.json`, inputs and
 * expected outputs, and `built.json`: what was built, and why the rest was not. `--one`: the first case of each folder.
 * `--on-torch`: the wrapper on `at::Tensor` (`<case>.so` with its weights) instead of a package; LIBTORCH says against what.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { attemptAsync, type DType, dtypes, type Result, unwrap } from "../../src/base/mod.ts";
import { pt2Task } from "../../src/package/mod.ts";
import { buildLibrary, type BuiltLibrary } from "../../src/pipeline/library.ts";
import { type Case, findCaseFolders, readCases } from "../../src/pipeline/verify/cases.ts";
import { openWorkshop, targetNamed, type Workshop } from "../../src/pipeline/workshop.ts";

/** One case: where its package is, or why there is none. */
interface Row {
  readonly folder: string;
  readonly id: string;
  readonly package?: string;
  /** Of a wrapper on `at::Tensor`: what its operator is called, and whether it has weights beside it. */
  readonly operator?: string;
  readonly weights?: string;
  /** Element types of the inputs that the model takes, by leaf, as PyTorch names them. */
  readonly dtypes?: Readonly<Record<number, string>>;
  readonly problem?: string;
  readonly unsupported?: boolean;
}

const flags = parseArgs(Deno.args, {
  boolean: ["one", "on-torch"],
  string: ["cache", "level"],
  default: {},
});
const [out, ...roots] = flags._.map(String);
if (!out || roots.length === 0) {
  console.error("build_cases.ts [--one] [--on-torch] [--cache=DIR] [--level=LEVEL] OUT FOLDER…");
  Deno.exit(2);
}
await using shop = unwrap(
  await openWorkshop({
    cacheDir: (flags.cache ?? ".aoti/cache") as string,
    ...{ jobs: 2, keepGoing: true },
    ...(Deno.env.has("LIBTORCH") && { libtorch: Deno.env.get("LIBTORCH")! }),
  }),
);
const target = targetNamed(shop, (flags.level ?? "native") as "native");
const todo = [...await findCaseFolders(roots)], rows: Row[] = [];
await Promise.all([1, 2].map(async () => {
  for (let folder = todo.shift(); folder; folder = todo.shift()) {
    rows.push(...await buildFolder(shop, folder, `${out}/${folder.split("/").at(-1)}`));
  }
}));
rows.sort((a, b) => (a.folder + a.id < b.folder + b.id ? -1 : 1));
await Deno.writeTextFile(`${out}/built.json`, `${JSON.stringify(rows, null, 1)}\n`);
console.log(`${rows.filter((r) => r.package).length} built, ${rows.filter((r) => !r.package).length} not`);

async function buildFolder(shop: Workshop, folder: string, to: string): Promise<readonly Row[]> {
  const all = unwrap(await readCases(folder)), made: Row[] = [];
  await Deno.mkdir(to, { recursive: true });
  for (const file of ["cases.json", "inputs.safetensors", "expected.safetensors"]) {
    await Deno.copyFile(`${folder}/${file}`, `${to}/${file}`);
  }
  for (const c of flags.one ? all.slice(0, 1) : all) {
    const done = await attemptAsync(() =>
      flags["on-torch"] ? buildOnTorch(shop, c, to) : buildCase(shop, c, to)
    );
    made.push({ folder: folder.split("/").at(-1)!, id: c.id, ...facts(done) });
  }
  return made;
}

function facts(done: Result<Partial<Row>>): Partial<Row> {
  if (done.ok) return done.value;
  const problem = [...new Set(done.diagnostics.map((d) => d.message))].slice(0, 3).join("; ");
  console.log(problem);
  return { problem, unsupported: done.diagnostics.every((d) => d.reason.startsWith("unsupported")) };
}

async function buildCase(shop: Workshop, c: Case, to: string): Promise<Partial<Row>> {
  const path = `${c.folder}/${c.model}`, file = `${c.id.replaceAll(/[^\w.-]/g, "_")}.pt2`;
  const built = await buildLibrary(shop, { name: "model", source: { kind: "archive", path }, target });
  const beside = built.weights && { weights: built.weights };
  const made = pt2Task({ models: { model: { library: built.library, ...beside } }, device: "cpu" });
  unwrap(await shop.engine.materialise(unwrap(await shop.engine.run(made)).package, `${to}/aoti_${file}`));
  await Deno.copyFile(path, `${to}/${c.model}`);
  return { package: `aoti_${file}`, dtypes: inputTypes(built) };
}

function inputTypes({ planned }: BuiltLibrary): Readonly<Record<number, string>> {
  const { inputs } = planned.description;
  return Object.fromEntries(inputs.map(({ leaf, dtype }) => [leaf, dtypes[dtype as DType].torch]));
}

/** The library and its weights; its operator has the case's own name, as all share a namespace. */
async function buildOnTorch(shop: Workshop, c: Case, to: string): Promise<Partial<Row>> {
  const path = `${c.folder}/${c.model}`, id = c.id.replaceAll(/\W/g, "_");
  const operator = `${to.split("/").at(-1)}_${id}`.replaceAll(/\W/g, "_");
  const built = await buildLibrary(shop, {
    ...{ name: operator, source: { kind: "archive", path }, target },
    flags: { abi_compatible: false },
  });
  unwrap(await shop.engine.materialise(built.library, `${to}/${id}.so`));
  if (built.weights) unwrap(await shop.engine.materialise(built.weights, `${to}/${id}.weights.bin`));
  await Deno.copyFile(path, `${to}/${c.model}`);
  const weights = built.weights && { weights: `${id}.weights.bin` };
  return { package: `${id}.so`, operator, ...weights, dtypes: inputTypes(built) };
}
