/**
 * One run of a case beside what PyTorch gave: outputs, inputs and state that the run wrote to, strides.
 *
 * @module
 */
import { type DType, fromTorch } from "../../base/mod.ts";
import { dense, type JobDone, type Tensors, toDType } from "../../run/mod.ts";
import type { Case, CaseLeaf } from "./cases.ts";
import { compare, type Values } from "./compare.ts";
import { valuesOf } from "./values.ts";

/** What comparing gave; `wrong` says what differs. */
export interface Verdict {
  readonly maxAbs: number;
  readonly maxRel: number;
  /** Outputs whose strides differ. */
  readonly strides: number;
  readonly wrong?: string;
}

interface SetRun {
  readonly c: Case;
  readonly set: Case["sets"][number];
  readonly done: JobDone;
  readonly outputs: Tensors;
  readonly inputs: Tensors;
  readonly expected: Tensors;
}

/** Compares one run. */
export function checkSet(run: SetRun): Verdict {
  const { set, c } = run;
  const pairs = [
    ...set.outputs.flatMap((leaf, n) => outputPair(run, leaf, n)),
    ...set.mutated_inputs.map(({ index, key }) =>
      statePair(run, `input.${index}`, key, set.inputs[index]?.dtype)
    ),
    ...set.mutated_state.map(({ name, key }) => statePair(run, `state.${name}`, key, undefined)),
  ];
  let maxAbs = 0, maxRel = 0;
  for (const { what, actual, expected } of pairs) {
    if (!actual) return { maxAbs, maxRel, strides: 0, wrong: `${what} is missing` };
    const d = compare(actual, expected, c.atol, c.rtol);
    maxAbs = Math.max(maxAbs, d.maxAbs || 0);
    maxRel = Math.max(maxRel, d.maxRel || 0);
    if (!d.ok) return { maxAbs, maxRel, strides: 0, wrong: `${what}: ${d.detail}` };
  }
  return { maxAbs, maxRel, strides: otherStrides(run) };
}

interface Pair {
  readonly what: string;
  readonly actual: Values | undefined;
  readonly expected: Values;
}

function outputPair({ done, outputs, expected }: SetRun, leaf: CaseLeaf, n: number): readonly Pair[] {
  if (leaf.kind === "none" || leaf.kind === "str" || leaf.kind === "other") return [];
  // Files hold complex tensors as real ones; what the model gave stands beside.
  const given = done.outputs.find(({ name }) => name === String(n))?.dtype;
  const got = outputs.get(String(n)), what = `output ${n}`;
  const actual = got && valuesOf(given ? toDType(got, given) : got);
  if (leaf.key !== undefined) {
    const stored = expected.get(leaf.key)!, dtype = fromTorch(leaf.dtype ?? "");
    return [{ what, actual, expected: valuesOf(dtype ? toDType(stored, dtype) : stored) }];
  }
  const wanted = { dtype: actual?.dtype ?? "f64", shape: [], values: [Number(leaf.value)] } as const;
  return [{ what, actual: actual && { ...actual, values: [Number(actual.values[0])] }, expected: wanted }];
}

function statePair(
  { outputs, expected }: SetRun,
  name: string,
  key: string,
  torch: string | undefined,
): Pair {
  const got = outputs.get(name), stored = expected.get(key)!;
  const dtype: DType = (torch && fromTorch(torch)) || got?.dtype || stored.dtype;
  return {
    what: name,
    actual: got && valuesOf(toDType(dense(got), dtype)),
    expected: valuesOf(toDType(stored, dtype)),
  };
}

/** Strides of dimensions with one element do not matter. */
function otherStrides({ set, done }: SetRun): number {
  return done.outputs.filter(({ name, shape, strides }) => {
    const wanted = set.outputs[Number(name)]?.stride;
    return wanted !== undefined && shape.some((size, d) => size > 1 && strides[d] !== wanted[d]) &&
      shape.every((s) => s > 0);
  }).length;
}
