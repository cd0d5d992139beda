/**
 * The compiler proper, from a graph to texts, in the order one reads here.
 *
 * @module
 */
import { bytesOf, type Target } from "../base/mod.ts";
import { constantBytes, emit, type Emitted, type WeightsLayout } from "../codegen/mod.ts";
import type { Imported } from "../import/mod.ts";
import type { Plan } from "../ir/plan/mod.ts";
import { lower } from "../lower/mod.ts";
import { runPasses } from "../passes/mod.ts";
import { schedule } from "../schedule/mod.ts";

/** A run of bytes of the archive (or zeros) and where it goes in weights.bin. */
export interface WeightPiece {
  readonly to: number;
  readonly bytes: number;
  /** Position in the archive; absent: zeros. */
  readonly from?: number;
}

/** weights.bin as pieces, and where each constant lies. */
export interface PlannedWeights extends WeightsLayout {
  readonly pieces: readonly WeightPiece[];
}

const CACHE_LINE = 64;

/** Stored blobs one after another, each once however many constants share it. */
export function planWeights(plan: Plan, imported: Imported): PlannedWeights {
  const starts = new Map<string, number>(), pieces: WeightPiece[] = [];
  let end = 0;
  const startOf = (data: string, least: number) => {
    const known = starts.get(data);
    if (known !== undefined) return known;
    const blob = imported.weights.blobs.get(data), start = end;
    const bytes = Math.max(blob?.bytes ?? 0, least);
    pieces.push({ to: start, bytes, ...(blob && blob.bytes > 0 && { from: blob.offset }) });
    end = Math.ceil((start + bytes) / CACHE_LINE) * CACHE_LINE;
    starts.set(data, start);
    return start;
  };
  const itemBytes = (n: number) => constantBytes(plan.constants[n]!);
  const places = plan.constants.map(({ buffer, constant }, n) => {
    const skip = constant.offset * bytesOf(buffer.dtype);
    return { offset: startOf(constant.data, skip + itemBytes(n)) + skip, bytes: itemBytes(n) };
  });
  return { bytes: end, places, pieces };
}

/** Everything that a model's build needs of its graph. */
export interface Compiled {
  readonly emitted: Emitted;
  readonly weights: PlannedWeights;
}

/** Graph to texts. */
export function compileGraph(imported: Imported, target: Target, cpuFeatures?: string): Compiled {
  const plan = schedule(lower(runPasses(imported.graph)));
  const weights = planWeights(plan, imported);
  return { emitted: emit(plan, { target, weights, ...(cpuFeatures && { cpuFeatures }) }), weights };
}
