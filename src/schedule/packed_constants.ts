/**
 * What packing makes of constants: nests that the folding plan computes, and constants that the model's plan reads.
 *
 * @module
 */
import { asInt, type Expr } from "../ir/expr/mod.ts";
import type { GraphConstant } from "../ir/graph/mod.ts";
import {
  type Buffer,
  flatBuffer,
  loadsOf,
  type Nest,
  type Scalar,
  type Scalars,
  scalarsOf,
} from "../ir/loops/mod.ts";
import type { Placement, Plan, Step } from "../ir/plan/mod.ts";
import { buildKernel } from "./kernel.ts";

/** A model's plan, and the one that computes its folded constants. */
export interface Folded {
  readonly plan: Plan;
  readonly fold?: Plan;
}

/** A packed constant: all nests store parts of one buffer. */
interface Packed {
  readonly buffer: Buffer;
  readonly nests: readonly Nest[];
}

/** What was packed before something was tried. */
export type PackedState = ReadonlyMap<string, Packed>;

/** Collects packed constants, each once, and adds them to both plans at the end. */
export class PackedConstants {
  readonly #plan: Plan;
  readonly #fold: Plan;
  readonly #scalars: Scalars;
  /** Constants that no run changes, as the folding plan sees them. */
  readonly #constants = new Map<string, Buffer>();
  #made = new Map<string, Packed>();

  constructor({ plan, fold = emptyFold(plan) }: Folded, scalars: Scalars) {
    this.#plan = plan;
    this.#fold = fold;
    this.#scalars = scalars;
    const written = new Set(plan.effects.map((e) => e.target.name));
    const stored = plan.constants.filter(({ constant }) => constant.role !== "folded").length;
    plan.constants.forEach(({ buffer }, n) => {
      if (written.has(buffer.name)) return;
      const there = n < stored ? buffer : fold.outputs[n - stored]?.buffer;
      if (there) this.#constants.set(buffer.name, there);
    });
  }

  get isEmpty(): boolean {
    return this.#made.size === 0;
  }

  /** The name of the next packed constant. */
  get nextName(): string {
    return `packed_weight_${this.#made.size}`;
  }

  /** Where to go `back` to when what follows is not wanted. */
  get state(): PackedState {
    return new Map(this.#made);
  }

  /** Forgets what was packed since `state`. */
  back(state: PackedState): void {
    this.#made = new Map(state);
  }

  /** True for values of constants alone. */
  isSteady(value: Scalar): boolean {
    const loads = loadsOf(value);
    return loads.length > 0 && loads.every((l) => this.#constants.has(l.buffer.name)) &&
      scalarsOf(value).every((s) => s.kind !== "bound" && s.kind !== "accumulator");
  }

  /** A value of constants as the folding plan sees it, with symbols replaced. */
  stored(value: Scalar, map: ReadonlyMap<string, Expr> = new Map()): Scalar {
    return this.#scalars.rewrite(value, map, (leaf) => {
      if (leaf.kind !== "load") return undefined;
      const there = this.#constants.get(leaf.buffer.name)!; // stages have addresses in place of positions
      return this.#scalars.load(
        leaf.buffer.offset === 0 && leaf.index.length !== there.shape.length ? flatBuffer(there) : there,
        leaf.index,
      );
    });
  }

  /** The packed constant, shared by all that pack the same: `key` tells. */
  keep(key: string, nests: readonly Nest[]): Buffer {
    const made = this.#made.get(key) ?? { nests, buffer: nests[0]!.store.buffer };
    this.#made.set(key, made);
    return { ...made.buffer, role: "constant" };
  }

  /** Both plans with what was packed; `steps` are the model's, which read it. */
  folded(steps: readonly Step[]): Folded {
    const made = [...this.#made.values()];
    return { plan: this.#reading(steps, made), fold: this.#computing(made) };
  }

  #reading(steps: readonly Step[], made: readonly Packed[]): Plan {
    const plan = this.#plan, placements = new Map(plan.placements);
    made.forEach(({ buffer }, n) =>
      placements.set(buffer.name, { kind: "constant", index: plan.constants.length + n })
    );
    const constants = made.map(({ buffer }) => (
      { buffer: { ...buffer, role: "constant" as const }, constant: constantOf(buffer) }
    ));
    return { ...plan, steps, constants: [...plan.constants, ...constants], placements };
  }

  #computing(made: readonly Packed[]): Plan {
    const fold = this.#fold, placements = new Map(fold.placements);
    made.forEach(({ buffer }, n) =>
      placements.set(buffer.name, { kind: "output", index: fold.outputs.length + n })
    );
    const outputs = made.map(({ buffer }) => {
      const { value } = constantOf(buffer);
      return { leaf: { kind: "tensor", value, label: buffer.name } as const, buffer };
    });
    const launches = made.map(({ nests }): Step => {
      const group = { kind: "group", nests, depth: nests[0]!.axes.length - 1 } as const;
      return { kind: "launch", kernel: { ...buildKernel(group, this.#scalars, () => true), name: "pack" } };
    });
    return {
      ...fold,
      steps: [...fold.steps, ...launches],
      outputs: [...fold.outputs, ...outputs],
      placements,
    };
  }
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

function constantOf({ name, dtype, shape, strides }: Buffer): GraphConstant {
  const value = { name, type: { dtype, shape } };
  return {
    ...{ value, fqn: `_PACKED_CONST_${name}`, role: "folded", offset: 0, data: "folded" },
    strides: strides.map((s) => asInt(s)!),
  };
}
