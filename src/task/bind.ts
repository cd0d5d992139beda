/**
 * Inputs as bound by a caller: which tasks they need, and their values once those have run.
 *
 * @module
 */
import type { Outcome } from "./execute.ts";
import type { Values } from "./outcome.ts";
import { isOutput, type Task } from "./task.ts";

/** The tasks whose outputs a task takes, each once. */
export function neededBy(task: Task): readonly Task[] {
  const direct = Object.values(task.given).flatMap((value) => {
    if (isOutput(value)) return [value.from];
    return isRecord(value) ? Object.values(value).filter(isOutput).map(({ from }) => from) : [];
  });
  return [...new Set(direct)];
}

/** The inputs of a task, given what it needs came to. */
export function bound(task: Task, needs: ReadonlyMap<Task, Outcome>): Values {
  const valueOf = (value: unknown): unknown => {
    if (!isOutput(value)) return value;
    const outcome = needs.get(value.from);
    return outcome?.ok ? outcome.values[value.field] : undefined;
  };
  const pairs = Object.entries(task.given).map(([name, value]) => {
    if (task.definition.inputs[name] !== "files" || isOutput(value) || !isRecord(value)) {
      return [name, valueOf(value)];
    }
    return [name, Object.fromEntries(Object.entries(value).map(([key, item]) => [key, valueOf(item)]))];
  });
  return Object.fromEntries(pairs);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
