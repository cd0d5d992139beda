/**
 * Operands of products that are constants are packed into panels when constants are loaded or updated, not in every
 * run: the plan gets constants for them, and the plan that folds constants computes these.
 *
 * @module
 */
import type { Target } from "../base/mod.ts";
import { add, and, asInt, ceilDiv, type Expr, int, linear, lt, mul, print, symsOf } from "../ir/expr/mod.ts";
import type { GraphConstant } from "../ir/graph/mod.ts";
import {
  type Axis,
  type Buffer,
  linearIndex,
  loadsOf,
  loopAxis,
  type Nest,
  type Scalar,
  type ScalarOf,
  Scalars,
  scalarsOf,
} from "../ir/loops/mod.ts";
import type {
  AttentionKernel,
  ContractionKernel,
  Kernel,
  KernelChoice,
  Placement,
  Plan,
  Step,
  TunableKernel,
} from "../ir/plan/mod.ts";
import { planDirect, planProduct, planWinograd, type ProductPlan } from "../kernels/mod.ts";
import { decoded } from "./decode.ts";
import { buildKernel } from "./kernel.ts";
import { keptAxes, valueNest } from "./pack_epilogue.ts";
import { winogradNests } from "./pack_winograd.ts";

/** A model's plan, and the one that computes its folded constants. */
export interface Folded {
  readonly plan: Plan;
  readonly fold?: Plan;
}

/** Elements below which packing once gains nothing. */
const WORTHWHILE = 1 << 8;
/** Operands of a product. */
type Side = "a" | "b";

/** What packing may choose. */
export interface PackOptions {
  /** Convolutions of 3 × 3 taps in tiles where that is faster; true by default. */
  readonly winograd?: boolean;
  /** A measured way to compute a kernel, by the one that costs choose. */
  readonly choose?: (kernel: TunableKernel) => KernelChoice | undefined;
}

/** A packed operand: all nests store parts of one buffer. */
interface Packed {
  readonly buffer: Buffer;
  readonly nests: readonly Nest[];
}

/** Packs what can be packed for `target`. */
export function packWeights({ plan, fold }: Folded, target: Target, options: PackOptions = {}): Folded {
  const packer = new Packer(plan, fold ?? emptyFold(plan), target, options);
  const steps = packer.steps(plan.steps);
  return packer.isIdle ? { plan: { ...plan, steps }, ...(fold && { fold }) } : packer.finish(steps);
}

function emptyFold(plan: Plan): Plan {
  const constants = plan.constants.filter(({ constant }) => constant.role !== "folded");
  const placements = constants.map(({ buffer }, index) =>
    [buffer.name, { kind: "constant", index }] as const
  );
  return {
    ...{ name: `${plan.name}_fold`, symbols: [], guards: [], inputs: [], constants, fixed: [], outputs: [] },
    ...{ effects: [], steps: [], slots: [], placements: new Map<string, Placement>(placements) },
    ...{ inSpec: "", outSpec: "" },
  };
}

/** Collects constants and nests while it walks the steps. */
class Packer {
  readonly #scalars = new Scalars();
  readonly #constants = new Map<string, Buffer>();
  readonly #made = new Map<string, Packed>();

  constructor(
    readonly plan: Plan,
    readonly fold: Plan,
    readonly target: Target,
    readonly options: PackOptions,
  ) {
    const written = new Set(plan.effects.map((e) => e.target.name));
    const stored = plan.constants.filter(({ constant }) => constant.role !== "folded").length;
    plan.constants.forEach(({ buffer }, n) => {
      if (written.has(buffer.name)) return;
      const there = n < stored ? buffer : fold.outputs[n - stored]?.buffer;
      if (there) this.#constants.set(buffer.name, there);
    });
  }

  get isIdle(): boolean {
    return this.#made.size === 0;
  }

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
    const before = new Map(this.#made), usual = this.#packed(kernel);
    const choice = this.options.choose(usual);
    if (!choice || choice.kind === "attention") return usual;
    this.#made.clear();
    before.forEach((made, key) => this.#made.set(key, made));
    return this.#packed({ ...kernel, choice });
  }

  #packed(whole: ContractionKernel): ContractionKernel {
    const kernel = this.#lifted(whole);
    const convolved = this.#winograd(kernel) ?? this.#direct(kernel);
    if (convolved) return convolved;
    const how = planProduct(kernel.nest, this.target, {}, kernel.choice);
    if (how.skinny && how.shape.m !== undefined) return kernel; // reads each weight once, as it is
    const [a, b] = (["a", "b"] as const).map((side) => this.#pack(how, side));
    return a || b ? { ...kernel, packed: { ...(a && { a }), ...(b && { b }) } } : kernel;
  }

  /** The kernel with what its epilogue makes of constants alone as constants. */
  #lifted(kernel: ContractionKernel): ContractionKernel {
    const { nest, extra } = kernel, axes = [...nest.batch, ...nest.m, ...nest.n];
    const lift = (value: Scalar) =>
      this.#scalars.rebuild(value, (part) => part.kind === "bound" ? part : this.#lift(part, axes));
    const epilogue = lift(nest.epilogue), others = extra.map((x) => ({ ...x, value: lift(x.value) }));
    return { ...kernel, nest: { ...nest, epilogue }, extra: others };
  }

