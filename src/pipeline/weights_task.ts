/**
 * weights.bin, put together from ranges of the archive without ever being in memory as a whole.
 *
 * @module
 */
import { defineTask, json } from "../task/mod.ts";
import type { WeightPiece } from "./compile_graph.ts";

const STEP = 4 << 20;

/** Copies each piece to its place; what no piece covers is zero. */
export const assembleWeights = defineTask({
  name: "assemble-weights",
  version: 1,
  inputs: { archive: "file", bytes: json<number>(), pieces: json<readonly WeightPiece[]>() },
  outputs: { weights: "file" },
  run: async ({ archive, bytes, pieces }, box) => {
    const { path, offset } = await box.locate(archive);
    using source = await Deno.open(path);
    {
      using target = await Deno.open(box.path("weights.bin"), { write: true, createNew: true });
      await target.truncate(bytes);
      const buffer = new Uint8Array(STEP);
      for (const piece of pieces) {
        if (piece.from === undefined) continue;
        await copyRange(source, offset + piece.from, target, piece.to, piece.bytes, buffer);
      }
    }
    return { weights: await box.adopt("weights.bin") };
  },
});

async function copyRange(
  source: Deno.FsFile,
  from: number,
  target: Deno.FsFile,
  to: number,
  bytes: number,
  buffer: Uint8Array,
): Promise<void> {
  await source.seek(from, Deno.SeekMode.Start);
  await target.seek(to, Deno.SeekMode.Start);
  for (let left = bytes; left > 0;) {
    const n = source.readSync(buffer.subarray(0, Math.min(left, buffer.length)));
    if (!n) throw new Error(`the archive ends ${left} bytes too early`);
    for (let done = 0; done < n;) done += target.writeSync(buffer.subarray(done, n));
    left -= n;
  }
}
