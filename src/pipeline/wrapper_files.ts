/**
 * The files of a model that runs through its TypeScript wrapper: the module, what it imports, kernels, weights.
 *
 * @module
 */
import type { ResolvedModel } from "../config/mod.ts";
import { type Content, manifestText } from "../package/mod.ts";
import type { BuiltLibrary } from "./library.ts";
import { manifestOf } from "./package_files.ts";
import { toolRoot } from "./tool.ts";
import type { Workshop } from "./workshop.ts";

const services = ["model.ts", "run.ts", "values.ts", "view.ts"];

/** Files by path within the model's folder; the manifest is one of them. */
export async function wrapperFiles(
  shop: Workshop,
  model: ResolvedModel,
  built: BuiltLibrary,
): Promise<Readonly<Record<string, Content>>> {
  const texts = services.map(async (name) => {
    return [`aoti/${name}`, await Deno.readTextFile(`${toolRoot}runtime/typescript/${name}`)] as const;
  });
  const files: Record<string, Content> = {
    [`${model.name}.ts`]: await shop.store.readText(built.modelText),
    ...Object.fromEntries(await Promise.all(texts)),
    "kernels.so": built.library,
    ...(built.weights && { "weights.bin": built.weights }),
  };
  const manifest = { ...manifestOf(shop, model, built, files), wrapper: "typescript" as const };
  return { ...files, "manifest.json": manifestText(manifest) };
}
