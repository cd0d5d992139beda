/**
 * Reference of recurrent layers: plain loops over steps, rows and elements.
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

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** What a state and its cells become; `sum` are the gates with what the state adds, `given` without. */
type Cell = (sum: Gate, given: Gate, state: number, cell: number) => { state: number; cell: number };
type Gate = (gate: number) => number;

const cells: Readonly<Record<string, { gates: number; next: Cell }>> = {
  tanh: { gates: 1, next: (sum, _, __, cell) => ({ state: Math.tanh(sum(0)), cell }) },
  relu: { gates: 1, next: (sum, _, __, cell) => ({ state: sum(0) < 0 ? 0 : sum(0), cell }) },
  gru: {
    gates: 3,
    next: (sum, given, state, cell) => {
      const keep = sigmoid(sum(1)), fresh = Math.tanh(given(2) + sigmoid(sum(0)) * sum(2));
      return { state: (state - fresh) * keep + fresh, cell };
    },
  },
  lstm: {
    gates: 4,
    next: (sum, _, __, cell) => {
      const kept = sigmoid(sum(1)) * cell + sigmoid(sum(0)) * Math.tanh(sum(2));
      return { state: sigmoid(sum(3)) * Math.tanh(kept), cell: kept };
    },
  },
};

/** Row `row` of a matrix, or of the matrix `step` of several. */
function rowOf(x: DenseTensor, row: number): number[] {
  const width = x.shape.at(-1)!;
  return Array.from({ length: width }, (_, n) => Number(elementOf(x, row * width + n)));
}

/** `x @ matrix`. */
function times(x: readonly number[], matrix: DenseTensor): number[] {
  const out = new Array<number>(matrix.shape[1]!).fill(0);
  x.forEach((value, k) => rowOf(matrix, k).forEach((w, n) => out[n]! += value * w));
  return out;
}

function put(out: DenseTensor, row: number, values: readonly number[]): void {
  values.forEach((value, n) => setElement(out, row * values.length + n, roundFloat(value, out.dtype)));
}

/** By name, as they stand in `routine` nodes. */
export const recurrences: Readonly<Record<string, RoutineReference>> = {
  recurrence: ([gates, weight, first, more, project], { kind, reverse }) => {
    const { next, gates: count } = cells[String(kind)]!;
    const [steps, batch, width] = gates!.shape as [number, number, number], size = width / count;
    const outs = first!.shape[1]!, isLstm = kind === "lstm";
    const out = denseZeros(gates!.dtype, [steps, batch, outs]),
      last = denseZeros(gates!.dtype, [batch, outs]);
    const lastCell = denseZeros(gates!.dtype, [batch, size]);
    for (let row = 0; row < batch; row++) {
      let state = rowOf(first!, row), cell = isLstm ? rowOf(more!, row) : state;
      for (let n = 0; n < steps; n++) {
        const at = (reverse ? steps - 1 - n : n) * batch + row, given = rowOf(gates!, at);
        const added = times(state, weight!);
        if (kind === "gru") {
          rowOf(more!, 0).forEach((b, j) => added[2 * size + j]! += b - given[2 * size + j]!);
        }
        const made = Array.from({ length: size }, (_, j) => {
          const gate = (of: (at: number) => number) => (k: number) => of(k * size + j);
          return next(gate((i) => given[i]! + added[i]!), gate((i) => given[i]!), state[j]!, cell[j]!);
        });
        const wide = made.map((m) => m.state);
        if (isLstm) cell = made.map((m) => m.cell);
        state = project ? times(wide, project) : wide;
        put(out, at, state);
      }
      put(last, row, state);
      if (isLstm) put(lastCell, row, cell);
    }
    return isLstm ? [out, last, lastCell] : [out, last];
  },
};
