/**
 * Plans as text, for reading and for hashing: kernels in the order of their launches, then where everything lies.
 *
 * ```text
 * plan mlp
 * …
 * launch linear_relu = contraction t batch [] m [a0 < s0] n [a1 < 4] k [a2 < 10] in f32
 *   a = x[a0, a2]
 *   …
 * launch softmax = loops [a3 < s0]
 *   in place e over t
 *   local m : f32[s0] register
 *   stage over [a4 < 4] lanes over
 *     m[0] = max t[4*a3 + a4]
 *   stage axes [a5 < 4] lanes axes
 *     e[4*a3 + a5] -> exp(sub(t[4*a3 + a5], m[0]))
 * slot 0 = 64*s0
 * place t = slot 0
 * ```
 *
 * @module
 */
import { print } from "../expr/mod.ts";
import { printName, printOrigin, printTest } from "../graph/mod.ts";
import {
  type Buffer,
  printAxes,
  printBuffer,
  printLoopsHead,
  printResults,
  printScalars,
  printStatement,
  printStore,
} from "../loops/mod.ts";
import { SymbolSet } from "../graph/mod.ts";
import { inPlaceOf } from "./in_place.ts";
import { symbolsOfPlan } from "./symbols.ts";
import { buffersOfStep } from "./touch.ts";
import type { Item, Kernel, Local, LoopKernel, Placement, Plan, Stage, Step } from "./types.ts";

/** Text of a whole plan. */
export function printPlan(plan: Plan): string {
  const buffers = new Map<string, Buffer>();
  plan.steps.flatMap(buffersOfStep).forEach((b) => buffers.has(b.name) || buffers.set(b.name, b));
  const own = [...buffers.values()].filter((b) => b.role === "temp" || b.role === "output");
  const set = new SymbolSet();
  symbolsOfPlan(plan).forEach((s) => set.sym(s));
  return [
    `plan ${printName(plan.name)}`,
    ...printLoopsHead(plan, set),
    ...own.map((b) => `${b.role} ${printBuffer(b)}`),
    ...printSteps(plan.steps, ""),
    ...plan.slots.map(({ bytes }, n) => `slot ${n} = ${print(bytes)}`),
    ...[...plan.placements].map(([name, place]) => `place ${printName(name)} = ${printPlacement(place)}`),
    ...printResults(plan),
  ].join("\n") + "\n";
}

function printPlacement(place: Placement): string {
  switch (place.kind) {
    case "arena":
      return `slot ${place.slot}`;
    case "late":
      return "late";
    default:
      return `${place.kind} ${place.index}`;
  }
}

function printSteps(steps: readonly Step[], indent: string): string[] {
  return steps.flatMap((step) => printStep(step).map((line) => indent + line));
}

function printStep(step: Step): string[] {
  const names = (buffers: readonly Buffer[]) => `[${buffers.map((b) => printName(b.name)).join(", ")}]`;
  switch (step.kind) {
    case "launch":
      return printKernel(step.kernel);
    case "item":
      return [`item ${printName(step.buffer.name)} -> ${step.sym.name}`];
    case "bind":
      return [`bind {${print(step.expr)}} -> ${step.sym.name}`];
    case "allocate":
      return [`allocate ${printName(step.buffer.name)}`];
    case "assert": {
      const test = "strides" in step.test ? printName(step.test.name) : printTest(step.test);
      return [`assert ${test} ${JSON.stringify(step.message)}${printOrigin(step.origin)}`];
    }
    case "cond":
      return [
        `cond ${printName(step.test.name)}`,
        ...printArm("then", step.then),
        ...printArm("else", step.otherwise),
      ];
    case "while":
      return [
        `while ${printName(step.test.name)} carried ${names(step.carried)} next ${names(step.next)}`,
        ...printArm("condition", step.condition),
        ...printArm("body", step.body),
      ];
  }
}

function printArm(word: string, steps: readonly Step[]): string[] {
  return [`  ${word}`, ...printSteps(steps, "    "), "  end"];
}

/** One kernel, without its origins. */
export function printKernel(kernel: Kernel): string[] {
  const head = `launch ${printName(kernel.name)} =`;
  switch (kernel.kind) {
    case "loops":
      return [`${head} ${printLoopKernel(kernel)[0]}`, ...printLoopKernel(kernel).slice(1)];
    case "contraction": {
      const [first, ...rest] = printStatement({ ...kernel.nest, origin: undefined });
      const { lines, roots } = printScalars(kernel.extra.map((x) => x.value));
      const extra = kernel.extra.map((x, n) => `  also ${printStore(x.store)} = ${roots[n]}`);
      const packed = (["a", "b"] as const).flatMap((side) => {
        const buffer = kernel.packed?.[side];
        const { winograd, direct } = kernel;
        const how = winograd ? ` winograd ${winograd}` : direct ? ` direct ${direct.mr}x${direct.nv}` : "";
        return buffer ? [`  packed ${side} ${printName(buffer.name)}${how}`] : [];
      });
      return [
        `${head} ${first}`,
        ...rest,
        ...printInPlace(kernel),
        ...packed,
        ...lines.map((line) => `  ${line}`),
        ...extra,
      ];
    }
    case "attention": {
      const [first, ...rest] = printStatement({ ...kernel.nest, origin: undefined });
      const also = (["highest", "total"] as const).filter((name) => kernel.stored[name]);
      return [`${head} ${first}`, ...rest, ...also.map((name) => `  stored ${name}`)];
    }
    case "scatter":
    case "routine": {
      const statement = kernel.kind === "scatter" ? kernel.nest : kernel.call;
      const [first, ...rest] = printStatement({ ...statement, origin: undefined });
      return [`${head} ${first}`, ...rest];
    }
  }
}

function printInPlace(kernel: Kernel): string[] {
  return inPlaceOf(kernel).map((x) => `  in place ${printName(x.result)} over ${printName(x.operand)}`);
}

function printLoopKernel(kernel: LoopKernel): string[] {
  const { outer, chunk, locals, stages } = kernel;
  return [
    `loops ${printAxes(outer)}${chunk === undefined ? "" : ` chunk ${chunk}`}`,
    ...printInPlace(kernel),
    ...locals.map(printLocal),
    ...stages.flatMap(printStage),
  ];
}

function printLocal({ buffer, kind, bytes, offset }: Local): string {
  return `  local ${printBuffer(buffer)} ${kind}${kind === "scratch" ? ` ${bytes} @${offset}` : ""}`;
}

function printStage({ axes, over, vector, items }: Stage): string[] {
  const loops = [axes.length > 0 && `axes ${printAxes(axes)}`, over.length > 0 && `over ${printAxes(over)}`];
  const { lines, roots } = printScalars(items.map((i) => i.value));
  return [
    `  ${["stage", ...loops, `lanes ${vector}`].filter(Boolean).join(" ")}`,
    ...lines.map((line) => `    ${line}`),
    ...items.map((item, n) => `    ${printItem(item, roots[n]!)}`),
  ];
}

/** `=` stores to memory, `->` is a value that only this stage reads. */
function printItem({ store, reduce, stored }: Item, value: string): string {
  return `${printStore(store)} ${stored ? "=" : "->"} ${reduce ? `${reduce} ` : ""}${value}`;
}
