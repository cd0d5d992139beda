/**
 * An exported program as typed, immutable values: the JSON of torch.export's schema 8 after validation.
 *
 * Unions are closed and told apart by `kind`. Names of values and of state are data, hence Maps, never objects.
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";

/** An integer: a number within ±(2^53 − 1), a bigint beyond. */
export type Int = number | bigint;

/** A scalar that is computed from symbols: SymPy's `srepr`, and the value seen at export where known. */
export interface SymExpr<T> {
  readonly expr: string;
  readonly hint: T | null;
}
/** An integer of a shape: a plain number or an expression. */
export type SymInt = number | SymExpr<Int>;
/** The value of a scalar in a graph: known, or an expression. */
export type SymIntValue = Int | SymExpr<Int>;
/** A float, or a formula of one. */
export type SymFloatValue = number | SymExpr<number>;
/** A truth value, or a formula of one. */
export type SymBoolValue = boolean | SymExpr<boolean>;

/** A reference to a scalar value of the same graph. */
export interface NameRef {
  readonly name: string;
}

/** Where a tensor was when the model was exported. */
export interface Device {
  /** `cpu`, `cuda`, `meta`, … */
  readonly type: string;
  readonly index: number | null;
}
/** By the number that an archive gives, as for memory formats. */
export const layouts = [
  "unknown",
  "sparse-coo",
  "sparse-csr",
  "sparse-csc",
  "sparse-bsr",
  "sparse-bsc",
  "mkldnn",
  "strided",
] as const;
/** How elements of a tensor are stored, as PyTorch names it. */
export type Layout = (typeof layouts)[number];
/** Memory formats by their numbers in the archive. */
export const memoryFormats = [
  "unknown",
  "contiguous",
  "channels-last",
  "channels-last-3d",
  "preserve",
] as const;
/** An order of dims in memory, as PyTorch names it. */
export type MemoryFormat = (typeof memoryFormats)[number];

/** What export recorded of a tensor; `storageOffset` is always 0 in graph values of torch 2.6. */
export interface TensorMeta {
  readonly dtype: DType;
  readonly sizes: readonly SymInt[];
  readonly strides: readonly SymInt[];
  readonly storageOffset: SymInt;
  readonly requiresGrad: boolean;
  readonly device: Device;
  readonly layout: Layout;
}

/** A script or custom object, by the name of its value. */
export interface CustomObject {
  readonly name: string;
  readonly classFqn: string;
}

/** What a node or an output is given. Plural kinds are lists; `null` in a list of tensors is Python's None. */
export type Argument =
  | { readonly kind: "none" }
  | { readonly kind: "tensor"; readonly name: string }
  | { readonly kind: "tensors"; readonly names: readonly string[] }
  | { readonly kind: "optional-tensor"; readonly name: string | null }
  | { readonly kind: "optional-tensors"; readonly names: readonly (string | null)[] }
  | { readonly kind: "nested-tensors"; readonly names: readonly (readonly string[])[] }
  | { readonly kind: "int"; readonly value: Int }
  | { readonly kind: "ints"; readonly values: readonly Int[] }
  | { readonly kind: "int-lists"; readonly values: readonly (readonly Int[])[] }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "floats"; readonly values: readonly number[] }
  | { readonly kind: "float-lists"; readonly values: readonly (readonly number[])[] }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "bools"; readonly values: readonly boolean[] }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "strings"; readonly values: readonly string[] }
  | { readonly kind: "complex"; readonly re: number; readonly im: number }
  | { readonly kind: "sym-int"; readonly value: Int | NameRef }
  | { readonly kind: "sym-ints"; readonly values: readonly (Int | NameRef)[] }
  | { readonly kind: "sym-float"; readonly value: number | NameRef }
  | { readonly kind: "sym-floats"; readonly values: readonly (number | NameRef)[] }
  | { readonly kind: "sym-bool"; readonly value: boolean | NameRef }
  | { readonly kind: "sym-bools"; readonly values: readonly (boolean | NameRef)[] }
  | { readonly kind: "scalar-type"; readonly dtype: DType }
  | { readonly kind: "memory-format"; readonly format: MemoryFormat }
  | { readonly kind: "layout"; readonly layout: Layout }
  | { readonly kind: "device"; readonly device: Device }
  | { readonly kind: "graph"; readonly name: string; readonly graph: Graph }
  | { readonly kind: "custom-object"; readonly name: string; readonly classFqn: string }
  | { readonly kind: "operator"; readonly name: string }
  | { readonly kind: "string-to-argument"; readonly entries: ReadonlyMap<string, Argument> };

/** An argument under the name of the operator's schema; higher-order operators leave the name empty. */
export interface NamedArgument {
  readonly name: string;
  readonly argument: Argument;
  readonly passed: "unknown" | "positional" | "keyword";
}

/** The line of the user's model that a node comes from. */
export interface Origin {
  readonly file: string;
  readonly line: number;
  readonly function: string;
  /** The source line itself; empty when torch did not record it. */
  readonly code: string;
}

