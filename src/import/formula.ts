/**
 * SymPy's `srepr` texts as trees. mathjs parses them (keyword arguments read as assignments); a tree is plain JSON, so that
 * formulas which were read before can be kept: loading mathjs takes a tenth of a second.
 *
 * @module
 */

/** A formula, e.g. `Mul(Integer(12), Symbol('s27', positive=True, integer=True))`. */
export type Formula =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "word"; readonly name: string }
  | { readonly kind: "minus"; readonly of: Formula }
  | { readonly kind: "named"; readonly name: string; readonly value: Formula }
  | { readonly kind: "call"; readonly head: string; readonly args: readonly Formula[] }
  /** Anything else that mathjs can read. */
  | { readonly kind: "other"; readonly text: string };

/** Formulas by their texts. */
export type Formulas = Readonly<Record<string, Formula>>;

/** Reads one text. */
export type FormulaReader = (text: string) => Formula;

/** The parser of formulas and its version. */
export const formulaParser: string = import.meta.resolve("mathjs");

/** The part of a mathjs syntax tree that srepr uses. */
interface MathNode {
  readonly type: string;
  readonly fn?: MathNode | string;
  readonly name?: string;
  readonly args?: readonly MathNode[];
  readonly object?: MathNode;
  readonly value?: unknown;
  readonly op?: string;
  toString(): string;
}

type MathParser = (text: string) => MathNode;

/** Loads mathjs. */
export async function loadFormulaReader(): Promise<FormulaReader> {
  const loaded: unknown = await import("mathjs");
  const module = loaded as { readonly default?: { readonly parse: MathParser }; readonly parse?: MathParser };
  const parse = module.default?.parse ?? module.parse!;
  return (text) => {
    try {
      return formulaOf(parse(text));
    } catch { // no formula at all: whoever needs it says so
      return { kind: "other", text };
    }
  };
}

/** Reads all texts, by mathjs. */
export async function readFormulas(texts: readonly string[]): Promise<Formulas> {
  const read = await loadFormulaReader();
  return Object.fromEntries(texts.map((text) => [text, read(text)]));
}

function formulaOf(node: MathNode): Formula {
  const { type, value, name, args = [], fn, op, object } = node;
  if (type === "ConstantNode" && Number.isFinite(value)) {
    return { kind: "number", value: Number(value) };
  }
  if (type === "ConstantNode" && typeof value === "string") return { kind: "text", value };
  if (type === "SymbolNode" && name !== undefined) return { kind: "word", name };
  if (type === "OperatorNode" && op === "-" && args.length === 1) {
    return { kind: "minus", of: formulaOf(args[0]!) };
  }
  if (type === "AssignmentNode" && object?.name !== undefined) {
    return { kind: "named", name: object.name, value: formulaOf(value as MathNode) };
  }
  if (type === "FunctionNode") {
    const head = typeof fn === "string" ? fn : fn?.name ?? "";
    return { kind: "call", head, args: args.map(formulaOf) };
  }
  return { kind: "other", text: node.toString() };
}

/** A text of its own for every formula. */
export function spelling(formula: Formula): string {
  switch (formula.kind) {
    case "number":
      return String(formula.value);
    case "text":
      return JSON.stringify(formula.value);
    case "word":
      return formula.name;
    case "minus":
      return `-${spelling(formula.of)}`;
    case "named":
      return `${formula.name} = ${spelling(formula.value)}`;
    case "call":
      return `${formula.head}(${formula.args.map(spelling).join(", ")})`;
    case "other":
      return formula.text;
  }
}
