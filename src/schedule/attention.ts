/**
 * Attention: products around a softmax become one statement, so that scores need no memory.
 *
 * What is looked for is a product whose one operand is made of powers `e^(score - highest)` of another product's
 * scores, whatever elementwise statements stand between them: scaled_dot_product_attention and the same written by
 * hand are alike here. Scores stay a scalar over (batch, rows, columns), so that any scale, mask, bias or soft cap is
 * part of it, and any layout of the operands.
 *
 * @module
 */
import { isFloat } from "../base/mod.ts";
import { and, asInt, lt } from "../ir/expr/mod.ts";
import type { Attention, Axis, Block, LoopStatement, Scalar, Scalars } from "../ir/loops/mod.ts";
import { AttentionSearch, type Found } from "./attention_search.ts";
import { type Product, productOf } from "./attention_parts.ts";
import { groupHeads } from "./attention_groups.ts";
import { dependsOn, splitWeights } from "./attention_scalars.ts";
import { withoutIdleMasks, withPositions } from "./attention_masks.ts";
import { readsOf, writesOf } from "./dependence.ts";

/** Longest row of an operand, in elements: a block of rows and one of columns have to fit the second-level cache. */
const LONGEST = 512;

/** Joins every attention of a block; `readers` counts the statements that read each buffer. */
export function fuseAttention(block: Block, scalars: Scalars, readers: ReadonlyMap<string, number>): Block {
  let statements: Block = block, search = new AttentionSearch(block, scalars);
  for (let at = 0; at < statements.length; at++) {
    const joined = search.mayUsePowers(statements[at]!) ? joinAt(search, at, readers) : undefined;
    if (!joined) continue;
    at -= statements.length - joined.length;
    statements = joined;
    search = new AttentionSearch(joined, scalars);
  }
  return statements === block ? block : withoutIdleMasks(statements, block, readers);
}

/** The block in which the product at `at` is an attention, and what only it needed is gone. */
function joinAt(
  search: AttentionSearch,
  at: number,
  readers: ReadonlyMap<string, number>,
): Block | undefined {
  const { block, scalars } = search;
  const product = productOf(block[at]!, scalars);
  if (!product || !isFloat(product.accumulate)) return undefined;
  for (const [weights, v] of [[product.x, product.y], [product.y, product.x]] as const) {
    for (const found of search.powersIn(weights, product, at)) {
      const apart = attend(product, v, found, scalars), attention = apart && groupHeads(apart, scalars);
      if (!attention || !isOwn(block, at, found.used, attention, readers)) continue;
      const whole = withPositions(attention, block, scalars);
      return block.with(at, whole).filter((s) => !found.used.has(s));
    }
  }
  return undefined;
}

/** The statement, when roles are as they should be. */
function attend(product: Product, v: Scalar, found: Found, scalars: Scalars): Attention | undefined {
  const { powers, weights } = found, { columns, depth } = powers;
  const roles = rolesOf(product, v, powers.k, weights);
  const rows = namesOf(roles.rows), inRows = namesOf(columns);
  const split = splitWeights(weights, powers.power, inRows, scalars);
  if (!split || [depth, roles.values].some((axes) => !isShort(axes))) return undefined;
  if (dependsOn(powers.q, inRows) || dependsOn(powers.k, rows) || dependsOn(v, rows)) return undefined;
  const types = [v, powers.q, powers.k, powers.score].map((s) => s.dtype);
  if (types.some((t) => t !== product.accumulate)) return undefined;
  // A sum of no weights is zero, whatever they would have been divided by.
  const some = and(...columns.map((a) => lt(0, a.extent)));
  const row = scalars.guarded(some, split.row, scalars.accumulator(product.accumulate));
  const epilogue = scalars.rewrite(product.epilogue, new Map(), (leaf) => {
    return leaf.kind === "accumulator" ? row : undefined;
  });
  const { name, origin, store, accumulate } = product, { q, k, score, blind, highest, total } = powers;
  const head = { kind: "attention", name, ...(origin && { origin }) } as const;
  const scores = { q, k, v, accumulate, score, blind, weight: split.weight, highest, total };
  return { ...head, ...roles, columns, depth, ...scores, epilogue, store };
}

function isShort(axes: readonly Axis[]): boolean {
  const size = axes.reduce<number | undefined>((n, a) => {
    const extent = asInt(a.extent);
    return n === undefined || extent === undefined ? undefined : n * extent;
  }, 1);
  return size !== undefined && size > 0 && size <= LONGEST;
}

function namesOf(axes: readonly Axis[]): readonly string[] {
  return axes.map((a) => a.sym.name);
}

/** Axes of the result: values have some of their own; what has no keys and values of its own is a row. */
function rolesOf(
  { axes }: Product,
  v: Scalar,
  k: Scalar,
  weights: Scalar,
): Pick<Attention, "batch" | "rows" | "values"> {
  const varies = (s: Scalar, a: Axis) => dependsOn(s, [a.sym.name]);
  const values = axes.filter((a) => varies(v, a) && !varies(weights, a));
  const batch = axes.filter((a) => !values.includes(a) && (varies(v, a) || varies(k, a)));
  return { batch, rows: axes.filter((a) => !values.includes(a) && !batch.includes(a)), values };
}

/**
 * True when nobody else needs what goes away, and everything may be computed where the product stands. Statistics of
 * rows stay, for whoever reads them later.
 */
function isOwn(
  block: Block,
  at: number,
  used: ReadonlySet<LoopStatement>,
  attention: Attention,
  readers: ReadonlyMap<string, number>,
): boolean {
  const kept = new Set([attention.highest.buffer.name, attention.total.buffer.name]);
  const own = [...used, block[at]!];
  const made = new Set([...used].flatMap((s) => writesOf(s).map((b) => b.name)));
  for (const name of made) {
    const inside = own.filter((s) => readsOf(s).some((b) => b.name === name)).length;
    if (!kept.has(name) && inside !== readers.get(name)) return false;
  }
  return block.slice(0, at).every((s, n) => {
    if (used.has(s)) return true;
    if (readsOf(s).some((b) => made.has(b.name))) return false;
    const written = new Set(writesOf(s).map((b) => b.name));
    return block.slice(0, n).every((r) => !used.has(r) || readsOf(r).every((b) => !written.has(b.name)));
  });
}
