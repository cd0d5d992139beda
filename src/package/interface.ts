/**
 * What a built model takes and gives, as its library describes itself; codegen's `ModelDescription` is one.
 *
 * @module
 */

/** A size: a number, or an expression over the symbols of `dims`. */
export type SizeText = number | string;

/** A tensor that crosses the interface. */
export interface TensorFacts {
  readonly name: string;
  /** As `base` names element types: `f32`. */
  readonly dtype: string;
  readonly shape: readonly SizeText[];
  /** In elements. */
  readonly strides: readonly SizeText[];
}

/** An input that the library binds. */
export interface InputFacts extends TensorFacts {
  /** Position among all flattened inputs of the exported call. */
  readonly leaf: number;
  /** The model writes to it. */
  readonly mutated: boolean;
  /** The exported call has a Python number here; it is bound as a 0-d tensor. */
  readonly number?: boolean;
}

/** A leaf of the call that is not handed over: its value was fixed by the export. */
export interface FixedFacts {
  readonly leaf: number;
  readonly name: string;
  readonly value: string | number | boolean | null;
}

/** A leaf of the result, in order. Sizes and truths come out as 0-d tensors; a fixed null is no tensor. */
export type OutputFacts =
  | (TensorFacts & { readonly kind: "tensor" })
  | {
    readonly kind: "size" | "truth";
    readonly name: string;
    readonly dtype: string;
    readonly expression: string;
  }
  | { readonly kind: "fixed"; readonly name: string; readonly value: string | number | boolean | null };

/** A weight, a buffer or another tensor of the model. */
export interface ConstantFacts extends TensorFacts {
  readonly role: string;
  /** Runs write to it. */
  readonly mutated: boolean;
}

/** A size that varies from run to run. */
export interface DimFacts {
  readonly symbol: string;
  readonly name: string;
  readonly min: number;
  readonly max: number | null;
}

/** A whole interface. */
export interface ModelInterface {
  readonly name: string;
  readonly inputs: readonly InputFacts[];
  readonly fixed: readonly FixedFacts[];
  readonly outputs: readonly OutputFacts[];
  readonly constants: readonly ConstantFacts[];
  readonly dims: readonly DimFacts[];
  readonly guards: readonly { readonly subject: string; readonly condition: string }[];
}

/** Element type of an output; a fixed number comes out as the 0-d tensor that Python would make of it. */
export function outputDType(output: OutputFacts): string | null {
  if (output.kind !== "fixed") return output.dtype;
  const { value } = output;
  if (value === null) return null;
  return ({ boolean: "bool", number: "f64", string: "i64" } as const)[typeof value as "number"] ?? null;
}

/** A shape for people: `[batch, 64]`, with dims by their names. */
export function printShape(shape: readonly SizeText[], dims: readonly DimFacts[]): string {
  const named = (size: SizeText) =>
    String(size).replaceAll(
      /[A-Za-z_]\w*/g,
      (word) => dims.find(({ symbol }) => symbol === word)?.name ?? word,
    );
  return `[${shape.map(named).join(", ")}]`;
}

/** A dimension for people: `batch: 1..4096`. */
export function printDim({ name, min, max }: DimFacts): string {
  return `${name}: ${max === null ? `${min} or more` : `${min}..${max}`}`;
}
