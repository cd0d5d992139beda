/**
 * The shape of a config, in zod: the one source of checking, of messages and of the JSON Schema.
 *
 * @module
 */
import { z } from "zod";
import { flagNames, flagRows } from "./flags.ts";
import { type Dim, emitKinds, tuneModes } from "./resolved.ts";
import type { GraphSource } from "./define.ts";

const axis = z.string().regex(/^\d+$/);
const path = z.string().min(1);

/** A dimension as `dim()` makes it. */
const dimSchema = z.strictObject({
  kind: z.literal("dim"),
  name: z.string().regex(/^[A-Za-z_]\w*$/),
  min: z.int().min(0),
  max: z.int().min(0).optional(),
}).meta({ id: "dim", description: "A named dimension that varies from run to run; made by dim()." });

const exportedSchema = z.strictObject({ kind: z.literal("exported"), path }).meta({
  description: "A torch.export archive; made by exported().",
});

const graphSchema = z.strictObject({
  kind: z.literal("graph"),
  build: z.custom<GraphSource["build"]>((value) => typeof value === "function"),
}).meta({ description: "A model written in TypeScript; made by graph(). Only in a .ts or .js config." });

const deviceSchema = z.union([
  z.enum(["cpu", "cuda"]),
  z.strictObject({ type: z.literal("cpu") }),
  z.strictObject({
    type: z.literal("cuda"),
    arch: z.array(z.string().regex(/^sm_\d+[a-z]?$/)).min(1).optional(),
  }),
]);

const flagsSchema = z.strictObject(
  Object.fromEntries(
    flagNames.map((name) => {
      const { schema, doc, default: preset } = flagRows[name];
      return [name, schema.optional().meta({ description: doc, default: preset })];
    }),
  ),
);

const modelSchema = z.strictObject({
  source: z.discriminatedUnion("kind", [exportedSchema, graphSchema]),
  device: deviceSchema.optional().meta({ description: "Default: cpu.", default: "cpu" }),
  dynamic: z.record(z.string(), z.record(axis, dimSchema)).optional().meta({
    description: "Input name, then axis, then dimension; the export's own dynamic shapes hold for the rest.",
  }),
  flags: flagsSchema.optional(),
  emit: z.array(z.enum(emitKinds)).min(1).optional().meta({
    description: "What is written.",
    default: ["library", "binding", "header"],
  }),
  ops: z.record(
    z.string().regex(/^\w+::\w+(\.\w+)?$/),
    z.union([path, z.strictObject({ schema: z.string().min(1) })]),
  ).optional().meta({
    description:
      "Custom operators: ns::name, then the path of a C source, or { schema } of one that the host computes (docs/custom_operators.md).",
  }),
});

/** The whole config. */
export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  outDir: path.optional().meta({ description: "Folder that gets one folder per model.", default: "dist" }),
  cacheDir: path.optional().meta({ description: "Folder of the content store.", default: ".aoti/cache" }),
  cacheLimit: z.int().min(0).optional().meta({
    description: "Bytes that `cache gc` leaves.",
    default: 10 * 2 ** 30,
  }),
  jobs: z.int().min(1).max(1024).optional().meta({ description: "Tasks at a time; default: one a core." }),
  tune: z.enum(tuneModes).optional().meta({
    description: "When kernel variants of models with max_autotune are measured.",
    default: "full",
  }),
  compiler: path.optional().meta({ description: "Command or path of the C compiler." }),
  libtorch: path.optional().meta({
    description: "Folder of a libtorch (include/, lib/), for models with abi_compatible: false.",
  }),
  models: z.record(z.string(), modelSchema),
  packages: z.record(z.string().regex(/^[A-Za-z0-9_][\w.-]*$/), z.array(z.string()).min(1)).optional().meta({
    description:
      "Packages of several models for PyTorch: file name in outDir without .pt2, then names of models.",
  }),
});

/** A config that has the right shape; names, paths and contradictions are still to be looked at. */
export type ShapedConfig = z.output<typeof configSchema>;
export type ShapedModel = ShapedConfig["models"][string];

/** Keys that are known at a place in the config, and what a key is called there; `*` stands for any key. */
export const knownKeys: readonly {
  readonly at: readonly string[];
  readonly noun: string;
  readonly keys: readonly string[];
}[] = [
  { at: [], noun: "key", keys: Object.keys(configSchema.shape).filter((key) => key !== "$schema") },
  { at: ["models", "*"], noun: "key", keys: Object.keys(modelSchema.shape) },
  { at: ["models", "*", "flags"], noun: "flag", keys: flagNames },
  { at: ["models", "*", "device"], noun: "key", keys: ["type", "arch"] },
  { at: ["models", "*", "source"], noun: "key", keys: ["kind", "path", "build"] },
  { at: ["models", "*", "dynamic", "*", "*"], noun: "key", keys: Object.keys(dimSchema.shape) },
];

/** Rules that hold for a dim beyond its shape: the reason why it cannot be, if any. */
export function dimProblem(dim: Dim): string | undefined {
  return dim.max !== undefined && dim.max < dim.min
    ? `dim "${dim.name}" has no values: min ${dim.min} is above max ${dim.max}`
    : undefined;
}

/** JSON Schema (draft 7) of a config, for editors and for configs written in JSON. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, { io: "input", target: "draft-7", unrepresentable: "any" });
  return { title: "aoti config", ...schema };
}
