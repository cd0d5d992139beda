/**
 * Calls of operators that the host computes: a table of them in the model's file, a call in the run, and the nodes that
 * the host's executor reads.
 *
 * @module
 */
import { type DType, dtypes } from "../../base/mod.ts";
import { asInt, type Expr } from "../../ir/expr/mod.ts";
import type { Buffer } from "../../ir/loops/mod.ts";
import type { Kernel, RoutineKernel, Step } from "../../ir/plan/mod.ts";
import { hostTensor } from "./host.ts";
import { cString, listText, pointerName, sizeText } from "./symbols.ts";

type Attr = RoutineKernel["call"]["attrs"][string];

/** Positions of the calls of a plan in the list of nodes: one list, branches and loops included. */
export type HostCalls = ReadonlyMap<Kernel, number>;

/** True for kernels that the host computes: nothing of them is compiled. */
export function isOfHost(kernel: Kernel): kernel is RoutineKernel {
  return kernel.kind === "routine" && (kernel.call.routine === "host" || kernel.call.routine === "host_take");
}

/** All calls in the order of the steps. */
export function hostCalls(steps: readonly Step[]): HostCalls {
  const found = new Map<Kernel, number>();
  const visit = (step: Step): void => {
    if (step.kind === "launch" && isOfHost(step.kernel) && step.kernel.call.routine === "host") {
      found.set(step.kernel, found.size);
    }
    if (step.kind === "cond") [...step.then, ...step.otherwise].forEach(visit);
    if (step.kind === "while") [...step.condition, ...step.body].forEach(visit);
  };
  steps.forEach(visit);
  return found;
}

/** The text of the `.json` beside a library, from which PyTorch makes the executor; undefined when none is needed. */
export function hostNodes(calls: HostCalls): string | undefined {
  const nodes = [...calls.keys()].map((kernel, n) => {
    return `{"name": "call${n}", "node": ${word((kernel as RoutineKernel).call.attrs.node)}}`;
  });
  return nodes.length > 0 ? `{"nodes": [${nodes.join(", ")}]}` : undefined;
}

/** Rows of the table of calls, for the template. */
export function hostViews(calls: HostCalls) {
  return [...calls].map(([kernel, index]) => {
    const { attrs, outputs } = (kernel as RoutineKernel).call, ints = intsOf(attrs.numbers);
    const sizes = list(attrs.sizes).map((pair) => `{${list(pair).map(Number).join(", ")}}`);
    return {
      index,
      name: cString(word(attrs.name)),
      where: cString(word(attrs.where)),
      in: list(attrs.present).length,
      ints: ints.length,
      writes: list(attrs.writes).map(Number),
      results: list(attrs.results).map(Number),
      sizes,
      lists: attrs.lists === true ? 1 : 0,
      floats: list(attrs.floats).map((x) => Number(x).toExponential(17)),
      texts: list(attrs.texts).map((text) => cString(word(text))),
      outputs: outputs.length,
    };
  });
}

/** Statements in C of call `index`, or of taking the results of one. */
export function hostLines(kernel: RoutineKernel, index: number | undefined): readonly string[] {
  const { call } = kernel;
  const outputs = call.outputs.map((b, n) => tensorText(b, complexOf(call.attrs.complexOut, n)));
  if (call.routine === "host_take") {
    const sizes = call.inputs[0]!, ticket = (asInt(sizes.shape[0]!) ?? 1) - 1;
    const from = `((const int64_t*)${pointerName(sizes)})[${ticket}]`;
    return [`if (aoti_host_take(run, ${from}, ${tensorList(outputs, true)}, ${outputs.length})) return 1;`];
  }
  let at = 0;
  const inputs = list(call.attrs.present).map((isThere) => {
    if (isThere !== true) return "{NULL, 0, 0, NULL}";
    const n = at++;
    return tensorText(call.inputs[n]!, complexOf(call.attrs.complexIn, n));
  });
  const numbers = list(call.attrs.numbers);
  return [
    `if (aoti_host_call(run, &host_ops[${index}], ${tensorList(inputs, false)},`,
    `                   ${numberList(numbers)}, ${numberList(intsOf(numbers))},`,
    `                   ${tensorList(outputs, true)})) return 1;`,
  ];
}

/** As the executor counts them: bools are in the node. */
function intsOf(numbers: Attr | undefined): readonly Attr[] {
  return list(numbers).filter((x) => typeof x !== "boolean");
}

function tensorText(buffer: Buffer, complex: DType | undefined): string {
  const { dtype, shape } = hostTensor(buffer, complex);
  return `{${pointerName(buffer)}, ${dtypes[dtype].c10}, ${shape.length}, (const int64_t[])${
    listText(shape)
  }}`;
}

function tensorList(items: readonly string[], isFixed: boolean): string {
  const none = isFixed ? [] : ["{NULL, 0, 0, NULL}"]; // C has no empty arrays
  if (items.length === 0 && isFixed) return "NULL";
  return `(${isFixed ? "const " : ""}aoti_op_tensor[]){${[...items, ...none].join(", ")}}`;
}

function numberList(items: readonly Attr[]): string {
  return items.length > 0 ? `(const int64_t[]){${items.map(numberText).join(", ")}}` : "NULL";
}

function numberText(x: Attr): string {
  if (typeof x === "boolean") return x ? "1" : "0";
  if (typeof x === "object" && x !== null && "kind" in x) return sizeText(x as Expr);
  const value = BigInt(x as bigint | number);
  return value === -(2n ** 63n) ? "INT64_MIN" : `INT64_C(${value})`;
}

function complexOf(attr: Attr | undefined, n: number): DType | undefined {
  const name = list(attr)[n];
  return typeof name === "string" ? (name as DType) : undefined;
}

function list(attr: Attr | undefined): readonly Attr[] {
  return Array.isArray(attr) ? attr : [];
}

function word(attr: Attr | undefined): string {
  return typeof attr === "string" ? attr : "";
}
