/**
 * The machine's roof, measured whenever it is asked for; the highest is remembered beside the content store.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import { digestOf, unwrap } from "../base/mod.ts";
import { toolTask } from "../compile/mod.ts";
import { measureRoof, type Roof } from "../run/mod.ts";
import type { Workshop } from "./workshop.ts";

/**
 * The highest that was ever measured with the same library on a processor of this name, now included: other processes
 * only ever lower what is found.
 */
export async function roofOf(shop: Workshop, cacheDir: string): Promise<Roof> {
  const source = await Deno.readTextFile(fromFileUrl(new URL("../../runtime/tools/roof.c", import.meta.url)));
  const made = toolTask({ toolchain: shop.toolchain, target: shop.native, text: source, name: "roof" });
  const { library } = unwrap(await shop.engine.run(made));
  const machine = digestOf(`${await processor()} ${library.digest}`);
  const file = join(cacheDir, "roof.json");
  const known = await remembered(file, machine);
  const now = measureRoof(await shop.store.pathOf(library));
  const roof = {
    gflops: Math.max(now.gflops, known?.gflops ?? 0),
    gbps: Math.max(now.gbps, known?.gbps ?? 0),
  };
  await Deno.writeTextFile(`${file}.new`, JSON.stringify({ machine, roof }));
  await Deno.rename(`${file}.new`, file);
  return roof;
}

async function processor(): Promise<string> {
  const text = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  return /^model name\s*:\s*(.*)$/m.exec(text)?.[1] ?? Deno.build.arch;
}

async function remembered(file: string, machine: string): Promise<Roof | undefined> {
  try {
    const found = JSON.parse(await Deno.readTextFile(file));
    return found.machine === machine && found.roof.gflops > 0 && found.roof.gbps > 0 ? found.roof : undefined;
  } catch {
    return undefined; // never measured, or damaged
  }
}
