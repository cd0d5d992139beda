/**
 * An exported program from its JSON: the envelope by zod, the graph by hand-written decoders (they are the hot part).
 *
 * @module
 */
import { z } from "zod";
import {
  type Decode,
  defaulted,
  field,
  int,
  list,
  map,
  Misshapen,
  object,
  optional,
  string,
} from "./decode.ts";
import { argument, graph } from "./decode_graph.ts";
import { inputSpecs, outputSpecs } from "./decode_specs.ts";
import { unreadable } from "./errors.ts";
import { exactInt, type Json } from "./json.ts";
import {
  inputLeafNames,
  leavesOf,
  type NamedTupleFields,
  namedTupleFields,
  outputLeafNames,
  tree,
} from "./treespec.ts";
import type { CallSignature, ExportedProgram, ModuleCall, Range } from "./types.ts";

const version = z.object({ major: z.int(), minor: z.int() });
const envelope = z.object({
  graph_module: z.custom<Json>((value) => typeof value === "object" && value !== null),
  opset_version: z.record(z.string(), z.int()).nullish(),
  range_constraints: z.custom<Json>((value) => typeof value === "object" && value !== null),
  verifiers: z.array(z.string()).nullish(),
  torch_version: z.string().nullish(),
  guards_code: z.array(z.string()).nullish(),
});

/** Decodes the JSON of one program; `depth` bounds its trees. */
export function decodeProgram(json: Json, depth: number): ExportedProgram {
  const schema = schemaOf(json), outer = envelope.safeParse(json);
  if (!outer.success) unreadable("bad-schema", firstIssue(outer.error));
  try {
    return { schema, ...decodeEnvelope(outer.data, depth) };
  } catch (error) {
    if (!(error instanceof Misshapen)) throw error;
    unreadable("bad-schema", `${error.found} at ${error.path.replace(/^\./, "").slice(0, 200)}`);
  }
}

function schemaOf(json: Json): { major: number; minor: number } {
  const parsed = z.object({ schema_version: version }).safeParse(json);
  if (!parsed.success) unreadable("bad-schema", firstIssue(parsed.error));
  const schema = parsed.data.schema_version;
  if (schema.major !== 8) unreadable("unsupported-schema", `schema ${schema.major}.${schema.minor}`);
  return schema;
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue ? `${issue.message} at ${issue.path.join(".") || "the root"}` : "another shape";
}

function decodeEnvelope(outer: z.infer<typeof envelope>, depth: number): Omit<ExportedProgram, "schema"> {
  const root = { graph_module: outer.graph_module, range_constraints: outer.range_constraints };
  const module = field(root, "graph_module", (value) => decodeModule(value, depth));
  const call = module.calls.find(({ fqn }) => fqn === "")?.signature ?? null;
  return {
    ...module,
    torchVersion: outer.torch_version ?? "",
    opsets: new Map(Object.entries(outer.opset_version ?? {})),
    ranges: field(root, "range_constraints", map(range)),
    verifiers: outer.verifiers ?? [],
    guards: outer.guards_code ?? [],
    ...field(root, "graph_module", () => leafNamesOf(module, call)),
  };
}

type Module = Pick<ExportedProgram, "graph" | "signature" | "calls" | "metadata">;

function decodeModule(value: Json | undefined, depth: number): Module {
  const from = object(value);
  const fields = field(from, "treespec_namedtuple_fields", defaulted(map(namedTupleFields), () => new Map()));
  const module = {
    graph: field(from, "graph", graph),
    signature: field(from, "signature", (signature) => ({
      inputs: field(object(signature), "input_specs", inputSpecs),
      outputs: field(object(signature), "output_specs", outputSpecs),
    })),
    calls: field(from, "module_call_graph", list((entry) => moduleCall(entry, depth, fields))),
    metadata: field(from, "metadata", defaulted(map(string), () => new Map())),
  };
  const [given, specified] = [module.graph.inputs.length, module.signature.inputs.length];
  if (given !== specified) throw new Misshapen(`${given} graph inputs but ${specified} input specs`);
  const [made, promised] = [module.graph.outputs.length, module.signature.outputs.length];
  if (made !== promised) throw new Misshapen(`${made} graph outputs but ${promised} output specs`);
  return module;
}

function moduleCall(value: Json | undefined, depth: number, fields: NamedTupleFields): ModuleCall {
  const from = object(value), trees = tree(depth, fields);
  const signature: Decode<CallSignature> = (value) => {
    const from = object(value);
    return {
      inputs: field(from, "inputs", list(argument)),
      outputs: field(from, "outputs", list(argument)),
      inTree: field(from, "in_spec", trees),
      outTree: field(from, "out_spec", trees),
      argNames: field(from, "forward_arg_names", optional(list(string))),
    };
  };
  return { fqn: field(from, "fqn", string), signature: field(from, "signature", optional(signature)) };
}

/** Names for the leaves of the call, as many as there are user inputs and outputs. */
function leafNamesOf(
  module: Module,
  call: CallSignature | null,
): { inputNames: string[]; outputNames: string[] } {
  const inputs = module.signature.inputs.filter(({ kind }) =>
    kind === "user-input" || kind === "constant-input"
  );
  const outputs = module.signature.outputs.filter(({ kind }) =>
    kind === "user-output" || kind === "loss-output"
  );
  if (!call) {
    return { inputNames: inputs.map((_, i) => `arg${i}`), outputNames: outputs.map((_, i) => `output${i}`) };
  }
  if (leavesOf(call.inTree) !== inputs.length) {
    throw new Misshapen(`${inputs.length} inputs but a tree of ${leavesOf(call.inTree)} leaves`);
  }
  if (leavesOf(call.outTree) !== outputs.length) {
    throw new Misshapen(`${outputs.length} outputs but a tree of ${leavesOf(call.outTree)} leaves`);
  }
  return {
    inputNames: inputLeafNames(call.inTree, call.argNames),
    outputNames: outputLeafNames(call.outTree),
  };
}

const range: Decode<Range> = (value) => {
  const from = object(value);
  return { min: field(from, "min_val", bound), max: field(from, "max_val", bound) };
};
/** A bound; infinities, which some releases write for "unbounded", are null. */
const bound: Decode<Range["min"]> = (value) => {
  if (value === undefined || value === null || value === "Infinity" || value === "-Infinity") return null;
  return exactInt(value) ?? int(value);
};
