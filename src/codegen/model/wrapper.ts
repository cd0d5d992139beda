/**
 * Lines in C and C++: control flow, conditions and messages are the same in both; what differs between wrappers in
 * these languages is an interface.
 *
 * @module
 */
import type { Expr } from "../../ir/expr/mod.ts";
import type { Buffer } from "../../ir/loops/mod.ts";
import type { InputSize, LaunchLine, Line, Message, OutputSource } from "./lines.ts";
import { conditionText, cString, sizeText, symbolName } from "./symbols.ts";

type Of<K extends Line["kind"]> = Extract<Line, { readonly kind: K }>;

/** The statements of one language and its services. Every text is whole lines; none depends on what came before. */
export interface Wrapper {
  /** Size of an input along an axis, or the value of a 0-d int64 one, as an expression. */
  inputSize(at: InputSize): string;
  /** Statement that ends the run with a printf-style message; `format` and `values` are C expressions. */
  fail(format: string, values?: readonly string[]): string;
  /** Takes `bytes`, an expression, for the slots. */
  arena(bytes: string): readonly string[];
  buffer(line: Of<"buffer">): readonly string[];
  allocate(line: Of<"allocate">): readonly string[];
  /** The truth of a one-element buffer, as an expression. */
  truth(buffer: Buffer): string;
  /** The integer in a one-element buffer, as an expression. */
  integer(buffer: Buffer): string;
  launch(line: LaunchLine): readonly string[];
  /** Only where `emit` lets operators of the host through. */
  host?(line: Of<"host">): readonly string[];
  /** Statement that copies `bytes` from one buffer to another. */
  copy(to: Buffer, from: Buffer, bytes: Expr): string;
  /** Statement that fails the run when a tensor, or input, holds nan or infinity; `what` is a C string. */
  checkFinite(of: Buffer | number, what: string): string;
  show(how: number, buffer: Buffer | undefined, what: string): string;
  writeBack(line: Of<"write-back">): readonly string[];
  output(index: number, source: OutputSource): readonly string[];
}

/** Statements of lines. */
export function printLines(w: Wrapper, lines: readonly Line[], indent = ""): readonly string[] {
  return lines.flatMap((line) => printLine(w, line).map((text) => indent + text));
}

function printLine(w: Wrapper, line: Line): readonly string[] {
  switch (line.kind) {
    case "symbols":
      return symbols(w, line);
    case "check-size":
      return [`if (${w.inputSize(line.at)} != ${sizeText(line.is)}) ${fail(w, line.message)}`];
    case "check-range": {
      const name = symbolName(line.sym.name), { min, max } = line;
      const tests = [
        ...(min === undefined ? [] : [`${name} < ${min}`]),
        ...(max === undefined ? [] : [`${name} > ${max}`]),
      ];
      return [`if (${tests.join(" || ")}) ${fail(w, line.message)}`];
    }
    case "check-guard":
      return [`if (!(${conditionText(line.test)})) ${fail(w, line.message)}`];
    case "arena":
      return arena(w, line.slots);
    case "bind":
      return [`${symbolName(line.sym.name)} = ${sizeText(line.value)};`];
    case "item":
      return [`${symbolName(line.sym.name)} = ${w.integer(line.buffer)};`];
    case "assert": {
      const test = "strides" in line.test ? w.truth(line.test) : conditionText(line.test);
      return [`if (!(${test})) ${w.fail('"%s"', [cString(line.message)])}`];
    }
    case "if":
    case "loop":
      return controlFlow(w, line);
    default:
      return service(w, line);
  }
}

function controlFlow(w: Wrapper, line: Of<"if" | "loop">): readonly string[] {
  if (line.kind === "if") {
    return [
      `if (${w.truth(line.test)}) {`,
      ...printLines(w, line.then, "  "),
      "} else {",
      ...printLines(w, line.otherwise, "  "),
      "}",
    ];
  }
  return [
    "for (;;) {",
    ...printLines(w, line.condition, "  "),
    `  if (!${w.truth(line.test)}) break;`,
    ...printLines(w, line.body, "  "),
    "}",
  ];
}

/** Lines that are a service of the language's runtime. */
function service(
  w: Wrapper,
  line: Of<
    "buffer" | "allocate" | "launch" | "host" | "copy" | "check-finite" | "show" | "write-back" | "output"
  >,
): readonly string[] {
  switch (line.kind) {
    case "buffer":
      return w.buffer(line);
    case "allocate":
      return w.allocate(line);
    case "launch":
      return w.launch(line);
    case "host":
      return w.host?.(line) ?? outOfPlace(line.kernel.name);
    case "copy":
      return [w.copy(line.to, line.from, line.bytes)];
    case "check-finite":
      return [w.checkFinite(line.of, cString(line.what))];
    case "show":
      return [w.show(line.how, line.buffer, cString(line.what))];
    case "write-back":
      return w.writeBack(line);
    case "output":
      return w.output(line.index, line.source);
  }
}

function outOfPlace(name: string): never {
  throw new RangeError(`this wrapper has no host for ${name}`);
}

function symbols(w: Wrapper, { bound, late }: Of<"symbols">): readonly string[] {
  return [
    ...bound.map((b) => `const int64_t ${symbolName(b.sym.name)} = ${w.inputSize(b)};`),
    ...late.map((s) => `int64_t ${symbolName(s.name)} = 0;`),
    ...bound.map(({ sym }) => `(void)${symbolName(sym.name)};`),
  ];
}

/** Offsets of the slots, and the memory that they lie in. */
function arena(w: Wrapper, slots: readonly Expr[]): readonly string[] {
  const offsets: string[] = [];
  let bytes = "0";
  slots.forEach((slot, n) => {
    offsets.push(`const int64_t slot_${n} = ${bytes};`);
    bytes = `slot_${n} + ${sizeText(slot)}`;
  });
  return [...offsets, ...w.arena(bytes)];
}

function fail(w: Wrapper, message: Message): string {
  const format = message.map((part) => typeof part === "string" ? part.replaceAll("%", "%%") : "%lld").join(
    "",
  );
  const values = message.flatMap((part) =>
    typeof part === "string" ? [] : [`(long long)${valueText(w, part)}`]
  );
  return w.fail(cString(format), values);
}

function valueText(w: Wrapper, part: Expr | InputSize): string {
  if ("input" in part) return w.inputSize(part);
  return part.kind === "sym" ? sizeText(part) : `(${sizeText(part)})`;
}
