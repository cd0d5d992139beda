/**
 * The wrapper in C++ on `at::Tensor` (`abi_compatible: false`, `aoti/torch/model.h`): every buffer is a tensor of
 * PyTorch's, outputs are an array of them, conditions are read by `.item<bool>()`.
 *
 * @module
 */
import { type DType, dtypes } from "../../base/mod.ts";
import type { Expr } from "../../ir/expr/mod.ts";
import type { Buffer } from "../../ir/loops/mod.ts";
import type { Kernel, Placement, Plan } from "../../ir/plan/mod.ts";
import { pointerName, type StepContext } from "./context.ts";
import { isLate } from "./entry.ts";
import { type HostTensor, hostTensorOf } from "./host.ts";
import { slotLines } from "./slots.ts";
import { cString, sizeText, symbolName } from "./symbols.ts";
import type { OutputSource, Wrapper } from "./wrapper.ts";

/**
 * Prints for a function with `inputs` (as the host gave them: `given`), `constants` (folded ones from `STORED` on),
 * `outputs` and `run`, whose failures throw.
 */
export const wrapperTorch: Wrapper = {
  inputSize: (n, axis) => `inputs[${n}].size(${axis})`,
  fail: (format, values = []) => `fail(${[format, ...values].join(", ")});`,
  declare,
  allocate: (c, buffer) => {
    const host = isOutput(c, buffer) ? hostTensorOf(c.plan, buffer) : buffer;
    return [`${pointerName(buffer)} = empty(${layoutText(host)});`];
  },
  truth: (buffer) => `${pointerName(buffer)}.item<bool>()`,
  integer: (buffer) => `${pointerName(buffer)}.item().to<int64_t>()`,
  launch,
  copy: (to, from, bytes) => `copy_bytes(${pointerName(to)}, ${pointerName(from)}, ${sizeText(bytes)});`,
  checkFinite: (buffer, what) => `check_finite(${pointerName(buffer)}, ${what});`,
  checkInput: (n, what) => `check_finite(inputs[${n}], ${what});`,
  show: () => {
    throw new RangeError("this wrapper shows no values");
  },
  output,
  finish,
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

function isOutput({ plan }: StepContext, buffer: Buffer): boolean {
  return plan.placements.get(buffer.name)?.kind === "output";
}

function isMutated(plan: Plan, buffer: Buffer): boolean {
  return plan.effects.some((e) => e.target.name === buffer.name);
}

function declare(c: StepContext): readonly string[] {
  const { lines, bytes } = slotLines(c.plan);
  return [
    ...lines,
    ...(lines.length > 0 ? [`const at::Tensor pool = arena(${bytes});`] : []),
    ...[...c.buffers.values()].map((buffer) => {
      const place = c.plan.placements.get(buffer.name);
      if (!place) throw new RangeError(`buffer ${buffer.name} has no place`);
      return tensorOf(c, buffer, place);
    }),
  ];
}

function tensorOf(c: StepContext, buffer: Buffer, place: Placement): string {
  const name = pointerName(buffer);
  switch (place.kind) {
    case "arena":
      return `const at::Tensor ${name} = in_arena(pool, slot_${place.slot}, ${layoutText(buffer)});`;
    case "late":
      return `at::Tensor ${name};`;
    case "constant":
      return `const at::Tensor ${name} = constants[${place.index}];`;
    case "input": {
      const { strides } = hostTensorOf(c.plan, buffer);
      return `const at::Tensor ${name} = laid_out(inputs[${place.index}], ${listText(strides)});`;
    }
    case "output": {
      const made = `empty(${layoutText(hostTensorOf(c.plan, buffer))})`;
      if (c.isFold) return `const at::Tensor ${name} = constants[STORED + ${place.index}] = ${made};`;
      return buffer.shape.some(isLate) ? `at::Tensor ${name};` : `const at::Tensor ${name} = ${made};`;
    }
  }
}

function launch(c: StepContext, kernel: Kernel): readonly string[] {
  const text = c.textOf(kernel);
  const pointers = text.buffers.map((b) => `${pointerName(b)}.data_ptr()`).join(", ");
  const sizes = text.symbols.map((s) => symbolName(s.name)).join(", ");
  const range = [text.total, text.grain, text.scratch].map(sizeText).join(", ");
  return [`launch(run, ${text.symbol}, {${pointers}}, {${sizes}}, ${range}, ${cString(text.symbol)});`];
}

function output(n: number, source: OutputSource): readonly string[] {
  if (source.kind === "number") {
    const type = `at::TensorOptions().dtype(${scalarType(source.dtype)})`;
    return [`outputs[${n}] = at::scalar_tensor(${source.value}, ${type});`];
  }
  return []; // `finish` hands tensors over, when all outputs are there
}

/** Outputs in order, then what the run wrote to the caller's inputs. */
function finish(plan: Plan): readonly string[] {
  const handed = plan.outputs.flatMap(({ leaf, buffer }, n) => {
    const place = leaf.kind === "tensor" ? plan.placements.get(buffer!.name) : undefined;
    if (place?.kind === "input") return [`outputs[${n}] = given[${place.index}];`];
    return place?.kind === "output" ? [`outputs[${n}] = ${pointerName(buffer!)};`] : [];
  });
  const written = plan.inputs.flatMap(({ buffer }, n) =>
    isMutated(plan, buffer) && plan.placements.has(buffer.name)
      ? [`write_back(given[${n}], ${pointerName(buffer)});`]
      : []
  );
  return [...written, ...handed];
}
