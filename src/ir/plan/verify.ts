/**
 * Checks a plan. What is checked:
 *
 * - every buffer in memory has a place; two that live at the same time never share a slot, and each fits into its own
 * - memory is written before it is read, in the order of steps, on every way through branches and loops
 * - a kernel uses only its axes, its loaded indices and sizes that are known when it is launched
 * - what an item keeps in a register or in scratch is made by the same kernel, in the same stage or an earlier one;
 *   scratch rows do not overlap; what others read, or what is given by the host, is stored
 * - a result that takes over an operand's memory is written after everything there was read
 * - memory of unknown size is allocated before it is touched; slots have sizes that are known on entry
 *
 * @module
 */
import { bytesOf, type Diagnostic } from "../../base/mod.ts";
import { ceilDiv, lessEqual, mul, type Sym, symsOf } from "../expr/mod.ts";
import { type Buffer, loadsOf, numel } from "../loops/mod.ts";
import { canOverwrite, inPlaceOf } from "./in_place.ts";
import { clashes } from "./liveness.ts";
import { printKernel } from "./print.ts";
import { rootsOfKernel, sizesOfKernel } from "./symbols.ts";
import { buffersOfKernel, statistics, writtenByKernel } from "./touch.ts";
import type { Kernel, LoopKernel, Plan, Step } from "./types.ts";

/** What is wrong with a plan; nothing, if it is well formed. */
export function verifyPlan(plan: Plan): readonly Diagnostic[] {
  const check = new Check(plan);
  check.run();
  return check.found;
}

class Check {
  readonly found: Diagnostic[] = [];
  readonly #symbols = new Set<Sym>();
  readonly #allocated = new Set<string>();
  #kernel: Kernel | undefined;

  constructor(readonly plan: Plan) {}

