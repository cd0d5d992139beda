/**
 * Loops as text, a few lines a statement; `parseLoops` reads it back.
 *
 * ```text
 * loops mlp
 * symbol s0 in 1..64 "batch" = %x[0]
 * input x : f32[s0, 10] strides [10, 1] = %x "x" leaf 0
 * constant w : f32[4, 10] strides [10, 1] = %w "l1.weight" parameter @weight_0+0
 * temp t : f32[s0, 4]
 * contraction t batch [] m [a0 < s0] n [a1 < 4] k [a2 < 10] in f32  // linear.py:12
 *   a = x[a0, a2]
 *   b = w[a1, a2]
 *   t[a0, a1] = sum:f32
 * nest out0 over [a3 < s0, a4 < 4]
 *   out0[a3, a4] = exp(t[a3, a4])
 * result %t2 : f32[s0, 4] "out" = out0
 * ```
 *
 * @module
 */
import { type Expr, print, rowMajor } from "../expr/mod.ts";
import {
  type GraphConstant,
  printAttrs,
  printComplex,
  printDecl,
  printDims,
  printFixedLeaf,
  printGuard,
  printLeafKind,
  printName,
  printOrigin,
  printOutput,
  printRef,
  printSpecs,
  printSymbol,
  printTest,
  printType,
  printTyped,
} from "../graph/mod.ts";
import { printScalars } from "./print_scalar.ts";
import type {
  Attention,
  Axis,
  Block,
  Buffer,
  Contraction,
  Loops,
  LoopsOutput,
  LoopStatement,
  Nest,
  RoutineCall,
  ScatterNest,
  Store,
  WhileStatement,
} from "./types.ts";
import { buffersOfLoops, loadedIndices, rootsOf, symbolsOfLoops, symbolsOfStatement } from "./walk.ts";

/** Text of a whole model at this level. */
export function printLoops(loops: Loops): string {
  return [
    `loops ${printName(loops.name)}`,
    ...printLoopsHead(loops),
    ...[...buffersOfLoops(loops).values()].flatMap(printOwnBuffer),
    ...printBlock(loops.body, ""),
    ...printResults(loops),
  ].join("\n") + "\n";
}

/** Symbols, guards, inputs, constants, fixed leaves. */
export function printLoopsHead(
  loops: Pick<Loops, "symbols" | "guards" | "inputs" | "constants" | "fixed">,
  found: ReturnType<typeof symbolsOfLoops> = symbolsOfLoops(loops as Loops),
): string[] {
  const declared = new Set(loops.symbols.map((decl) => decl.sym));
  return [
    ...loops.symbols.map(printDecl),
    ...[...found.found].filter((s) => !declared.has(s)).map((s) => `local ${printSymbol(s)}`),
    ...loops.guards.map(printGuard),
    ...loops.inputs.map(({ buffer, input }) =>
      `input ${printBuffer(buffer)} = ${printRef(input.value)} ${
        JSON.stringify(input.label)
      } leaf ${input.leaf}${printLeafKind(input)}`
    ),
    ...loops.constants.map(({ buffer, constant }) =>
      `constant ${printBuffer(buffer)} = ${printRef(constant.value)} ${printStored(constant)}`
    ),
    ...loops.fixed.map(printFixedLeaf),
  ];
}

function printStored({ fqn, role, data, offset, complex }: GraphConstant): string {
  const blob = /^[\w./-]+$/.test(data) ? data : JSON.stringify(data);
  return `${JSON.stringify(fqn)} ${role} @${blob}+${offset}${printComplex(complex)}`;
}

/** `x : f32[s0, 4] strides [4, 1] offset 8`. */
export function printBuffer({ name, dtype, shape, strides, offset }: Buffer): string {
  const plain = rowMajor(shape).every((s, n) => s === strides[n]);
  return [
    `${printName(name)} : ${printType({ dtype, shape })}`,
    plain ? "" : ` strides ${printDims(strides)}`,
    offset ? ` offset ${offset}` : "",
  ].join("");
}

function printOwnBuffer(buffer: Buffer): string[] {
  return buffer.role === "temp" || buffer.role === "output" ? [`${buffer.role} ${printBuffer(buffer)}`] : [];
}

/** Results, effects, treespecs. */
export function printResults(
  { outputs, effects, inSpec, outSpec }: Pick<Loops, "outputs" | "effects" | "inSpec" | "outSpec">,
): string[] {
  return [
    ...outputs.map(printResult),
    ...effects.map(({ target, from, effect }) =>
      `effect ${printName(target.name)} := ${printName(from.name)} for ${printRef(effect.target)} := ${
        printTyped(effect.value)
      }`
    ),
    ...printSpecs({ inSpec, outSpec }),
  ];
}

function printResult({ leaf, buffer }: LoopsOutput): string {
  if (leaf.kind !== "tensor") return printOutput(leaf);
  const strides = leaf.strides ? ` strides ${printDims(leaf.strides)}` : "";
  return `result ${printTyped(leaf.value)} ${JSON.stringify(leaf.label)}${strides}${
    printComplex(leaf.complex)
  }${buffer ? ` = ${printName(buffer.name)}` : ""}`;
}

/** `[a0 < s0, a1 < 4]`. */
export function printAxes(axes: readonly Axis[]): string {
  return `[${axes.map((a) => `${a.sym.name} < ${print(a.extent)}`).join(", ")}]`;
}

/** `out[a0, a1]`. */
export function printStore({ buffer, index }: Store): string {
  return `${printName(buffer.name)}${printDims(index)}`;
}

