/**
 * What a wrapper does, line by line: the form between a plan and the languages that it is printed in. A plan becomes
 * one list of lines, and each printer says every line in its language, so that all wrappers do the same in the same
 * order.
 *
 * @module
 */
import type { Expr, Pred, Sym } from "../../ir/expr/mod.ts";
import type { Buffer } from "../../ir/loops/mod.ts";
import type { Kernel, RoutineKernel } from "../../ir/plan/mod.ts";
import type { HostTensor } from "./host.ts";

/** The size of an input along an axis, as the host hands it over; without an axis its value, of a 0-d int64. */
export interface InputSize {
  readonly input: number;
  readonly axis?: number;
}

/** What a message is made of: texts, and integers that are known in the run. */
export type Message = readonly (string | Expr | InputSize)[];

/** Where a buffer's memory is from. */
export type Source =
  | { readonly kind: "arena"; readonly slot: number }
  /** An `allocate` line gives it memory. */
  | { readonly kind: "late" }
  | { readonly kind: "constant"; readonly index: number }
  /** The host's own memory where it is laid out by these strides, else a copy. */
  | {
    readonly kind: "input";
    readonly index: number;
    readonly strides: readonly Expr[];
    readonly mutated: boolean;
  }
  | { readonly kind: "output"; readonly index: number; readonly tensor: HostTensor }
  /** Folded constant `index`; `offset` bytes from the first one. */
  | { readonly kind: "folded"; readonly index: number; readonly offset: number; readonly tensor: HostTensor };

/** A kernel at work. */
export interface LaunchLine {
  readonly kind: "launch";
  /** Name of the kernel's function. */
  readonly symbol: string;
  readonly buffers: readonly Buffer[];
  /** What `args->n` holds. */
  readonly sizes: readonly Expr[];
  /** Parallel iterations, those worth handing to another core, scratch bytes of a worker. */
  readonly total: Expr;
  readonly grain: Expr;
  readonly scratch: Expr;
  /** Those of `buffers` that it writes. */
  readonly writes: readonly Buffer[];
  /** Model lines that it computes. */
  readonly origins: Kernel["origins"];
  /** Bytes that it touches, where traffic is measured. */
  readonly moves?: Expr;
}

/** Where an output comes from. */
export type OutputSource =
  /** A buffer in memory of output `owner`, which may be another one. */
  | { readonly kind: "buffer"; readonly buffer: Buffer; readonly owner: number }
  /** An input that is handed back as it came. */
  | { readonly kind: "input"; readonly index: number }
  | { readonly kind: "number"; readonly dtype: "i64"; readonly value: Expr | bigint }
  | { readonly kind: "number"; readonly dtype: "bool"; readonly value: Pred | boolean }
  | { readonly kind: "number"; readonly dtype: "f64"; readonly value: number };

/** One thing that a run does. A `Pred` or the one element of a `Buffer` is a condition. */
export type Line =
  /** Names sizes of inputs, and those that are only known later. */
  | {
    readonly kind: "symbols";
    readonly bound: readonly (InputSize & { readonly sym: Sym })[];
    readonly late: readonly Sym[];
  }
  /** Fails unless a size of an input is what it must be. */
  | { readonly kind: "check-size"; readonly at: InputSize; readonly is: Expr; readonly message: Message }
  | {
    readonly kind: "check-range";
    readonly sym: Sym;
    readonly min?: number;
    readonly max?: number;
    readonly message: Message;
  }
  | { readonly kind: "check-guard"; readonly test: Pred; readonly message: Message }
  /** Memory for everything in between: slots of so many bytes, one after another. */
  | { readonly kind: "arena"; readonly slots: readonly Expr[] }
  | { readonly kind: "buffer"; readonly buffer: Buffer; readonly source: Source }
  /** Memory for a buffer whose size is known by now; of an output, if it is one. */
  | {
    readonly kind: "allocate";
    readonly buffer: Buffer;
    readonly bytes: Expr;
    readonly output?: { readonly index: number; readonly tensor: HostTensor };
  }
  | LaunchLine
  /** A call of an operator that the host computes, the `index`th of the model; or, without one, taking its results. */
  | { readonly kind: "host"; readonly kernel: RoutineKernel; readonly index: number | undefined }
  | { readonly kind: "bind"; readonly sym: Sym; readonly value: Expr }
  /** Binds the one element of a buffer. */
  | { readonly kind: "item"; readonly sym: Sym; readonly buffer: Buffer }
  | { readonly kind: "assert"; readonly test: Buffer | Pred; readonly message: string }
  /** Fails when a tensor, or an input as it came, holds nan or infinity. */
  | { readonly kind: "check-finite"; readonly of: Buffer | number; readonly what: string }
  /** 1 saves a buffer, 2 prints its statistics, 3 prints a name alone. */
  | { readonly kind: "show"; readonly how: number; readonly buffer?: Buffer; readonly what: string }
  | {
    readonly kind: "if";
    readonly test: Buffer;
    readonly then: readonly Line[];
    readonly otherwise: readonly Line[];
  }
  /** Condition, end unless `test`, body; again. */
  | {
    readonly kind: "loop";
    readonly condition: readonly Line[];
    readonly test: Buffer;
    readonly body: readonly Line[];
  }
  | { readonly kind: "copy"; readonly to: Buffer; readonly from: Buffer; readonly bytes: Expr }
  /** An input that the run wrote to: if it was copied, the host's memory gets what is new. */
  | { readonly kind: "write-back"; readonly input: number; readonly buffer: Buffer }
  | { readonly kind: "output"; readonly index: number; readonly source: OutputSource };
