import assert from "node:assert/strict";
import fc from "fast-check";
import "../../rig/seed.ts";
import {
  add,
  and,
  asBool,
  compareDims,
  eq,
  evaluatePred,
  ge,
  gt,
  le,
  lt,
  mul,
  ne,
  not,
  or,
  parsePred,
  type Pred,
  printPred,
  samePred,
  substitutePred,
  sym,
  symsOfPred,
  truth,
} from "../../../src/ir/expr/mod.ts";
import { build, type Env, envs, indexTrees, scope, type Tree, trees, valueOf } from "./random.ts";

const compare = {
  eq: (a: number, b: number) => a === b,
  ne: (a: number, b: number) => a !== b,
  lt: (a: number, b: number) => a < b,
  le: (a: number, b: number) => a <= b,
} as const;
type Op = keyof typeof compare;

/** A predicate as it is meant. */
type Meant =
  | { readonly kind: "cmp"; readonly op: Op; readonly a: Tree; readonly b: Tree }
  | { readonly kind: "and" | "or"; readonly p: Meant; readonly q: Meant }
  | { readonly kind: "not"; readonly p: Meant };

const side = fc.oneof(trees(2), indexTrees);
const meanings: fc.Arbitrary<Meant> = fc.letrec<{ pred: Meant }>((tie) => ({
  pred: fc.oneof(
    { maxDepth: 3, depthIdentifier: "pred" },
    fc.record({
      kind: fc.constant("cmp"),
      op: fc.constantFrom(...Object.keys(compare) as Op[]),
      a: side,
      b: side,
    }),
    fc.record({ kind: fc.constantFrom("and", "or"), p: tie("pred"), q: tie("pred") }),
    fc.record({ kind: fc.constant("not"), p: tie("pred") }),
  ),
})).pred;

function built(meant: Meant): Pred | undefined {
  if (meant.kind === "cmp") {
    const [a, b] = [build(meant.a), build(meant.b)];
    return a && b && compareDims(meant.op, a, b);
  }
  const p = built(meant.p);
  if (meant.kind === "not") return p && not(p);
  const q = built(meant.q);
  return p && q && (meant.kind === "and" ? and(p, q) : or(p, q));
}

function truthOf(meant: Meant, env: Env): boolean | undefined {
  if (meant.kind === "cmp") {
    const [a, b] = [valueOf(meant.a, env), valueOf(meant.b, env)];
    return a === undefined || b === undefined ? undefined : compare[meant.op](a, b);
  }
  const p = truthOf(meant.p, env);
  if (meant.kind === "not") return p === undefined ? undefined : !p;
  const q = truthOf(meant.q, env);
  return p === undefined || q === undefined ? undefined : meant.kind === "and" ? p && q : p || q;
}

Deno.test("A predicate built has the truth of the predicate meant, also after substitution", () => {
  fc.assert(
    fc.property(meanings, envs, (meant, env) => {
      const p = built(meant), value = truthOf(meant, env);
      if (!p || value === undefined) return;
      assert.equal(evaluatePred(p, env), value, printPred(p));
      assert.equal(asBool(substitutePred(p, env)), value, printPred(p));
    }),
    { numRuns: 800 },
  );
});

Deno.test("Text of a predicate parses to the same predicate, or to one that means the same", () => {
  fc.assert(
    fc.property(meanings, envs, (meant, env) => {
      const p = built(meant);
      if (!p) return;
      const again = parsePred(printPred(p), scope); // laws are not complete: deep quotients may come out otherwise
      if (!samePred(again, p)) assert.equal(evaluatePred(again, env), evaluatePred(p, env), printPred(p));
    }),
    { numRuns: 800 },
  );
});

const s = sym("s0", { min: 2, max: 64 }), t = sym("s1", { min: 0 });

Deno.test("Comparisons are decided by ranges, by difference and by divisibility", () => {
  const decided: readonly (readonly [Pred, boolean])[] = [
    [le(s, 64), true],
    [gt(s, 64), false],
    [eq(s, 65), false],
    [ne(s, 1), true],
    [eq(add(s, t), add(t, s)), true],
    [eq(mul(2, t), 7), false],
    [lt(t, add(t, 1)), true],
    [ge(mul(s, t), t), true],
  ];
  for (const [p, value] of decided) assert.deepEqual(p, truth(value));
});

Deno.test("Comparisons print as a reader would write them", () => {
  const printed: readonly (readonly [Pred, string])[] = [
    [eq(0, t), "s1 == 0"],
    [eq(8, mul(4, t)), "s1 == 2"],
    [eq(t, s), "s0 == s1"],
    [lt(add(t, -3), s), "s1 < s0 + 3"],
    [le(mul(2, t), 7), "s1 <= 3"],
    [ge(t, 5), "5 <= s1"],
    [not(le(t, s)), "s0 < s1"],
    [and(lt(t, 9), or(eq(t, 1), eq(s, t))), "s1 < 9 and (s1 == 1 or s0 == s1)"],
    [not(and(lt(t, 9), eq(s, t))), "not (s1 < 9 and s0 == s1)"],
  ];
  for (const [p, text] of printed) assert.equal(printPred(p), text);
});

Deno.test("Connectives drop repeated and decided parts", () => {
  const p = lt(t, 9);
  assert.equal(and(p, truth(true), p), p);
  assert.deepEqual(or(p, truth(true)), truth(true));
  assert.deepEqual(and(), truth(true));
  assert.deepEqual(symsOfPred(or(p, eq(s, t))), [t, s]);
});
