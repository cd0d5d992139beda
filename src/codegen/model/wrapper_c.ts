/**
 * The wrapper in C, on the runtime's services (`aoti/model.h`): one library for any host.
 *
 * @module
 */
import { dtypes } from "../../base/mod.ts";
import type { Buffer } from "../../ir/loops/mod.ts";
import type { HostTensor } from "./host.ts";
import { hostLines } from "./host_call.ts";
import type { LaunchLine, OutputSource, Source } from "./lines.ts";
import { conditionText, cString, doubleText, listText, pointerName, sizeText } from "./symbols.ts";
import type { Wrapper } from "./wrapper.ts";

/** Prints for `run_model` and `fold_model`, which have a `run` and return 1 on failure. */
export const wrapperC: Wrapper = {
  inputSize: ({ input, axis }) =>
    axis === undefined ? `aoti_input_number(run, ${input})` : `aoti_input(run, ${input})->sizes[${axis}]`,
  fail: (format, values = []) => `return aoti_fail(run, ${[format, ...values].join(", ")});`,
  arena: (bytes) => [`char* const arena = aoti_arena(run, ${bytes});`, "if (!arena) return 1;"],
  buffer: ({ buffer, source }) => pointerOf(pointerName(buffer), source),
  allocate: ({ buffer, bytes, output }) => {
    const name = pointerName(buffer);
    const call = output
      ? outputCall(output.tensor, output.index)
      : `aoti_late_alloc(run, ${sizeText(bytes)})`;
    return [`${name} = ${call};`, `if (!${name}) return 1;`];
  },
  truth: (buffer) => `*(const uint8_t*)${pointerName(buffer)}`,
  integer: (buffer) => `(int64_t)*(const ${elementC(buffer)}*)${pointerName(buffer)}`,
  launch,
  host: ({ kernel, index }) => hostLines(kernel, index),
  copy: (to, from, bytes) =>
    `memcpy(${pointerName(to)}, ${pointerName(from)}, (size_t)(${sizeText(bytes)}));`,
  checkFinite: (of, what) => {
    const t = typeof of === "number" ? `aoti_input(run, ${of})` : "";
    const tensor = typeof of === "number"
      ? `${t}->data, ${t}->dtype, ${t}->ndim, ${t}->sizes, ${t}->strides`
      : `${pointerName(of)}, ${layoutText(of)}`;
    return `if (aoti_check_finite(run, ${tensor}, ${what})) return 1;`;
  },
  show: (how, buffer, what) => {
    const tensor = buffer ? `${pointerName(buffer)}, ${layoutText(buffer)}` : "NULL, 0, 0, NULL, NULL";
    return `aoti_show(run, ${how}, ${tensor}, ${what});`;
  },
  writeBack: () => [], // the runtime does, when the run has succeeded
  output,
};

function pointerOf(name: string, source: Source): readonly string[] {
  switch (source.kind) {
    case "arena":
      return [`void* const ${name} = arena + slot_${source.slot};`];
    case "late":
      return [`void* ${name} = NULL;`];
    case "constant":
      return [`void* const ${name} = aoti_constant(run, ${source.index});`];
    case "input": {
      const strides = `(const int64_t[])${listText(source.strides)}`, mut = source.mutated ? "_mut" : "";
      return [
        `void* const ${name} = aoti_input_data${mut}(run, ${source.index}, ${strides});`,
        `if (!${name}) return 1;`,
      ];
    }
    case "folded":
      return [`void* const ${name} = (char*)aoti_folded(run) + ${source.offset};`];
    case "output":
      return [
        `void* const ${name} = ${outputCall(source.tensor, source.index)};`,
        `if (!${name}) return 1;`,
      ];
  }
}

function outputCall({ shape, strides }: HostTensor, index: number): string {
  const lists = `(const int64_t[])${listText(shape)}, (const int64_t[])${listText(strides)}`;
  return `aoti_output(run, ${index}, ${shape.length}, ${lists})`;
}

function launch(line: LaunchLine): readonly string[] {
  const pointers = line.buffers.map(pointerName).join(", ");
  const sizes = line.sizes.map(sizeText).join(", ");
  const p = pointers ? `(void* const[]){${pointers}}` : "NULL",
    n = sizes ? `(const int64_t[]){${sizes}}` : "NULL";
  const range = [line.total, line.grain, line.scratch].map(sizeText).join(", ");
  return [
    ...(line.moves ? [`aoti_moves(run, ${sizeText(line.moves)});`] : []),
    `if (aoti_launch(run, ${line.symbol}, ${p}, ${n}, ${range}, ${cString(line.symbol)})) return 1;`,
  ];
}

function output(n: number, source: OutputSource): readonly string[] {
  if (source.kind === "input") return [`if (aoti_output_is_input(run, ${n}, ${source.index})) return 1;`];
  if (source.kind === "buffer") {
    return source.owner === n ? [] : [`if (aoti_output_is_output(run, ${n}, ${source.owner})) return 1;`];
  }
  const type = ({ i64: "int64_t", f64: "double", bool: "uint8_t" } as const)[source.dtype];
  return [
    `${type}* const scalar_${n} = aoti_output(run, ${n}, 0, NULL, NULL);`,
    `if (!scalar_${n}) return 1;`,
    `*scalar_${n} = ${numberText(source)};`,
  ];
}

/** The value of an output that is a number, as a C expression. */
export function numberText(source: Extract<OutputSource, { readonly kind: "number" }>): string {
  switch (source.dtype) {
    case "f64":
      return doubleText(source.value);
    case "i64":
      return typeof source.value === "bigint" ? `INT64_C(${source.value})` : sizeText(source.value);
    case "bool":
      if (typeof source.value === "boolean") return source.value ? "1" : "0";
      return `(${conditionText(source.value)}) ? 1 : 0`;
  }
}

/** Type, rank, sizes, strides of a buffer as arguments. */
function layoutText({ dtype, shape, strides }: Buffer): string {
  const list = (sizes: Buffer["shape"]) => `(const int64_t[])${listText(sizes)}`;
  return `${dtypes[dtype].c10}, ${shape.length}, ${list(shape)}, ${list(strides)}`;
}

function elementC(buffer: Buffer): string {
  const { kind, bytes } = dtypes[buffer.dtype];
  return kind === "bool" ? "uint8_t" : `${kind === "unsigned" ? "u" : ""}int${8 * bytes}_t`;
}
