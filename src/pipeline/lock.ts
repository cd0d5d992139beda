/**
 * aoti.lock: what a build was made of and what it gave, meant to be committed; `--frozen` holds a build to it.
 *
 * @module
 */
import { canonicalJson, type Diagnostic, type Digest } from "../base/mod.ts";
import type { Choices } from "../tune/mod.ts";

/** What the lock says of one model. */
export interface LockedModel {
  readonly inputs: Readonly<Record<string, Digest>>;
  readonly targets: readonly string[];
  readonly outputs: Readonly<Record<string, Digest>>;
  /** Measured ways to compute products, by target. */
  readonly choices?: Readonly<Record<string, Choices>>;
}

/** The whole lock file. */
export interface Lock {
  readonly version: 1;
  readonly toolchain: string;
  readonly models: Readonly<Record<string, LockedModel>>;
}

/** Reads a lock; nothing when there is none or it is of another version. */
export async function readLock(path: string): Promise<Lock | undefined> {
  try {
    const lock = JSON.parse(await Deno.readTextFile(path)) as Lock;
    return lock.version === 1 ? lock : undefined;
  } catch {
    return undefined;
  }
}

/** Text of a lock: sorted keys. */
export function lockText(lock: Lock): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(lock)), null, 2)}\n`;
}

/** A lock with the models just built; others stay while the config has them. */
export function mergeLock(
  before: Lock | undefined,
  toolchain: string,
  built: Readonly<Record<string, LockedModel>>,
  names: readonly string[],
): Lock {
  const kept = Object.entries(before?.models ?? {}).filter(([name]) => names.includes(name));
  return { version: 1, toolchain, models: { ...Object.fromEntries(kept), ...built } };
}

/** How a build differs from its lock; empty when it reproduces it. */
export function differences(
  lock: Lock | undefined,
  toolchain: string,
  built: Readonly<Record<string, LockedModel>>,
): readonly Diagnostic[] {
  if (!lock) return [frozen("there is no aoti.lock", "Run a build without --frozen and commit aoti.lock.")];
  const found: string[] = [];
  if (lock.toolchain !== toolchain) found.push(`toolchain: ${toolchain}, locked ${lock.toolchain}`);
  for (const [name, now] of Object.entries(built)) {
    const then = lock.models[name];
    if (!then) found.push(`${name}: not in the lock`);
    else {
      found.push(...changed(`${name}, input`, then.inputs, now.inputs));
      found.push(...changed(`${name}, output`, then.outputs, now.outputs));
    }
  }
  return found.map((text) => frozen(text, "Build without --frozen to accept it, and commit aoti.lock."));
}

function changed(
  what: string,
  then: Readonly<Record<string, Digest>>,
  now: Readonly<Record<string, Digest>>,
): readonly string[] {
  const names = [...new Set([...Object.keys(then), ...Object.keys(now)])].sort();
  return names.filter((n) => then[n] !== now[n]).map((n) => {
    const short = (digest: string | undefined) => digest?.slice(0, 12) ?? "absent";
    return `${what} ${n}: ${short(now[n])}, locked ${short(then[n])}`;
  });
}

function frozen(found: string, help: string): Diagnostic {
  return { reason: "frozen", message: `Cannot reproduce the locked build: ${found}`, help };
}
