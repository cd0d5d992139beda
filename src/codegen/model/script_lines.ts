/**
 * Lines in TypeScript, on the services of `runtime/typescript/run.ts`: sizes are bigints, buffers are views that a
 * debugger shows the values of, and each launch stands below the lines of the model that it computes.
 *
 * @module
 */
import { type Expr, type Pred, printPredScript, printScript } from "../../ir/expr/mod.ts";
import type { Buffer } from "../../ir/loops/mod.ts";
import type { HostTensor } from "./host.ts";
import type { InputSize, LaunchLine, Line, Message, OutputSource, Source } from "./lines.ts";
import { pointerName, symbolName } from "./symbols.ts";

type Of<K extends Line["kind"]> = Extract<Line, { readonly kind: K }>;

/** Statements of lines, in a function with a `run`. */
export function printScriptLines(lines: readonly Line[], indent = ""): readonly string[] {
  return lines.flatMap((line) => printLine(line).map((text) => indent + text));
}

function printLine(line: Line): readonly string[] {
  switch (line.kind) {
    case "symbols":
      return symbols(line);
    case "check-size":
    case "check-range":
    case "check-guard":
      return [`if (${violation(line)}) ${fail(line.message)}`];
    case "arena":
      return arena(line.slots);
    case "buffer":
      return [declaration(line.buffer, line.source)];
    case "allocate":
      return [`${pointerName(line.buffer)} = ${allocation(line.buffer, line.output)};`];
    case "launch":
      return launch(line);
    case "bind":
      return [`${symbolName(line.sym.name)} = ${size(line.value)};`];
    case "item":
      return [`${symbolName(line.sym.name)} = ${pointerName(line.buffer)}.integer();`];
    case "assert":
      return [
        `if (!(${"strides" in line.test ? truth(line.test) : condition(line.test)})) ${fail([line.message])}`,
      ];
    case "check-finite":
      return [`run.checkFinite(${viewOf(line.of)}, ${JSON.stringify(line.what)});`];
    case "host":
      throw new RangeError(`a script has no host for ${line.kernel.name}`); // `emit` refuses such models
    case "show":
      return [`run.show(${line.how}, ${viewOf(line.buffer)}, ${JSON.stringify(line.what)});`];
    case "copy":
      return [`run.copy(${pointerName(line.to)}, ${pointerName(line.from)}, ${size(line.bytes)});`];
    case "write-back":
      return [`run.writeBack(${line.input}, ${pointerName(line.buffer)});`];
    case "output":
      return [`run.output(${line.index}, ${output(line.source)});`];
    case "if":
    case "loop":
      return controlFlow(line);
  }
}

function symbols({ bound, late }: Of<"symbols">): readonly string[] {
  return [
    ...bound.map((b) => `const ${symbolName(b.sym.name)} = ${inputSize(b)};`),
    ...late.map((s) => `let ${symbolName(s.name)} = 0n;`),
  ];
}

/** What must not be true of a call's sizes. */
function violation(line: Of<"check-size" | "check-range" | "check-guard">): string {
  if (line.kind === "check-size") return `${inputSize(line.at)} !== ${size(line.is)}`;
  if (line.kind === "check-guard") return `!(${condition(line.test)})`;
  const name = symbolName(line.sym.name), { min, max } = line;
  const tests = [
    ...(min === undefined ? [] : [`${name} < ${min}n`]),
    ...(max === undefined ? [] : [`${name} > ${max}n`]),
  ];
  return tests.join(" || ");
}

function controlFlow(line: Of<"if" | "loop">): readonly string[] {
  if (line.kind === "if") {
    return [
      `if (${truth(line.test)}) {`,
      ...printScriptLines(line.then, "  "),
      "} else {",
      ...printScriptLines(line.otherwise, "  "),
      "}",
    ];
  }
  return [
    "for (;;) {",
    ...printScriptLines(line.condition, "  "),
    `  if (!${truth(line.test)}) break;`,
    ...printScriptLines(line.body, "  "),
    "}",
  ];
}

function size(e: Expr): string {
  return printScript(e, symbolName);
}

function condition(p: Pred): string {
  return printPredScript(p, symbolName);
}

/** The view of a buffer, or of the input of this number. */
function viewOf(of: Buffer | number | undefined): string {
  if (of === undefined) return "undefined";
  return typeof of === "number" ? `run.given(${of})` : pointerName(of);
}

