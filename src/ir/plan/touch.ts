/**
 * Which memory kernels and steps touch.
 *
 * @module
 */
import { type Attention, type Buffer, loadsOf, type Scalar } from "../loops/mod.ts";
import type { AttentionKernel, Kernel, Step } from "./types.ts";

function loaded(...scalars: readonly Scalar[]): readonly Buffer[] {
  return loadsOf(...scalars).map((l) => l.buffer);
}

/** Names of the buffers that an attention makes and its epilogue may read. */
export function statistics(nest: Attention): readonly string[] {
  return [nest.highest.buffer.name, nest.total.buffer.name];
}

/** Statistics of rows that are kept in memory. */
function storedStatistics({ nest, stored }: AttentionKernel): readonly Buffer[] {
  return [...(stored.highest ? [nest.highest.buffer] : []), ...(stored.total ? [nest.total.buffer] : [])];
}

/** Buffers in memory that a kernel reads or writes, each once, in order of first appearance. */
export function buffersOfKernel(kernel: Kernel): readonly Buffer[] {
  return unique(touched(kernel));
}

function touched(kernel: Kernel): readonly Buffer[] {
  switch (kernel.kind) {
    case "loops": {
      const local = new Set(kernel.locals.map((l) => l.buffer.name));
      const items = kernel.stages.flatMap((s) => s.items);
      const all = items.flatMap((i) => [...loaded(i.value), ...(i.stored ? [i.store.buffer] : [])]);
      return all.filter((b) => !local.has(b.name));
    }
    case "contraction": {
      const { a, b, epilogue, store } = kernel.nest;
      const extra = kernel.extra.flatMap((x) => [...loaded(x.value), x.store.buffer]);
      const packed = [kernel.packed?.a, kernel.packed?.b].filter((x) => x !== undefined);
      return [...loaded(a, b, epilogue), ...packed, store.buffer, ...extra];
    }
    case "attention": {
      const { q, k, v, score, epilogue, store } = kernel.nest, own = new Set(statistics(kernel.nest));
      const read = loaded(q, k, v, score, epilogue).filter((b) => !own.has(b.name));
      return [...read, store.buffer, ...storedStatistics(kernel)];
    }
    case "scatter": {
      const { value, bounds, store } = kernel.nest;
      return [...loaded(value, ...bounds.map((b) => b.value)), store.buffer];
    }
    case "routine":
      return [...kernel.call.inputs, ...kernel.call.outputs];
  }
}

/** Buffers in memory that a kernel writes, each once. */
export function writtenByKernel(kernel: Kernel): readonly Buffer[] {
  switch (kernel.kind) {
    case "loops": {
      const local = new Set(kernel.locals.map((l) => l.buffer.name));
      const items = kernel.stages.flatMap((s) => s.items).filter((i) => i.stored);
      return unique(items.map((i) => i.store.buffer).filter((b) => !local.has(b.name)));
    }
    case "contraction":
      return unique([kernel.nest.store.buffer, ...kernel.extra.map((x) => x.store.buffer)]);
    case "attention":
      return unique([kernel.nest.store.buffer, ...storedStatistics(kernel)]);
    case "scatter":
      return [kernel.nest.store.buffer];
    case "routine":
      return unique(kernel.call.outputs);
  }
}

/** Buffers in memory that a step touches, with the steps inside it. */
export function buffersOfStep(step: Step): readonly Buffer[] {
  switch (step.kind) {
    case "launch":
      return buffersOfKernel(step.kernel);
    case "bind":
      return [];
    case "item":
    case "allocate":
      return [step.buffer];
    case "assert":
      return "strides" in step.test ? [step.test] : [];
    case "cond":
      return unique([
        step.test,
        ...step.then.flatMap(buffersOfStep),
        ...step.otherwise.flatMap(buffersOfStep),
      ]);
    case "while": {
      const inner = [...step.condition, ...step.body].flatMap(buffersOfStep);
      return unique([step.test, ...step.carried, ...step.next, ...inner]);
    }
  }
}

function unique(buffers: readonly Buffer[]): readonly Buffer[] {
  return [...new Map(buffers.map((b) => [b.name, b])).values()];
}
