import assert from "node:assert/strict";
import {
  add,
  ceilDiv,
  floorDiv,
  int,
  mul,
  parse,
  pow,
  print,
  sub,
  substitute,
  type Sym,
  sym,
} from "../../../src/ir/expr/mod.ts";

/** Sizes: N, M positive, Z maybe zero; axes i < N, j < M, k < 4, l < 3, f < N*M; x is any integer. */
const N = sym("N", { min: 1 }), M = sym("M", { min: 1 }), Z = sym("Z", { min: 0 });
const known: Readonly<Record<string, Sym>> = {
  N,
  M,
  Z,
  x: sym("x"),
  i: sym("i", { below: N }),
  j: sym("j", { below: M }),
  k: sym("k", { below: 4 }),
  l: sym("l", { below: 3 }),
  f: sym("f", { below: mul(N, M) }),
  g: sym("g", { below: mul(6, N) }),
  h: sym("h", { below: add(N, 1) }),
  one: sym("one", { below: 1 }),
};
const scope = (name: string) => known[name] ?? sym(name);

function rows(title: string, pairs: readonly (readonly [string, string])[]): void {
  Deno.test(title, () => {
    for (const [text, want] of pairs) assert.equal(print(parse(text, scope)), want, text);
  });
}

rows("Sums and products collect like terms and multiply out", [
  ["x + 2*x - 3*x", "0"],
  ["(x + 1)*(x - 1)", "x*x - 1"],
  ["(N + M)*(N + M) - 2*N*M", "M*M + N*N"],
  ["-(x - N)", "N - x"],
  ["one + x*one", "0"],
  ["2*(x + 3) - 6", "2*x"],
]);

rows("A reshape there and back is the identity", [
  ["(i*M + j) // M", "i"],
  ["(i*M + j) % M", "j"],
  ["f // M * M + f % M", "f"],
  ["(k*3 + l) // 3 * 3 + (k*3 + l) % 3", "3*k + l"],
  ["(h*(M + 1) + j) // (M + 1)", "h"],
  ["(h*(M + 1) + j) % (M + 1)", "j"],
  ["((i*M + j)*4 + k) // (4*M)", "i"],
  ["((i*M + j)*4 + k) % (4*M) // 4", "j"],
  ["((i*M + j)*4 + k) % 4", "k"],
  ["(f // M * M * 4 + f % M * 4 + k) // 4", "f"],
]);

rows("Quotients of quotients and remainders of remainders become one", [
  ["x // 2 // 3", "x // 6"],
  ["x // N // M", "x // (M*N)"],
  ["(x // 2 + 1) // 2", "(x + 2) // 4"],
  ["x % 12 // 3", "x // 3 % 4"],
  ["x % 12 % 3", "x % 3"],
  ["(x % 8 + 3) % 4", "(x + 3) % 4"],
  ["x // 2 % 4 * 2 + x % 2", "x % 8"],
  ["x // 3 // 4 * 4 + x // 3 % 4", "x // 3"],
  ["x - x // 4 * 4", "x % 4"],
  ["g // N // 2 % 3", "g // (2*N)"],
]);

rows("Parts that fit into a common factor step aside", [
  ["(4*x + k) // 8", "x // 2"],
  ["(4*x + k) % 8", "k + 4*(x % 2)"],
  ["(6*x + 4) // 3", "2*x + 1"],
  ["(4*x + 6) // 8", "(x + 1) // 2"],
  ["(x*N + i) // (2*N)", "x // 2"],
  ["6*Z // (2*Z)", "3"],
  ["(Z*N + Z*M) // Z", "M + N"],
  ["Z*(N + 1) // (N + 1)", "Z"],
  ["(N*N + 3*N + 2) // (N + 1)", "N + 2"],
]);

rows("Signs move out of numerators and divisors", [
  ["x // -2", "-((x + 1) // 2)"],
  ["-(-Z // 4)", "(Z + 3) // 4"],
  ["(3 - k) % 4", "3 - k"],
  ["(7 - k) // 4", "1"],
  ["(Z - 1) // 2 + 1", "(Z + 1) // 2"],
  ["(k - 4) // 4", "-1"],
]);

rows("Extremes drop what is beaten and share what is common", [
  ["min(N, N + 3)", "N"],
  ["max(N, 1)", "N"],
  ["min(3, 5, x)", "min(x, 3)"],
  ["min(min(x, N), max(x, N))", "min(N, x)"],
  ["max(x + N, M + N)", "N + max(M, x)"],
  ["min(4*x, 8*N)", "4*min(x, 2*N)"],
  ["min(-x, -N)", "-max(N, x)"],
  ["min(8, 2*x) // 4", "min(x // 2, 2)"],
  ["max(0, min(k, 3))", "k"],
  ["min((i + 1)*2, 2*N)", "2*i + 2"],
]);

Deno.test("Sizes of convolutions are found in bounds", () => {
  const size = add(floorDiv(sub(add(Z, 8), 3), 2), 1);
  const o = sym("o", { below: size }), tap = sym("tap", { below: 3 });
  const loads = sub(add(Z, 8, -1), add(mul(2, o), tap));
  assert.equal(floorDiv(loads, add(Z, 8)), int(0));
});

Deno.test("Constants that overflow throw instead of losing digits", () => {
  assert.throws(() => pow(2, 60), /not an integer below 2\^53/);
  assert.equal(pow(2, 52), int(2 ** 52));
  assert.equal(ceilDiv(7, 2), int(4));
});

Deno.test("Products of wide sums stay products, and survive text and substitution", () => {
  const wide = (letter: string) => add(...Array.from({ length: 20 }, (_, at) => scope(`${letter}${at}`)), 1);
  const e = mul(-2, scope("x"), mul(wide("a"), wide("b")));
  assert.ok(print(e).length < 400);
  assert.equal(parse(print(e), scope), e);
  assert.equal(substitute(e, {}), e);
});
