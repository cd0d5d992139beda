/**
 * Operands of products that are constants are packed into panels when constants are loaded or updated, not in every
 * run: the plan gets constants for them, and the plan that folds constants computes these.
 *
 * @module
 */
import type { Target } from "../base/mod.ts";
import { asInt, int, mul, print } from "../ir/expr/mod.ts";
import { type Axis, type Buffer, type Nest, type Scalar, Scalars } from "../ir/loops/mod.ts";
import type {
  AttentionKernel,
  ContractionKernel,
  Kernel,
  KernelChoice,
  Step,
  TunableKernel,
} from "../ir/plan/mod.ts";
import { planDirect, planProduct, planWinograd, type ProductPlan, turnedOf } from "../kernels/mod.ts";
import { isElsewhere, keptAxes, valueNest } from "./pack_epilogue.ts";
import { accessText, type ConstantOperand, pairNest, panelNest } from "./pack_panels.ts";
import { packWindows } from "./pack_windows.ts";
import { winogradNests } from "./pack_winograd.ts";
import { type Folded, PackedConstants } from "./packed_constants.ts";

/** Elements below which packing once gains nothing. */
const WORTHWHILE = 1 << 8;

/** What packing may choose. */
export interface PackOptions {
  /** Convolutions of 3 × 3 taps in tiles where that is faster; true by default. */
  readonly winograd?: boolean;
  /** A measured way to compute a kernel, by the one that costs choose. */
  readonly choose?: (kernel: TunableKernel) => KernelChoice | undefined;
}

/** Packs what can be packed for `target`. */
export function packWeights(folded: Folded, target: Target, options: PackOptions = {}): Folded {
  const scalars = new Scalars(), constants = new PackedConstants(folded, scalars);
  const steps = new Packer(constants, scalars, target, options).steps(folded.plan.steps);
  return constants.isEmpty
    ? { plan: { ...folded.plan, steps }, ...(folded.fold && { fold: folded.fold }) }
    : constants.folded(steps);
}

/** Gives each kernel of the steps the constants that it reads packed. */
class Packer {
  constructor(
    readonly constants: PackedConstants,
    readonly scalars: Scalars,
    readonly target: Target,
    readonly options: PackOptions,
  ) {}

  steps(steps: readonly Step[]): readonly Step[] {
    return steps.map((step): Step => {
      switch (step.kind) {
        case "launch":
          return { ...step, kernel: this.#kernel(step.kernel) };
        case "cond":
          return { ...step, then: this.steps(step.then), otherwise: this.steps(step.otherwise) };
        case "while":
          return { ...step, condition: this.steps(step.condition), body: this.steps(step.body) };
        default:
          return step;
      }
    });
  }

  #kernel(kernel: Kernel): Kernel {
    if (kernel.kind === "attention") return this.#attention(kernel);
    if (kernel.kind === "loops") return packWindows(kernel, this.constants, this.scalars);
    return kernel.kind === "contraction" ? this.#product(kernel) : kernel;
  }

