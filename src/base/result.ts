/**
 * Outcomes as values. A room's face returns `Result`; inside a room `refuse()` leaves early, and `attempt()`
 * at the face turns that back into a value. Anything else that is thrown is a bug and stays an exception.
 *
 * @module
 */
import type { Diagnostic } from "./diagnostic.ts";

/** Either a value or the reasons why there is none. */
export type Result<T> = Ok<T> | Failed;
/** It worked. */
export interface Ok<T> {
  readonly ok: true;
  readonly value: T;
}
/** It did not: all reasons at once. */
export interface Failed {
  readonly ok: false;
  readonly diagnostics: readonly Diagnostic[];
}

/** A success. */
export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

/** A failure with its reasons, most important first. */
export function fail(...diagnostics: readonly Diagnostic[]): Failed {
  return { ok: false, diagnostics };
}

/** Thrown by `refuse()`; never crosses a room's face. */
export class Refused extends Error {
  constructor(readonly diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map((d) => d.message).join("\n"));
    this.name = "Refused";
  }
}

/** Leaves the current stage because of something the user can mend. */
export function refuse(...diagnostics: readonly Diagnostic[]): never {
  throw new Refused(diagnostics);
}

/** Runs `work`; what it refuses becomes a `Failed`, other exceptions pass. */
export function attempt<T>(work: () => T): Result<T> {
  try {
    return ok(work());
  } catch (error) {
    if (error instanceof Refused) return fail(...error.diagnostics);
    throw error;
  }
}

/** `attempt` for asynchronous work. */
export async function attemptAsync<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (error) {
    if (error instanceof Refused) return fail(...error.diagnostics);
    throw error;
  }
}

/** The value of a success; a failure is refused further up. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Refused(result.diagnostics);
}
