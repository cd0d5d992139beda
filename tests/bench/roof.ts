/**
 * What this machine can do at most, for ratios beside it.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import type { Target } from "../../src/base/mod.ts";
import { measureRoof, type Roof } from "../../src/run/mod.ts";
import { outputOf } from "./machine.ts";
import { inScratch } from "./scratch.ts";

/** Measures one core, as `aoti bench` does. */
export async function roof(target: Target): Promise<Roof> {
  const source = fromFileUrl(new URL("../../runtime/tools/roof.c", import.meta.url));
  return await inScratch("aoti_roof_", async (folder) => {
    const library = `${folder}/roof.so`;
    const flags = ["-std=gnu11", "-O3", `-march=${target.march}`, "-ffp-contract=fast", "-fPIC", "-shared"];
    await outputOf(["cc", ...flags, source, "-o", library]);
    return measureRoof(library);
  });
}
