/** `@std/assert` where only the npm registry is reachable: the part of it that this project uses, typed. */
import strict from "node:assert/strict";

/** Fails unless `value` is truthy. */
export function assert(value: unknown, message = "expected a truthy value"): asserts value {
  strict.ok(value, message);
}
/** Deep, strict equality (nan equals nan, -0 differs from 0). */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  strict.deepStrictEqual(actual, expected, message);
}
/** Fails unless `text` contains `part`. */
export function assertStringIncludes(text: string, part: string, message?: string): void {
  strict.ok(text.includes(part), message ?? `expected to find ${JSON.stringify(part)} in:\n${text}`);
}
/** Fails unless `text` matches `pattern`. */
export function assertMatch(text: string, pattern: RegExp, message?: string): void {
  strict.match(text, pattern, message);
}
/** Fails unless `work` throws; returns what was thrown. */
export function assertThrows(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return strict.fail("expected an exception");
}
/** Fails unless the promise rejects; returns the reason. */
export async function assertRejects(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  return strict.fail("expected a rejection");
}
