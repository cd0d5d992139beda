/**
 * Texts of a plan's kernels, those of one shape printed once.
 *
 * @module
 */
import type { Buffer } from "../ir/loops/mod.ts";
import type { Kernel } from "../ir/plan/mod.ts";
import { type KernelShape, shapeOf } from "./kernel_shape.ts";
import { type KernelText, operatorsOf } from "./kernel_text.ts";

interface Printed {
  readonly text: KernelText;
  readonly shape: KernelShape;
}

/** The text of each kernel, by `print` or by the text of another one; `isOnce` tells the kernels that run once. */
export function printedOnce(
  print: (kernel: Kernel) => KernelText,
  isOnce: (kernel: Kernel) => boolean,
): (kernel: Kernel) => KernelText {
  const texts = new Map<Kernel, KernelText>(), printed = new Map<string, Printed>();
  const make = (kernel: Kernel): KernelText => {
    const shape = shapeOf(kernel);
    if (!shape) return print(kernel);
    const key = `${isOnce(kernel)} ${operatorsOf(kernel)} ${shape.key}`, before = printed.get(key);
    if (before) return { ...before.text, buffers: counterparts(before, shape) };
    const text = print(kernel);
    printed.set(key, { text, shape });
    return text;
  };
  return (kernel) => {
    const text = texts.get(kernel) ?? make(kernel);
    texts.set(kernel, text);
    return text;
  };
}

/** The buffers of `shape` that stand where those of a printed kernel do. */
function counterparts({ text, shape: { buffers } }: Printed, shape: KernelShape): readonly Buffer[] {
  const places = new Map(buffers.map(({ name }, place) => [name, place]));
  return text.buffers.map(({ name }) => shape.buffers[places.get(name)!]!);
}
