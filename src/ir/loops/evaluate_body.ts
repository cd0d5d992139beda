/**
 * Statements with scalars as plain loops: nests, contractions, attention, scatters.
 *
 * @module
 */
import { forEachPosition } from "../graph/mod.ts";
import {
  castScalar,
  elementOf,
  evaluateScalar,
  literalOf,
  type Num,
  type ReduceFn,
  reductionIdentity,
  setElement,
} from "../scalar/mod.ts";
import { elementIndex, Frame } from "./frame.ts";
import type { State } from "./state.ts";
import type { Attention, Axis, Buffer, Contraction, Nest, ScatterNest, Store } from "./types.ts";

const steps = { sum: "add", prod: "mul", min: "min", max: "max", any: "or", all: "and" } as const;

/** Runs such statements on the memory of a run. */
export class Bodies {
  constructor(readonly state: State) {}

  #frame(): Frame {
    return new Frame((buffer) => this.state.memory(buffer), this.state.symbols);
  }

  /** Visits every point of the axes in row-major order. */
  #loop(frame: Frame, axes: readonly Axis[], visit: (n: number) => void): void {
    const extents = axes.map(({ extent }) => frame.expr(extent)());
    forEachPosition(extents, (at, n) => {
      axes.forEach((axis, d) => frame.set(axis.sym.name, at[d]!));
      visit(n);
    });
  }

  /** Writes elements of a store; `combine` sees the old value. */
  #writer(frame: Frame, { buffer, index }: Store): (of: (old: Num) => Num) => void {
    const tensor = this.state.writable(buffer), at = index.map((e) => frame.expr(e));
    return (of) => {
      const n = elementIndex(tensor, at.map((e) => e()), buffer);
      setElement(tensor, n, of(elementOf(tensor, n)));
    };
  }

  /** Every element, or its reduction. */
  nest({ axes, value, reduce, store }: Nest): void {
    const frame = this.#frame(), write = this.#writer(frame, store), of = frame.scalar(value);
    this.#loop(frame, axes, () => {
      frame.renew();
      const result = reduce ? this.#reduction(frame, reduce.fn, reduce.over, of, value.dtype) : of();
      write(() => result);
    });
  }

  #reduction(frame: Frame, fn: ReduceFn, over: readonly Axis[], of: () => Num, dtype: Buffer["dtype"]): Num {
    if (fn === "argmin" || fn === "argmax") return this.#place(frame, fn, over, of);
    let total = reductionIdentity(fn, dtype);
    this.#loop(frame, over, () => {
      total = evaluateScalar(steps[fn], [total, of()], dtype);
    });
    return total;
  }

  /** Position of the best value; 0 for no values. */
  #place(frame: Frame, fn: "argmin" | "argmax", over: readonly Axis[], of: () => Num): Num {
    let best: Num | undefined, place = 0;
    this.#loop(frame, over, (n) => {
      const value = of();
      if (best === undefined || beats(fn, value, best)) [best, place] = [value, n];
    });
    return BigInt(place);
  }

  /** Products added up in the accumulator's type, then the epilogue. */
  contraction({ batch, m, n, k, a, b, accumulate, epilogue, store }: Contraction): void {
    const frame = this.#frame(), write = this.#writer(frame, store);
    const [left, right, last] = [frame.scalar(a), frame.scalar(b), frame.scalar(epilogue)];
    this.#loop(frame, [...batch, ...m, ...n], () => {
      let total = literalOf(0, accumulate);
      frame.renew();
      this.#loop(frame, k, () => {
        total = evaluateScalar(
          "add",
          [total, evaluateScalar("mul", [left(), right()], accumulate)],
          accumulate,
        );
      });
      frame.accumulator = total;
      frame.renew();
      const result = last();
      write(() => result);
    });
  }

  /** Rows of scores, their powers and totals, and the product with the values. */
  attention(s: Attention): void {
    const frame = this.#frame(),
      type = s.accumulate,
      add = (a: Num, b: Num) => evaluateScalar("add", [a, b], type);
    const [highest, total, out] = [s.highest, s.total, s.store].map((store) => this.#writer(frame, store));
    const [q, k, v, score, last] = [s.q, s.k, s.v, s.score, s.epilogue].map((x) => frame.scalar(x));
    const zero = literalOf(0, type);
    const dot = (axes: readonly Axis[], factor: (n: number) => Num, other: () => Num): Num => {
      let sum = zero;
      this.#loop(frame, axes, (n) => {
        sum = add(sum, evaluateScalar("mul", [factor(n), other()], type));
      });
      return sum;
    };
    this.#loop(frame, [...s.batch, ...s.rows], () => {
      const scores: Num[] = [];
      let most = reductionIdentity("max", type), sum = zero;
      this.#loop(frame, s.columns, () => {
        frame.renew();
        frame.accumulator = dot(s.depth, q!, k!);
        frame.renew();
        scores.push(score!());
        most = evaluateScalar("max", [most, scores.at(-1)!], type);
      });
      const shift = most === -Infinity && s.blind === "zero" ? zero : most;
      const powers = scores.map((x) =>
        evaluateScalar("exp", [evaluateScalar("sub", [x, shift], type)], type)
      );
      for (const power of powers) sum = add(sum, power);
      const weights = powers.map((p) => castScalar(castScalar(p, type, s.weight), s.weight, type));
      highest!(() => most);
      total!(() => sum);
      this.#loop(frame, s.values, () => {
        frame.renew();
        frame.accumulator = dot(s.columns, (n) => weights[n]!, v!);
        frame.renew();
        const result = last!();
        out!(() => result);
      });
    });
  }

  /** One update after the other. */
  scatter({ axes, value, combine, store, bounds }: ScatterNest): void {
    const frame = this.#frame(), of = frame.scalar(value), sets = bounds.map((b) => frame.bound(b));
    const write = this.#writer(frame, store), { dtype } = store.buffer;
    this.#loop(frame, axes, () => {
      frame.renew();
      const next = of();
      sets.forEach((set) => set());
      write((old) => (combine === "set" ? next : evaluateScalar(combine, [old, next], dtype)));
    });
  }
}

/** True if `value` takes the place of `best`: the first of equals stays, and so does the first nan. */
function beats(fn: "argmin" | "argmax", value: Num, best: Num): boolean {
  if (best !== best) return false;
  return value !== value || (fn === "argmin" ? value < best : value > best);
}
