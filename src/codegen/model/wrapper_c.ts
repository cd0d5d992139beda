/**
 * The wrapper in C, on the runtime's services (`aoti/model.h`): one library for any host.
 *
 * @module
 */
import { bytesOf, dtypes } from "../../base/mod.ts";
import { mul } from "../../ir/expr/mod.ts";
import { type Buffer, numel } from "../../ir/loops/mod.ts";
import type { Kernel, Placement } from "../../ir/plan/mod.ts";
import { listText, pointerName, type StepContext } from "./context.ts";
import { bandwidthLines } from "./debug.ts";
import { isLate } from "./entry.ts";
import { type HostTensor, hostTensorOf } from "./host.ts";
import { foldOffset, slotLines } from "./slots.ts";
import { cString, sizeText, symbolName } from "./symbols.ts";
import type { OutputSource, Wrapper } from "./wrapper.ts";

/** Prints for `run_model` and `fold_model`, which have a `run` and return 1 on failure. */
export const wrapperC: Wrapper = {
  inputSize: (n, axis) => `aoti_input(run, ${n})->sizes[${axis}]`,
  fail: (format, values = []) => `return aoti_fail(run, ${[format, ...values].join(", ")});`,
  declare,
  allocate,
  truth: (buffer) => `*(const uint8_t*)${pointerName(buffer)}`,
  integer: (buffer) => `(int64_t)*(const ${elementC(buffer)}*)${pointerName(buffer)}`,
  launch,
  copy: (to, from, bytes) =>
    `memcpy(${pointerName(to)}, ${pointerName(from)}, (size_t)(${sizeText(bytes)}));`,
  checkFinite: (buffer, what) =>
    `if (aoti_check_finite(run, ${pointerName(buffer)}, ${layoutText(buffer)}, ${what})) return 1;`,
  checkInput: (n, what) => {
    const t = `aoti_input(run, ${n})`;
    return `if (aoti_check_finite(run, ${t}->data, ${t}->dtype, ${t}->ndim, ${t}->sizes, ${t}->strides, ${what})) return 1;`;
  },
  show: (how, buffer, what) => {
    const tensor = buffer ? `${pointerName(buffer)}, ${layoutText(buffer)}` : "NULL, 0, 0, NULL, NULL";
    return `aoti_show(run, ${how}, ${tensor}, ${what});`;
  },
  output,
  finish: () => [],
};

function declare(c: StepContext): readonly string[] {
  const { plan } = c, { lines, bytes } = slotLines(plan);
  return [
    ...lines,
    ...(lines.length > 0 ? [`char* const arena = aoti_arena(run, ${bytes});`, "if (!arena) return 1;"] : []),
    ...[...c.buffers.values()].flatMap((buffer) => pointerOf(c, buffer, placeOf(c, buffer))),
  ];
}

function placeOf({ plan }: StepContext, buffer: Buffer): Placement {
  const place = plan.placements.get(buffer.name);
  if (!place) throw new RangeError(`buffer ${buffer.name} has no place`);
  return place;
}

function pointerOf(c: StepContext, buffer: Buffer, place: Placement): readonly string[] {
  const name = pointerName(buffer);
  switch (place.kind) {
    case "arena":
      return [`void* const ${name} = arena + slot_${place.slot};`];
    case "late":
      return [`void* ${name} = NULL;`];
    case "constant":
      return [`void* const ${name} = aoti_constant(run, ${place.index});`];
    case "input": {
      const strides = `(const int64_t[])${listText(hostTensorOf(c.plan, buffer).strides)}`;
      const mutated = c.plan.effects.some((e) => e.target.name === buffer.name);
      return [
        `void* const ${name} = aoti_input_data${mutated ? "_mut" : ""}(run, ${place.index}, ${strides});`,
        `if (!${name}) return 1;`,
      ];
    }
    case "output":
      if (c.isFold) {
        return [`void* const ${name} = (char*)aoti_folded(run) + ${foldOffset(c.plan, place.index)};`];
      }
      if (buffer.shape.some(isLate)) return [`void* ${name} = NULL;`];
      return [
        `void* const ${name} = ${outputCall(hostTensorOf(c.plan, buffer), place.index)};`,
        `if (!${name}) return 1;`,
      ];
  }
}

function outputCall(host: HostTensor, index: number): string {
  const sizes = `(const int64_t[])${listText(host.shape)}`,
    strides = `(const int64_t[])${listText(host.strides)}`;
  return `aoti_output(run, ${index}, ${host.shape.length}, ${sizes}, ${strides})`;
}

function allocate(c: StepContext, buffer: Buffer): readonly string[] {
  const name = pointerName(buffer), place = c.plan.placements.get(buffer.name);
  const call = place?.kind === "output"
    ? outputCall(hostTensorOf(c.plan, buffer), place.index)
    : `aoti_late_alloc(run, ${sizeText(mul(numel(buffer.shape), bytesOf(buffer.dtype)))})`;
  return [`${name} = ${call};`, `if (!${name}) return 1;`];
}

function launch(c: StepContext, kernel: Kernel): readonly string[] {
  const text = c.textOf(kernel);
  const pointers = text.buffers.map(pointerName).join(", ");
  const sizes = text.symbols.map((s) => symbolName(s.name)).join(", ");
  const p = pointers ? `(void* const[]){${pointers}}` : "NULL",
    n = sizes ? `(const int64_t[]){${sizes}}` : "NULL";
  const range = [text.total, text.grain, text.scratch].map(sizeText).join(", ");
  return [
    ...bandwidthLines(c, kernel),
    `if (aoti_launch(run, ${text.symbol}, ${p}, ${n}, ${range}, ${cString(text.symbol)})) return 1;`,
  ];
}

function output(n: number, source: OutputSource): readonly string[] {
  if (source.kind !== "number") {
    return [`if (aoti_output_is_${source.kind}(run, ${n}, ${source.index})) return 1;`];
  }
  const type = ({ i64: "int64_t", f64: "double", bool: "uint8_t" } as const)[source.dtype];
  return [
    `${type}* const scalar_${n} = aoti_output(run, ${n}, 0, NULL, NULL);`,
    `if (!scalar_${n}) return 1;`,
    `*scalar_${n} = ${source.value};`,
  ];
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
