/**
 * `<model>.ts`: a typed binding over Deno FFI, one file that imports nothing.
 *
 * @module
 */
import { type DType, dtypes } from "../base/mod.ts";
import { door2, DOOR2_VERSION } from "./door2.ts";
import {
  type ModelInterface,
  outputDType,
  type OutputFacts,
  printDim,
  printShape,
  type TensorFacts,
} from "./interface.ts";
import { className, commentText, identifier } from "./names.ts";
import { render } from "./render.ts";

/** What the binding is made of. */
export interface BindingParts {
  readonly model: ModelInterface;
  /** Name of the model's files and of the binding's main export. */
  readonly name: string;
  /** File name of the library, beside the binding. */
  readonly library: string;
}

/** Array that holds elements of a type: halves are their bits, complex numbers pairs. */
const arrays: Readonly<Record<DType, string>> = {
  ...{ f32: "Float32Array", f64: "Float64Array", f16: "Uint16Array", bf16: "Uint16Array" },
  ...{ i64: "BigInt64Array", i32: "Int32Array", i16: "Int16Array", i8: "Int8Array" },
  ...{ u64: "BigUint64Array", u32: "Uint32Array", u16: "Uint16Array", u8: "Uint8Array", bool: "Uint8Array" },
  ...{ c32: "Uint16Array", c64: "Float32Array", c128: "Float64Array" },
  ...{ f8e4m3fn: "Uint8Array", f8e5m2: "Uint8Array", f8e4m3fnuz: "Uint8Array", f8e5m2fnuz: "Uint8Array" },
  f8e8m0fnu: "Uint8Array",
};

const used = [
  ...["aoti_abi_version", "aoti_open", "aoti_close", "aoti_last_error", "aoti_call_new", "aoti_call_free"],
  ...["aoti_call_input", "aoti_call_output", "aoti_call_threads", "aoti_call_run", "aoti_call_run_async"],
  ...["aoti_call_output_info", "aoti_call_output_copy", "aoti_set_constant", "aoti_swap_constants"],
] as const satisfies readonly (keyof typeof door2)[];

/** Text of the binding. */
export function bindingText({ model, name, library }: BindingParts): string {
  const keys = (facts: readonly { readonly name: string }[]) => unique(facts.map((fact) => fact.name));
  const ins = keys(model.inputs), outs = keys(model.outputs);
  return render("ts/binding.ts", {
    name,
    export: identifier(name),
    className: className(name),
    library: JSON.stringify(`./${library}`),
    libraryName: library,
    version: DOOR2_VERSION,
    symbols: used.map((symbol) => `  ${symbol}: ${JSON.stringify(door2[symbol])},`),
    dims: model.dims.map((dim) => commentText(printDim(dim))),
    guards: model.guards.map(({ condition }) => commentText(condition)),
    inputs: model.inputs.map((input, i) => ({
      ...inputView(input, model),
      key: property(ins[i]!),
      name: JSON.stringify(ins[i]),
    })),
    outputs: model.outputs.map((output, i) => ({
      ...outputView(output, model),
      key: property(outs[i]!),
      name: JSON.stringify(outs[i]),
    })),
    constants: model.constants.map((constant) => ({
      name: JSON.stringify(constant.name),
      facts: tensorView(constant, model),
    })),
  });
}

function inputView(input: ModelInterface["inputs"][number], model: ModelInterface) {
  const facts = tensorView(input, model);
  const doc = `${facts.text}${input.mutated ? "; runs write to it" : ""}`;
  const scalar = input.shape.length > 0 || input.mutated ? "" : ` | ${scalarType(input.dtype)}`;
  return { ...facts, doc, scalar };
}

function outputView(output: OutputFacts, model: ModelInterface) {
  const dtype = outputDType(output) as DType | null;
  if (dtype === null) {
    return { type: "null", doc: "always null", array: "null", fixed: "null", bytes: 0, c10: -1 };
  }
  const doc = output.kind === "tensor"
    ? tensorView(output, model).text
    : output.kind === "fixed"
    ? `always ${output.value}`
    : `${dtype}[], ${commentText(output.expression)}`;
  const bytes = output.kind === "tensor" ? denseBytes(output) : dtypes[dtype].bytes;
  return {
    type: `Tensor<${arrays[dtype]}>`,
    doc,
    array: arrays[dtype],
    fixed: "",
    bytes,
    c10: dtypes[dtype].c10,
  };
}

/** Bytes of an output whose size is known and whose memory is row-major; 0: ask after the run. */
function denseBytes({ dtype, shape, strides }: TensorFacts): number {
  let step = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    const size = shape[d];
    if (typeof size !== "number" || (size > 1 && strides[d] !== step)) return 0;
    step *= size;
  }
  return step * dtypes[dtype as DType].bytes;
}

function tensorView(facts: TensorFacts, model: ModelInterface) {
  const dtype = facts.dtype as DType;
  const isStatic = facts.shape.every((size) => typeof size === "number");
  const open = facts.shape.flatMap((size, d) => typeof size === "number" ? [] : [d]);
  return {
    array: arrays[dtype],
    c10: dtypes[dtype].c10,
    /** Array elements for each element: 2 for complex numbers. */
    lanes: dtypes[dtype].kind === "complex" ? 2 : 1,
    /** Sizes, -1 where they vary. */
    shape: `[${facts.shape.map((size) => typeof size === "number" ? size : -1).join(", ")}]`,
    bare: isStatic || open.length === 1 ? ` | ${arrays[dtype]}` : "",
    text: commentText(`${dtype}${printShape(facts.shape, model.dims)}`),
  };
}

function scalarType(dtype: string): string {
  if (dtype === "i64" || dtype === "u64") return "bigint | number";
  if (dtype === "bool") return "boolean";
  return /^(f32|f64|[iu](8|16|32))$/.test(dtype) ? "number" : "never";
}

function property(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

function unique(names: readonly string[]): readonly string[] {
  const used = new Set<string>();
  return names.map((name) => {
    let found = name;
    for (let n = 2; used.has(found); n++) found = `${name}_${n}`;
    used.add(found);
    return found;
  });
}
