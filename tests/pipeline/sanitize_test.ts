/** Generated code under sanitizers: built models do nothing that C leaves undefined, and threads do not race. */
import { assertEquals } from "@std/assert";
import { unwrap } from "../../src/base/mod.ts";
import { openWorkshop } from "../../src/pipeline/workshop.ts";
import { cc, hasSanitizer } from "../runtime/build.ts";
import { problemsOfFolder } from "./sanitize_cases.ts";
import type { Sanitizer } from "./sanitized.ts";

const models = new URL("../models", import.meta.url).pathname;
const has = { address: await hasSanitizer("address,undefined"), thread: await hasSanitizer("thread") };
if (!cc) console.warn("SKIPPED: no C compiler, so no model runs under sanitizers");
else if (!has.address || !has.thread) {
  console.warn("SKIPPED: some sanitizers are not installed with the compiler");
}

const rows: readonly (readonly [Sanitizer, string])[] = [
  ["address", "mlp"],
  ["address", "convnet"],
  ["address", "condmodel"],
  ["thread", "mlp"],
  ["thread", "condmodel"],
];

Deno.test({ name: "built models run clean under sanitizers", ignore: !cc }, async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "aoti-sanitize-" });
  try {
    await using shop = unwrap(await openWorkshop({ cacheDir: `${folder}/cache`, jobs: 2 }));
    for (const [sanitizer, name] of rows) {
      await t.step({
        name: `${name}: ${sanitizer}`,
        ignore: !has[sanitizer],
        fn: async () => {
          const place = `${folder}/${sanitizer}_${name}`;
          await Deno.mkdir(place);
          assertEquals(await problemsOfFolder(shop, `${models}/${name}`, place, sanitizer), []);
        },
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
