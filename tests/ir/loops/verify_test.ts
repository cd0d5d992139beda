import { assertEquals } from "@std/assert";
import { parseLoops, printLoops, verifyLoops } from "../../../src/ir/loops/mod.ts";

const head = `loops g
symbol s0 in 2..9 "n" = %x[0]
input x : f32[s0, 4] = %x "x" leaf 0
input n : i64[s0] = %n "n" leaf 1
input t : bool[] = %t "t" leaf 2
constant w : f32[4, 10] strides [1, 4] offset 3 = %w "l.weight" parameter @blob+3
temp a : f32[s0, 4]
temp b : f32[s0]
temp c : f32[s0, 10]
temp i : i64[]
`;

const good = `${head}nest a over [a0 < s0, a1 < 4]  // m.py:3 node=exp_1
  %0 = exp(x[a0, a1])
  a[a0, a1] = when({a1 < 3}, mul(%0, %0), 0.5:f32)
nest b over [a2 < s0]
  b[a2] = sum [a3 < 4] a[a2, a3]
contraction c batch [] m [a4 < s0] n [a5 < 10] k [a6 < 4] in f32
  a = a[a4, a6]
  b = w[a6, a5]
  c[a4, a5] = add(sum:f32, f32({a5}:i64))
scatter b add over [a7 < s0] loading [x0 < s0]
  x0 = n[a7] wrap {s0}
  b[x0] = 1:f32
nest i over []
  i[] = 3n:i64
cond branch t
  then
    nest a over [a8 < s0, a9 < 4] loading [x1 < s0]
      a[a8, a9] = with(x1 = n[a8] in {s0}, x[x1, a9])
  end
  else
    assert check {s0 < 4} "small"
  end
result %o : f32[s0] "o" = b
output size {s0} "n"
`;

Deno.test("loops of every kind print as they were read", () => {
  assertEquals(printLoops(parseLoops(good)), good);
  assertEquals(verifyLoops(parseLoops(good)).map((d) => d.message), []);
});

const cases: readonly (readonly [lines: string, problem: string])[] = [
  ["nest b over [a0 < s0]\n  b[a0] = a[a0, 0]", "reads a, where nothing was written"],
  ["nest b over [a0 < s0]\n  b[a0] = x[a0]", "gives 1 indices for x : f32[s0, 4]"],
  ["nest b over [a0 < s0]\n  b[a0] = x[a0, 4]", "touches x outside of dim 1"],
  ["nest b over [a0 < s0]\n  b[a0] = n[a0]", "stores i64 in f32"],
  ["nest b over [a0 < s0]\n  b[a0] = add(x[a0, 0], n[a0])", "add of f32, i64"],
  ["nest b over [a0 < s0]\n  b[a0] = sum:f32", "uses a contraction's sum, but is none"],
  ["nest b over [a0 < s0]\n  b[a0] = argmax [a1 < 4] x[a0, a1]", "stores i64 in f32"],
  [
    "local u0 unbacked in 0..\nnest b over [a0 < s0]\n  b[a0] = f32({u0}:i64)",
    "uses u0, which has no value here",
  ],
  ['assert a n "x"', "tests n : i64[s0]"],
  ['result %o : f32[s0] "o" = b', "reads b, where nothing was written"],
  [
    'cond branch t\n  then\n    nest b over [a0 < s0]\n      b[a0] = x[a0, 0]\n  end\n  else\n  end\nresult %o : f32[s0] "o" = b',
    "reads b, where nothing was written",
  ],
];

Deno.test("verifyLoops() names what is wrong", () => {
  for (const [lines, problem] of cases) {
    const found = verifyLoops(parseLoops(`${head}${lines}\n`)).map((d) => d.message);
    assertEquals(
      found.some((message) => message.endsWith(problem)),
      true,
      `${lines}\nwanted: ${problem}\nfound: ${found.join("\n")}`,
    );
  }
});