  #report(problem: string): void {
    const where = this.#kernel ? `${printKernel(this.#kernel)[0]}: ` : "";
    this.found.push({ reason: "bad-plan", message: `Cannot use plan ${this.plan.name}: ${where}${problem}` });
  }

  run(): void {
    const { plan } = this;
    plan.symbols.filter((decl) => decl.from).forEach((decl) => this.#symbols.add(decl.sym));
    const given = [...plan.inputs, ...plan.constants].map((x) => x.buffer.name);
    const filled = this.#steps(plan.steps, new Set(given));
    this.#kernel = undefined;
    for (const { leaf, buffer } of plan.outputs) {
      if (buffer && !filled.has(buffer.name)) this.#report(`output "${leaf.label}" is never written`);
    }
    for (const { from } of plan.effects) {
      if (!filled.has(from.name)) this.#report(`an effect takes over ${from.name}, which is never written`);
    }
    this.#slots();
  }

  #place(buffer: Buffer): void {
    const place = this.plan.placements.get(buffer.name);
    if (!place) return this.#report(`${buffer.name} has no place`);
    const slot = place.kind === "arena" ? this.plan.slots[place.slot] : undefined;
    if (place.kind === "arena" && !slot) {
      this.#report(`${buffer.name} lies in slot ${place.slot}, which does not exist`);
    }
    if (place.kind === "late" && !this.#allocated.has(buffer.name)) {
      this.#report(`${buffer.name} is touched before it is allocated`);
    }
    if (!slot || buffer.role !== "temp") return;
    const bytes = mul(64, ceilDiv(mul(numel(buffer.shape), bytesOf(buffer.dtype)), 64));
    if (bytes !== slot.bytes && !lessEqual(bytes, slot.bytes)) {
      this.#report(`${buffer.name} does not surely fit into its slot`);
    }
  }

  #reads(buffer: Buffer, filled: ReadonlySet<string>): void {
    if (!filled.has(buffer.name)) this.#report(`reads ${buffer.name}, where nothing was written`);
  }

  #steps(steps: readonly Step[], before: ReadonlySet<string>): ReadonlySet<string> {
    let filled = before;
    for (const step of steps) filled = this.#step(step, filled);
    return filled;
  }

  #step(step: Step, filled: ReadonlySet<string>): ReadonlySet<string> {
    this.#kernel = step.kind === "launch" ? step.kernel : undefined;
    switch (step.kind) {
      case "launch":
        return this.#launch(step.kernel, filled);
      case "allocate":
        this.#allocated.add(step.buffer.name);
        return filled;
      case "item":
        this.#reads(step.buffer, filled);
        this.#symbols.add(step.sym);
        return filled;
      case "bind":
        this.#symbols.add(step.sym);
        return filled;
      case "assert":
        if ("strides" in step.test) this.#reads(step.test, filled);
        return filled;
      case "cond": {
        this.#reads(step.test, filled);
        const then = this.#steps(step.then, filled), otherwise = this.#steps(step.otherwise, filled);
        return new Set([...then].filter((name) => otherwise.has(name)));
      }
      case "while": {
        step.carried.forEach((b) => this.#reads(b, filled));
        const tested = this.#steps(step.condition, filled);
        this.#kernel = undefined;
        this.#reads(step.test, tested);
        const after = this.#steps(step.body, tested);
        this.#kernel = undefined;
        step.next.forEach((b) => this.#reads(b, after));
        return tested;
      }
    }
  }

  #launch(kernel: Kernel, filled: ReadonlySet<string>): ReadonlySet<string> {
    buffersOfKernel(kernel).forEach((b) => this.#place(b));
    for (const pair of inPlaceOf(kernel)) {
      if (canOverwrite(kernel, pair)) continue;
      this.#report(`writes ${pair.result} over ${pair.operand}, which it may read later`);
    }
    for (const s of sizesOfKernel(kernel)) {
      const binds = kernel.kind === "routine" ? kernel.call.binds : [];
      if (!this.#symbols.has(s) && !binds.includes(s)) {
        this.#report(`uses ${s.name}, which has no value here`);
      }
    }
    if (kernel.kind === "loops") return this.#loops(kernel, filled);
    const own = new Set(kernel.kind === "attention" ? statistics(kernel.nest) : []);
    loadsOf(...rootsOfKernel(kernel)).filter((l) => !own.has(l.buffer.name))
      .forEach((l) => this.#reads(l.buffer, filled));
    if (kernel.kind === "routine") {
      kernel.call.inputs.forEach((b) => this.#reads(b, filled));
      kernel.call.binds.forEach((s) => this.#symbols.add(s));
      return new Set([...filled, ...kernel.call.outputs.map((b) => b.name)]);
    }
    if (kernel.kind === "scatter") this.#reads(kernel.nest.store.buffer, filled);
    return new Set([...filled, ...writtenByKernel(kernel).map((b) => b.name)]);
  }

  /** Stages in order: an item may read what is in memory, or what its kernel has made. */
  #loops(kernel: LoopKernel, filled: ReadonlySet<string>): ReadonlySet<string> {
    const made = new Set(filled), locals = new Map(kernel.locals.map((l) => [l.buffer.name, l]));
    let end = 0;
    for (const { buffer, kind, bytes, offset } of kernel.locals) {
      if (kind === "scratch" && offset < end) {
        this.#report(`scratch of ${buffer.name} overlaps what lies before it`);
      }
      end = Math.max(end, offset + bytes);
    }
    for (const { items, vector, axes, over } of kernel.stages) {
      if (vector !== "none" && (vector === "axes" ? axes : over).length === 0) {
        this.#report(`has lanes along no ${vector}`);
      }
      const sums = over.length > 0 && vector === "axes" ? items.filter((i) => i.reduce) : items;
      for (const part of [sums, items.filter((i) => !sums.includes(i))]) { // what is made of sums comes after them
        for (const item of part) loadsOf(item.value).forEach((l) => this.#reads(l.buffer, made));
        for (const { store: { buffer }, stored } of part) {
          if (!stored && buffer.role !== "temp") {
            this.#report(`does not store ${buffer.name}, which the host sees`);
          }
          if (stored || locals.has(buffer.name)) made.add(buffer.name);
        }
      }
    }
    locals.forEach((_, name) => made.delete(name));
    return made;
  }

  /** Buffers that are alive at the same time do not share a slot. */
  #slots(): void {
    for (const [a, b] of clashes(this.plan)) this.#report(`${a} and ${b} share memory while both live`);
    const late = this.plan.slots.flatMap((slot) => symsOf(slot.bytes)).find((s) => s.unbacked);
    if (late) this.#report(`a slot's size depends on ${late.name}, which is not known on entry`);
  }
}
