/**
 * What is measured, and how a measuring process is asked: plain data, one JSON each way.
 *
 * @module
 */
import type { KernelChoice } from "../ir/plan/mod.ts";

/** One way to compute a kernel, ready to launch. */
export interface Variant {
  /** Null: what costs choose. */
  readonly choice: KernelChoice | null;
  readonly symbol: string;
  readonly text: string;
  /** Memory to hand over, in order. */
  readonly buffers: readonly { readonly bytes: number; readonly dtype: string }[];
  /** Sizes that the kernel reads. */
  readonly numbers: readonly number[];
  /** Parallel iterations, scratch bytes. */
  readonly total: number;
  readonly scratch: number;
  /** Time of 1, 2, 4 workers together beside that of one alone, from how jobs divide: 1 is an even division. */
  readonly shares: readonly number[];
}

/** A kernel with its variants; the first is what costs choose. */
export interface Problem {
  /** Digest of the text that costs choose: equal problems have equal keys. */
  readonly key: string;
  readonly name: string;
  readonly variants: readonly Variant[];
}

/** What the measuring process reads. */
export interface MeasureRequest {
  readonly library: string;
  readonly variants: readonly Omit<Variant, "text" | "choice" | "shares">[];
  /** Milliseconds for all variants together. */
  readonly budgetMs: number;
}

/** What it writes: the fastest launch of each variant in milliseconds; null where a kernel reported an error. */
export type MeasureAnswer = readonly (number | null)[];

/** A measured choice; null means that costs chose best. */
export type Choices = Readonly<Record<string, KernelChoice | null>>;
