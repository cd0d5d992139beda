/**
 * How the lanes of a vector meet memory: side by side, a stride apart, anywhere.
 *
 * @module
 */
import type { Past } from "./kernel_context.ts";

/** The lanes of an access: how many exist, and which of them are wanted. */
export interface Lanes {
  /** C text; `AOTI_LANES` when all exist. */
  readonly count: string;
  readonly partial: boolean;
  readonly mask?: string | undefined;
}

/** A load of elements a stride apart from `at` on; `step` is the stride where it is known. */
export function strideLoad(
  type: string,
  at: string,
  { step, stride }: { readonly step: number | undefined; readonly stride: string },
  { count, partial, mask }: Lanes,
): string {
  const masked = mask ? "m" : "", which = mask ? `${mask}, ${count}` : count;
  if (step === 1) {
    if (mask) return `aoti_loadm_${type}(${at}, ${which})`;
    return partial ? `aoti_loadn_${type}(${at}, ${count})` : `aoti_load_${type}(${at})`;
  }
  if (step === 2) return `aoti_load2${masked}_${type}(${at}, ${which})`;
  return `aoti_loads${masked}_${type}(${at}, ${stride}, ${which})`;
}

/** A load of elements that a vector of indices names. */
export function indexLoad(type: string, pointer: string, index: string, { count, mask }: Lanes): string {
  return mask
    ? `aoti_gatherm_${type}(${pointer}, ${index}, ${mask}, ${count})`
    : `aoti_gather_${type}(${pointer}, ${index}, ${count})`;
}

/** A store of elements side by side, past the caches as `past` says. */
export function plainStore(
  type: string,
  at: string,
  value: string,
  { count, partial }: Lanes,
  past: Past | undefined,
): string {
  if (!past) {
    return partial
      ? `aoti_storen_${type}(${at}, ${value}, ${count});`
      : `aoti_store_${type}(${at}, ${value});`;
  }
  if (!partial) return `aoti_put_${type}(${at}, ${value}, ${past.condition});`;
  if (!past.edge) return `aoti_storen_${type}(${at}, ${value}, ${count});`;
  return `aoti_edge_${type}(&${past.edge}, ${at}, ${value}, ${count}, ${past.condition});`;
}
