/**
 * The products and attentions of a model with the ways to compute each, ready to measure.
 *
 * @module
 */
import { bytesOf, type Target } from "../base/mod.ts";
import { type KernelText, kernelText, Templates } from "../codegen/mod.ts";
import { evaluate, type Expr, type Sym, symsOf } from "../ir/expr/mod.ts";
import { type Axis, numel } from "../ir/loops/mod.ts";
import type { ContractionKernel, KernelChoice, Step, TunableKernel } from "../ir/plan/mod.ts";
import { attentionVariants, cyclesOf, planProduct, productVariants, sharedCycles } from "../kernels/mod.ts";
import { type Folded, type PackOptions, packWeights } from "../schedule/mod.ts";
import type { Problem, Variant } from "../tune/mod.ts";

/** What a size is taken as that is known in a run only, alone and beside others. */
const UNKNOWN = 128, ONE_OF_SOME = 64;
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
      const text = kernelText(made, target, templates), shares = sharesOf(made, text, target);
      const variant = variantOf(text, choice, shares);
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
  const of = (...axes: readonly (readonly Axis[])[]) => {
    const extents = axes.flat().map((a) => a.extent), sizes = sizesOf(extents.flatMap(symsOf));
    return extents.reduce((n, extent) => n * evaluate(extent, sizes), 1);
  };
  return nest.kind === "contraction"
    ? of(nest.batch, nest.m, nest.n, nest.k)
    : of(nest.batch, nest.rows, nest.columns) * (of(nest.depth) + of(nest.values));
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
function plain(
  { packed: _packed, winograd: _winograd, direct: _direct, ...kernel }: ContractionKernel,
): ContractionKernel {
  return kernel;
}

/** Time of some workers together beside that of one alone. */
function sharesOf(kernel: TunableKernel, text: KernelText, target: Target): readonly number[] {
  const even = () => {
    const count = evaluate(text.total, sizesOf(symbolsOf(text))), cost = workOf(kernel) / count;
    return sharedCycles({ count, grain: 1, cost: () => cost });
  };
  const isEven = kernel.kind === "attention" || kernel.winograd || kernel.direct;
  const cycles = isEven ? even() : cyclesOf(cutOf(kernel, target));
  return cycles.map((n) => n / cycles[0]!);
}

function cutOf(kernel: ContractionKernel, target: Target) {
  const ready = readyOf(kernel);
  return { ...planProduct(kernel.nest, target, ready, kernel.choice), ready };
}

function variantOf(it: KernelText, choice: KernelChoice | null, shares: readonly number[]): Variant {
  const sizes = sizesOf(symbolsOf(it));
  const valueOf = (e: Expr) => evaluate(e, sizes);
  return {
    ...{ choice, symbol: it.symbol, text: it.text, shares },
    buffers: it.buffers.map(({ shape, strides, offset, dtype }) => {
      const reach = strides.reduce(
        (n, stride, d) => n + Math.max(0, valueOf(shape[d]!) - 1) * valueOf(stride),
        1,
      );
      return { dtype, bytes: bytesOf(dtype) * (offset + Math.max(reach, valueOf(numel(shape)))) };
    }),
    numbers: it.sizes.map(valueOf),
    ...{ total: valueOf(it.total), scratch: valueOf(it.scratch) },
  };
}

/** Sizes that a launch depends on. */
function symbolsOf({ sizes, buffers, total, scratch }: KernelText): readonly Sym[] {
  const laidOut = buffers.flatMap(({ shape, strides }) => [...shape, ...strides]);
  return [...sizes, ...laidOut, total, scratch].flatMap(symsOf);
}

/** Sizes by name; what is not known is as near to a usual size as its range allows. */
function sizesOf(symbols: readonly Sym[]): Readonly<Record<string, number>> {
  const distinct = new Map(symbols.map((s) => [s.name, s]));
  const usual = distinct.size > 1 ? ONE_OF_SOME : UNKNOWN;
  const sizes = [...distinct.values()].map((s) => [s.name, Math.min(Math.max(usual, s.min), s.max)] as const);
  return Object.fromEntries(sizes);
}
