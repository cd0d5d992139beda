/**
 * The plan level: kernels, the order they run in, and where every buffer lies.
 *
 * @module
 */
import type { Expr, Pred, Sym } from "../expr/mod.ts";
import type { FixedLeaf, Guard, Origin, SymbolDecl } from "../graph/mod.ts";
import type {
  Attention,
  Axis,
  Buffer,
  Contraction,
  Loops,
  LoopsOutput,
  RoutineCall,
  Scalar,
  ScatterNest,
  Store,
} from "../loops/mod.ts";
import type { ReduceFn } from "../scalar/mod.ts";

/** One value computed in a stage: an element per point of the stage's axes, or a reduction over `over`. */
export interface Item {
  readonly name: string;
  readonly value: Scalar;
  readonly reduce?: ReduceFn;
  /** Where it goes; memory stores keep the buffer's own layout. */
  readonly store: Store;
  /** False when every reader is in the same stage and takes the value from a register. */
  readonly stored: boolean;
}

/**
 * Loops inside one iteration of the kernel's outer axes. Where lanes of reductions run along kept axes, items that reduce
 * nothing are made of the whole sums, once per point of the kept axes; else they are elements that are reduced.
 */
export interface Stage {
  /** Parallel axes; each is a loop, the last one is the vector when `vector` is `axes`. */
  readonly axes: readonly Axis[];
  /** Reduction axes inside `axes`; the last one is the vector when `vector` is `over`. */
  readonly over: readonly Axis[];
  readonly vector: "axes" | "over" | "none";
  readonly items: readonly Item[];
}

/** Memory that lives inside one outer iteration: a register (no inner axes, or a sum that is read beside it) or a row of scratch. */
export interface Local {
  readonly buffer: Buffer;
  readonly kind: "register" | "scratch";
  /** Bytes of scratch and its offset from the worker's scratch; 0 for registers. Static. */
  readonly bytes: number;
  readonly offset: number;
}

/** A result that takes over the memory of an operand, which nothing reads afterwards: names of both buffers. */
export interface InPlace {
  readonly result: string;
  readonly operand: string;
}

/** A fused group of nests. */
export interface LoopKernel {
  readonly kind: "loops";
  readonly name: string;
  readonly origins: readonly Origin[];
  /** Flattened into the parallel range; empty: one iteration. */
  readonly outer: readonly Axis[];
  /** Elements of the single stage's vector axis per parallel iteration, when that axis itself is split. */
  readonly chunk?: number;
  readonly stages: readonly Stage[];
  readonly locals: readonly Local[];
  /** Set where memory is placed; see `canOverwrite`. */
  readonly inPlace?: readonly InPlace[];
}

/** A way to compute a product, as records of measurements name it; numbers are elements. */
export type ProductChoice =
  | {
    readonly kind: "blocks";
    readonly mr: number;
    readonly nv: number;
    readonly mc: number;
    readonly nc: number;
    readonly kc: number;
  }
  | { readonly kind: "winograd"; readonly tile: 2 | 4 }
  | ({ readonly kind: "direct" } & DirectTile);

/** Positions of a row of outputs and vectors of output channels that a convolution sums at a time. */
export interface DirectTile {
  readonly mr: number;
  readonly nv: number;
}

/** A way to cut an attention, as records of measurements name it; numbers are elements. */
export interface AttentionChoice {
  readonly kind: "attention";
  /** A tile has `mr` keys or value channels and `nv` vectors of rows. */
  readonly mr: number;
  readonly nv: number;
  /** Rows of a job, columns of a block. */
  readonly rows: number;
  readonly columns: number;
}

/** A measured way to compute a kernel. */
export type KernelChoice = ProductChoice | AttentionChoice;

