/**
 * The graph level: SSA over logically contiguous tensors, made of few core operations.
 *
 * No strides, no aliasing, no mutation between nodes: import functionalises. What a run writes into inputs or
 * constants is listed in `effects`; strides are kept only where a host sees them (inputs, constants, outputs).
 *
 * @module
 */
import type { DType } from "../../base/mod.ts";
import type { Expr, Pred, Sym } from "../expr/mod.ts";
import type { Num, ReduceFn, ScalarFn } from "../scalar/mod.ts";

/** Element type and symbolic shape. Rank 0 is a scalar tensor. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: readonly Expr[];
}

/** A value of a graph, defined once; identity is the object, `name` is unique in its graph. */
export interface Value {
  readonly name: string;
  readonly type: TensorType;
}

/** Where an operation came from in the user's model. */
export interface Origin {
  readonly file?: string;
  readonly line?: number;
  readonly code?: string;
  /** Dotted path of the module, e.g. `layers.0.norm`. */
  readonly module?: string;
  /** Name and target of the exported node, e.g. `conv2d_1` and `aten.conv2d.default`. */
  readonly node?: string;
  readonly target?: string;
}

/** An index operand of `lookup` and `scatter`: values in [0, size), or [-size, size) when `wrap`. */
export interface IndexBound {
  readonly size: Expr;
  readonly wrap: boolean;
}

/** A plain value among a routine's attributes. */
export type Attr = null | Num | string | Expr | readonly Attr[];

/**
 * Core operations, a closed set. Axis symbols `axis(n, shape)` stand for the output's indices in every index map,
 * and `lookedUp(k)` for the value of the k-th index operand.
 */
export type Op =
  /** Elementwise with broadcasting (sizes 1 stretch, ranks align right). Operands share a dtype (not `where`'s first). */
  | { readonly kind: "pointwise"; readonly fn: ScalarFn }
  /** Conversion with the semantics of a C cast; to bool: `!= 0`. */
  | { readonly kind: "cast" }
  /** A 0-d value. */
  | { readonly kind: "constant"; readonly value: Num }
  /** `out[i…] = expr(i…)` as i64 (or another type, converted). */
  | { readonly kind: "iota"; readonly expr: Expr }
  /** `out[i…] = pred(i…)` as bool. */
  | { readonly kind: "mask"; readonly pred: Pred }
  /** `out[i…] = valid(i…) ? in[index(i…)] : fill`. Every view, pad, flip, roll, im2col. */
  | { readonly kind: "remap"; readonly index: readonly Expr[]; readonly valid?: Pred; readonly fill?: Num }
  /** `out[i…] = in[index(i…, x…)]`, x_k = value of operand k+1 at i…; out of bounds is an error of the run. */
  | {
    readonly kind: "lookup";
    readonly index: readonly Expr[];
    readonly bounds: readonly IndexBound[];
    readonly valid?: Pred;
    readonly fill?: Num;
  }
  /** Operand 0 with `out[index(i…, x…)] combine= operand1[i…]`, i over operand 1's shape, in row-major order. */
  | {
    readonly kind: "scatter";
    readonly index: readonly Expr[];
    readonly bounds: readonly IndexBound[];
    readonly combine: "set" | "add" | "mul" | "min" | "max";
  }
  /** Removes `dims` (ascending). argmin/argmax give i64 positions over the flattened reduced dims; nan wins min/max. */
  | { readonly kind: "reduce"; readonly fn: ReduceFn; readonly dims: readonly number[] }
  /** Sum of products over labels that are not in `out`, e.g. `bmk,bkn->bmn`. Accumulates in f32 for half types. */
  | { readonly kind: "einsum"; readonly a: string; readonly b: string; readonly out: string }
  /** Operands side by side along `dim`. */
  | { readonly kind: "concat"; readonly dim: number }
  /** Binds the unbacked `symbol` to the value of a 0-d integer (or bool) operand. No outputs. */
  | { readonly kind: "item"; readonly symbol: Sym }
  /** Fails the run with `message` unless `pred` holds (symbols), or operand 0 (0-d bool) is true. No outputs. */
  | { readonly kind: "assert"; readonly message: string; readonly pred?: Pred }
  /** regions = [then, else]; operand 0 is a 0-d bool, the others are bound to the regions' inputs. */
  | { readonly kind: "cond" }
  /** regions = [condition, body]; the first `carried` operands are carried, the rest are captured. */
  | { readonly kind: "while"; readonly carried: number }
  /** A whole-tensor algorithm with a kernel of its own: sort, scan, fft, … `attrs` are the routine's. */
  | { readonly kind: "routine"; readonly routine: string; readonly attrs: Readonly<Record<string, Attr>> };

