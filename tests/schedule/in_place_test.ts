/** Results over operands: when, and that the plan says so and is still checked. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseLoops } from "../../src/ir/loops/mod.ts";
import {
  canOverwrite,
  inPlaceOf,
  type Kernel,
  type Plan,
  printPlan,
  verifyPlan,
} from "../../src/ir/plan/mod.ts";
import { schedule } from "../../src/schedule/mod.ts";

const product = (to: string, from: string, n: number) =>
  `contraction ${to} batch [] m [m${n} < 64] n [n${n} < 64] k [k${n} < 64] in f32
  a = ${from}[m${n}, k${n}]
  b = w[k${n}, n${n}]
  ${to}[m${n}, n${n}] = sum:f32`;

/** A product into `t`, `middle` from `t` (and `m`, `s`) to `r`, a product from `r`. */
const model = (middle: string) =>
  parseLoops(`loops g
local x9 in 0..63
input x : f32[64, 64] = %x "x" leaf 0
input i : i64[64] = %i "i" leaf 1
constant w : f32[64, 64] = %w "w" parameter @w+0
temp t : f32[64, 64]
temp m : f32[64]
temp r : f32[64, 64]
output out0 : f32[64, 64]
${product("t", "x", 0)}
${middle}
${product("out0", "r", 1)}
result %o : f32[64, 64] "o" = out0
`);

const launches = (plan: Plan): Kernel[] => plan.steps.flatMap((s) => s.kind === "launch" ? [s.kernel] : []);
const marks = (plan: Plan) => launches(plan).flatMap(inPlaceOf);

const softmax = `nest m over [a0 < 64]
  m[a0] = max [a1 < 64] t[a0, a1]
nest r over [a2 < 64, a3 < 64]
  r[a2, a3] = exp(sub(t[a2, a3], m[a2]))`;

Deno.test("a result takes the slot of the operand that dies with it, and the plan says so", () => {
  const plan = schedule(model(softmax));
  assertEquals(marks(plan), [{ result: "r", operand: "t" }]);
  assertEquals(plan.slots.length, 1);
  assertStringIncludes(printPlan(plan), "\n  in place r over t\n");
  assertEquals(verifyPlan(plan), []);
  const apart = schedule(model(softmax), { inPlace: false });
  assertEquals([marks(apart).length, apart.slots.length], [0, 2]);
  assertEquals(schedule(model(softmax), { memory: "apart" }).slots.length, 2);
});

Deno.test("verifyPlan() wants the mark where memory is shared, and shared memory where it may be", () => {
  const plan = schedule(model(softmax));
  const steps = plan.steps.map((s) =>
    s.kind === "launch" && s.kernel.kind === "loops"
      ? { ...s, kernel: { ...s.kernel, inPlace: [] as const } }
      : s
  );
  const found = verifyPlan({ ...plan, steps }).map((d) => d.message).join("\n");
  assertStringIncludes(found, "r and t share memory while both live");
});

/** What a kernel reads at other places, later, or of another type stays where it is. */
const never: Record<string, string> = {
  "transposed": `nest r over [a2 < 64, a3 < 64]
  r[a2, a3] = add(t[a2, a3], t[a3, a2])`,
  "the element beside it": `nest r over [a2 < 64, a3 < 64]
  r[a2, a3] = add(t[a2, a3], when({a3 < 63}, t[a2, a3 + 1], 0:f32))`,
  "any row": `nest r over [a2 < 64, a3 < 64]
  r[a2, a3] = with(x9 = i[a2] in {64}, t[x9, a3])`,
  "another row in an earlier stage": `nest m over [a0 < 64]
  m[a0] = max [a1 < 64] add(t[a0, a1], t[0, a1])
nest r over [a2 < 64, a3 < 64]
  r[a2, a3] = sub(t[a2, a3], m[a2])`,
};

for (const [what, middle] of Object.entries(never)) {
  Deno.test(`an operand is not overwritten: ${what}`, () => {
    const plan = schedule(model(middle));
    assertEquals(marks(plan), []);
    const kernels = launches(plan).filter((k) => k.kind === "loops");
    assert(kernels.length > 0);
    // A mark that is forced on it is found.
    const last = kernels.at(-1)!;
    assertEquals(canOverwrite(last, { result: "r", operand: "t" }), false);
    const forced = plan.steps.map((s) =>
      s.kind === "launch" && s.kernel === last
        ? { ...s, kernel: { ...last, inPlace: [{ result: "r", operand: "t" }] } }
        : s
    );
    assertStringIncludes(
      verifyPlan({ ...plan, steps: forced }).map((d) => d.message).join("\n"),
      "writes r over t, which it may read later",
    );
  });
}

Deno.test("a product's epilogue overwrites what it adds, never what it multiplies", () => {
  const residual = (other: string) =>
    parseLoops(`loops g
input x : f32[64, 64] = %x "x" leaf 0
constant w : f32[64, 64] = %w "w" parameter @w+0
temp t : f32[64, 64]
temp p : f32[64, 64]
temp r : f32[64, 64]
output out0 : f32[64, 64]
${product("t", "x", 0)}
${product("p", other, 1)}
nest r over [a2 < 64, a3 < 64]
  r[a2, a3] = add(p[a2, a3], t[a2, a3])
${product("out0", "r", 2)}
result %o : f32[64, 64] "o" = out0
`);
  assertEquals(marks(schedule(residual("x"))), [{ result: "r", operand: "p" }]);
  assertEquals(marks(schedule(residual("t"))), []);
});

Deno.test("what an effect takes over is not overwritten", () => {
  const plan = schedule(parseLoops(`loops g
input x : f32[64, 64] = %x "x" leaf 0
input state : f32[64, 64] = %state "state" leaf 1
constant w : f32[64, 64] = %w "w" parameter @w+0
temp t : f32[64, 64]
temp r : f32[64, 64]
output out0 : f32[64, 64]
${product("t", "x", 0)}
nest state over [a4 < 64, a5 < 64]
  state[a4, a5] = t[a4, a5]
nest r over [a2 < 64, a3 < 64]
  r[a2, a3] = exp(t[a2, a3])
${product("out0", "r", 1)}
result %o : f32[64, 64] "o" = out0
effect state := t for %state := %t : f32[64, 64]
`));
  assertEquals(marks(plan), []);
  assertEquals(verifyPlan(plan), []);
});
