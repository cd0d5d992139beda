/**
 * The products and attentions of a model with the ways to compute each, ready to measure.
 *
 * @module
 */
import { bytesOf, type Target } from "../base/mod.ts";
import { type KernelText, kernelText, Templates } from "../codegen/mod.ts";
import { evaluate, type Expr, symsOf } from "../ir/expr/mod.ts";
import { type Axis, numel } from "../ir/loops/mod.ts";
import type { ContractionKernel, KernelChoice, Step, TunableKernel } from "../ir/plan/mod.ts";
import { attentionVariants, productVariants } from "../kernels/mod.ts";
import { type Folded, type PackOptions, packWeights } from "../schedule/mod.ts";
import type { Problem, Variant } from "../tune/mod.ts";

/** What sizes are taken as that are known in a run only. */
const UNKNOWN = 64;
/** Multiply-adds below which nothing is worth measuring. */
const SMALL = 1 << 20;

/** Digest of the kernel's text, as its symbol has it. */
export function kernelKey(kernel: TunableKernel, target: Target, templates = new Templates()): string {
  return kernelText(kernel, target, templates).symbol.split("_").at(-1)!;
}

/** Each different kernel once, in order of first launch. */
export function tuneProblems(planned: Folded, target: Target, packing: PackOptions): readonly Problem[] {
  const usual: TunableKernel[] = [], problems = new Map<string, Problem>(), templates = new Templates();
  packWeights(planned, target, { ...packing, choose: (kernel) => (usual.push(kernel), undefined) });
  for (const kernel of usual) {
    if (workOf(kernel) < SMALL) continue;
    const key = kernelKey(kernel, target, templates);
    if (problems.has(key)) continue;
    const choices = choicesOf(kernel, target).filter(({ kind }) =>
      kind !== "winograd" || packing.winograd !== false
    );
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

function choicesOf(kernel: TunableKernel, target: Target): readonly KernelChoice[] {
  if (kernel.kind === "attention") return attentionVariants(kernel.nest, target);
  return productVariants(kernel.nest, target, readyOf(kernel));
}

function readyOf({ packed }: ContractionKernel) {
  return { a: packed?.a !== undefined, b: packed?.b !== undefined };
}

/** Multiply-adds. */
function workOf({ nest }: TunableKernel): number {
  const size = (...axes: readonly (readonly Axis[])[]) =>
    axes.flat().reduce((n, { extent }) => n * valueOf(extent), 1);
  return nest.kind === "contraction"
    ? size(nest.batch, nest.m, nest.n, nest.k)
    : size(nest.batch, nest.rows, nest.columns) * (size(nest.depth) + size(nest.values));
}

/** The kernel as it would be with the choice. */
function repacked(
  planned: Folded,
  kernel: TunableKernel,
  target: Target,
  packing: PackOptions,
  choice: KernelChoice,
): TunableKernel {
  const step: Step = { kind: "launch", kernel: kernel.kind === "contraction" ? plain(kernel) : kernel };
  const alone = { ...planned, plan: { ...planned.plan, steps: [step] } };
  const [made] = packWeights(alone, target, { ...packing, choose: () => choice }).plan.steps;
  if (made?.kind !== "launch" || made.kernel.kind !== kernel.kind) throw new RangeError("a kernel stays one");
  return made.kernel as TunableKernel;
}

/** The product as it was before anything was packed. */
function plain({ packed: _packed, winograd: _winograd, ...kernel }: ContractionKernel): ContractionKernel {
  return kernel;
}

function variantOf(it: KernelText, choice: KernelChoice | null): Variant {
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
