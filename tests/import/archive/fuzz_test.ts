import { assert } from "@std/assert";
import { fuzz } from "./fuzz.ts";
import { fixture, fixtures } from "./rig.ts";

Deno.test("three hundred damaged archives are read or refused, soon and without a trace", async () => {
  const seeds = fixtures().map((name) => Deno.readFileSync(fixture(name)));
  const { outcomes } = await fuzz(seeds, 300, 1);
  assert(Object.keys(outcomes).length > 8, `expected many reasons: ${JSON.stringify(outcomes)}`);
});