/** The name of a core operation. */
export type OpKind = Op["kind"];
/** The core operation of one kind. */
export type OpOf<K extends OpKind> = Extract<Op, { kind: K }>;

/** One operation. */
export interface Node {
  readonly op: Op;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly regions?: readonly Region[];
  /** Unbacked symbols this node defines through its outputs' shapes (nonzero and the like). */
  readonly binds?: readonly Sym[];
  readonly origin?: Origin;
}

/** A subgraph with explicit captures: `inputs` are bound positionally by the node that owns it. */
export interface Region {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly Value[];
}

/** A tensor that the host passes in. Strides in elements, as the export saw them. */
export interface GraphInput {
  readonly value: Value;
  /** Name in the user's words: a parameter name or a path such as `state.h`. */
  readonly label: string;
  readonly strides: readonly Expr[];
  /** Position among the flattened leaves of the call (constants and None count). */
  readonly leaf: number;
  /** Set where the host's tensor is complex: value and strides are of its parts, with a last dim of 2. */
  readonly complex?: DType;
  /** Set where the call has a Python number, which is a 0-d tensor here. */
  readonly number?: true;
}

/** A leaf of the call that is no tensor: fixed at export, checked by bindings. */
export interface FixedLeaf {
  readonly leaf: number;
  readonly label: string;
  readonly value: null | number | bigint | boolean | string;
}

/** A tensor of the model itself: parameter, buffer or literal. Its bytes are elsewhere (`data` names them). */
export interface GraphConstant {
  readonly value: Value;
  /** Fully qualified name in the user's module. */
  readonly fqn: string;
  /** `folded`: computed from the others when they are loaded or updated; it has no bytes of its own. */
  readonly role: "parameter" | "buffer" | "literal" | "folded";
  /** Layout of the stored bytes: elements from `data`'s start. Static. */
  readonly strides: readonly number[];
  readonly offset: number;
  /** Which stored blob, by id in the weights table that travels with the graph; tied constants share one. */
  readonly data: string;
  /** As in `GraphInput`; the offset is in parts, too. */
  readonly complex?: DType;
}

/** What a leaf of the result is. */
export type GraphOutput =
  | {
    readonly kind: "tensor";
    readonly value: Value;
    readonly label: string;
    readonly strides?: readonly Expr[];
    /** As in `GraphInput`. */
    readonly complex?: DType;
  }
  | { readonly kind: "size"; readonly expr: Expr; readonly label: string } // an int, handed out as a 0-d i64
  | { readonly kind: "truth"; readonly pred: Pred; readonly label: string } // a bool, 0-d
  | {
    readonly kind: "fixed";
    readonly value: null | number | bigint | boolean | string;
    readonly label: string;
  };

/** After the run, `target` (an input or a constant) holds `value`. */
export interface Effect {
  readonly target: Value;
  readonly value: Value;
}

/** A named dimension, or a number of the call: where its value is read on entry, and its range. */
export interface SymbolDecl {
  readonly sym: Sym;
  /**
   * First place to read it: an input and an axis of it, or without an axis the value of a 0-d i64 input; absent for
   * unbacked symbols.
   */
  readonly from?: { readonly input: Value; readonly axis?: number };
  /** Name in the user's words (config `dim(...)` or the symbol's own). */
  readonly label: string;
}

/** Something the export assumed; checked on every entry with a message in the user's names. */
export interface Guard {
  readonly pred: Pred;
  /** `dim "batch" of input "x"`: completed by the wrapper with value and expectation. */
  readonly subject: string;
}

/** A whole model. */
export interface Graph {
  readonly name: string;
  readonly symbols: readonly SymbolDecl[];
  readonly guards: readonly Guard[];
  readonly inputs: readonly GraphInput[];
  readonly fixed: readonly FixedLeaf[];
  readonly constants: readonly GraphConstant[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly GraphOutput[];
  readonly effects: readonly Effect[];
  /** Treespecs of call and result (JSON text), "" when unknown. */
  readonly inSpec: string;
  readonly outSpec: string;
}
