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
import type { Argument, ExportedProgram, TensorMeta } from "./archive/types.ts";
import { inputName } from "./region.ts";
import type { Symbols } from "./symbols.ts";
import type { ImportOptions, NamedDim } from "./types.ts";

/** An axis of a user's tensor. */
export interface Axis {
  readonly input: string;
  readonly label: string;
  readonly axis: number;
}

/** Where a symbol is read: an axis, or a number of the call, which has none. */
type Place = Omit<Axis, "axis"> & { readonly axis?: number; readonly name: string };

/** Where each symbol is read; inputs have no values yet. */
export interface Bindings {
  readonly reads: ReadonlyMap<Sym, Place>;
  readonly guards: readonly Guard[];
}

type Size = TensorMeta["sizes"][number];

/** What the user gives, in order, by the user's names. */
function leavesOf(
  program: ExportedProgram,
): readonly { readonly label: string; readonly argument: Argument }[] {
  let leaf = 0;
  return program.signature.inputs.flatMap((spec) => {
    if (spec.kind !== "user-input" && spec.kind !== "constant-input") return [];
    const label = program.inputNames[leaf] ?? `input${leaf}`;
    leaf++;
    return spec.kind === "user-input" ? [{ label, argument: spec.argument }] : [];
  });
}

/** Axes of all user tensors with their sizes. */
function axesOfInputs(program: ExportedProgram): readonly (Axis & { readonly size: Size })[] {
  return leavesOf(program).flatMap(({ label, argument }) => {
    if (argument.kind !== "tensor") return [];
    const { name: input } = argument, sizes = program.graph.tensors.get(input)?.sizes ?? [];
    return sizes.map((size, axis) => ({ input, label, axis, size }));
  });
}

/** Integers that vary from call to call, with what the export calls them. */
function numbersOfInputs(
  program: ExportedProgram,
): readonly (Omit<Axis, "axis"> & { readonly size: Size })[] {
  return leavesOf(program).flatMap(({ label, argument }) => {
    if (argument.kind !== "sym-int") return [];
    const input = inputName(argument), size = program.graph.symInts.get(input);
    return typeof size !== "object" ? [] : [{ input, label, size }];
  });
}

/** Finds where symbols are read and makes `symbols` rewrite the others. */
export function planSymbols(program: ExportedProgram, symbols: Symbols, options: ImportOptions): Bindings {
  const axes = axesOfInputs(program), reads = new Map<Sym, Place>(), guards: Guard[] = [];
  checkPlaces(axes, options.dims ?? {});
  for (const at of axes) nameDim(at, symbols, options.dims?.[at.label]?.[at.axis]);
  const bound = new Set<string>();
  for (const { size, ...at } of axes) {
    const expr = symbols.dimOrNone(size);
    if (expr?.kind !== "sym" || bound.has(expr.name)) continue;
    bound.add(expr.name);
    reads.set(expr, { ...at, name: symbols.labelOf(expr.name) });
  }
  for (const { size, ...at } of numbersOfInputs(program)) {
    const expr = symbols.dimOrNone(size);
    if (expr?.kind !== "sym" || expr.unbacked || bound.has(expr.name)) continue;
    bound.add(expr.name);
    reads.set(expr, { ...at, name: at.label });
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
    symbols.declare({
      sym: symbol,
      ...(value && { from: { input: value, ...(axis !== undefined && { axis }) } }),
      label: name,
    });
  }
}
