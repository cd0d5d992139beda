import assert from "node:assert/strict";
import fc from "fast-check";
import "../../rig/seed.ts";
import {
  compileExpr,
  evaluate,
  floorDiv,
  isMultiple,
  isNonNegative,
  lessEqual,
  lessThan,
  linear,
  parse,
  print,
  rangeOf,
  substitute,
} from "../../../src/ir/expr/mod.ts";
import { build, envs, indexTrees, scope, symbols, type Tree, trees, valueOf } from "./random.ts";

const anyTree = fc.oneof(trees(), indexTrees);
const names = symbols.map((s) => s.name);

function check(
  name: string,
  property: fc.IProperty<unknown> | fc.IProperty<[Tree, never]>,
  runs = 2000,
): void {
  Deno.test(name, () => fc.assert(property as fc.IProperty<unknown>, { numRuns: runs }));
}

check(
  "An expression built has the value of the expression meant, negative operands included",
  fc.property(anyTree, fc.array(envs, { minLength: 5, maxLength: 5 }), (tree, many) => {
    const e = build(tree);
    for (const env of e ? many : []) {
      const meant = valueOf(tree, env);
      if (meant === undefined) continue;
      assert.equal(evaluate(e!, env), meant, print(e!));
      assert.equal(compileExpr(e!, names)(names.map((n) => env[n]!)), meant);
    }
  }),
  10_000,
);

check(
  "A range holds every value",
  fc.property(anyTree, envs, (tree, env) => {
    const e = build(tree), value = valueOf(tree, env);
    if (!e || value === undefined) return;
    const { min, max } = rangeOf(e);
    assert.ok(min <= value && value <= max, `${print(e)} is ${value}, not in ${min}..${max}`);
  }),
  5000,
);

check(
  "Text of an expression parses to the same object",
  fc.property(anyTree, (tree) => {
    const e = build(tree);
    if (e) assert.equal(parse(print(e), scope), e, print(e));
  }),
  5000,
);

check(
  "What is proved of two expressions holds for their values",
  fc.property(anyTree, anyTree, envs, (x, y, env) => {
    const [a, b, va, vb] = [build(x), build(y), valueOf(x, env), valueOf(y, env)];
    if (!a || !b || va === undefined || vb === undefined) return;
    const [less, lessOrEqual] = [lessThan(a, b), lessEqual(a, b)];
    if (less !== undefined) assert.equal(va < vb, less, `${print(a)} < ${print(b)}`);
    if (lessOrEqual !== undefined) assert.equal(va <= vb, lessOrEqual, `${print(a)} <= ${print(b)}`);
    if (isNonNegative(a)) assert.ok(va >= 0, `${print(a)} >= 0`);
    if (vb !== 0 && isMultiple(a, b)) assert.equal(Math.abs(va % vb), 0, `${print(b)} divides ${print(a)}`);
  }),
  1500,
);

check(
  "A linear expression is its coefficient times the symbol and the rest",
  fc.property(anyTree, fc.constantFrom(...names), envs, (tree, name, env) => {
    const e = build(tree), value = valueOf(tree, env), parts = e && linear(e, name);
    if (!parts || value === undefined) return;
    assert.equal(evaluate(parts.coef, env) * env[name]! + evaluate(parts.rest, env), value);
  }),
);

check(
  "Substituting all values gives the value, substituting itself changes nothing",
  fc.property(anyTree, envs, (tree, env) => {
    const e = build(tree), value = valueOf(tree, env);
    if (!e || value === undefined) return;
    assert.equal(substitute(e, {}), e);
    assert.equal(evaluate(substitute(e, env), {}), value);
  }),
);

check(
  "Keys are equal for equal expressions only",
  fc.property(anyTree, anyTree, (x, y) => {
    const [a, b] = [build(x), build(y)];
    if (a && b) assert.equal(a.key === b.key, a === b);
  }),
);

Deno.test("A constant zero cannot divide", () => {
  assert.throws(() => floorDiv(scope("s0"), 0), /divisor is 0/);
});
