/**
 * The `.pt2` package around libraries, laid out for PyTorch's loaders.
 *
 * @module
 */
import { defineTask, type File, json, type Output, type Task, task } from "../task/mod.ts";
import { writeZip, type ZipMember } from "./zip.ts";

/**
 * Where members lie. `flat`: below no root, as 2.6 looks for them; newer releases warn. `rooted`: below a root, as
 * releases since 2.8 look for them; 2.6 finds nothing. `both`: twice, in a place for each; nobody warns.
 */
export type Pt2Layout = "flat" | "rooted" | "both";

/** A model of a package. */
export interface Pt2Model {
  /** With the weights inside, unless `weights` is given. */
  readonly library: File | Output<File>;
  /** Put beside the library, which looks for them there. */
  readonly weights?: File | Output<File>;
  /** Nodes of operators that PyTorch computes: its loaders make an executor from them. */
  readonly hostNodes?: string;
}

/** What a package holds. */
export interface Pt2 {
  /** By the name that a loader asks for; PyTorch's default is `model`. */
  readonly models: Readonly<Record<string, Pt2Model>>;
  /** Runner that PyTorch chooses: `cpu`, `cuda`. */
  readonly device: string;
  /** `auto`: both, unless that would cost more than a few megabytes; then flat. */
  readonly layout?: Pt2Layout | "auto";
}

interface Description {
  readonly device: string;
  readonly layout: Pt2Layout | "auto";
  readonly hostNodes: Readonly<Record<string, string>>;
}

/** Bytes up to which `auto` writes everything twice. */
const FEW = 16 << 20;

const SOURCE =
  "// The library beside this file was built ahead of time; PyTorch's loaders want a source by this name.\n";

const writePt2 = defineTask({
  name: "pt2",
  version: 3,
  inputs: { libraries: "files", weights: "files", description: json<Description>() },
  outputs: { package: "file" },
  run: async ({ libraries, weights, description }, box) => {
    const metadata = JSON.stringify({ AOTI_DEVICE_KEY: description.device });
    const models: ZipMember[] = [];
    // PyTorch 2.6 looks for the last library of all folders that begin with the name: `mlp` lies behind `mlp_large`.
    for (const name of Object.keys(libraries).sort().reverse()) {
      const folder = `data/aotinductor/${name}/`, beside = weights[name];
      models.push({ name: `${folder}m.wrapper.cpp`, data: textOf(SOURCE) });
      models.push({ name: `${folder}m.wrapper_metadata.json`, data: textOf(metadata) });
      const nodes = description.hostNodes[name];
      if (nodes !== undefined) models.push({ name: `${folder}m.wrapper.json`, data: textOf(nodes) });
      if (beside) models.push({ name: `${folder}weights.bin`, data: await box.locate(beside) });
      models.push({ name: `${folder}m.wrapper.so`, data: await box.locate(libraries[name]!) });
    }
    const bytes = [...Object.values(libraries), ...Object.values(weights)].reduce(
      (sum, f) => sum + f.bytes,
      0,
    );
    const { layout } = description, few = bytes <= FEW ? "both" : "flat";
    await writeZip(box.path("package.pt2"), arranged(models, layout === "auto" ? few : layout));
    return { package: await box.adopt("package.pt2") };
  },
});

/**
 * A loader that knows roots takes the first folder of the first two members for it; the other kind wants members that
 * begin with `data/aotinductor`. So a root by the name of `data` serves both.
 */
function arranged(models: readonly ZipMember[], layout: Pt2Layout): readonly ZipMember[] {
  if (layout === "flat") {
    return [
      { name: "version", data: textOf("0") },
      { name: "archive_format", data: textOf("pt2") },
      ...models,
    ];
  }
  const root = layout === "both" ? "data/" : "package/";
  const facts = { archive_format: "pt2", archive_version: "0", ".data/version": "6\n", byteorder: "little" };
  return [
    ...Object.entries(facts).map(([name, text]) => ({ name: root + name, data: textOf(text) })),
    ...models.map(({ name, data }) => ({ name: root + name, data })),
    ...(layout === "both" ? models : []),
  ];
}

function textOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The task that writes a package. */
export function pt2Task(
  { models, device, layout = "auto" }: Pt2,
  options: { readonly label?: string } = {},
): Task<{ readonly package: "file" }> {
  const libraries = Object.fromEntries(Object.entries(models).map(([name, m]) => [name, m.library]));
  const weights = Object.fromEntries(
    Object.entries(models).flatMap(([name, m]) => m.weights ? [[name, m.weights]] : []),
  );
  const hostNodes = Object.fromEntries(
    Object.entries(models).flatMap(([name, m]) => m.hostNodes === undefined ? [] : [[name, m.hostNodes]]),
  );
  return task(writePt2, { libraries, weights, description: { device, layout, hostNodes } }, {
    label: options.label ?? "package",
  });
}
