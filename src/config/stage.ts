/**
 * The stages of a build that flags can change: the words of the `affects` column in flags.ts.
 *
 * @module
 */

/** Stages whose task keys hold flags, in build order; the others depend on their inputs alone. */
export const flagStages = ["import", "passes", "schedule", "tune", "codegen", "compile", "package"] as const;

/** One of `flagStages`. */
export type FlagStage = (typeof flagStages)[number];
