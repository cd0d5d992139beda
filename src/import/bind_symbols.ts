/**
 * Where symbols are read: the first input axis that is exactly the symbol, or, for sizes like `2*s0 + 1`, a symbol of
 * the axis itself with `s0` as an expression of it and a guard on divisibility.
 *
 * @module
 */
import { nearest, refuse } from "../base/mod.ts";
import {
  add,
  asInt,
  eq,
  type Expr,
  floorDiv,
  int,
  linear,
  mod,
  mul,
  sub,
  substitute,
  type Sym,
  sym,
  symsOf,
} from "../ir/expr/mod.ts";
import type { Guard, Value } from "../ir/graph/mod.ts";
import type { ExportedProgram, TensorMeta } from "./archive/types.ts";
import type { Symbols } from "./symbols.ts";
import type { ImportOptions, NamedDim } from "./types.ts";

/** An axis of a user's tensor. */
export interface Axis {
  readonly input: string;
  readonly label: string;
  readonly axis: number;
}

/** Where each symbol is read; inputs have no values yet. */
export interface Bindings {
  readonly reads: ReadonlyMap<Sym, Axis & { readonly name: string }>;
  readonly guards: readonly Guard[];
}

/** Axes of all user tensors with their sizes. */
function axesOfInputs(
  program: ExportedProgram,
): readonly (Axis & { readonly size: TensorMeta["sizes"][number] })[] {
  let leaf = 0;
  return program.signature.inputs.flatMap((spec) => {
    if (spec.kind !== "user-input" && spec.kind !== "constant-input") return [];
    const label = program.inputNames[leaf] ?? `input${leaf}`;
    leaf++;
    if (spec.kind !== "user-input" || spec.argument.kind !== "tensor") return [];
    const input = spec.argument.name;
    return (program.graph.tensors.get(input)?.sizes ?? []).map((size, axis) => ({
      input,
      label,
      axis,
      size,
    }));
  });
}

/** Finds where symbols are read and makes `symbols` rewrite the others. */
export function planSymbols(program: ExportedProgram, symbols: Symbols, options: ImportOptions): Bindings {
  const axes = axesOfInputs(program), reads = new Map<Sym, Axis & { name: string }>(), guards: Guard[] = [];
  checkPlaces(axes, options.dims ?? {});
  for (const at of axes) nameDim(at, symbols, options.dims?.[at.label]?.[at.axis]);
  const bound = new Set<string>();
  for (const { size, ...at } of axes) {
    const expr = symbols.dimOrNone(size);
    if (expr?.kind !== "sym" || bound.has(expr.name)) continue;
    bound.add(expr.name);
    reads.set(expr, { ...at, name: symbols.labelOf(expr.name) });
  }
  for (const { size, ...at } of axes) {
    const expr = symbols.dimOrNone(size), open = expr ? symsOf(expr).filter((s) => !bound.has(s.name)) : [];
    if (!expr || open.length === 0) continue;
    const { symbol, guard } = solve(expr, open, at, symbols);
    bound.add(symbol.name);
    reads.set(symbol, { ...at, name: `${at.label}[${at.axis}]` });
    if (guard) guards.push(guard);
  }
  return { reads, guards };
}

/** Every dim of the config must be about an axis that the model has. */
function checkPlaces(axes: readonly Axis[], dims: NonNullable<ImportOptions["dims"]>): void {
  const labels = [...new Set(axes.map((at) => at.label))];
  for (const [label, byAxis] of Object.entries(dims)) {
    const rank = axes.filter((at) => at.label === label).length;
    for (const [axis, { name }] of Object.entries(byAxis)) {
      if (Number(axis) < rank) continue;
      const meant = labels.includes(label) ? undefined : nearest(label, labels);
      const found = rank > 0
        ? `input "${label}" has ${rank} axes`
        : `no tensor input has this name${meant ? `; did you mean "${meant}"?` : ""}`;
      refuse({
        reason: "no-such-axis",
        message: `Cannot use dim "${name}" for axis ${axis} of input "${label}": ${found}`,
        ...(!meant && { help: `Tensor inputs: ${labels.join(", ") || "none"}.` }),
      });
    }
  }
}

function nameDim(
  at: Axis & { readonly size: TensorMeta["sizes"][number] },
  symbols: Symbols,
  dim: NamedDim | undefined,
): void {
  if (!dim) return;
  const expr = symbols.dimOrNone(at.size), where = `axis ${at.axis} of input "${at.label}"`;
  if (expr?.kind !== "sym") {
    refuse({
      reason: "static-dim",
      message: `Cannot make ${where} the dynamic dim "${dim.name}": the export fixed it to ${
        expr ? asInt(expr) ?? "an expression" : "another size"
      }`,
      help: "Pass dynamic_shapes to torch.export.export, or leave the dim out of the config.",
    });
  }
  const min = dim.min ?? expr.min, max = dim.max ?? expr.max;
  if (max > expr.max || (min < expr.min && expr.min > 2)) {
    refuse({
      reason: "dim-range",
      message:
        `Cannot give dim "${dim.name}" the range ${min}..${max}: the export allows ${expr.min}..${expr.max} for ${where}`,
    });
  }
  symbols.narrow(expr.name, Math.max(min, expr.min), max, dim.name);
}

/** Solves `size of the axis = expr` for its one unknown symbol. */
function solve(expr: Expr, open: readonly Sym[], at: Axis, symbols: Symbols): { symbol: Sym; guard?: Guard } {
  const [unknown] = open, parts = unknown && open.length === 1 ? linear(expr, unknown.name) : undefined;
  const coef = parts && asInt(parts.coef), rest = parts && asInt(parts.rest);
  if (!unknown || coef === undefined || rest === undefined || coef <= 0) {
    return refuse({
      reason: "unsupported-symbol",
      message: `Cannot read ${
        open.map((s) => s.name).join(", ")
      } from axis ${at.axis} of input "${at.label}": its size is no linear expression of one symbol`,
    });
  }
  const name = `${at.input}_d${at.axis}`.replace(/\W/g, "_");
  const symbol = sym(name, { min: coef * unknown.min + rest, max: coef * unknown.max + rest });
  symbols.rewrite((e) => replaced(e, unknown.name, symbol, coef, rest));
  const guard = coef === 1 ? undefined : {
    pred: eq(mod(sub(symbol, rest), coef), 0),
    subject: `dim ${at.axis} of input "${at.label}"`,
  };
  return { symbol, guard };
}

/** `e` with `name = (symbol - rest) / coef`; multiples of `coef` stay free of divisions. */
function replaced(e: Expr, name: string, symbol: Sym, coef: number, rest: number): Expr {
  const parts = linear(e, name), times = parts && asInt(parts.coef);
  const whole = sub(symbol, rest);
  if (parts && times !== undefined && times % coef === 0) {
    return add(mul(int(times / coef), whole), parts.rest);
  }
  return substitute(e, { [name]: floorDiv(whole, coef) });
}

/** Declares the symbols, now that inputs have values. */
export function declareSymbols(
  bindings: Bindings,
  symbols: Symbols,
  values: ReadonlyMap<string, Value>,
): void {
  for (const [symbol, { input, axis, name }] of bindings.reads) {
    const value = values.get(input);
    symbols.declare({ sym: symbol, ...(value && { from: { input: value, axis } }), label: name });
  }
}