/** One call of an operator. */
export interface Node {
  /** `torch.ops.aten.add.Tensor`, `_operator.mul`, `torch.ops.higher_order.cond`, … */
  readonly target: string;
  readonly inputs: readonly NamedArgument[];
  readonly outputs: readonly Argument[];
  /** Name that newer exports give the node itself. */
  readonly name: string | null;
  /** For higher-order operators of newer exports: the result is one bare tensor. */
  readonly singleTensorReturn: boolean | null;
  readonly origin: Origin | null;
  /** Path of the innermost module: `encoder.layers.0`; empty for the root, null when not recorded. */
  readonly module: string | null;
}

/** Nodes with what goes in and comes out. */
export interface Graph {
  readonly inputs: readonly Argument[];
  readonly outputs: readonly Argument[];
  readonly nodes: readonly Node[];
  readonly tensors: ReadonlyMap<string, TensorMeta>;
  readonly symInts: ReadonlyMap<string, SymIntValue>;
  readonly symFloats: ReadonlyMap<string, SymFloatValue>;
  readonly symBools: ReadonlyMap<string, SymBoolValue>;
  readonly customObjects: ReadonlyMap<string, CustomObject>;
  /** A branch that returns a bare tensor; `outputs` still lists one entry. */
  readonly singleTensorReturn: boolean;
}

/** A Python value fixed at export. */
export type ConstantValue = Extract<Argument, { kind: "none" | "int" | "float" | "string" | "bool" }>;

/** What one graph input is; `name` is the value's name, the other name is a key of the state. */
export type InputSpec =
  | { readonly kind: "parameter"; readonly name: string; readonly parameter: string }
  | { readonly kind: "buffer"; readonly name: string; readonly buffer: string; readonly persistent: boolean }
  | { readonly kind: "tensor-constant"; readonly name: string; readonly constant: string }
  | {
    readonly kind: "custom-object";
    readonly name: string;
    readonly classFqn: string;
    readonly object: string;
  }
  | { readonly kind: "user-input"; readonly argument: Argument }
  | { readonly kind: "constant-input"; readonly name: string; readonly value: ConstantValue }
  | { readonly kind: "token"; readonly name: string };

/** What one graph output is: mutations come first, then what the user gets. */
export type OutputSpec =
  | { readonly kind: "buffer-mutation"; readonly name: string; readonly buffer: string }
  | { readonly kind: "parameter-mutation"; readonly name: string; readonly parameter: string }
  | { readonly kind: "user-input-mutation"; readonly name: string; readonly input: string }
  | { readonly kind: "user-output"; readonly argument: Argument }
  | { readonly kind: "loss-output"; readonly name: string }
  | { readonly kind: "gradient-to-parameter"; readonly name: string; readonly parameter: string }
  | { readonly kind: "gradient-to-user-input"; readonly name: string; readonly input: string }
  | { readonly kind: "token"; readonly name: string };

/** What inputs and outputs are: parameters, buffers, the user's. */
export interface Signature {
  readonly inputs: readonly InputSpec[];
  readonly outputs: readonly OutputSpec[];
}

/** A Python container around values. `keys` name the children of a dict, or the fields of a named tuple. */
export type Tree =
  | { readonly kind: "leaf" }
  | { readonly kind: "tuple" | "list"; readonly children: readonly Tree[] }
  | {
    readonly kind: "dict" | "named-tuple" | "other";
    /** The Python type: `builtins.dict`, `collections.OrderedDict`, `transformers….ModelOutput`, … */
    readonly type: string;
    readonly keys: readonly string[];
    readonly children: readonly Tree[];
  };

/** How one module is called; the first, with an empty `fqn`, is the program itself. */
export interface ModuleCall {
  readonly fqn: string;
  readonly signature: CallSignature | null;
}
/** How arguments and results of a module nest. */
export interface CallSignature {
  readonly inputs: readonly Argument[];
  readonly outputs: readonly Argument[];
  readonly inTree: Tree;
  readonly outTree: Tree;
  readonly argNames: readonly string[] | null;
}

/** A graph with its signature. */
export interface GraphModule {
  readonly graph: Graph;
  readonly signature: Signature;
  readonly calls: readonly ModuleCall[];
  readonly metadata: ReadonlyMap<string, string>;
}

/** Bounds of a symbol, inclusive; null is unbounded. */
export interface Range {
  readonly min: Int | null;
  readonly max: Int | null;
}

/** The program of an archive. */
export interface ExportedProgram extends GraphModule {
  readonly schema: SchemaVersion;
  /** Empty when not recorded. */
  readonly torchVersion: string;
  readonly opsets: ReadonlyMap<string, number>;
  readonly ranges: ReadonlyMap<string, Range>;
  /** `TRAINING` straight from export, `ATEN` after decompositions. */
  readonly verifiers: readonly string[];
  /** Python expressions that held at export and are promised to hold for later calls (newer exports). */
  readonly guards: readonly string[];
  /** A readable name for each leaf of the call's inputs, flattened: `x`, `batch.image`, `pair.0`. */
  readonly inputNames: readonly string[];
  /** Likewise for the outputs: `output`, `output0`, `logits`. */
  readonly outputNames: readonly string[];
}

/** The version of the archive's JSON. */
export interface SchemaVersion {
  readonly major: number;
  readonly minor: number;
}
