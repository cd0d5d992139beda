/** `@std/testing/snapshot` over the test context's own `assertSnapshot`. */
interface SnapshotContext {
  assertSnapshot(value: unknown): Promise<void>;
}
/** Compares with the stored snapshot; `deno test -u` rewrites it. */
export async function assertSnapshot(context: Deno.TestContext, value: unknown): Promise<void> {
  await (context as unknown as SnapshotContext).assertSnapshot(value);
}