  #attention(kernel: AttentionKernel): AttentionKernel {
    const choice = this.options.choose?.(kernel);
    return choice?.kind === "attention" ? { ...kernel, choice } : kernel;
  }

  /** As costs choose, or as was measured to be faster. */
  #product(kernel: ContractionKernel): ContractionKernel {
    const { accumulate } = kernel.nest;
    if (accumulate !== "f32" && accumulate !== "f64") return kernel;
    if (!this.options.choose) return this.#packed(kernel);
    const before = this.constants.state, usual = this.#packed(kernel);
    const choice = this.options.choose(usual);
    if (!choice || choice.kind === "attention") return usual;
    this.constants.back(before);
    return this.#packed({ ...kernel, choice });
  }

  #packed(whole: ContractionKernel): ContractionKernel {
    const kernel = this.#lifted(whole);
    const convolved = this.#winograd(kernel) ?? this.#direct(kernel);
    if (convolved) return convolved;
    const how = planProduct(kernel.nest, this.target, {}, kernel.choice);
    if (how.skinny && how.shape.m !== undefined) return kernel; // reads each weight once, as it is
    const [a, b] = (["a", "b"] as const).map((side) => this.#operand(how, side));
    return a || b ? { ...kernel, packed: { ...(a && { a }), ...(b && { b }) } } : kernel;
  }

  /** The kernel with what its epilogue makes of constants alone as constants. */
  #lifted(kernel: ContractionKernel): ContractionKernel {
    const { nest, extra } = kernel, axes = [...nest.batch, ...nest.m, ...nest.n];
    const lift = (value: Scalar) =>
      this.scalars.rebuild(value, (part) => isElsewhere(part) ? part : this.#lift(part, axes));
    const epilogue = lift(nest.epilogue), others = extra.map((x) => ({ ...x, value: lift(x.value) }));
    return { ...kernel, nest: { ...nest, epilogue }, extra: others };
  }

  /** A load of what was made of constants, where that is more than a load. */
  #lift(part: Scalar, axes: readonly Axis[]): Scalar | undefined {
    const { constants } = this, isFloat = part.dtype === "f32" || part.dtype === "f64";
    if (part.kind !== "apply" || !isFloat || !constants.isSteady(part)) return undefined;
    const own = keptAxes(part, axes);
    if (!own) return undefined;
    const nest = valueNest(constants.stored(part), own, constants.nextName);
    const buffer = constants.keep(`value of ${own.map((a) => print(a.extent)).join(" ")} ${nest.name}`, [
      nest,
    ]);
    return this.scalars.load(buffer, own.map((a) => a.sym));
  }

  /** The convolution in tiles, when its weights are constants and it is faster so. */
  #winograd(kernel: ContractionKernel): ContractionKernel | undefined {
    const { constants } = this, { nest } = kernel;
    if (this.options.winograd === false || !constants.isSteady(nest.a)) return undefined;
    const how = planWinograd(nest, this.target, this.scalars, kernel.choice);
    if (!how) return undefined;
    const there = constants.stored(nest.a), name = constants.nextName;
    const nests = winogradNests({ ...nest, a: there }, how, name, this.scalars);
    const access = there.kind === "load" ? accessText(there, [...nest.m, ...nest.k]) : name;
    const a = constants.keep(`winograd ${how.tile} ${how.mr} ${access}`, nests);
    return { ...kernel, packed: { a }, winograd: how.tile };
  }

  /** The convolution straight from the image, when its weights are constants and packing the image costs more. */
  #direct(kernel: ContractionKernel): ContractionKernel | undefined {
    const { constants } = this, { nest } = kernel;
    if (!constants.isSteady(nest.a) && !constants.isSteady(nest.b)) return undefined;
    const how = planDirect(nest, this.target, kernel.choice);
    if (!how) return undefined;
    const { batch, m, k, a } = how.isAcross ? turnedOf(nest) : nest;
    if (!constants.isSteady(a)) return undefined;
    const operand = { batch, own: m, k, width: how.nr, at: reads(a, constants) };
    const panels = panelNest(operand, "f32", constants.nextName, this.scalars);
    const made = this.#keep(panels, a, how.nr), packed = how.isAcross ? { b: made } : { a: made };
    return { ...kernel, packed, direct: { mr: how.mr, nv: how.nv } };
  }

  /** The packed operand, when it is a constant. */
  #operand(how: ProductPlan, side: "a" | "b"): Buffer | undefined {
    const { constants, scalars } = this, { product, blocking, dtype } = how, value = product[side];
    const own = side === "a" ? product.m : product.n, width = side === "a" ? blocking.mr : blocking.nr;
    const sizes = [product.batch, own, product.k].map((axes) =>
      asInt(mul(int(1), ...axes.map((x) => x.extent)))
    );
    const [batch, count, k] = sizes;
    if (batch === undefined || count === undefined || k === undefined) return undefined;
    if (!constants.isSteady(value) || batch * count * k < WORTHWHILE) return undefined;
    const operand = { batch: product.batch, own, k: product.k, width, at: reads(value, constants) };
    const nest = how.inPairs
      ? pairNest(operand, constants.nextName, scalars)
      : panelNest(operand, dtype, constants.nextName, scalars);
    return this.#keep(nest, value, width);
  }

  /** The constant that `nest` packs; loads of the same elements share it. */
  #keep(nest: Nest, value: Scalar, width: number): Buffer {
    const load = value.kind === "cast" ? value.arg : value, type = nest.store.buffer.dtype;
    const key = load.kind === "load" ? `${type} ${width} ${accessText(load, nest.axes)}` : nest.name;
    return this.constants.keep(key, [nest]);
  }
}

/** An operand as the folding plan sees it. */
function reads(value: Scalar, constants: PackedConstants): ConstantOperand["at"] {
  return (axes) => constants.stored(value, axes);
}