/** A blocked matrix product with prologues and an epilogue. */
export interface ContractionKernel {
  readonly kind: "contraction";
  readonly name: string;
  readonly origins: readonly Origin[];
  readonly nest: Contraction;
  /**
   * Operands of the product that is computed (the transposed one, if that is), packed beforehand: panels of a tile's
   * width, `[batch][panel][k][width]`, zero beyond the end.
   */
  readonly packed?: { readonly a?: Buffer; readonly b?: Buffer };
  /**
   * Outputs of a tile along each axis, for a convolution of 3 × 3 taps in Winograd's tiles: `packed.a` holds the
   * transformed taps, `[panel of m][position in the tile][k][lane]`.
   */
  readonly winograd?: 2 | 4;
  /**
   * The tile of a convolution straight from the image: `packed.a` holds weights in panels of whole vectors of m,
   * `[batch][panel of m][k][lane]`.
   */
  readonly direct?: DirectTile;
  /** A measured way to compute the product; without one, costs decide. */
  readonly choice?: ProductChoice;
  /** Further results that the epilogue stores. */
  readonly extra: readonly { readonly value: Scalar; readonly store: Store }[];
  /** Set where memory is placed; see `canOverwrite`. */
  readonly inPlace?: readonly InPlace[];
}

/** Attention by blocks of rows and of columns: scores live in a worker's scratch only. */
export interface AttentionKernel {
  readonly kind: "attention";
  readonly name: string;
  readonly origins: readonly Origin[];
  readonly nest: Attention;
  /** Which of the rows' statistics somebody reads from memory. */
  readonly stored: { readonly highest: boolean; readonly total: boolean };
  /** A measured way to cut it; without one, costs decide. */
  readonly choice?: AttentionChoice;
}

/** Kernels that can be computed in several ways. */
export type TunableKernel = ContractionKernel | AttentionKernel;

/** One scatter. */
export interface ScatterKernel {
  readonly kind: "scatter";
  readonly name: string;
  readonly origins: readonly Origin[];
  readonly nest: ScatterNest;
}

/** One call of a hand-written algorithm. */
export interface RoutineKernel {
  readonly kind: "routine";
  readonly name: string;
  readonly origins: readonly Origin[];
  readonly call: RoutineCall;
}

/** What a launch runs. */
export type Kernel = LoopKernel | ContractionKernel | AttentionKernel | ScatterKernel | RoutineKernel;

/** What a run does next. */
export type Step =
  | { readonly kind: "launch"; readonly kernel: Kernel }
  | { readonly kind: "item"; readonly buffer: Buffer; readonly sym: Sym }
  | { readonly kind: "bind"; readonly sym: Sym; readonly expr: Expr }
  | {
    readonly kind: "assert";
    readonly message: string;
    readonly test: Buffer | Pred;
    readonly origin?: Origin;
  }
  | {
    readonly kind: "cond";
    readonly test: Buffer;
    readonly then: readonly Step[];
    readonly otherwise: readonly Step[];
  }
  | {
    readonly kind: "while";
    readonly carried: readonly Buffer[];
    readonly next: readonly Buffer[];
    readonly condition: readonly Step[];
    readonly test: Buffer;
    readonly body: readonly Step[];
  }
  /** Memory for a buffer whose size is only known now. */
  | { readonly kind: "allocate"; readonly buffer: Buffer };

/** Where a buffer lies. Offsets in bytes. */
export type Placement =
  | { readonly kind: "arena"; readonly slot: number }
  | { readonly kind: "late" }
  | { readonly kind: "input"; readonly index: number }
  | { readonly kind: "constant"; readonly index: number }
  | { readonly kind: "output"; readonly index: number };

/** A part of the arena; slots lie one after another, each rounded up to 64 bytes. */
export interface Slot {
  readonly bytes: Expr;
}

/** A whole model, ready for code generation. */
export interface Plan {
  readonly name: string;
  readonly symbols: readonly SymbolDecl[];
  readonly guards: readonly Guard[];
  readonly inputs: Loops["inputs"];
  readonly constants: Loops["constants"];
  readonly fixed: readonly FixedLeaf[];
  readonly outputs: readonly LoopsOutput[];
  readonly effects: Loops["effects"];
  readonly steps: readonly Step[];
  readonly slots: readonly Slot[];
  readonly placements: ReadonlyMap<string, Placement>;
  readonly inSpec: string;
  readonly outSpec: string;
}
