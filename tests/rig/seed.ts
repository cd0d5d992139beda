/**
 * The seed of random tests: the same in every run, so that a red build is red again. `AOTI_SEED` explores elsewhere.
 *
 * @module
 */
import fc from "fast-check";

/** Seed of this run. */
export const seed = Number(Deno.env.get("AOTI_SEED") ?? 20261121);

fc.configureGlobal({ seed });
