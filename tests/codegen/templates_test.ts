/** Templates are read once: what changes on disk during a run does not reach it. */
import assert from "node:assert/strict";
import { Templates } from "../../src/codegen/render.ts";

Deno.test("templates stay as they were when the first of their folder was made", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/c`);
  await Deno.writeTextFile(`${folder}/c/one.eta`, "before <%= it.x %>");
  const first = new Templates(folder);
  await Deno.writeTextFile(`${folder}/c/one.eta`, "after <%= it.gone.length %>");
  assert.equal(first.render("c/one", { x: 1 }), "before 1");
  assert.equal(new Templates(folder).render("c/one", { x: 2 }), "before 2");
  assert.throws(() => first.render("c/none", {}), /none/);
  assert.throws(() => first.render("c/one", {}), /a field that its view lacks/);
});
