/**
 * The files of a built model's folder.
 *
 * @module
 */
import { unwrap } from "../base/mod.ts";
import type { ResolvedModel } from "../config/mod.ts";
import {
  bindingText,
  type Content,
  factsOf,
  type HeaderParts,
  headerText,
  type Manifest,
  manifestText,
  type ModelInterface,
  type Pt2Model,
  pt2Task,
} from "../package/mod.ts";
import type { File } from "../task/mod.ts";
import type { BuiltLibrary } from "./library.ts";
import type { Workshop } from "./workshop.ts";

/** Files by path within the model's folder; the manifest is one of them. */
export async function packageFiles(
  shop: Workshop,
  model: ResolvedModel,
  built: BuiltLibrary,
): Promise<Readonly<Record<string, Content>>> {
  const { name, emit } = model, library = `${name}.so`;
  const wants = (kind: ResolvedModel["emit"][number]) => emit.includes(kind);
  const described = built.planned.description as ModelInterface;
  const embedded = model.flags.package_constants_in_so;
  const weights: Record<string, Content> = built.weights && !embedded ? { "weights.bin": built.weights } : {};
  const { hostNodes } = built.planned;
  const files: Record<string, Content> = {
    ...(wants("library") && { [library]: built.library, ...weights }),
    ...(wants("library") && hostNodes !== undefined && { [`${name}.json`]: hostNodes }),
    ...(wants("binding") && { [`${name}.ts`]: bindingText({ model: described, name, library }) }),
    ...(wants("header") &&
      { [`${name}.h`]: headerText({ model: described, name, library, ...await doorOf(shop, model) }) }),
    ...(wants("package") && { [`${name}.pt2`]: await pt2(shop, model, built) }),
    ...(wants("source") && sourcesOf(built, model.flags.abi_compatible ? "c" : "cpp")),
    ...(wants("object") && objectsOf(built)),
  };
  return { ...files, "manifest.json": manifestText(manifestOf(shop, model, built, files)) };
}

/** What the header declares: door 2, or functions on `at::Tensor`. */
async function doorOf(shop: Workshop, { flags }: ResolvedModel): Promise<Pick<HeaderParts, "abi">> {
  return flags.abi_compatible ? { abi: await shop.store.readText(shop.runtime.headers["aoti/abi.h"]!) } : {};
}

/** A model as a package holds it. */
interface Member {
  readonly model: ResolvedModel;
  readonly built: BuiltLibrary;
}

function memberOf({ model, built }: Member): Pt2Model {
  const beside = built.weights && !model.flags.package_constants_in_so ? { weights: built.weights } : {};
  const { hostNodes } = built.planned;
  return { library: built.library, ...beside, ...(hostNodes !== undefined && { hostNodes }) };
}

/** One package of several models, each by its name; the first says how it is laid out. */
export async function sharedPackage(shop: Workshop, name: string, members: readonly Member[]): Promise<File> {
  const models = Object.fromEntries(members.map((member) => [member.model.name, memberOf(member)]));
  const { device, flags } = members[0]!.model;
  const made = pt2Task({ models, device: device.type, layout: flags.package_layout }, {
    label: `${name}.pt2`,
  });
  return unwrap(await shop.engine.run(made)).package;
}

async function pt2(shop: Workshop, model: ResolvedModel, built: BuiltLibrary): Promise<Content> {
  const models = { model: memberOf({ model, built }) }, layout = model.flags.package_layout;
  const made = pt2Task({ models, device: model.device.type, layout }, { label: `${model.name}/pt2` });
  return unwrap(await shop.engine.run(made)).package;
}

function sourcesOf(built: BuiltLibrary, suffix: "c" | "cpp"): Record<string, Content> {
  const kernels = Object.entries(built.kernelTexts).map(([file, text]) => [`source/${file}`, text] as const);
  return { ...Object.fromEntries(kernels), [`source/model.${suffix}`]: built.modelText };
}

function objectsOf(built: BuiltLibrary): Record<string, Content> {
  return Object.fromEntries(
    Object.entries(built.objects).map(([file, object]) => [`objects/${file}`, object]),
  );
}

/** What a manifest says of a build and its files. */
export function manifestOf(
  shop: Workshop,
  model: ResolvedModel,
  built: BuiltLibrary,
  files: Readonly<Record<string, Content>>,
): Manifest {
  const { planned } = built;
  return {
    format: 1,
    model: model.name,
    device: model.device.type,
    targets: model.target.map((t) => (t === "native" ? shop.native.march : t)),
    interface: planned.description as ModelInterface,
    kernels: planned.kernels.map(({ name, symbol, origins, work }) => ({
      name,
      symbol,
      work,
      origins: origins.map(({ file, line, node, target, module }) => ({
        file: baseName(file),
        line,
        node,
        target,
        module,
      })),
    })),
    toolchain: { ...shop.toolchain.key },
    needed: built.needed,
    imports: built.imports,
    arena: planned.arena,
    weights: built.weights ? factsOf(built.weights) : null,
    inputs: { [model.source.kind === "exported" ? "archive" : "graph"]: built.source },
    files: Object.fromEntries(Object.entries(files).map(([path, content]) => [path, factsOf(content)])),
    flags: model.flags,
  };
}

/** No absolute path reaches a manifest. */
function baseName(file: string | undefined): string | undefined {
  return file?.split("/").at(-1);
}