function list(sizes: readonly Expr[]): string {
  return `[${sizes.map(size).join(", ")}]`;
}

function truth(buffer: Buffer): string {
  return `${pointerName(buffer)}.truth()`;
}

function inputSize({ input, axis }: InputSize): string {
  return axis === undefined ? `run.given(${input}).integer()` : `run.size(${input}, ${axis})`;
}

function fail(message: Message): string {
  const parts = message.map((part) => {
    if (typeof part === "string") return part.replaceAll(/[\\`]|\$(?=\{)/g, "\\$&");
    return `\${${"input" in part ? inputSize(part) : size(part)}}`;
  });
  return `run.fail(\`${parts.join("")}\`);`;
}

function arena(slots: readonly Expr[]): readonly string[] {
  const lines: string[] = [];
  let bytes = "0n";
  slots.forEach((slot, n) => {
    lines.push(`const slot_${n} = ${bytes};`);
    bytes = `slot_${n} + ${size(slot)}`;
  });
  return [...lines, `const arena = run.arena(${bytes});`];
}

/** Name and layout, as services take them. */
function layout({ name }: Buffer, { dtype, shape, strides }: HostTensor): string {
  return `${JSON.stringify(name)}, ${JSON.stringify(dtype)}, ${list(shape)}, ${list(strides)}`;
}

function declaration(buffer: Buffer, source: Source): string {
  const name = pointerName(buffer);
  switch (source.kind) {
    case "arena":
      return `const ${name} = run.inArena(arena, slot_${source.slot}, ${layout(buffer, buffer)});`;
    case "late":
      return `let ${name}!: View;`;
    case "constant":
      return `const ${name} = run.constant(${source.index});`;
    case "input":
      return `const ${name} = run.input(${source.index}, ${list(source.strides)});`;
    case "folded":
      return `const ${name} = run.folded(${source.index}, ${layout(buffer, source.tensor)});`;
    case "output":
      return `const ${name} = ${allocation(buffer, source)};`;
  }
}

/** Memory of its own. */
function allocation(buffer: Buffer, output: { readonly tensor: HostTensor } | undefined): string {
  return `run.allocate(${layout(buffer, output?.tensor ?? buffer)})`;
}

function launch(line: LaunchLine): readonly string[] {
  const names = (buffers: readonly Buffer[]) => `[${buffers.map(pointerName).join(", ")}]`;
  const sizes = line.sizes.map(size).join(", ");
  const scratch = line.scratch.kind === "int" && line.scratch.value === 0
    ? ""
    : `, scratch: ${size(line.scratch)}`;
  const moves = line.moves ? `, moves: ${size(line.moves)}` : "";
  return [
    ...places(line.origins),
    `run.launch(${JSON.stringify(line.symbol)}, {`,
    `  buffers: ${names(line.buffers)}, writes: ${names(line.writes)},`,
    `  sizes: [${sizes}], total: ${size(line.total)}${scratch}${moves},`,
    "});",
  ];
}

/** The model's lines that a kernel computes, as comments: `// mlp.py:12 (fc1): return self.fc1(x)`. */
function places(origins: LaunchLine["origins"]): readonly string[] {
  const told = origins.map(({ file, line, code, module, target, node }) => {
    const place = file ? `${file.split("/").at(-1)}:${line ?? "?"}` : target ?? node ?? "";
    return `${place}${module ? ` (${module})` : ""}${code ? `: ${code}` : ""}`;
  });
  const lines = [...new Set(told)].filter(Boolean).map((text) => `// ${text.replaceAll(/\s+/g, " ").trim()}`);
  return lines.length > MOST_PLACES
    ? [...lines.slice(0, MOST_PLACES), `// and ${lines.length - MOST_PLACES} more`]
    : lines;
}

const MOST_PLACES = 8;

function output(source: OutputSource): string {
  if (source.kind === "buffer") return pointerName(source.buffer);
  if (source.kind === "input") return `run.given(${source.index})`;
  return `run.number(${JSON.stringify(source.dtype)}, ${number(source)})`;
}

function number(source: Extract<OutputSource, { readonly kind: "number" }>): string {
  switch (source.dtype) {
    case "f64":
      return Object.is(source.value, -0) ? "-0" : String(source.value);
    case "i64":
      return typeof source.value === "bigint" ? `${source.value}n` : size(source.value);
    case "bool":
      return typeof source.value === "boolean" ? String(source.value) : condition(source.value);
  }
}
