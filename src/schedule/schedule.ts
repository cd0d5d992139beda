/**
 * Loops to Plan, in the order one reads here: attention, epilogues, layouts, groups, kernels, memory.
 *
 * @module
 */
import { type Block, type Loops, Scalars, storesOf } from "../ir/loops/mod.ts";
import type { Kernel, Plan, Step } from "../ir/plan/mod.ts";
import { fuseAttention } from "./attention.ts";
import { channelsLast } from "./channels_last.ts";
import { readersOf } from "./dependence.ts";
import { fuseEpilogues } from "./epilogue.ts";
import { fuse, readsOfUnit, type Unit } from "./fuse.ts";
import { buildKernel } from "./kernel.ts";
import { type MemoryMode, placeBuffers } from "./memory.ts";
import { kernelName, originsOf } from "./names.ts";
import { spreadReductions } from "./pieces.ts";

/** What may be switched off, for finding faults. */
export interface ScheduleOptions {
  /** Elementwise consumers of a contraction become its epilogue. Default true. */
  readonly epilogues?: boolean;
  /** Products around a softmax become attention. Default true. */
  readonly attention?: boolean;
  /** Images around depthwise convolutions lie with channels last. Default true. */
  readonly layouts?: boolean;
  /** See `placeBuffers`. Default "shared". */
  readonly memory?: MemoryMode;
  /** Results may take over the memory of operands that nothing reads afterwards. Default true. */
  readonly inPlace?: boolean;
}

/** What every block of a model is planned with. */
interface Planning {
  readonly scalars: Scalars;
  readonly epilogues: boolean;
  readonly attention: boolean;
  readonly layouts: boolean;
}

/** Plans a model. */
export function schedule(loops: Loops, options: ScheduleOptions = {}): Plan {
  const { epilogues = true, attention = true, layouts = true } = options;
  const planning: Planning = { scalars: new Scalars(), epilogues, attention, layouts };
  const kept = new Set(loops.effects.map((e) => e.from.name));
  const steps = stepsOf(loops.body, planning, kept);
  const { memory, inPlace } = options;
  const placed = placeBuffers(loops, steps, { ...(memory && { mode: memory }), inPlace: inPlace ?? true });
  const { name, symbols, guards, inputs, constants, fixed, outputs, effects, inSpec, outSpec } = loops;
  return { name, symbols, guards, inputs, constants, fixed, outputs, effects, inSpec, outSpec, ...placed };
}

/** Steps of a block; `kept` are buffers that something outside the block reads. */
function stepsOf(block: Block, planning: Planning, kept: ReadonlySet<string>): readonly Step[] {
  const readers = new Map(readersOf(block));
  kept.forEach((name) => readers.set(name, Infinity));
  const { scalars } = planning, whole = planning.attention ? fuseAttention(block, scalars, readers) : block;
  const left = new Map([...readersOf(whole), ...[...kept].map((name) => [name, Infinity] as const)]);
  const joined = planning.epilogues ? fuseEpilogues(whole, scalars, left) : whole;
  const laid = planning.layouts ? channelsLast(joined, scalars, kept) : joined;
  const units = fuse(spreadReductions(laid, scalars));
  const readBy = new Map<string, Set<Unit>>();
  for (const unit of units) {
    for (const b of readsOfUnit(unit)) {
      readBy.set(b.name, (readBy.get(b.name) ?? new Set()).add(unit));
    }
  }
  return units.map((unit): Step => {
    const outside = (name: string) => kept.has(name) || [...(readBy.get(name) ?? [])].some((u) => u !== unit);
    return stepOf(unit, planning, outside, kept);
  });
}

function stepOf(
  unit: Unit,
  planning: Planning,
  outside: (name: string) => boolean,
  kept: ReadonlySet<string>,
): Step {
  if (unit.kind === "group") return launch(buildKernel(unit, planning.scalars, outside));
  const { statement: s } = unit;
  const common = { name: kernelName([s]), origins: originsOf([s]) };
  switch (s.kind) {
    case "contraction":
      return launch({ kind: "contraction", ...common, nest: s, extra: [] });
    case "attention": {
      const stored = { highest: outside(s.highest.buffer.name), total: outside(s.total.buffer.name) };
      return launch({ kind: "attention", ...common, nest: s, stored });
    }
    case "scatter":
      return launch({ kind: "scatter", ...common, nest: s });
    case "routine":
      return launch({ kind: "routine", ...common, call: s });
    case "bind":
      return { kind: "bind", sym: s.sym, expr: s.expr };
    case "item":
      return { kind: "item", buffer: s.buffer, sym: s.sym };
    case "assert":
      return { kind: "assert", message: s.message, test: s.test, ...(s.origin && { origin: s.origin }) };
    case "cond": {
      const results = new Set(writtenOf(s.otherwise)); // both branches write those, and those alone
      const all = new Set([...kept, ...writtenOf(s.then).filter((name) => results.has(name))]);
      const [then, otherwise] = [stepsOf(s.then, planning, all), stepsOf(s.otherwise, planning, all)];
      return { kind: "cond", test: s.test, then, otherwise };
    }
    case "while": {
      const all = new Set([
        ...kept,
        s.test.name,
        ...s.next.map((b) => b.name),
        ...s.carried.map((b) => b.name),
      ]);
      const [condition, body] = [stepsOf(s.condition, planning, all), stepsOf(s.body, planning, all)];
      return { kind: "while", carried: s.carried, next: s.next, condition, test: s.test, body };
    }
  }
}

/** Buffers that the statements of a branch store, its results among them. */
function writtenOf(block: Block): readonly string[] {
  return block.flatMap((s) => storesOf(s).map((store) => store.buffer.name));
}

function launch(kernel: Kernel): Step {
  return { kind: "launch", kernel };
}
