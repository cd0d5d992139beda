/**
 * Calls of aten operators from TypeScript: values as arguments, the overload that takes them.
 *
 * @module
 */
import { type DType, dtypeNames, fromTorch, nearest, refuse } from "../../base/mod.ts";
import { asInt, type Expr, int, sym } from "../../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../../ir/graph/mod.ts";
import { atenOp, atenTargets, makeArgs } from "../aten/mod.ts";
import { complexRow } from "../complex/mod.ts";
import type { ArgValue, AtenOp, OutValue, SchemaArg } from "../aten/types.ts";
import { rowMajor } from "../shapes.ts";

/** A named dimension, as `dim()` of the config makes it. */
export interface NamedSize {
  readonly kind: "dim";
  readonly name: string;
  readonly min?: number;
  readonly max?: number;
}

/** What an operator may be given: tensors, numbers, sizes, lists of them, names of element types, words. */
export type Argument =
  | Value
  | Expr
  | NamedSize
  | number
  | bigint
  | boolean
  | string
  | null
  | undefined
  | readonly Argument[];
/** Arguments by name, as the last argument. */
export type Named = Readonly<Record<string, Argument>>;

/** Overloads are tried in this order, others after them. */
const preferred = ["default", "Tensor", "self", "Scalar"];

function rank(target: string): number {
  const at = preferred.indexOf(target.split(".")[2]!);
  return at < 0 ? preferred.length : at;
}

/** Overloads by name: `add` → `aten.add.Tensor`, `aten.add.Scalar`. */
const overloads: ReadonlyMap<string, readonly AtenOp[]> = Map.groupBy(
  [...atenTargets].sort((a, b) => rank(a) - rank(b)).map((target) => atenOp(target)!),
  ({ target }) => target.split(".")[1]!,
);

/** Appends operator `name` and gives back its results. */
export function callOperator(
  g: GraphBuilder,
  name: string,
  given: readonly (Argument | Named)[],
  custom: ReadonlyMap<string, AtenOp> = new Map(),
): OutValue | readonly OutValue[] {
  const own = [...custom.values()].filter(({ target }) =>
    target.replace(".", "::").replace(/\.\w+$/, "") === name
  );
  const choices = own.length > 0 ? own : overloads.get(name);
  if (!choices) return unknownOperator(name);
  const [positional, named] = splitNamed(given);
  for (const row of choices) {
    const args = bind(row, positional, named);
    if (!args) continue;
    g.at({ target: row.target }, name.replace(/^\w+::/, ""));
    return composed(g, row, args);
  }
  return noOverload(name, choices);
}

