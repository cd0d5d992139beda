/**
 * Einstein summation as written by users: any number of operands, diagonals, `...`, implicit outputs.
 *
 * @module
 */
import { int, isInt } from "../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import { unsupported } from "./aten/refuse.ts";
import { sum } from "./fold.ts";
import { permute, rankOf, select } from "./views.ts";

const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** A tensor with one letter per dim. */
interface Labelled {
  readonly value: Value;
  readonly labels: string;
}

/** Evaluates `equation`, e.g. `bij,bjk->bik`, contracting operands from left to right. */
export function einsum(g: GraphBuilder, equation: string, tensors: readonly Value[]): Value {
  const { inputs, output } = parse(equation.replaceAll(" ", ""), tensors.map(rankOf));
  const operands = tensors.map((value, n) => withoutRepeats(g, { value, labels: inputs[n]! }));
  const fitted = operands.map((operand) => dropStretched(g, operand, operands));
  let result = fitted[0]!;
  fitted.slice(1).forEach((next, n) => {
    const later = fitted.slice(n + 2).map((operand) => operand.labels).join("") + output;
    result = contractPair(g, result, next, later, n === fitted.length - 2 ? output : undefined);
  });
  return ordered(g, sumAway(g, result, output), output);
}

/** Letters of every operand and of the output, `...` spelled out. */
function parse(equation: string, ranks: readonly number[]) {
  const [left, right] = equation.split("->") as [string, string | undefined];
  const written = left.split(",");
  if (written.length !== ranks.length) {
    unsupported("aten.einsum", `"${equation}" does not name ${ranks.length} operands`);
  }
  const hidden = written.map((text, n) => text.includes("...") ? ranks[n]! - text.length + 3 : 0);
  const widest = Math.max(0, ...hidden), free = [...alphabet].filter((letter) => !equation.includes(letter));
  const dots = free.slice(0, widest).join("");
  const inputs = written.map((text, n) => text.replace("...", dots.slice(widest - hidden[n]!)));
  const once = [...new Set(written.join("").replaceAll(".", ""))].filter((letter) =>
    count(written.join(""), letter) === 1
  );
  const output = right === undefined ? dots + once.sort().join("") : right.replace("...", dots);
  return { inputs, output };
}

function count(text: string, letter: string): number {
  return text.split(letter).length - 1;
}

/** `ii` → the diagonal under `i`. */
function withoutRepeats(g: GraphBuilder, { value, labels }: Labelled): Labelled {
  const kept = [...new Set(labels)];
  if (kept.length === labels.length) return { value, labels };
  const shape = kept.map((label) => value.type.shape[labels.indexOf(label)]!);
  const diagonal = g.remap(value, shape, (axes) => [...labels].map((label) => axes[kept.indexOf(label)]!));
  return { value: diagonal, labels: kept.join("") };
}

/** Sizes of one that another operand stretches go. */
function dropStretched(g: GraphBuilder, operand: Labelled, all: readonly Labelled[]): Labelled {
  let { value, labels } = operand;
  for (const label of labels) {
    const at = labels.indexOf(label);
    const stretched = all.some((o) =>
      o.labels.includes(label) && !isInt(o.value.type.shape[o.labels.indexOf(label)]!, 1)
    );
    if (!isInt(value.type.shape[at]!, 1) || !stretched) continue;
    value = select(g, value, at, int(0));
    labels = labels.replace(label, "");
  }
  return { value, labels };
}

/** Sums dims whose label nobody needs. */
function sumAway(g: GraphBuilder, { value, labels }: Labelled, needed: string): Labelled {
  const gone = [...labels].flatMap((label, n) => needed.includes(label) ? [] : [n]);
  if (gone.length === 0) return { value, labels };
  const kept = [...labels].filter((label) => needed.includes(label)).join("");
  return { value: sum(g, value, { dims: gone }, value.type.dtype), labels: kept };
}

function contractPair(
  g: GraphBuilder,
  a: Labelled,
  b: Labelled,
  later: string,
  out: string | undefined,
): Labelled {
  const left = sumAway(g, a, later + b.labels), right = sumAway(g, b, later + a.labels);
  const kept = [...new Set(left.labels + right.labels)].filter((label) => later.includes(label)).join("");
  const labels = out !== undefined && out.length === kept.length ? out : kept;
  return { value: g.einsum(`${left.labels},${right.labels}->${labels}`, left.value, right.value), labels };
}

function ordered(g: GraphBuilder, { value, labels }: Labelled, output: string): Value {
  return labels === output ? value : permute(g, value, [...output].map((label) => labels.indexOf(label)));
}
