/** `verify` when it is stopped: it says so, and how far it got. */
import assert from "node:assert/strict";
import type { CaseReport } from "../../src/pipeline/mod.ts";
import { verify } from "../../src/pipeline/verify/verify.ts";

Deno.test("an interrupted verify blames no case and says how many it had finished", async () => {
  const folder = await Deno.makeTempDir(), stop = new AbortController(), told: CaseReport[] = [];
  const one = (id: string) => ({ id, model: `${id}.pt2`, atol: 0, rtol: 0, ops: [], sets: [] });
  await Deno.writeTextFile(
    `${folder}/cases.json`,
    JSON.stringify({ name: "x", cases: ["a", "b", "c"].map(one) }),
  );
  const done = verify(
    { folders: [folder] },
    { cacheDir: `${folder}/cache`, jobs: 1, tune: "off" },
    (report) => {
      told.push(report);
      stop.abort();
    },
    stop.signal,
  );
  const result = await done;
  assert.ok(!result.ok);
  assert.deepEqual(result.diagnostics.map((d) => d.message), [
    "Cannot finish verify: it was interrupted after 1 of 3 cases",
  ]);
  assert.deepEqual(told.map(({ id, status }) => [id, status]), [["a", "error"]]); // its archive is missing
});

Deno.test("what an interruption did to the case under way is not told", async () => {
  const folder = await Deno.makeTempDir(), stop = new AbortController(), told: CaseReport[] = [];
  const one = { id: "a", model: "a.pt2", atol: 0, rtol: 0, ops: [], sets: [] };
  await Deno.writeTextFile(`${folder}/cases.json`, JSON.stringify({ name: "x", cases: [one] }));
  stop.abort();
  const scratch = { cacheDir: `${folder}/cache`, jobs: 1, tune: "off" } as const;
  const result = await verify({ folders: [folder] }, scratch, (report) => told.push(report), stop.signal);
  assert.ok(!result.ok && /interrupted after 0 of 1 cases/.test(result.diagnostics[0]!.message));
  assert.deepEqual(told, []);
});