/** The composition of a row; what core operations cannot do with the operands is the caller's mistake. */
function composed(g: GraphBuilder, row: AtenOp, args: Readonly<Record<string, ArgValue>>) {
  try {
    return complexRow(row, args).build(g, makeArgs(row.schema, args, [], (x) => rowMajor(x.type.shape)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refuse({
      reason: "bad-argument",
      message: `Cannot build the graph: "${row.target}" of these arguments: ${error.message}`,
      help: "See which element types and sizes PyTorch takes there.",
    });
  }
}

/** All names that `callOperator` knows. */
export const operatorNames: readonly string[] = [...overloads.keys()].sort();

function unknownOperator(name: string): never {
  const near = nearest(name, operatorNames);
  return refuse({
    reason: "unsupported-operator",
    message: `Cannot build the graph: no operator is called "${name}"`,
    ...(near && { help: `Did you mean "${near}"?` }),
  });
}

function noOverload(name: string, choices: readonly AtenOp[]): never {
  const wanted = choices.map(({ schema }) =>
    `${name}(${schema.args.map((a) => `${a.type} ${a.name}`).join(", ")})`
  );
  return refuse({
    reason: "bad-argument",
    message: `Cannot build the graph: the arguments of "${name}" fit none of its forms`,
    help: `It takes ${wanted.join(" or ")}.`,
  });
}

function splitNamed(given: readonly (Argument | Named)[]): readonly [readonly Argument[], Named] {
  const last = given.at(-1);
  return isNamed(last)
    ? [given.slice(0, -1) as readonly Argument[], last]
    : [given as readonly Argument[], {}];
}

function isNamed(x: Argument | Named): x is Named {
  return typeof x === "object" && x !== null && !Array.isArray(x) && !isValue(x) && !isExpr(x) && !isDim(x);
}

/** True for tensors of the graph. */
export function isValue(x: unknown): x is Value {
  return typeof x === "object" && x !== null && "type" in x && "name" in x;
}

function isExpr(x: unknown): x is Expr {
  return typeof x === "object" && x !== null && "kind" in x && "key" in x;
}

function isDim(x: unknown): x is NamedSize {
  return typeof x === "object" && x !== null && "kind" in x && x.kind === "dim";
}

/** A size as an expression. */
export function sizeOf(size: number | NamedSize | Expr): Expr {
  if (typeof size === "number") return int(size);
  if (!isDim(size)) return size;
  return sym(size.name, { min: size.min ?? 0, ...(size.max !== undefined && { max: size.max }) });
}

/** Arguments by the schema's names, if all of them fit. */
function bind(
  row: AtenOp,
  positional: readonly Argument[],
  named: Named,
): Record<string, ArgValue> | undefined {
  const { args } = row.schema, given: Record<string, ArgValue> = {};
  if (positional.length > args.length || Object.keys(named).some((k) => !args.some((a) => a.name === k))) {
    return undefined;
  }
  for (const [n, arg] of args.entries()) {
    const isGiven = n < positional.length || Object.hasOwn(named, arg.name);
    if (!isGiven && arg.default === undefined && !arg.type.endsWith("?")) return undefined;
    if (!isGiven) continue;
    const value = convert(arg, n < positional.length ? positional[n] : named[arg.name]);
    if (!value) return undefined;
    given[arg.name] = value;
  }
  return given;
}

/** `x` as the schema's type, if it fits. */
function convert(arg: SchemaArg, x: Argument): ArgValue | undefined {
  const optional = arg.type.endsWith("?"), type = optional ? arg.type.slice(0, -1) : arg.type;
  if (x === null || x === undefined) return optional ? { kind: "none" } : undefined;
  const list = /^(.*)\[\d*\]$/.exec(type);
  if (list) return convertList(list[1]!, Array.isArray(x) ? x : [x]);
  return Array.isArray(x) ? undefined : convertOne(type, x as Exclude<Argument, readonly Argument[]>);
}

type Single = Exclude<Argument, readonly Argument[]>;

function convertOne(type: string, x: Single): ArgValue | undefined {
  if (isValue(x)) {
    const fits = type === "Tensor" || (type === "Scalar" && x.type.shape.length === 0);
    return fits ? { kind: "tensor", value: x } : undefined;
  }
  if (type === "ScalarType") return typeof x === "string" ? ofType(x) : undefined;
  if (typeof x === "string") return type === "str" ? { kind: "string", text: x } : undefined;
  if (typeof x === "boolean") {
    return type === "bool" || isNumeric(type) ? { kind: "bool", truth: x } : undefined;
  }
  const isInt = type === "int" || type === "SymInt";
  if (isDim(x)) return convertOne(type, sizeOf(x));
  if (typeof x === "bigint") return convertOne(type, Number(x));
  if (isExpr(x)) return isInt || isNumeric(type) ? { kind: "int", expr: x } : undefined;
  if (typeof x !== "number") return undefined;
  if (type === "float") return { kind: "float", float: x };
  if (isInt) return Number.isInteger(x) ? { kind: "int", expr: int(x) } : undefined;
  if (!isNumeric(type)) return undefined;
  const whole = Number.isSafeInteger(x) && !Object.is(x, -0); // integers have no negative zero
  return whole ? { kind: "int", expr: int(x) } : { kind: "float", float: x };
}

/** Types that take Python numbers. */
function isNumeric(type: string): boolean {
  return type === "Tensor" || type === "Scalar";
}

function convertList(type: string, items: readonly Argument[]): ArgValue | undefined {
  if (type.startsWith("Tensor")) {
    const values = items.map((x) => isValue(x) ? x : x === null ? null : undefined);
    return values.some((x) => x === undefined)
      ? undefined
      : { kind: "tensors", values: values as (Value | null)[] };
  }
  const each = items.map((x) => Array.isArray(x) ? undefined : convertOne(type, x as Single));
  if (each.every((x) => x?.kind === "int")) return { kind: "ints", exprs: each.map((x) => x.expr) };
  const floats = each.flatMap((x) =>
    x?.kind === "float" ? [x.float] : x?.kind === "int" ? asInt(x.expr) ?? [] : []
  );
  if (floats.length === items.length) return { kind: "floats", floats };
  if (each.every((x) => x?.kind === "bool")) {
    return {
      kind: "bools",
      truths: each.map((x) => x.truth === true),
    };
  }
  return undefined;
}

function ofType(name: string): ArgValue | undefined {
  const dtype = dtypeOf(name);
  return dtype && { kind: "dtype", dtype };
}

/** An element type by its short name (`f32`) or PyTorch's (`float32`). */
export function dtypeOf(name: string): DType | undefined {
  return dtypeNames.find((dtype) => dtype === name) ?? fromTorch(name);
}
