/**
 * `<model>.h`: door 2 for C, with the names of this model's inputs and outputs, and a C++ class that owns a library; or,
 * for a model on `at::Tensor`, its functions.
 *
 * @module
 */
import { type DType, dtypes } from "../base/mod.ts";
import { type ModelInterface, outputDType, printDim, printShape } from "./interface.ts";
import { className, commentText, identifier, identifiers } from "./names.ts";
import { render } from "./render.ts";

/** What the header is made of. */
export interface HeaderParts {
  readonly model: ModelInterface;
  /** Name of the model's files. */
  readonly name: string;
  /** Text of runtime/include/aoti/abi.h, which the header contains whole; without it the model is on `at::Tensor`. */
  readonly abi?: string;
  /** File name of the library. */
  readonly library: string;
}

/** Text of the header. */
export function headerText({ model, name, abi, library }: HeaderParts): string {
  const names = identifiers(model.inputs.map((input) => input.name));
  const outs = identifiers(model.outputs.map((output) => output.name));
  return render(abi === undefined ? "cpp/model.h" : "c/model.h", {
    name,
    guard: `AOTI_MODEL_${identifier(name).toUpperCase()}_H`,
    prefix: identifier(name),
    upper: identifier(name).toUpperCase(),
    className: className(name),
    library,
    ...(abi !== undefined && { abi: abi.trimEnd() }),
    dims: model.dims.map((dim) => commentText(printDim(dim))),
    inputs: model.inputs.map((input, i) => ({
      id: names[i],
      upper: names[i]!.toUpperCase(),
      index: i,
      dtype: dtypes[input.dtype as DType].c10,
      type: cType(input.dtype),
      rank: input.shape.length,
      doc: commentText(
        `"${input.name}": ${input.dtype}${printShape(input.shape, model.dims)}${
          input.mutated ? ", written by runs" : ""
        }`,
      ),
    })),
    outputs: model.outputs.map((output, i) => ({
      upper: outs[i]!.toUpperCase(),
      index: i,
      doc: commentText(`"${output.name}": ${outputText(output, model)}`),
    })),
  });
}

function outputText(output: ModelInterface["outputs"][number], model: ModelInterface): string {
  if (output.kind === "tensor") return `${output.dtype}${printShape(output.shape, model.dims)}`;
  if (output.kind === "fixed") {
    return output.value === null ? "None" : `${outputDType(output)}[] = ${output.value}`;
  }
  return `${output.dtype}[] = ${output.expression}`;
}

const cTypes: Readonly<Partial<Record<string, string>>> = {
  ...{ f32: "float", f64: "double", i64: "int64_t", i32: "int32_t", i16: "int16_t", i8: "int8_t" },
  ...{ u8: "uint8_t", u16: "uint16_t", u32: "uint32_t", u64: "uint64_t", bool: "uint8_t" },
  ...{ f16: "uint16_t", bf16: "uint16_t", c64: "float", c128: "double", c32: "uint16_t" },
};

/** C type of an element; halves are their bits, complex numbers pairs. */
function cType(dtype: string): string {
  return cTypes[dtype] ?? "uint8_t";
}
