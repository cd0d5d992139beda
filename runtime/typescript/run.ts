/**
 * One call under way: what the lines of a wrapper ask for. The counterpart of the services of `aoti/model.h`.
 *
 * @module
 */
import { bytesOf, copyStrided, type DType, memory, rowMajor, RunFailure, sameLayout, span, View } from "./view.ts";
import { firstOdd, show } from "./values.ts";

/** Integers of a wrapper. */
export type Int = bigint;

/** Division, remainder, minimum and maximum as expressions of sizes mean them: floored, as in Python. */
export const floordiv = (a: Int, b: Int): Int => a / b - (a % b !== 0n && (a % b < 0n) !== (b < 0n) ? 1n : 0n);
/** The remainder with the sign of the divisor. */
export const mod = (a: Int, b: Int): Int => a - b * floordiv(a, b);
/** The least of sizes. */
export const min = (a: Int, b: Int): Int => (a < b ? a : b);
/** The largest of sizes. */
export const max = (a: Int, b: Int): Int => (a > b ? a : b);

/** What a launch is told. */
export interface LaunchArguments {
  readonly buffers: readonly View[];
  /** Those that it writes. */
  readonly writes: readonly View[];
  readonly sizes: readonly Int[];
  /** Parallel iterations. */
  readonly total: Int;
  readonly scratch?: Int;
  /** Bytes that it touches, where that was asked for. */
  readonly moves?: Int;
}

/** A launch that is over. */
export interface Launched {
  /** The kernel's name, and which launch of the run it was. */
  readonly kernel: string;
  readonly number: number;
  readonly ns: number;
  readonly iterations: number;
  readonly moves?: number;
  /** What it wrote, until the next launch. */
  readonly writes: readonly View[];
}

/** Calls of a kernel: pointers, sizes, scratch, random state, iterations. */
export type Kernel = (
  pointers: BigUint64Array<ArrayBuffer>,
  sizes: BigInt64Array<ArrayBuffer>,
  scratch: Uint8Array<ArrayBuffer> | null,
  random: BigUint64Array<ArrayBuffer>,
  total: bigint,
) => number;

/** Memory that is kept from run to run. */
export interface Kept {
  arena: Uint8Array<ArrayBuffer>;
  scratch: Uint8Array<ArrayBuffer>;
}

/** What a run works with. */
export interface RunSetting {
  readonly kernels: ReadonlyMap<string, Kernel>;
  readonly constants: readonly View[];
  readonly inputs: readonly View[];
  readonly kept: Kept;
  /** The library's seed, this run's number, this launch's. */
  readonly random: BigUint64Array<ArrayBuffer>;
  readonly onLaunch?: (launch: Launched) => void;
}

const reasons: Readonly<Record<number, string>> = {
  1: "index out of range in",
  2: "a value that the operation does not take, in",
  3: "integer division by zero in",
};

/** One call. */
export class Run {
  /** By position; empty where an output is None. */
  readonly outputs: View[] = [];
  /** Folded constants by position, of a run that computes them. */
  readonly foldedConstants: View[] = [];
  #launches = 0;

  constructor(readonly setting: RunSetting) {}

  fail(message: string): never {
    throw new RunFailure(message);
  }

  /** Input `n` as the host gave it. */
  given(n: number): View {
    return this.setting.inputs[n]!;
  }

  /** Size of an input along an axis. */
  size(n: number, axis: number): Int {
    return BigInt(this.given(n).shape[axis]!);
  }

  /** Input `n` laid out by `strides`: the host's own memory where that is so already, else a copy. */
  input(n: number, strides: readonly Int[]): View {
    const given = this.given(n), { name, dtype, shape, bytes } = given, wanted = strides.map(Number);
    if (sameLayout(shape, given.strides, wanted)) return new View(name, dtype, shape, wanted, bytes);
    const copy = this.#fresh(name, dtype, shape, wanted);
    copyStrided(copy, given);
    return copy;
  }

  /** What the run wrote to a copy of input `n` goes to the host's memory. */
  writeBack(n: number, view: View): void {
    const given = this.given(n);
    if (view.bytes !== given.bytes) copyStrided(given, new View(view.name, view.dtype, given.shape, view.strides, view.bytes));
  }

