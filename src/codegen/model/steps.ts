/**
 * The middle of a run: pointers of buffers, launches, control flow.
 *
 * @module
 */
import { bytesOf, dtypes } from "../../base/mod.ts";
import { asInt, mul } from "../../ir/expr/mod.ts";
import { type Buffer, numel } from "../../ir/loops/mod.ts";
import type { Kernel, Placement, Plan, Step } from "../../ir/plan/mod.ts";
import { listText, pointerName, type StepContext } from "./context.ts";
import { bandwidthLines, launchChecks } from "./debug.ts";
import { isLate } from "./entry.ts";
import { type HostTensor, hostTensorOf } from "./host.ts";
import { conditionText, cString, sizeText, symbolName } from "./symbols.ts";

/** Where output `index` of a fold lies, in bytes: one after another, each at a cache line. */
export function foldOffset(fold: Plan, index: number): number {
  return fold.outputs.slice(0, index).reduce((sum, { buffer }) => {
    const count = asInt(numel(buffer!.shape)) ?? 0;
    return sum + Math.ceil((count * bytesOf(buffer!.dtype)) / 64) * 64;
  }, 0);
}

/** Declares and fetches the pointer of every buffer that the steps touch. */
export function pointerLines(c: StepContext): readonly string[] {
  const { plan } = c, lines: string[] = [];
  const offsets: string[] = [];
  let end = "0";
  plan.slots.forEach((slot, n) => {
    offsets.push(`const int64_t slot_${n} = ${end};`);
    end = `slot_${n} + ${sizeText(slot.bytes)}`;
  });
  if (plan.slots.length > 0) {
    lines.push(...offsets, `char* const arena = aoti_arena(run, ${end});`, "if (!arena) return 1;");
  }
  for (const buffer of c.buffers.values()) {
    const place = plan.placements.get(buffer.name);
    if (!place) throw new RangeError(`buffer ${buffer.name} has no place`);
    lines.push(...pointerOf(c, buffer, place));
  }
  return lines;
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

/** Statements of a list of steps. */
export function stepLines(c: StepContext, steps: readonly Step[], indent = ""): readonly string[] {
  return steps.flatMap((step, n) => {
    const checks = step.kind === "launch" ? launchChecks(c, step.kernel, steps.slice(n + 1)) : [];
    return [...stepText(c, step), ...checks].map((line) => indent + line);
  });
}

function stepText(c: StepContext, step: Step): readonly string[] {
  switch (step.kind) {
    case "launch":
      return launchLines(c, step.kernel);
    case "allocate":
      return allocateLines(c, step.buffer);
    case "bind":
      return [`${symbolName(step.sym.name)} = ${sizeText(step.expr)};`];
    case "item": {
      const type = elementC(step.buffer);
      return [`${symbolName(step.sym.name)} = (int64_t)*(const ${type}*)${pointerName(step.buffer)};`];
    }
    case "assert": {
      const test = "strides" in step.test
        ? `*(const uint8_t*)${pointerName(step.test)}`
        : conditionText(step.test);
      return [`if (!(${test})) return aoti_fail(run, "%s", ${cString(step.message)});`];
    }
    case "cond":
      return [
        `if (*(const uint8_t*)${pointerName(step.test)}) {`,
        ...stepLines(c, step.then, "  "),
        "} else {",
        ...stepLines(c, step.otherwise, "  "),
        "}",
      ];
    case "while":
      return [
        "for (;;) {",
        ...stepLines(c, step.condition, "  "),
        `  if (!*(const uint8_t*)${pointerName(step.test)}) break;`,
        ...stepLines(c, step.body, "  "),
        ...step.carried.map((to, n) => {
          const bytes = sizeText(mul(numel(to.shape), bytesOf(to.dtype)));
          return `  memcpy(${pointerName(to)}, ${pointerName(step.next[n]!)}, (size_t)(${bytes}));`;
        }),
        "}",
      ];
  }
}

function elementC(buffer: Buffer): string {
  const { kind, bytes } = dtypes[buffer.dtype];
  return kind === "bool" ? "uint8_t" : `${kind === "unsigned" ? "u" : ""}int${8 * bytes}_t`;
}

function allocateLines(c: StepContext, flat: Buffer): readonly string[] {
  const buffer = c.buffers.get(flat.name) ?? flat; // hosts see sizes and strides, kernels a run of elements
  const name = pointerName(buffer), place = c.plan.placements.get(buffer.name);
  const call = place?.kind === "output"
    ? outputCall(hostTensorOf(c.plan, buffer), place.index)
    : `aoti_late_alloc(run, ${sizeText(mul(numel(buffer.shape), bytesOf(buffer.dtype)))})`;
  return [`${name} = ${call};`, `if (!${name}) return 1;`];
}

function launchLines(c: StepContext, kernel: Kernel): readonly string[] {
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
