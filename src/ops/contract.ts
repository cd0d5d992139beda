/**
 * Contractions: every product of matrices is one `einsum` over named axes.
 *
 * @module
 */
import { type Expr, int, isInt } from "../ir/expr/mod.ts";
import type { GraphBuilder, Value } from "../ir/graph/mod.ts";
import { calc } from "./calc.ts";
import { asTensor, inWide, isTensor, type Mixed } from "./numeric.ts";
import { rankOf, select } from "./views.ts";

const letters = "abcdefghijklmnopqrstuvwxyz";

/** Letters for `count` axes, the last ones of the alphabet left for the caller. */
export function labels(count: number): string {
  if (count > 20) throw new RangeError(`a contraction has ${count} batch axes; at most 20 have names`);
  return letters.slice(0, count);
}

/** `torch.matmul` of any ranks: vectors are rows or columns, leading dims broadcast. */
export function matmul(g: GraphBuilder, a: Value, b: Value): Value {
  const left = rankOf(a) === 1 ? "z" : "yz", right = rankOf(b) === 1 ? "z" : "zx";
  const batchA = rankOf(a) - left.length, batchB = rankOf(b) - right.length;
  const batch = labels(Math.max(batchA, batchB));
  const shape = batchShape(a.type.shape.slice(0, batchA), b.type.shape.slice(0, batchB));
  const p = dropStretched(g, a, batch.slice(batch.length - batchA), shape);
  const q = dropStretched(g, b, batch.slice(batch.length - batchB), shape);
  const out = batch + (rankOf(a) === 1 ? "" : "y") + (rankOf(b) === 1 ? "" : "x");
  const named = [...batch].filter((label) => p.labels.includes(label) || q.labels.includes(label)).join("");
  const product = g.einsum(
    `${p.labels}${left},${q.labels}${right}->${named}${out.slice(batch.length)}`,
    p.value,
    q.value,
  );
  return named === batch ? product : withOnes(g, product, batch, named);
}

/** Sizes that leading dims stretch to. */
function batchShape(a: readonly Expr[], b: readonly Expr[]): Expr[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, n) => {
    const [p, q] = [a[n - rank + a.length], b[n - rank + b.length]];
    return p === undefined || isInt(p, 1) ? q ?? p! : p;
  });
}

/** Leading dims of size one that the other operand stretches lose their label. */
function dropStretched(g: GraphBuilder, x: Value, names: string, shape: readonly Expr[]) {
  let value = x, kept = names;
  for (let n = names.length - 1; n >= 0; n--) {
    if (!isInt(x.type.shape[n]!, 1)) continue;
    if (isInt(shape[shape.length - names.length + n]!, 1) && rankOf(x) <= 3) continue;
    value = select(g, value, n, int(0));
    kept = kept.slice(0, n) + kept.slice(n + 1);
  }
  return { value, labels: kept };
}

/** Puts back dims of size one that no operand kept. */
function withOnes(g: GraphBuilder, x: Value, batch: string, named: string): Value {
  const tail = x.type.shape.slice(named.length);
  const shape = [
    ...[...batch].map((l) => named.includes(l) ? x.type.shape[named.indexOf(l)]! : int(1)),
    ...tail,
  ];
  return g.remap(x, shape, (axes) => [
    ...[...named].map((label) => axes[batch.indexOf(label)]!),
    ...axes.slice(batch.length),
  ]);
}

/** `x @ weight^T + bias`. */
export function linear(g: GraphBuilder, x: Value, weight: Value, bias?: Value): Value {
  const lead = labels(rankOf(x) - 1);
  const product = rankOf(weight) === 1
    ? g.einsum(`${lead}z,z->${lead}`, x, weight)
    : g.einsum(`${lead}z,xz->${lead}x`, x, weight);
  return bias ? g.pointwise("add", product, bias) : product;
}

/** `beta*input + alpha*product`; beta 0 ignores nan in `input`. */
export function addProduct(g: GraphBuilder, input: Value, product: Value, beta: Mixed, alpha: Mixed): Value {
  const times = (x: Value, by: Mixed) =>
    isNumber(by, 1) ? x : g.pointwise("mul", x, asTensor(g, by, x.type.dtype));
  if (isNumber(beta, 0)) return inWide(g, [product], (x) => times(x!, alpha));
  return inWide(g, [product, input], (x, y) => calc(g).add(times(y!, beta), times(x!, alpha)));
}

/** Whether `x` is the Python number `n`. */
export function isNumber(x: Mixed, n: number): boolean {
  if (isTensor(x)) return false;
  return x.kind === "int" ? isInt(x.expr, n) : x.kind === "float" && x.float === n;
}