function printBlock(block: Block, indent: string): string[] {
  return block.flatMap((s) => printStatement(s).map((line) => indent + line));
}

/** Lines of a statement; those after the first are indented. */
export function printStatement(s: LoopStatement): string[] {
  const name = printName(s.name), origin = printOrigin(s.origin);
  switch (s.kind) {
    case "nest":
      return printNest(s);
    case "contraction":
      return printContraction(s);
    case "attention":
      return printAttention(s);
    case "scatter":
      return printScatter(s);
    case "routine":
      return printRoutine(s);
    case "item":
      return [`item ${name} ${printName(s.buffer.name)} -> ${s.sym.name}${origin}`];
    case "bind":
      return [`bind ${name} {${print(s.expr)}} -> ${s.sym.name}${origin}`];
    case "assert": {
      const test = "strides" in s.test ? printName(s.test.name) : printTest(s.test);
      return [`assert ${name} ${test} ${JSON.stringify(s.message)}${origin}`];
    }
    case "cond":
      return [
        `cond ${name} ${printName(s.test.name)}${origin}`,
        ...printArm("then", s.then),
        ...printArm("else", s.otherwise),
      ];
    case "while":
      return printWhile(s);
  }
}

function printArm(word: string, block: Block): string[] {
  return [`  ${word}`, ...printBlock(block, "    "), "  end"];
}

function printNest(s: Nest): string[] {
  const { lines, roots: [value] } = printScalars([s.value]);
  const reduce = s.reduce ? `${s.reduce.fn} ${printAxes(s.reduce.over)} ` : "";
  return [
    `nest ${printName(s.name)} over ${printAxes(s.axes)}${printLoading(s)}${printOrigin(s.origin)}`,
    ...[...lines, `${printStore(s.store)} = ${reduce}${value}`].map(indented),
  ];
}

function printContraction(s: Contraction): string[] {
  const groups = (["batch", "m", "n", "k"] as const).map((key) => `${key} ${printAxes(s[key])}`);
  const { lines, roots: [a, b, epilogue] } = printScalars(rootsOf(s));
  return [
    `contraction ${printName(s.name)} ${groups.join(" ")} in ${s.accumulate}${printLoading(s)}${
      printOrigin(s.origin)
    }`,
    ...[...lines, `a = ${a}`, `b = ${b}`, `${printStore(s.store)} = ${epilogue}`].map(indented),
  ];
}

function printAttention(s: Attention): string[] {
  const groups = (["batch", "rows", "columns", "depth", "values"] as const)
    .map((key) => `${key} ${printAxes(s[key])}`);
  const { lines, roots: [q, k, v, score, epilogue] } = printScalars(rootsOf(s));
  const how = `in ${s.accumulate} weight ${s.weight} blind ${s.blind}${printLoading(s)}`;
  const stats = [`highest = ${printStore(s.highest)}`, `total = ${printStore(s.total)}`];
  return [
    `attention ${printName(s.name)} ${groups.join(" ")} ${how}${printOrigin(s.origin)}`,
    ...[...lines, `q = ${q}`, `k = ${k}`, `v = ${v}`, `score = ${score}`, ...stats].map(indented),
    indented(`${printStore(s.store)} = ${epilogue}`),
  ];
}

function printScatter(s: ScatterNest): string[] {
  const { lines, roots } = printScalars(rootsOf(s));
  const bounds = s.bounds.map((b, n) =>
    `${b.sym.name} = ${roots[n]} ${b.wrap ? "wrap" : "in"} {${print(b.size)}}`
  );
  return [
    `scatter ${printName(s.name)} ${s.combine} over ${printAxes(s.axes)}${printLoading(s)}${
      printOrigin(s.origin)
    }`,
    ...[...lines, ...bounds, `${printStore(s.store)} = ${roots.at(-1)}`].map(indented),
  ];
}

function printRoutine(s: RoutineCall): string[] {
  const names = (buffers: readonly Buffer[]) => buffers.map((b) => printName(b.name)).join(", ");
  const call = `${printName(s.routine)}(${names(s.inputs)}) -> (${names(s.outputs)})`;
  const binds = s.binds.length > 0 ? ` binds [${s.binds.map((b) => b.name).join(", ")}]` : "";
  return [`routine ${printName(s.name)} ${call} ${printAttrs(s.attrs)}${binds}${printOrigin(s.origin)}`];
}

function printWhile(s: WhileStatement): string[] {
  const names = (buffers: readonly Buffer[]) => `[${buffers.map((b) => printName(b.name)).join(", ")}]`;
  return [
    `while ${printName(s.name)} ${printName(s.test.name)} carried ${names(s.carried)} next ${names(s.next)}${
      printOrigin(s.origin)
    }`,
    ...printArm("condition", s.condition),
    ...printArm("body", s.body),
  ];
}

/** Loaded indices with their bounds: the facts that index expressions rest on. */
function printLoading(s: LoopStatement): string {
  const known = new Map(loadedIndices(s));
  for (const x of symbolsOfStatement(s).found) if (known.has(x.name)) known.set(x.name, x); // as expressions know it
  const loaded = [...known.values()];
  const bound = (below: Expr | undefined) => (below ? ` < ${print(below)}` : "");
  return loaded.length > 0 ? ` loading [${loaded.map((x) => `${x.name}${bound(x.below)}`).join(", ")}]` : "";
}

function indented(line: string): string {
  return `  ${line}`;
}
