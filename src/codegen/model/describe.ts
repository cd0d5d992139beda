/**
 * What a library says of itself through door 2: names, types, symbolic shapes, dimensions, guards, as JSON.
 *
 * @module
 */
import { asInt, type Expr, int, print, printPred } from "../../ir/expr/mod.ts";
import type { Plan } from "../../ir/plan/mod.ts";
import { type HostTensor, hostTensor } from "./host.ts";

/** A size in a description: a number, or an expression over dims. */
export type SizeText = number | string;

/** Type and layout of a tensor that a host sees. */
export interface TensorDescription {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly SizeText[];
  readonly strides: readonly SizeText[];
}

/** The description; also the body of the manifest's interface section. */
export interface ModelDescription {
  readonly name: string;
  readonly inputs: readonly (TensorDescription & {
    readonly leaf: number;
    readonly mutated: boolean;
    readonly number?: true;
  })[];
  readonly fixed: readonly {
    readonly leaf: number;
    readonly name: string;
    readonly value: string | number | boolean | null;
  }[];
  readonly outputs: readonly (
    | (TensorDescription & { readonly kind: "tensor" })
    | {
      readonly kind: "size" | "truth";
      readonly name: string;
      readonly dtype: string;
      readonly expression: string;
    }
    | { readonly kind: "fixed"; readonly name: string; readonly value: string | number | boolean | null }
  )[];
  readonly constants: readonly (TensorDescription & { readonly role: string; readonly mutated: boolean })[];
  readonly dims: readonly {
    readonly symbol: string;
    readonly name: string;
    readonly min: number;
    readonly max: number | null;
  }[];
  readonly guards: readonly { readonly subject: string; readonly condition: string }[];
}

/** An expression as descriptions have it. */
export function sizeText(e: Expr): SizeText {
  return asInt(e) ?? print(e);
}

function tensorText({ dtype, shape, strides }: HostTensor) {
  return { dtype, shape: shape.map(sizeText), strides: strides.map(sizeText) };
}

function plain(value: null | number | bigint | boolean | string): string | number | boolean | null {
  if (typeof value === "bigint") return value.toString();
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

function outputOf({ leaf, buffer }: Plan["outputs"][number]): ModelDescription["outputs"][number] {
  switch (leaf.kind) {
    case "fixed":
      return { kind: "fixed", name: leaf.label, value: plain(leaf.value) };
    case "size":
      return { kind: "size", name: leaf.label, dtype: "i64", expression: print(leaf.expr) };
    case "truth":
      return { kind: "truth", name: leaf.label, dtype: "bool", expression: printPred(leaf.pred) };
    case "tensor":
      return { kind: "tensor", name: leaf.label, ...tensorText(hostTensor(buffer!, leaf.complex)) };
  }
}

/** Describes a plan. */
export function describe(plan: Plan): ModelDescription {
  const mutated = new Set(plan.effects.map((e) => e.target.name));
  return {
    name: plan.name,
    inputs: plan.inputs.map(({ buffer, input }) => ({
      name: input.label,
      ...tensorText(hostTensor(buffer, input.complex)),
      leaf: input.leaf,
      ...(input.number && { number: true }),
      mutated: mutated.has(buffer.name),
    })),
    fixed: plan.fixed.map((f) => ({ leaf: f.leaf, name: f.label, value: plain(f.value) })),
    outputs: plan.outputs.map(outputOf),
    constants: plan.constants.filter(({ constant }) => constant.role !== "folded").map((
      { buffer, constant },
    ) => ({
      name: constant.fqn,
      ...tensorText(
        hostTensor({ ...buffer, strides: constant.strides.map((s) => int(s)) }, constant.complex),
      ),
      role: constant.role,
      mutated: mutated.has(buffer.name),
    })),
    dims: plan.symbols.filter((s) => s.from).map(({ sym, label }) => ({
      symbol: sym.name,
      name: label,
      min: Number.isFinite(sym.min) ? sym.min : 0,
      max: Number.isFinite(sym.max) ? sym.max : null,
    })),
    guards: plan.guards.map((g) => ({ subject: g.subject, condition: printPred(g.pred) })),
  };
}
