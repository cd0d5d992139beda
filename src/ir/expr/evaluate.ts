/**
 * Values of expressions: once, or many times as closures over arrays.
 *
 * @module
 */
import { type Bindings, lookUp } from "./query.ts";
import type { Dim, Expr } from "./types.ts";

/** `floor(a / b)` on numbers. */
export function floorDivNumber(a: number, b: number): number {
  if (b === 0) throw new RangeError(`Cannot divide ${a}: the divisor is 0`);
  return Math.floor(a / b) + 0;
}

/** `a - b * floor(a / b)` on numbers. */
export function modNumber(a: number, b: number): number {
  if (b === 0) throw new RangeError(`Cannot divide ${a}: the divisor is 0`);
  const rest = a % b;
  return rest !== 0 && (rest < 0) !== (b < 0) ? rest + b : rest + 0;
}

/** The value of an expression; every symbol needs a value. */
export function evaluate(e: Dim, env: Bindings<number>): number {
  if (typeof e === "number") return e;
  const value = (x: Expr) => evaluate(x, env);
  switch (e.kind) {
    case "int":
      return e.value;
    case "sym":
      return valueOf(e.name, lookUp(env, e.name));
    case "add":
      return e.terms.reduce((sum, t) => sum + value(t), e.constant);
    case "mul":
      return e.factors.reduce((product, f) => product * value(f), e.coef) + 0;
    case "floordiv":
      return floorDivNumber(value(e.a), value(e.b));
    case "mod":
      return modNumber(value(e.a), value(e.b));
    case "min":
      return Math.min(...e.args.map(value));
    case "max":
      return Math.max(...e.args.map(value));
  }
}

function valueOf(name: string, value: number | undefined): number {
  if (value === undefined) throw new RangeError(`Cannot evaluate: symbol "${name}" has no value`);
  return value;
}

/** An expression as a function of the values of `names`, in their order. */
export type Compiled = (values: ArrayLike<number>) => number;

/** Compiles an expression for many evaluations; `values[i]` is the value of `names[i]`. */
export function compileExpr(e: Dim, names: readonly string[]): Compiled {
  if (typeof e === "number") return () => e;
  const go = (x: Expr) => compileExpr(x, names);
  switch (e.kind) {
    case "int": {
      const { value } = e;
      return () => value;
    }
    case "sym":
      return compileSym(e.name, names);
    case "add":
      return compileSum(e.constant, e.terms.map(go));
    case "mul":
      return compileProduct(e.coef, e.factors.map(go));
    case "floordiv":
      return binary(floorDivNumber, go(e.a), go(e.b));
    case "mod":
      return binary(modNumber, go(e.a), go(e.b));
    case "min":
      return e.args.map(go).reduce((a, b) => binary(Math.min, a, b));
    case "max":
      return e.args.map(go).reduce((a, b) => binary(Math.max, a, b));
  }
}

function compileSym(name: string, names: readonly string[]): Compiled {
  const at = names.indexOf(name);
  if (at < 0) {
    throw new RangeError(`Cannot compile: symbol "${name}" is not among ${names.join(", ") || "no names"}`);
  }
  return (values) => values[at]!;
}

function binary(op: (a: number, b: number) => number, a: Compiled, b: Compiled): Compiled {
  return (values) => op(a(values), b(values));
}

function compileSum(constant: number, terms: readonly Compiled[]): Compiled {
  const [a, b] = terms;
  if (terms.length === 1) return (values) => constant + a!(values);
  if (terms.length === 2) return (values) => constant + a!(values) + b!(values);
  return (values) => {
    let sum = constant;
    for (const term of terms) sum += term(values);
    return sum;
  };
}

function compileProduct(coef: number, factors: readonly Compiled[]): Compiled {
  const [a, b] = factors;
  if (factors.length === 1) return (values) => coef * a!(values) + 0;
  if (factors.length === 2) return (values) => coef * a!(values) * b!(values) + 0;
  return (values) => {
    let product = coef;
    for (const factor of factors) product *= factor(values);
    return product + 0;
  };
}
