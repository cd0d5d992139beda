/**
 * The wrapper in C++ on `at::Tensor` (`abi_compatible: false`, `aoti/torch/model.h`): every buffer is a tensor of
 * PyTorch's, outputs are an array of them, conditions are read by `.item<bool>()`.
 *
 * @module
 */
import { type DType, dtypes } from "../../base/mod.ts";
import type { Expr } from "../../ir/expr/mod.ts";
import type { HostTensor } from "./host.ts";
import type { LaunchLine, OutputSource, Source } from "./lines.ts";
import { cString, pointerName, sizeText } from "./symbols.ts";
import type { Wrapper } from "./wrapper.ts";
import { numberText } from "./wrapper_c.ts";

/**
 * Prints for a function with `inputs` (as the host gave them: `given`), `constants` (folded ones from `STORED` on),
 * `outputs` and `run`, whose failures throw.
 */
export const wrapperTorch: Wrapper = {
  inputSize: ({ input, axis }) =>
    axis === undefined ? `inputs[${input}].item<int64_t>()` : `inputs[${input}].size(${axis})`,
  fail: (format, values = []) => `fail(${[format, ...values].join(", ")});`,
  arena: (bytes) => [`const at::Tensor pool = arena(${bytes});`],
  buffer: ({ buffer, source }) => [tensorOf(pointerName(buffer), buffer, source)],
  allocate: ({ buffer, output }) => [
    `${pointerName(buffer)} = empty(${layoutText(output?.tensor ?? buffer)});`,
  ],
  truth: (buffer) => `${pointerName(buffer)}.item<bool>()`,
  integer: (buffer) => `${pointerName(buffer)}.item().to<int64_t>()`,
  launch,
  copy: (to, from, bytes) => `copy_bytes(${pointerName(to)}, ${pointerName(from)}, ${sizeText(bytes)});`,
  checkFinite: (of, what) =>
    `check_finite(${typeof of === "number" ? `inputs[${of}]` : pointerName(of)}, ${what});`,
  show: () => {
    throw new RangeError("this wrapper shows no values");
  },
  writeBack: ({ input, buffer }) => [`write_back(given[${input}], ${pointerName(buffer)});`],
  output: (n, source) => [`outputs[${n}] = ${outputText(source)};`],
};

const scalarNames: Readonly<Partial<Record<DType, string>>> = {
  ...{
    u8: "Byte",
    i8: "Char",
    i16: "Short",
    i32: "Int",
    i64: "Long",
    u16: "UInt16",
    u32: "UInt32",
    u64: "UInt64",
  },
  ...{ f16: "Half", bf16: "BFloat16", f32: "Float", f64: "Double", bool: "Bool" },
  ...{ c32: "ComplexHalf", c64: "ComplexFloat", c128: "ComplexDouble" },
};

/** An element type as C++ names it; rare ones by number, so that releases without them can compile the rest. */
export function scalarType(dtype: DType): string {
  const name = scalarNames[dtype];
  return name ? `at::k${name}` : `at::ScalarType(${dtypes[dtype].c10})`;
}

function layoutText({ dtype, shape, strides }: HostTensor): string {
  return `${listText(shape)}, ${listText(strides)}, ${scalarType(dtype)}`;
}

function listText(sizes: readonly Expr[]): string {
  return `{${sizes.map(sizeText).join(", ")}}`;
}

function tensorOf(name: string, tensor: HostTensor, source: Source): string {
  switch (source.kind) {
    case "arena":
      return `const at::Tensor ${name} = in_arena(pool, slot_${source.slot}, ${layoutText(tensor)});`;
    case "late":
      return `at::Tensor ${name};`;
    case "constant":
      return `const at::Tensor ${name} = constants[${source.index}];`;
    case "input":
      return `const at::Tensor ${name} = laid_out(inputs[${source.index}], ${listText(source.strides)});`;
    case "folded": {
      const made = `empty(${layoutText(source.tensor)})`;
      return `const at::Tensor ${name} = constants[STORED + ${source.index}] = ${made};`;
    }
    case "output":
      return `const at::Tensor ${name} = empty(${layoutText(source.tensor)});`;
  }
}

function launch(line: LaunchLine): readonly string[] {
  const pointers = line.buffers.map((b) => `${pointerName(b)}.data_ptr()`).join(", ");
  const sizes = line.sizes.map(sizeText).join(", ");
  const range = [line.total, line.grain, line.scratch].map(sizeText).join(", ");
  return [`launch(run, ${line.symbol}, {${pointers}}, {${sizes}}, ${range}, ${cString(line.symbol)});`];
}

function outputText(source: OutputSource): string {
  if (source.kind === "input") return `given[${source.index}]`;
  if (source.kind === "buffer") return pointerName(source.buffer);
  return `at::scalar_tensor(${numberText(source)}, at::TensorOptions().dtype(${scalarType(source.dtype)}))`;
}
