/**
 * Models written in TypeScript: the user's function runs here, and what it built is printed.
 *
 * @module
 */
import { printGraph } from "../ir/graph/mod.ts";
import { buildUserGraph, customOps, type OpGiven } from "../ops/mod.ts";
import type { LibrarySource } from "./library.ts";

/** Runs the function of `graph(…)`. */
export async function graphSource(
  name: string,
  build: (builder: never) => unknown,
  ops: Readonly<Record<string, OpGiven>> = {},
): Promise<LibrarySource> {
  const run = build as (builder: unknown) => unknown;
  const { graph, storages, data } = await buildUserGraph(name, run, customOps(ops));
  return { kind: "graph", text: printGraph(graph), storages, data };
}
