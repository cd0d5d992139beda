import { assertEquals } from "@std/assert";
import { parseLoops } from "../../src/ir/loops/mod.ts";
import { schedule } from "../../src/schedule/mod.ts";

Deno.test("a value written into an input is stored, though nothing in the model reads it from there", () => {
  const plan = schedule(parseLoops(`loops g
input x : f32[8] = %x "x" leaf 0
input state : f32[8] = %state "state" leaf 1
temp t : f32[8]
output out0 : f32[8]
nest t over [a0 < 8]
  t[a0] = neg(x[a0])
nest out0 over [a1 < 8]
  out0[a1] = exp(t[a1])
nest state over [a2 < 8]
  state[a2] = t[a2]
result %o : f32[8] "o" = out0
effect state := t for %state := %t : f32[8]
`));
  const items = plan.steps.flatMap((step) => {
    return step.kind === "launch" && step.kernel.kind === "loops"
      ? step.kernel.stages.flatMap((s) => s.items)
      : [];
  });
  assertEquals(items.filter((i) => i.store.buffer.name === "state").map((i) => i.stored), [true]);
});
