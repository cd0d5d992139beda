/**
 * Kernel names that say what a kernel does: the operators it came from.
 *
 * @module
 */
import type { Origin } from "../ir/graph/mod.ts";

interface Named {
  readonly name: string;
  readonly origin?: Origin;
}

/** e.g. `layer_norm_gelu`: the operators in order, at most four, as a C identifier. */
export function kernelName(statements: readonly Named[]): string {
  const words = statements.map((s) =>
    s.origin?.target?.replace(/^\w+\.(?=\w+\.)/, "").replace(/^aten\./, "").replace(/\..*$/, "") ?? s.name
  );
  const distinct = [...new Set(words.map((w) => w.replace(/[^A-Za-z0-9]+/g, "_").replace(/_\d+$/, "")))];
  return distinct.slice(0, 4).join("_").slice(0, 48) || "kernel";
}

/** The distinct origins of statements, in order. */
export function originsOf(statements: readonly Named[]): readonly Origin[] {
  return [...new Set(statements.map((s) => s.origin).filter((o) => o !== undefined))];
}
