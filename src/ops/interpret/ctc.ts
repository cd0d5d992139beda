/**
 * References of CTC losses: sums over alignments in probabilities' logarithms, state by state.
 *
 * @module
 */
import {
  type DenseTensor,
  denseZeros,
  elementOf,
  roundFloat,
  type RoutineReference,
  setElement,
} from "../../ir/scalar/mod.ts";

function logSum(...terms: readonly number[]): number {
  const most = Math.max(...terms);
  return most === -Infinity ? most : most + Math.log(terms.reduce((sum, x) => sum + Math.exp(x - most), 0));
}

/** One sample: classes of its states, logarithms by step and class, and steps. */
interface Sample {
  readonly states: readonly number[];
  readonly steps: number;
  readonly log: (t: number, cls: number) => number;
}

function samplesOf([logs, targets, steps, lengths]: readonly DenseTensor[], blank: number): Sample[] {
  const [, samples, classes] = logs!.shape as [number, number, number];
  let start = 0;
  return Array.from({ length: samples }, (_, b) => {
    const length = Number(elementOf(lengths!, b)),
      from = targets!.shape.length > 1 ? b * targets!.shape[1]! : start;
    start += length;
    const own = Array.from({ length }, (_, n) => Number(elementOf(targets!, from + n)));
    return {
      states: [blank, ...own.flatMap((cls) => [cls, blank])],
      steps: Number(elementOf(steps!, b)),
      log: (t, cls) => Number(elementOf(logs!, (t * samples + b) * classes + cls)),
    };
  });
}

/** Whether state `k` may follow `k - 2`. */
const skips = (states: readonly number[], k: number) => k > 1 && states[k] !== states[k - 2];

function forward({ states, steps, log }: Sample): number[][] {
  const rows: number[][] = [];
  for (let t = 0; t < steps; t++) {
    const before = rows[t - 1];
    rows.push(states.map((cls, k) => {
      if (!before) return k < 2 ? log(t, cls) : -Infinity;
      const from = [before[k]!, before[k - 1] ?? -Infinity, skips(states, k) ? before[k - 2]! : -Infinity];
      return logSum(...from) + log(t, cls);
    }));
  }
  return rows;
}

/** The same from the end: the sum over what may still come, this step included. */
function backward({ states, steps, log }: Sample): number[][] {
  const rows: number[][] = Array.from({ length: steps }, () => []);
  for (let t = steps - 1; t >= 0; t--) {
    const after = rows[t + 1];
    rows[t] = states.map((cls, k) => {
      if (!after) return k >= states.length - 2 ? log(t, cls) : -Infinity;
      const to = [
        after[k]!,
        after[k + 1] ?? -Infinity,
        skips(states, k + 2) ? after[k + 2] ?? -Infinity : -Infinity,
      ];
      return logSum(...to) + log(t, cls);
    });
  }
  return rows;
}

/** By name, as they stand in `routine` nodes. */
export const ctcReferences: Readonly<Record<string, RoutineReference>> = {
  ctc: (inputs, { blank, states }) => {
    const [steps, samples] = inputs[0]!.shape as [number, number],
      { dtype } = inputs[0]!,
      width = Number(states);
    const loss = denseZeros(dtype, [samples]), alpha = denseZeros(dtype, [samples, steps, width]);
    samplesOf(inputs, Number(blank)).forEach((sample, b) => {
      const rows = forward(sample), last = rows.at(-1)?.slice(-2);
      const total = last ? -logSum(...last) : sample.states.length > 1 ? Infinity : 0;
      setElement(loss, b, roundFloat(total, dtype));
      for (let t = 0; t < steps; t++) {
        for (let k = 0; k < width; k++) {
          setElement(alpha, (b * steps + t) * width + k, roundFloat(rows[t]?.[k] ?? -Infinity, dtype));
        }
      }
    });
    return [loss, alpha];
  },
  ctc_backward: (inputs, { blank, zero_infinity: skip }) => {
    const [steps, samples, classes] = inputs[0]!.shape as [number, number, number], { dtype } = inputs[0]!;
    const grad = denseZeros(dtype, [steps, samples, classes]);
    samplesOf(inputs, Number(blank)).forEach((sample, b) => {
      const cost = Number(elementOf(inputs[5]!, b)), by = Number(elementOf(inputs[4]!, b));
      if (skip && cost === Infinity) return;
      const [ahead, behind] = [forward(sample), backward(sample)];
      for (let t = 0; t < sample.steps; t++) {
        for (let cls = 0; cls < classes; cls++) {
          const here = sample.states.flatMap((own, k) => own === cls ? [ahead[t]![k]! + behind[t]![k]!] : []);
          const log = sample.log(t, cls),
            part = Math.exp(log) - Math.exp(logSum(-Infinity, ...here) + cost - log);
          setElement(grad, (t * samples + b) * classes + cls, roundFloat(part * by, dtype));
        }
      }
    });
    return [grad];
  },
};
