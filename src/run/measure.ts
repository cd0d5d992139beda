/**
 * How long runs take: samples until a budget is used up, after runs that warm caches and threads.
 *
 * @module
 */
import { attempt, type Result } from "../base/mod.ts";
import type { Model } from "./open.ts";
import { bindInputs } from "./run_model.ts";
import type { Tensor } from "./tensor.ts";

/** How a model is measured. */
export interface MeasureOptions {
  /** Most threads of a run; 0, the default: as many as the model was opened with. */
  readonly threads?: number;
  /** Milliseconds for all samples, 500 by default. */
  readonly budgetMs?: number;
  /** Also times each launch, in runs of their own. */
  readonly kernels?: boolean;
}

/** Latency in milliseconds. */
export interface Timing {
  readonly median_ms: number;
  readonly min_ms: number;
  readonly p10_ms: number;
  readonly p90_ms: number;
  readonly samples: number;
}

/** Latency with that of each kernel: the sum of its launches in one run, the fastest of all runs. */
export interface Measured extends Timing {
  readonly kernels: readonly { readonly name: string; readonly ms: number; readonly launches: number }[];
}

/** Shortest sample: shorter runs are timed several at a time. */
const SAMPLE_MS = 0.05;
const WARM_RUNS = 3, LEAST_SAMPLES = 5, MOST_SAMPLES = 10_000;

/** Times a model on the same inputs again and again. */
export function measure(
  model: Model,
  inputs: ReadonlyMap<string, Tensor>,
  options: MeasureOptions = {},
): Result<Measured> {
  return attempt(() => {
    const { threads = 0, budgetMs = 500 } = options;
    using call = model.call();
    bindInputs(model, call, inputs);
    call.threads(threads);
    const timing = sample(() => call.run(), budgetMs);
    const kernels = options.kernels ? launches(model, () => (call.run(), call.launches()), budgetMs / 4) : [];
    return { ...timing, kernels };
  });
}

/** Times some work. */
export function sample(work: () => void, budgetMs: number, now = () => performance.now()): Timing {
  const timed = () => {
    const start = now();
    work();
    return now() - start;
  };
  const warm = Array.from({ length: WARM_RUNS }, timed), warmEnd = now() + budgetMs / 10;
  while (now() < warmEnd) warm.push(timed());
  const batch = Math.max(1, Math.ceil(SAMPLE_MS / Math.max(Math.min(...warm), 1e-4)));
  const samples: number[] = [], end = now() + budgetMs;
  while ((samples.length < LEAST_SAMPLES || now() < end) && samples.length < MOST_SAMPLES) {
    const start = now();
    for (let i = 0; i < batch; i++) work();
    samples.push((now() - start) / batch);
  }
  samples.sort((a, b) => a - b);
  const at = (part: number) => samples[Math.min(samples.length - 1, Math.floor(part * samples.length))]!;
  return {
    median_ms: at(0.5),
    min_ms: samples[0]!,
    p10_ms: at(0.1),
    p90_ms: at(0.9),
    samples: samples.length,
  };
}

function launches(
  model: Model,
  run: () => readonly { readonly name: string; readonly ns: number }[],
  budgetMs: number,
): Measured["kernels"] {
  model.profile(true);
  try {
    const end = performance.now() + budgetMs, times = new Map<string, number[]>();
    const counts = new Map<string, number>();
    for (let n = 0; n < LEAST_SAMPLES || (performance.now() < end && n < MOST_SAMPLES); n++) {
      const sums = new Map<string, number>();
      counts.clear();
      for (const { name, ns } of run()) {
        sums.set(name, (sums.get(name) ?? 0) + ns);
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      for (const [name, ns] of sums) times.set(name, [...times.get(name) ?? [], ns]);
    }
    return [...times].map(([name, all]) => {
      return { name, ms: Math.min(...all) / 1e6, launches: counts.get(name) ?? 0 };
    });
  } finally {
    model.profile(false);
  }
}