  constant(n: number): View {
    return this.setting.constants[n]!;
  }

  /** Memory of folded constant `n`. */
  folded(n: number, name: string, dtype: DType, shape: readonly Int[], strides: readonly Int[]): View {
    return this.foldedConstants[n] = this.allocate(name, dtype, shape, strides);
  }

  /** Memory for everything in between, kept from run to run. */
  arena(bytes: Int): Uint8Array<ArrayBuffer> {
    const { kept } = this.setting;
    if (kept.arena.length < bytes) kept.arena = memory(Number(bytes), "intermediate values");
    return kept.arena;
  }

  inArena(
    arena: Uint8Array<ArrayBuffer>,
    offset: Int,
    name: string,
    dtype: DType,
    shape: readonly Int[],
    strides: readonly Int[],
  ): View {
    const sizes = shape.map(Number), steps = strides.map(Number), from = Number(offset);
    const bytes = span(sizes, steps) * bytesOf(dtype);
    return new View(name, dtype, sizes, steps, arena.subarray(from, from + bytes));
  }

  /** Memory of its own. */
  allocate(name: string, dtype: DType, shape: readonly Int[], strides: readonly Int[]): View {
    return this.#fresh(name, dtype, shape.map(Number), strides.map(Number));
  }

  #fresh(name: string, dtype: DType, shape: readonly number[], strides: readonly number[]): View {
    if (shape.some((size) => size < 0)) this.fail(`"${name}" cannot have the shape [${shape.join(", ")}]`);
    return new View(name, dtype, shape, strides, memory(span(shape, strides) * bytesOf(dtype), `"${name}"`));
  }

  /** Does all iterations of a kernel, in this thread. */
  launch(kernel: string, { buffers, writes, sizes, total, scratch = 0n, moves }: LaunchArguments): void {
    const { setting: { kernels, random, kept, onLaunch } } = this;
    const pointers = BigUint64Array.from(buffers, (view) => view.address), numbers = BigInt64Array.from(sizes);
    if (kept.scratch.length < scratch) kept.scratch = memory(Number(scratch), `scratch of kernel ${kernel}`);
    random[2] = BigInt(this.#launches);
    const start = performance.now();
    const error = kernels.get(kernel)!(pointers, numbers, kept.scratch, random, total);
    const ns = (performance.now() - start) * 1e6, number = this.#launches++;
    if (error !== 0) this.fail(`${reasons[error] ?? `error ${error} in`} kernel ${kernel}`);
    const moved = moves === undefined ? {} : { moves: Number(moves) };
    onLaunch?.({ kernel, number, ns, iterations: Number(total), writes, ...moved });
  }

  copy(to: View, from: View, bytes: Int): void {
    to.bytes.set(from.bytes.subarray(0, Number(bytes)));
  }

  /** Fails when a tensor holds nan or infinity. */
  checkFinite(view: View, what: string): void {
    const odd = firstOdd(view);
    if (!odd) return;
    const { nans, infinite, first } = odd, shape = `[${view.shape.join(", ")}]`;
    this.fail(`${what} of shape ${shape} holds ${nans} nan and ${infinite} infinite values; the first is element ${first}`);
  }

  /** 1 saves a tensor as `what`.npy, 2 prints its statistics, 3 prints `what` alone. */
  show(how: number, view: View | undefined, what: string): void {
    show(how, view, what);
  }

  /** A 0-d tensor. */
  number(dtype: "i64" | "f64" | "bool", value: number | bigint | boolean): View {
    const view = new View("", dtype, [], rowMajor([]), memory(bytesOf(dtype), "a number"));
    const data = new DataView(view.bytes.buffer, view.bytes.byteOffset);
    if (dtype === "i64") data.setBigInt64(0, BigInt(value), true);
    else if (dtype === "f64") data.setFloat64(0, Number(value), true);
    else data.setUint8(0, value ? 1 : 0);
    return view;
  }

  output(n: number, view: View): void {
    this.outputs[n] = view;
  }
}
