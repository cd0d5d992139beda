/**
 * The beginning of a run: symbols from the inputs' sizes, guards in the user's words.
 *
 * @module
 */
import { asInt, type Expr, print, printPred, type Sym, symsOf, symsOfPred } from "../../ir/expr/mod.ts";
import type { Plan, Step } from "../../ir/plan/mod.ts";
import type { Line, Message } from "./lines.ts";

/** Binds symbols and checks every guard. */
export function entryLines(plan: Plan): readonly Line[] {
  return [
    symbolsLine(plan),
    ...plan.inputs.flatMap((_, n) => sizeGuards(plan, n)),
    ...rangeGuards(plan),
    ...guardLines(plan),
  ];
}

function inputIndex(plan: Plan, valueName: string): number {
  return plan.inputs.findIndex((x) => x.input.value.name === valueName);
}

function symbolsLine(plan: Plan): Line {
  const bound = plan.symbols.flatMap(({ sym, from }) =>
    from ? [{ sym, ...from, input: inputIndex(plan, from.input.name) }] : []
  );
  const late = unbackedOf(plan).filter((s) => !bound.some((b) => b.sym.name === s.name));
  return { kind: "symbols", bound, late };
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
function sizeGuards(plan: Plan, n: number): readonly Line[] {
  const { input } = plan.inputs[n]!;
  const { shape } = input.value.type, seen = input.complex ? shape.slice(0, -1) : shape;
  return seen.flatMap((size, axis): readonly Line[] => {
    const isSource = plan.symbols.some((s) =>
      s.sym === size && s.from?.input === input.value && s.from.axis === axis
    );
    if (isSource) return [];
    const at = { input: n, axis }, want = asInt(size) === undefined ? [` (${print(size)})`] : [];
    const message = [`dimension ${axis} of input "${input.label}": `, at, " is not ", size, ...want];
    return [{ kind: "check-size", at, is: size, message }];
  });
}

function rangeGuards(plan: Plan): readonly Line[] {
  return plan.symbols.filter((s) => s.from).flatMap(({ sym, label, from }): readonly Line[] => {
    const min = sym.min > 0 ? { min: sym.min } : {}, max = Number.isFinite(sym.max) ? { max: sym.max } : {};
    if (!("min" in min) && !("max" in max)) return [];
    const owner = plan.inputs.find((x) => x.input.value === from!.input)?.input.label ?? "";
    const range = "max" in max ? `in ${sym.min}..${sym.max}` : `${sym.min} or more`;
    const subject = from!.axis === undefined ? `input "${owner}"` : `dim "${label}" of input "${owner}"`;
    return [{ kind: "check-range", sym, ...min, ...max, message: [`${subject}: `, sym, ` is not ${range}`] }];
  });
}

function guardLines(plan: Plan): readonly Line[] {
  return plan.guards.map(({ pred, subject }): Line => {
    const shown: Message = symsOfPred(pred).flatMap((s) => [`, ${s.name} = `, s]);
    const message = [`${subject}: ${printPred(pred)} does not hold`, ...shown];
    return { kind: "check-guard", test: pred, message };
  });
}

/** True when an expression has a symbol that is only known in mid-run. */
export function isLate(e: Expr): boolean {
  return symsOf(e).some((s) => s.unbacked);
}
