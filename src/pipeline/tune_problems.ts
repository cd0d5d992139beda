/**
 * The products of a model with the ways to compute each, ready to measure.
 *
 * @module
 */
import { bytesOf, type Target } from "../base/mod.ts";
import { type KernelText, kernelText, Templates } from "../codegen/mod.ts";
import { evaluate, type Expr, symsOf } from "../ir/expr/mod.ts";
import { numel } from "../ir/loops/mod.ts";
import type { ContractionKernel, ProductChoice, Step } from "../ir/plan/mod.ts";
import { productVariants } from "../kernels/mod.ts";
import { type Folded, type PackOptions, packWeights } from "../schedule/mod.ts";
import type { Problem, Variant } from "../tune/mod.ts";

/** What sizes are taken as that are known in a run only. */
const UNKNOWN = 64;
/** Multiply-adds below which nothing is worth measuring. */
const SMALL = 1 << 20;

/** Digest of the kernel's text, as its symbol has it. */
export function productKey(kernel: ContractionKernel, target: Target, templates = new Templates()): string {
  return kernelText(kernel, target, templates).symbol.split("_").at(-1)!;
}

/** Each different product once, in order of first launch. */
export function tuneProblems(planned: Folded, target: Target, packing: PackOptions): readonly Problem[] {
  const usual: ContractionKernel[] = [], problems = new Map<string, Problem>(), templates = new Templates();
  packWeights(planned, target, { ...packing, choose: (kernel) => (usual.push(kernel), undefined) });
  for (const kernel of usual) {
    if (workOf(kernel) < SMALL) continue;
    const key = productKey(kernel, target, templates);
    if (problems.has(key)) continue;
    const choices = productVariants(kernel.nest, target, readyOf(kernel)).filter((choice) => {
      return choice.kind === "blocks" || packing.winograd !== false;
    });
    const variants = new Map<string, Variant>();
    for (const choice of [null, ...choices]) {
      const made = choice ? repacked(planned, kernel, target, packing, choice) : kernel;
      const variant = variantOf(kernelText(made, target, templates), choice);
      if (!variants.has(variant.symbol)) variants.set(variant.symbol, variant);
    }
    if (variants.size > 1) problems.set(key, { key, name: kernel.name, variants: [...variants.values()] });
  }
  return [...problems.values()];
}

function readyOf({ packed }: ContractionKernel) {
  return { a: packed?.a !== undefined, b: packed?.b !== undefined };
}

function workOf({ nest }: ContractionKernel): number {
  return [nest.batch, nest.m, nest.n, nest.k].flat().reduce((n, axis) => n * valueOf(axis.extent), 1);
}

/** The kernel as it would be with the choice. */
function repacked(
  planned: Folded,
  kernel: ContractionKernel,
  target: Target,
  packing: PackOptions,
  choice: ProductChoice,
): ContractionKernel {
  const { packed: _packed, winograd: _winograd, ...plain } = kernel;
  const step: Step = { kind: "launch", kernel: plain };
  const alone = { ...planned, plan: { ...planned.plan, steps: [step] } };
  const [made] = packWeights(alone, target, { ...packing, choose: () => choice }).plan.steps;
  if (made?.kind !== "launch" || made.kernel.kind !== "contraction") {
    throw new RangeError("a product stays one");
  }
  return made.kernel;
}

function variantOf(it: KernelText, choice: ProductChoice | null): Variant {
  return {
    ...{ choice, symbol: it.symbol, text: it.text },
    buffers: it.buffers.map(({ shape, strides, offset, dtype }) => {
      const reach = strides.reduce(
        (n, stride, d) => n + Math.max(0, valueOf(shape[d]!) - 1) * valueOf(stride),
        1,
      );
      return { dtype, bytes: bytesOf(dtype) * (offset + Math.max(reach, valueOf(numel(shape)))) };
    }),
    numbers: it.symbols.map((s) => valueOf(s)),
    ...{ total: valueOf(it.total), scratch: valueOf(it.scratch) },
  };
}

/** A size; what is not known is as near to `UNKNOWN` as its range allows. */
function valueOf(e: Expr): number {
  const sizes = symsOf(e).map((s) => [s.name, Math.min(Math.max(UNKNOWN, s.min), s.max)] as const);
  return evaluate(e, Object.fromEntries(sizes));
}
