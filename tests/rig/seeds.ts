/**
 * Cases that once failed, kept as texts: a graph, `=====`, its inputs and then its constants, a line each. A case that
 * `tests/fuzz.ts` finds is cut down by hand to what matters, and put into `tests/seeds`.
 *
 * @module
 */
import fc from "fast-check";
import type { DType } from "../../src/base/mod.ts";
import { parseGraph } from "../../src/ir/graph/mod.ts";
import { denseOf, type DenseTensor } from "../../src/ir/scalar/mod.ts";
import type { RandomCase } from "./random_graph.ts";

const folder = new URL("../seeds/", import.meta.url);

/** All kept cases by name; floats are compared within rounding. */
export async function keptCases(): Promise<ReadonlyMap<string, RandomCase>> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) if (name.endsWith(".graph")) names.push(name);
  const cases = names.sort().map(async (name) =>
    [name, caseOf(await Deno.readTextFile(new URL(name, folder)))] as const
  );
  return new Map(await Promise.all(cases));
}

function caseOf(text: string): RandomCase {
  const [graphText, data] = text.split("=====\n") as [string, string], graph = parseGraph(graphText);
  const tensors = data.trim().split("\n").filter(Boolean).map(tensorOf), count = graph.inputs.length;
  return {
    graph,
    inputs: tensors.slice(0, count),
    constants: tensors.slice(count),
    exactness: graph.outputs.map(() => "element"),
    effectExactness: graph.effects.map(() => "element"),
    [fc.toStringMethod]: () => text,
  };
}

function tensorOf(line: string): DenseTensor {
  const [, dtype, sizes, values] = /^(\w+)\[([\d,]*)\] ?(.*)$/.exec(line) as unknown as [
    string,
    DType,
    string,
    string,
  ];
  const element = (word: string) => {
    if (dtype === "bool") return word === "true";
    return dtype === "i64" || dtype === "u64" ? BigInt(word) : Number(word);
  };
  const shape = sizes ? sizes.split(",").map(Number) : [];
  return denseOf(dtype, shape, values ? values.split(",").map(element) : []);
}