  /** A load of what was made of constants, where that is more than a load. */
  #lift(part: Scalar, axes: readonly Axis[]): Scalar | undefined {
    const isFloat = part.dtype === "f32" || part.dtype === "f64";
    if (part.kind !== "apply" || !isFloat || !this.#isSteady(part)) return undefined;
    const own = keptAxes(part, axes);
    if (!own) return undefined;
    const nest = valueNest(this.#stored(part, new Map()), own, `packed_weight_${this.#made.size}`);
    const buffer = this.#keep(`value of ${own.map((a) => print(a.extent)).join(" ")} ${nest.name}`, [nest]);
    return this.#scalars.load(buffer, own.map((a) => a.sym));
  }

  /** The convolution in tiles, when its weights are constants and it is faster so. */
  #winograd(kernel: ContractionKernel): ContractionKernel | undefined {
    const { nest } = kernel;
    if (this.options.winograd === false || !this.#isSteady(nest.a)) return undefined;
    const how = planWinograd(nest, this.target, this.#scalars, kernel.choice);
    if (!how) return undefined;
    const there = this.#stored(nest.a, new Map()), name = `packed_weight_${this.#made.size}`;
    const nests = winogradNests({ ...nest, a: there }, how, name, this.#scalars);
    const access = there.kind === "load" ? accessText(there, [...nest.m, ...nest.k]) : name;
    const a = this.#keep(`winograd ${how.tile} ${how.mr} ${access}`, nests);
    return { ...kernel, packed: { a }, winograd: how.tile };
  }

  /** The convolution straight from the image, when its weights are constants and packing the image costs more. */
  #direct(kernel: ContractionKernel): ContractionKernel | undefined {
    const { batch, m, k, a } = kernel.nest;
    const how = this.#isSteady(a) ? planDirect(kernel.nest, this.target, kernel.choice) : undefined;
    if (!how) return undefined;
    return {
      ...kernel,
      packed: { a: this.#panels(a, batch, m, k, how.nr) },
      direct: { mr: how.mr, nv: how.nv },
    };
  }

  /** The packed constant, shared by all that pack the same. */
  #keep(key: string, nests: readonly Nest[]): Buffer {
    const made = this.#made.get(key) ?? { nests, buffer: nests[0]!.store.buffer };
    this.#made.set(key, made);
    return { ...made.buffer, role: "constant" };
  }

  /** True for values of constants alone. */
  #isSteady(value: Scalar): boolean {
    const loads = loadsOf(value);
    return loads.length > 0 && loads.every((l) => this.#constants.has(l.buffer.name)) &&
      scalarsOf(value).every((s) => s.kind !== "bound" && s.kind !== "accumulator");
  }

  /** A value of constants as the folding plan sees it. */
  #stored(value: Scalar, map: ReadonlyMap<string, Expr>): Scalar {
    return this.#scalars.rewrite(value, map, (leaf) => {
      return leaf.kind === "load"
        ? this.#scalars.load(this.#constants.get(leaf.buffer.name)!, leaf.index)
        : undefined;
    });
  }

  /** The packed operand, when it is a constant. */
  #pack(how: ProductPlan, side: Side): Buffer | undefined {
    const { product, blocking, dtype } = how, value = product[side];
    const own = side === "a" ? product.m : product.n, width = side === "a" ? blocking.mr : blocking.nr;
    const sizes = [product.batch, own, product.k].map((axes) =>
      asInt(mul(int(1), ...axes.map((x) => x.extent)))
    );
    const [batch, count, k] = sizes;
    if (batch === undefined || count === undefined || k === undefined) return undefined;
    if (!this.#isSteady(value) || batch * count * k < WORTHWHILE) return undefined;
    return how.inPairs
      ? this.#keepPanels(this.#pairs(value, product.batch, own, product.k, width), value, width)
      : this.#panels(value, product.batch, own, product.k, width, dtype);
  }

  #panels(
    value: Scalar,
    batch: readonly Axis[],
    own: readonly Axis[],
    k: readonly Axis[],
    width: number,
    dtype: "f32" | "f64" = "f32",
  ): Buffer {
    return this.#keepPanels(this.#nest(value, batch, own, k, width, dtype), value, width);
  }

  #keepPanels(nest: Nest, value: Scalar, width: number): Buffer {
    const load = value.kind === "cast" ? value.arg : value, type = nest.store.buffer.dtype;
    const key = load.kind === "load" ? `${type} ${width} ${accessText(load, nest.axes)}` : nest.name;
    return this.#keep(key, [nest]);
  }

  /** `packed[batch…][panel][k…][lane]`. */
  #nest(
    value: Scalar,
    batch: readonly Axis[],
    own: readonly Axis[],
    k: readonly Axis[],
    width: number,
    dtype: "f32" | "f64",
  ): Nest {
    const count = mul(int(1), ...own.map((x) => x.extent));
    const name = `packed_weight_${this.#made.size}`;
    const panel = loopAxis(`${name}_panel`, ceilDiv(count, width)),
      lane = loopAxis(`${name}_lane`, int(width));
    const flat = add(mul(panel.sym, width), lane.sym), scalars = this.#scalars;
    const there = this.#stored(value, decoded(own, flat));
    const packed = scalars.guarded(lt(flat, count), scalars.cast(there, dtype), scalars.literal(0, dtype));
    return valueNest(packed, [...batch, panel, ...k, lane], name);
  }

  /** `packed[batch…][panel][pair][lane][half]` of bf16; what has no partner along k gets a zero. */
  #pairs(
    value: Scalar,
    batch: readonly Axis[],
    own: readonly Axis[],
    k: readonly Axis[],
    width: number,
  ): Nest {
    const [count, along] = [own, k].map((side) => mul(int(1), ...side.map((x) => x.extent))) as [Expr, Expr];
    const name = `packed_weight_${this.#made.size}`,
      axis = (part: string, extent: Expr) => loopAxis(`${name}_${part}`, extent);
    const panel = axis("panel", ceilDiv(count, width)), pair = axis("pair", ceilDiv(along, 2));
    const lane = axis("lane", int(width)), half = axis("half", int(2));
    const flat = add(mul(panel.sym, width), lane.sym), at = add(mul(pair.sym, 2), half.sym);
    const scalars = this.#scalars,
      there = this.#stored(value, new Map([...decoded(own, flat), ...decoded(k, at)]));
    const exists = and(lt(flat, count), lt(at, along));
    const packed = scalars.guarded(exists, scalars.cast(there, "bf16"), scalars.literal(0, "bf16"));
    return valueNest(packed, [...batch, panel, pair, lane, half], name);
  }

  finish(steps: readonly Step[]): Folded {
    const { plan, fold } = this, made = [...this.#made.values()];
    const placements = new Map(plan.placements), places = new Map(fold.placements);
    const constants = made.map(({ buffer }, n) => {
      placements.set(buffer.name, { kind: "constant", index: plan.constants.length + n });
      places.set(buffer.name, { kind: "output", index: fold.outputs.length + n });
      return { buffer: { ...buffer, role: "constant" as const }, constant: constantOf(buffer) };
    });
    const outputs = made.map(({ buffer }) => {
      const { value } = constantOf(buffer);
      return { leaf: { kind: "tensor", value, label: buffer.name } as const, buffer };
    });
    const launches = made.map(({ nests }): Step => {
      const group = { kind: "group", nests, depth: nests[0]!.axes.length - 1 } as const;
      return { kind: "launch", kernel: { ...buildKernel(group, this.#scalars, () => true), name: "pack" } };
    });
    return {
      plan: { ...plan, steps, constants: [...plan.constants, ...constants], placements },
      fold: {
        ...fold,
        steps: [...fold.steps, ...launches],
        outputs: [...fold.outputs, ...outputs],
        placements: places,
      },
    };
  }
}

/** Which elements a load reads, told by extents and strides alone; `[batch…][panel][k…][lane]` are in order. */
function accessText(load: ScalarOf<"load">, axes: readonly Axis[]): string {
  const index = linearIndex(load.buffer, load.index);
  const strides = symsOf(index).map((s) => `${print(linear(index, s.name)?.coef ?? index)}`);
  return [load.buffer.name, ...axes.map((a) => print(a.extent)), ...strides].join(" ");
}

function constantOf({ name, dtype, shape, strides }: Buffer): GraphConstant {
  const value = { name, type: { dtype, shape } };
  return {
    ...{ value, fqn: `_PACKED_CONST_${name}`, role: "folded", offset: 0, data: "folded" },
    strides: strides.map((s) => asInt(s)!),
  };
}
