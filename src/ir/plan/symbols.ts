/**
 * The symbols that a plan mentions, but for axes and loaded indices.
 *
 * @module
 */
import { type Sym, symsOf, symsOfPred } from "../expr/mod.ts";
import { SymbolSet } from "../graph/mod.ts";
import {
  axesOfStatement,
  type Axis,
  loadedIndices,
  rootsOf,
  type Scalar,
  scalarParts,
  scalarsOf,
  symbolsOfStatement,
} from "../loops/mod.ts";
import { buffersOfStep } from "./touch.ts";
import type { Kernel, Plan, Step } from "./types.ts";

/** Axes of a kernel. */
export function axesOfKernel(kernel: Kernel): readonly Axis[] {
  switch (kernel.kind) {
    case "loops":
      return [...kernel.outer, ...kernel.stages.flatMap((s) => [...s.axes, ...s.over])];
    case "contraction":
    case "attention":
    case "scatter":
      return axesOfStatement(kernel.nest);
    case "routine":
      return [];
  }
}

/** Scalars that a kernel computes. */
export function rootsOfKernel(kernel: Kernel): readonly Scalar[] {
  switch (kernel.kind) {
    case "loops":
      return kernel.stages.flatMap((s) => s.items.map((i) => i.value));
    case "contraction":
      return [kernel.nest.a, kernel.nest.b, kernel.nest.epilogue, ...kernel.extra.map((x) => x.value)];
    case "attention":
      return rootsOf(kernel.nest);
    case "scatter":
      return [...kernel.nest.bounds.map((b) => b.value), kernel.nest.value];
    case "routine":
      return [];
  }
}

/** Symbols of a kernel that come from outside: sizes. */
export function sizesOfKernel(kernel: Kernel): readonly Sym[] {
  const roots = rootsOfKernel(kernel), own = new Set(axesOfKernel(kernel).map((a) => a.sym.name));
  const set = new SymbolSet(), { exprs, preds } = scalarParts(...roots);
  for (const x of scalarsOf(...roots)) if (x.kind === "bound") own.add(x.sym.name);
  set.exprs(...axesOfKernel(kernel).map((a) => a.extent), ...exprs);
  preds.forEach((p) => set.pred(p));
  if (kernel.kind === "loops") {
    kernel.stages.forEach((s) => s.items.forEach((i) => set.exprs(...i.store.index)));
  } else {
    const statement = kernel.kind === "routine" ? kernel.call : kernel.nest;
    loadedIndices(statement).forEach((_, name) => own.add(name));
    symbolsOfStatement(statement).found.forEach((s) => set.sym(s));
    if (kernel.kind === "contraction") kernel.extra.forEach((x) => set.exprs(...x.store.index));
  }
  return [...set.found].filter((s) => !own.has(s.name));
}

function ofSteps(set: SymbolSet, steps: readonly Step[]): void {
  for (const step of steps) {
    if (step.kind === "launch") sizesOfKernel(step.kernel).forEach((s) => set.sym(s));
    if (step.kind === "item" || step.kind === "bind") set.sym(step.sym);
    if (step.kind === "bind") set.exprs(step.expr);
    if (step.kind === "assert" && !("strides" in step.test)) symsOfPred(step.test).forEach((s) => set.sym(s));
    if (step.kind === "cond") [step.then, step.otherwise].forEach((arm) => ofSteps(set, arm));
    if (step.kind === "while") [step.condition, step.body].forEach((arm) => ofSteps(set, arm));
    for (const b of buffersOfStep(step)) set.exprs(...b.shape, ...b.strides);
  }
}

/** Symbols of a plan in order of first appearance: those it declares first. */
export function symbolsOfPlan(plan: Plan): readonly Sym[] {
  const set = new SymbolSet();
  plan.symbols.forEach((decl) => set.sym(decl.sym));
  plan.guards.forEach((guard) => set.pred(guard.pred));
  [...plan.inputs, ...plan.constants].forEach(({ buffer }) => set.exprs(...buffer.shape, ...buffer.strides));
  ofSteps(set, plan.steps);
  plan.slots.forEach((slot) => set.exprs(slot.bytes));
  for (const { leaf } of plan.outputs) {
    if (leaf.kind === "size") symsOf(leaf.expr).forEach((s) => set.sym(s));
    if (leaf.kind === "truth") symsOfPred(leaf.pred).forEach((s) => set.sym(s));
    if (leaf.kind === "tensor") set.exprs(...leaf.value.type.shape, ...(leaf.strides ?? []));
  }
  return [...set.found];
}
