import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseLoops } from "../../../src/ir/loops/mod.ts";
import { type Placement, type Plan, printPlan, verifyPlan } from "../../../src/ir/plan/mod.ts";
import { schedule } from "../../../src/schedule/mod.ts";

const plan = schedule(parseLoops(`loops g
symbol s0 in 2..9000 "n" = %x[0]
input x : f32[s0, 64] = %x "x" leaf 0
constant w : f32[64, 32] = %w "w" parameter @w+0
temp m : f32[s0]
temp e : f32[s0, 64]
temp t : f32[s0, 32]
output out0 : f32[s0, 32]
nest m over [a0 < s0]
  m[a0] = max [a1 < 64] x[a0, a1]
nest e over [a2 < s0, a3 < 64]
  e[a2, a3] = exp(sub(x[a2, a3], m[a2]))
contraction t batch [] m [a4 < s0] n [a5 < 32] k [a6 < 64] in f32
  a = e[a4, a6]
  b = w[a6, a5]
  t[a4, a5] = sum:f32
nest out0 over [a7 < s0, a8 < 32]
  out0[a7, a8] = tanh(t[a7, a8])
result %o : f32[s0, 32] "o" = out0
`));

const problems = (changed: Partial<Plan>) =>
  verifyPlan({ ...plan, ...changed }).map((d) => d.message).join("\n");

Deno.test("printPlan() shows kernels with stages, locals and lanes, slots and places", () => {
  assertEquals(problems({}), "");
  assertEquals(
    printPlan(plan),
    `plan g
symbol s0 in 2..9000 "n" = %x[0]
input x : f32[s0, 64] = %x "x" leaf 0
constant w : f32[64, 32] = %w "w" parameter @w+0
temp e : f32[64*s0]
output out0 : f32[s0, 32]
launch m_e = loops [a0 < s0]
  local m : f32[s0] register
  stage over [a1 < 64] lanes over
    m[0] = max x[64*a0 + a1]
  stage axes [a3 < 64] lanes axes
    e[64*a0 + a3] = exp(sub(x[64*a0 + a3], m[0]))
launch out0 = contraction out0 batch [] m [a4 < s0] n [a5 < 32] k [a6 < 64] in f32
  a = e[a4, a6]
  b = w[a6, a5]
  out0[a4, a5] = tanh(sum:f32)
slot 0 = 256*s0
place x = input 0
place w = constant 0
place out0 = output 0
place e = slot 0
result %o : f32[s0, 32] "o" = out0
`,
  );
});

Deno.test("verifyPlan() finds what has no place, no value, no room, or is made too late", () => {
  const without = new Map([...plan.placements].filter(([name]) => name !== "e"));
  assertStringIncludes(problems({ placements: without }), "e has no place");
  assertStringIncludes(problems({ steps: plan.steps.toReversed() }), "reads e, where nothing was written");
  assertStringIncludes(problems({ steps: plan.steps.slice(0, 1) }), 'output "o" is never written');
  assertStringIncludes(
    problems({ slots: [{ bytes: plan.symbols[0]!.sym }] }),
    "e does not surely fit into its slot",
  );
  assertStringIncludes(problems({ symbols: [] }), "uses s0, which has no value here");
});

Deno.test("verifyPlan() finds two living buffers in one slot", () => {
  const two = schedule(parseLoops(`loops g
input x : f32[64, 64] = %x "x" leaf 0
temp a : f32[64, 64]
temp b : f32[64, 64]
output out0 : f32[64, 64]
contraction a batch [] m [a0 < 64] n [a1 < 64] k [a2 < 64] in f32
  a = x[a0, a2]
  b = x[a2, a1]
  a[a0, a1] = sum:f32
contraction b batch [] m [a3 < 64] n [a4 < 64] k [a5 < 64] in f32
  a = a[a3, a5]
  b = a[a5, a4]
  b[a3, a4] = sum:f32
contraction out0 batch [] m [a6 < 64] n [a7 < 64] k [a8 < 64] in f32
  a = a[a6, a8]
  b = b[a8, a7]
  out0[a6, a7] = sum:f32
result %o : f32[64, 64] "o" = out0
`));
  assertEquals(verifyPlan(two), []);
  const shared = new Map([...two.placements].map(([name, place]): [string, Placement] => {
    return [name, place.kind === "arena" ? { kind: "arena", slot: 0 } : place];
  }));
  const found = verifyPlan({ ...two, placements: shared }).map((d) => d.message);
  assert(found.some((m) => m.endsWith("a and b share memory while both live")), found.join("\n"));
});
