import { assertEquals } from "@std/assert";
import { parseLoops } from "../../src/ir/loops/mod.ts";
import { schedule } from "../../src/schedule/mod.ts";

Deno.test("an output of unknown size is allocated, though it has no elements whatever that size", () => {
  const plan = schedule(parseLoops(`loops g
local u0 unbacked in 0..
input n : i64[] = %n "n" leaf 0
output out0 : f32[u0, 0]
item u0 n -> u0
nest out0 over [a0 < u0, a1 < 0]
  out0[a0, a1] = 0:f32
result %o : f32[u0, 0] "o" = out0
`));
  assertEquals(plan.steps.map((step) => step.kind), ["item", "allocate", "launch"]);
});
