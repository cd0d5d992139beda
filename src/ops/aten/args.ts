/**
 * One call's arguments by schema name, typed on access.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import { asBool, asInt, type Expr, int } from "../../ir/expr/mod.ts";
import type { Value } from "../../ir/graph/mod.ts";
import { defaultOf, listLength } from "./defaults.ts";
import { badArgument } from "./refuse.ts";
import type { Args, ArgValue, RecordedOutput, ScalarArg, Schema, SchemaArg } from "./types.ts";

/** Arguments of a call to `schema`: `given` by name, the rest by default. Unknown or missing names are refused. */
export function makeArgs(
  schema: Schema,
  given: Readonly<Record<string, ArgValue>>,
  recorded: readonly RecordedOutput[],
  stridesOf: (value: Value) => readonly Expr[],
): Args {
  const values = new Map<string, ArgValue>();
  for (const arg of schema.args) {
    const value = given[arg.name] ?? defaultOf(arg);
    if (!value) badArgument(schema.target, arg.name, "is missing");
    values.set(arg.name, value);
  }
  const known = schema.args.map((arg) => arg.name);
  const odd = Object.keys(given).find((name) => !known.includes(name));
  if (odd !== undefined) badArgument(schema.target, odd, `is unknown; the schema has ${known.join(", ")}`);
  return new CallArgs(schema, values, recorded, stridesOf);
}

/** Everything that reads as None. */
function absent(value: ArgValue): boolean {
  return value.kind === "none" || value.kind === "ignored";
}

class CallArgs implements Args {
  constructor(
    readonly schema: Schema,
    readonly values: ReadonlyMap<string, ArgValue>,
    readonly recorded: readonly RecordedOutput[],
    readonly stridesOf: (value: Value) => readonly Expr[],
  ) {}

  given(name: string): ArgValue {
    return this.#get(name);
  }

  #get(name: string): ArgValue {
    const value = this.values.get(name);
    if (!value) throw new RangeError(`${this.schema.target} has no argument "${name}"`);
    return value;
  }

  #wrong(name: string, wanted: string): never {
    badArgument(this.schema.target, name, `is of kind ${this.#get(name).kind}, not ${wanted}`);
  }

  #orNone<T>(name: string, read: () => T): T | undefined {
    return absent(this.#get(name)) ? undefined : read();
  }

  tensor(name: string): Value {
    const value = this.#get(name);
    return value.kind === "tensor" ? value.value : this.#wrong(name, "a tensor");
  }

  tensorOrNone(name: string): Value | undefined {
    return this.#orNone(name, () => this.tensor(name));
  }

  tensors(name: string): readonly Value[] {
    return this.optionalTensors(name).map((value) =>
      value ?? this.#wrong(name, "a list of tensors without None")
    );
  }

  optionalTensors(name: string): readonly (Value | undefined)[] {
    const value = this.#get(name);
    if (value.kind === "tensors") return value.values.map((v) => v ?? undefined);
    if (value.kind === "ints" && value.exprs.length === 0) return [];
    return value.kind === "tensor" ? [value.value] : this.#wrong(name, "a list of tensors");
  }

  int(name: string): Expr {
    const value = this.#get(name);
    if (value.kind === "int") return value.expr;
    if (value.kind === "bool" && typeof value.truth === "boolean") return int(Number(value.truth));
    return this.#wrong(name, "an int");
  }

  intOrNone(name: string): Expr | undefined {
    return this.#orNone(name, () => this.int(name));
  }

  ints(name: string): readonly Expr[] {
    const value = this.#get(name);
    const exprs = value.kind === "ints" ? value.exprs : [this.#asOneInt(name, value)];
    const count = listLength(this.#arg(name).type);
    return exprs.length === 1 && count ? Array.from({ length: count }, () => exprs[0]!) : exprs;
  }

  #asOneInt(name: string, value: ArgValue): Expr {
    return value.kind === "int" ? value.expr : this.#wrong(name, "a list of ints");
  }

  #arg(name: string): SchemaArg {
    return this.schema.args.find((arg) => arg.name === name)!;
  }

  intsOrNone(name: string): readonly Expr[] | undefined {
    return this.#orNone(name, () => this.ints(name));
  }

  fixed(name: string): number {
    return this.#known(name, this.int(name));
  }

  fixedOrNone(name: string): number | undefined {
    return this.#orNone(name, () => this.fixed(name));
  }

  fixeds(name: string): readonly number[] {
    return this.ints(name).map((expr) => this.#known(name, expr));
  }

  #known(name: string, expr: Expr): number {
    return asInt(expr) ??
      badArgument(this.schema.target, name, "depends on a dynamic size; it must be a constant");
  }

  float(name: string): number {
    const value = this.#get(name);
    if (value.kind === "float") return value.float;
    return value.kind === "int"
      ? this.#known(name, value.expr)
      : this.#wrong(name, "a float known at build time");
  }

  floatOrNone(name: string): number | undefined {
    return this.#orNone(name, () => this.float(name));
  }

  floats(name: string): readonly number[] {
    const value = this.#get(name);
    if (value.kind === "floats") return value.floats;
    if (value.kind === "ints") return value.exprs.map((expr) => this.#known(name, expr));
    return [this.float(name)];
  }

  floatsOrNone(name: string): readonly number[] | undefined {
    return this.#orNone(name, () => this.floats(name));
  }

  bool(name: string): boolean {
    const value = this.#get(name);
    if (value.kind === "int") return this.#known(name, value.expr) !== 0;
    if (value.kind !== "bool") return this.#wrong(name, "a bool");
    const known = typeof value.truth === "boolean" ? value.truth : asBool(value.truth);
    return known ?? badArgument(this.schema.target, name, "depends on a dynamic size; it must be a constant");
  }

  boolOrNone(name: string): boolean | undefined {
    return this.#orNone(name, () => this.bool(name));
  }

  bools(name: string): readonly boolean[] {
    const value = this.#get(name);
    return value.kind === "bools" ? value.truths : this.#wrong(name, "a list of bools");
  }

  string(name: string): string {
    const value = this.#get(name);
    return value.kind === "string" ? value.text : this.#wrong(name, "a string");
  }

  stringOrNone(name: string): string | undefined {
    return this.#orNone(name, () => this.string(name));
  }

  dtypeOrNone(name: string): DType | undefined {
    return this.#orNone(name, () => {
      const value = this.#get(name);
      return value.kind === "dtype" ? value.dtype : this.#wrong(name, "an element type");
    });
  }

  scalar(name: string): ScalarArg | Value {
    const value = this.#get(name);
    if (value.kind === "tensor") return value.value;
    if (value.kind === "int" || value.kind === "float" || value.kind === "complex") return value;
    if (value.kind === "bool") return { kind: "bool", truth: this.bool(name) };
    return this.#wrong(name, "a number");
  }

  scalarOrNone(name: string): ScalarArg | Value | undefined {
    return this.#orNone(name, () => this.scalar(name));
  }
}
