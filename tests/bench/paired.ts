/**
 * Two builds of a model timed in turn, and what the pairs say. What disturbs one of a pair mostly disturbs the other, so
 * ratios hold where milliseconds do not.
 *
 * @module
 */
import { bindInputs, type Call, type Model, sample, type Tensor } from "../../src/run/mod.ts";

/** Milliseconds of the same work by both, in the same moment. */
export interface Pair {
  readonly base: number;
  readonly head: number;
}

/** What the rounds say of one thing; ratios are head to base, above 1 is slower. */
export interface Verdict {
  /** Milliseconds of the quickest round. */
  readonly base: number;
  readonly head: number;
  /** The median of the rounds' ratios. */
  readonly ratio: number;
  /** Of the quickest rounds. */
  readonly quickest: number;
  readonly change: "slower" | "faster" | "same";
}

/** Judges rounds: a change is one only where typical and quickest rounds both show it. */
export function judge(rounds: readonly Pair[], threshold: number): Verdict {
  const base = Math.min(...rounds.map((r) => r.base)), head = Math.min(...rounds.map((r) => r.head));
  const ratios = rounds.map((r) => r.head / r.base).sort((a, b) => a - b);
  const middle = ratios.length >> 1;
  const ratio = ratios.length % 2 === 1 ? ratios[middle]! : (ratios[middle - 1]! + ratios[middle]!) / 2;
  const quickest = head / base, [least, most] = [Math.min(ratio, quickest), Math.max(ratio, quickest)];
  const change = least > threshold ? "slower" : most < 1 / threshold ? "faster" : "same";
  return { base, head, ratio, quickest, change };
}

/** How two builds are timed. */
export interface PairOptions {
  readonly rounds: number;
  readonly threads: number;
  /** Milliseconds of each half of a round. */
  readonly budgetMs: number;
}

/** Rounds of whole runs, and of kernels that both have. */
export interface Paired {
  readonly whole: readonly Pair[];
  readonly kernels: ReadonlyMap<string, readonly Pair[]>;
  /** Milliseconds of kernels whose operators are a kernel in only one of them. */
  readonly only: { readonly base: ReadonlyMap<string, number>; readonly head: ReadonlyMap<string, number> };
}

/** Times both models on the same inputs; who goes first changes from round to round. */
export function timePair(
  base: Model,
  head: Model,
  inputs: ReadonlyMap<string, Tensor>,
  { rounds, threads, budgetMs }: PairOptions,
): Paired {
  using one = boundCall(base, inputs, threads);
  using two = boundCall(head, inputs, threads);
  const whole = inTurn(rounds, (which) => sample(() => (which ? two : one).run(), budgetMs).median_ms);
  base.profile(true);
  head.profile(true);
  const parts = inTurn(rounds, (which) => kernelTimes(which ? two : one, budgetMs));
  return { whole, ...byKernel(parts) };
}

function boundCall(model: Model, inputs: ReadonlyMap<string, Tensor>, threads: number): Call {
  const call = model.call();
  // Runs may write to inputs: each call has its own.
  const own = new Map([...inputs].map(([name, t]) => [name, { ...t, data: t.data.slice() }] as const));
  bindInputs(model, call, own);
  call.threads(threads);
  return call;
}

function inTurn<T>(rounds: number, time: (head: boolean) => T): { readonly base: T; readonly head: T }[] {
  return Array.from({ length: rounds }, (_, n) => {
    if (n % 2 === 0) return { base: time(false), head: time(true) };
    const head = time(true);
    return { base: time(false), head };
  });
}

/** Quickest milliseconds of each kernel's launches of one run. */
function kernelTimes(call: Call, budgetMs: number): ReadonlyMap<string, number> {
  const quickest = new Map<string, number>(), end = performance.now() + budgetMs;
  for (let n = 0; n < 3 || performance.now() < end; n++) {
    call.run();
    const sums = new Map<string, number>();
    for (const { name, ns } of call.launches()) sums.set(name, (sums.get(name) ?? 0) + ns / 1e6);
    for (const [name, ms] of sums) least(quickest, name, ms);
  }
  return quickest;
}

type Times = ReadonlyMap<string, number>;

/**
 * Rounds of kernels: those with the same text, which their name ends with a digest of, by name; of the others, the sums
 * of what does the same operators, `k_linear …`.
 */
export function byKernel(
  rounds: readonly { readonly base: Times; readonly head: Times }[],
): Omit<Paired, "whole"> {
  const kernels = new Map<string, Pair[]>();
  const only = { base: new Map<string, number>(), head: new Map<string, number>() };
  for (const round of rounds) {
    const base = merged(round.base, round.head), head = merged(round.head, round.base);
    for (const [name, ms] of base) {
      const other = head.get(name);
      if (other === undefined) least(only.base, name, ms);
      else kernels.set(name, [...kernels.get(name) ?? [], { base: ms, head: other }]);
    }
    for (const [name, ms] of head) if (!base.has(name)) least(only.head, name, ms);
  }
  return { kernels, only };
}

/** Kernels that the other has not as sums by what they are called without their digests. */
function merged(times: Times, other: Times): Times {
  const sums = new Map<string, number>();
  for (const [symbol, ms] of times) {
    const name = other.has(symbol) ? symbol : symbol.replace(/_[0-9a-f]{12}$/, " …");
    sums.set(name, (sums.get(name) ?? 0) + ms);
  }
  return sums;
}

function least(times: Map<string, number>, name: string, ms: number): void {
  times.set(name, Math.min(times.get(name) ?? Infinity, ms));
}
