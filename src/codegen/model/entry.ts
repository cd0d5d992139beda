/**
 * The beginning of a run: symbols from the inputs' sizes, guards in the user's words, pointers.
 *
 * @module
 */
import { asInt, type Expr, print, printPred, type Sym, symsOf, symsOfPred } from "../../ir/expr/mod.ts";
import type { Plan, Step } from "../../ir/plan/mod.ts";
import { conditionText, cString, sizeText, symbolName } from "./symbols.ts";
import type { Wrapper } from "./wrapper.ts";

/** Lines that bind symbols and check every guard. */
export function entryLines(plan: Plan, wrapper: Wrapper): readonly string[] {
  return [
    ...bindSymbols(plan, wrapper),
    ...plan.inputs.flatMap((_, n) => sizeGuards(plan, n, wrapper)),
    ...rangeGuards(plan, wrapper),
    ...guardLines(plan, wrapper),
  ];
}

/** A user's name in a format string. */
function literally(text: string): string {
  return text.replaceAll("%", "%%");
}

function inputIndex(plan: Plan, valueName: string): number {
  return plan.inputs.findIndex((x) => x.input.value.name === valueName);
}

function bindSymbols(plan: Plan, wrapper: Wrapper): readonly string[] {
  const bound = plan.symbols.filter((s) => s.from);
  const late = unbackedOf(plan).filter((s) => !bound.some((b) => b.sym.name === s.name));
  return [
    ...bound.map(({ sym, from }) => {
      const input = inputIndex(plan, from!.input.name);
      return `const int64_t ${symbolName(sym.name)} = ${wrapper.inputSize(input, from!.axis)};`;
    }),
    ...late.map((s) => `int64_t ${symbolName(s.name)} = 0;`),
    ...bound.map(({ sym }) => `(void)${symbolName(sym.name)};`),
  ];
}

/** Symbols that steps bind while they run. */
function unbackedOf(plan: Plan): readonly Sym[] {
  const found = new Map<string, Sym>();
  const visit = (steps: readonly Step[]) => {
    for (const step of steps) {
      if (step.kind === "item" || step.kind === "bind") found.set(step.sym.name, step.sym);
      if (step.kind === "launch" && step.kernel.kind === "routine") {
        step.kernel.call.binds.forEach((s) => found.set(s.name, s));
      }
      if (step.kind === "cond") [step.then, step.otherwise].forEach(visit);
      if (step.kind === "while") [step.condition, step.body].forEach(visit);
    }
  };
  visit(plan.steps);
  return [...found.values()];
}

/** Sizes that are fixed, or follow from symbols. */
function sizeGuards(plan: Plan, n: number, wrapper: Wrapper): readonly string[] {
  const { input } = plan.inputs[n]!;
  const { shape } = input.value.type, seen = input.complex ? shape.slice(0, -1) : shape;
  return seen.flatMap((size, axis) => {
    const isSource = plan.symbols.some((s) =>
      s.sym === size && s.from?.input === input.value && s.from.axis === axis
    );
    if (isSource) return [];
    const subject = literally(`dimension ${axis} of input "${input.label}"`);
    const want = asInt(size) === undefined ? ` (${print(size)})` : "";
    const got = wrapper.inputSize(n, axis), values = [`(long long)${got}`, `(long long)(${sizeText(size)})`];
    return [
      `if (${got} != ${sizeText(size)}) ${
        wrapper.fail(cString(`${subject}: %lld is not %lld${want}`), values)
      }`,
    ];
  });
}

function rangeGuards(plan: Plan, wrapper: Wrapper): readonly string[] {
  return plan.symbols.filter((s) => s.from).flatMap(({ sym, label, from }) => {
    const tests = [
      ...(sym.min > 0 ? [`${symbolName(sym.name)} < ${sym.min}`] : []),
      ...(Number.isFinite(sym.max) ? [`${symbolName(sym.name)} > ${sym.max}`] : []),
    ];
    if (tests.length === 0) return [];
    const owner = plan.inputs.find((x) => x.input.value === from!.input)?.input.label ?? "";
    const range = Number.isFinite(sym.max) ? `in ${sym.min}..${sym.max}` : `${sym.min} or more`;
    const text = cString(`${literally(`dim "${label}" of input "${owner}"`)}: %lld is not ${range}`);
    return [`if (${tests.join(" || ")}) ${wrapper.fail(text, [`(long long)${symbolName(sym.name)}`])}`];
  });
}

function guardLines(plan: Plan, wrapper: Wrapper): readonly string[] {
  return plan.guards.map(({ pred, subject }) => {
    const names = symsOfPred(pred), values = names.map((s) => `(long long)${symbolName(s.name)}`);
    const shown = names.map((s) => `${s.name} = %lld`).join(", ");
    const text = `${literally(`${subject}: ${printPred(pred)}`)} does not hold${shown ? `, ${shown}` : ""}`;
    return `if (!(${conditionText(pred)})) ${wrapper.fail(cString(text), values)}`;
  });
}

/** True when an expression has a symbol that is only known in mid-run. */
export function isLate(e: Expr): boolean {
  return symsOf(e).some((s) => s.unbacked);
}
