/**
 * The `.pt2` package around a library, in the one layout that PyTorch's loaders of all releases since 2.6 open.
 *
 * @module
 */
import { defineTask, type File, json, type Output, type Task, task } from "../task/mod.ts";
import { writeZip, type ZipMember } from "./zip.ts";

/** What a package holds. */
export interface Pt2 {
  /** With the weights inside, unless `weights` is given. */
  readonly library: File | Output<File>;
  /** Put beside the library, which looks for them there. */
  readonly weights?: File | Output<File>;
  /** Runner that PyTorch chooses: `cpu`, `cuda`. */
  readonly device: string;
  /** Name that a loader asks for; PyTorch's default is `model`. */
  readonly name?: string;
}

interface Description {
  readonly device: string;
  readonly name: string;
}

const SOURCE =
  "// The library beside this file was built ahead of time; PyTorch's loaders want a source by this name.\n";

const writePt2 = defineTask({
  name: "pt2",
  version: 1,
  inputs: { library: "file", weights: "files", description: json<Description>() },
  outputs: { package: "file" },
  run: async ({ library, weights, description: { device, name } }, box) => {
    const text = (text: string) => new TextEncoder().encode(text);
    const folder = `data/aotinductor/${name}/`;
    const members: ZipMember[] = [
      { name: "version", data: text("0") },
      { name: "archive_format", data: text("pt2") }, // two first members without a folder: no root
      { name: `${folder}m.wrapper.cpp`, data: text(SOURCE) },
      { name: `${folder}m.wrapper_metadata.json`, data: text(JSON.stringify({ AOTI_DEVICE_KEY: device })) },
    ];
    if (weights.bin) members.push({ name: `${folder}weights.bin`, data: await box.locate(weights.bin) });
    members.push({ name: `${folder}m.wrapper.so`, data: await box.locate(library) });
    await writeZip(box.path("package.pt2"), members);
    return { package: await box.adopt("package.pt2") };
  },
});

/** The task that writes a package. */
export function pt2Task(
  { library, weights, device, name = "model" }: Pt2,
  options: { readonly label?: string } = {},
): Task<{ readonly package: "file" }> {
  const beside: Readonly<Record<string, File | Output<File>>> = weights ? { bin: weights } : {};
  return task(writePt2, { library, weights: beside, description: { device, name } }, {
    label: options.label ?? "package",
  });
}
