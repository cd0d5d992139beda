/** The same bytes of a library behind door 2 in Deno and behind door 1 in every PyTorch at hand. */
import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { digestOfFile, dtypes, unwrap } from "../../src/base/mod.ts";
import { pt2Task } from "../../src/package/mod.ts";
import { buildLibrary } from "../../src/pipeline/library.ts";
import { readCases } from "../../src/pipeline/verify/cases.ts";
import { openWorkshop, type Workshop } from "../../src/pipeline/workshop.ts";
import { dense, Model, readSafetensors, type Tensor } from "../../src/run/mod.ts";
import { hasCompiler } from "../rig/native_graph.ts";
import { findHosts, hostLines, runHost } from "./hosts.ts";

const here = (name: string) => fromFileUrl(new URL(name, import.meta.url));
const { hosts, refused } = await findHosts(hostLines((name) => Deno.env.get(name)));
const ignore = !hasCompiler || hosts.length === 0;
if (hosts.length === 0) {
  console.warn(`SKIPPED: libraries in PyTorch: none found (set AOTI_PYTHON); tried ${refused.join("; ")}`);
}

/** A library as files of the test's folder, with inputs. */
interface Built {
  readonly name: string;
  readonly library: string;
  readonly package: string;
  readonly sets: readonly (readonly Tensor[])[];
}

/** Library, weights and package of one of the examples' models. */
async function build(shop: Workshop, name: string, folder: string): Promise<Built> {
  const cases = here(`../models/${name}`), path = `${cases}/model.pt2`;
  const built = await buildLibrary(shop, { name, source: { kind: "archive", path }, target: shop.native });
  const { library, weights } = built, files = { library: `${name}.so`, package: `${name}.pt2` };
  const models = { model: { library, ...(weights && { weights }) } };
  const packed = unwrap(await shop.engine.run(pt2Task({ models, device: "cpu" }))).package;
  unwrap(await shop.engine.materialise(library, `${folder}/${files.library}`));
  unwrap(await shop.engine.materialise(packed, `${folder}/${files.package}`));
  if (weights) unwrap(await shop.engine.materialise(weights, `${folder}/${name}.weights.bin`));
  const stored = unwrap(readSafetensors(`${cases}/inputs.safetensors`));
  const [first] = unwrap(await readCases(cases));
  const sets = first!.sets.map((set) => set.inputs.map((leaf) => dense(stored.get(leaf.key!)!)));
  return { name, ...files, sets };
}

/** Bytes of every output of every set, as Deno gets them through door 2. */
function byDoor2(folder: string, { library, sets }: Built): readonly (readonly string[])[] {
  using model = unwrap(Model.open(`${folder}/${library}`, { threads: 2 }));
  return sets.map((inputs) => unwrap(model.run(inputs)).map((tensor) => dense(tensor!).data.toBase64()));
}

function forPython({ sets, ...files }: Built) {
  const leaf = ({ dtype, shape, data }: Tensor) => ({
    dtype: dtypes[dtype].torch,
    shape,
    data: data.toBase64(),
  });
  return { ...files, sets: sets.map((inputs) => inputs.map(leaf)) };
}

const releases = hosts.map(({ release }) => release).join(", ");
Deno.test({
  name: `One library, bit for bit: door 2 in Deno, door 1 in PyTorch ${releases}`,
  ignore,
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "aoti-one-library-" });
    try {
      await using shop = unwrap(await openWorkshop({ cacheDir: here("../../.aoti/tests"), jobs: 2 }));
      const models: Built[] = [];
      for (const name of ["mlp", "condmodel", "convnet"]) models.push(await build(shop, name, folder));
      await Deno.writeTextFile(`${folder}/models.json`, JSON.stringify(models.map(forPython)));
      await Deno.copyFile(here("one_library.py"), `${folder}/one_library.py`);
      const own = models.map((model) => {
        const digest = digestOfFile(`${folder}/${model.library}`), outputs = byDoor2(folder, model);
        return { model: model.name, library: digest, packaged: digest, bare: outputs, loaded: outputs };
      });
      for (const { command, release } of hosts) {
        const { code, out, err } = await runHost(command, ["one_library.py", "models.json"], folder);
        assertEquals([release, code], [release, 0], err);
        const lines = out.trim().split("\n").filter((line) => line.startsWith("{")).map((line) =>
          JSON.parse(line)
        );
        assertEquals(lines.map(({ torch: _torch, ...rest }) => rest), own);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
