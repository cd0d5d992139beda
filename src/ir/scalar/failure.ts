/**
 * What can go wrong in a run that the compiler could not know: evaluators throw it as the runtime reports it.
 *
 * @module
 */

/** Why a run ended: a guard or an assertion did not hold, or a loaded index was out of bounds. */
export type FailureReason = "guard" | "assert" | "index";

/** A run that cannot go on; anything else that evaluators throw is a bug. */
export class RunFailure extends Error {
  override readonly name = "RunFailure";
  constructor(readonly reason: FailureReason, message: string) {
    super(message);
  }
}
