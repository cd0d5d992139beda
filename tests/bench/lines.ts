/**
 * What benchmarks say, one JSON value a line: latency of a model by somebody, a roof row, the machine. Peers' scripts
 * write the first kind with fewer fields.
 *
 * @module
 */
import { z } from "zod";

const roof = z.object({ gflops: z.number(), gbps: z.number() });
const share = { ms: z.number(), gflops: z.number(), gbps: z.number(), of_roof: z.number() };

const latency = z.object({
  model: z.string(),
  /** Who ran it; `ours` and `ours tuned` are this project. */
  peer: z.string(),
  threads: z.int(),
  /** Release of PyTorch, where there are several. */
  torch: z.string().optional(),
  median_ms: z.number().positive().optional(),
  min_ms: z.number().positive().optional(),
  /** From an archive to a library, nothing cached. */
  compile_s: z.number().nullish(),
  /** What is deployed: library and weights together. */
  bytes: z.number().optional(),
  library_bytes: z.number().optional(),
  /** Outputs beside the expected ones: `pass`, or what differs. */
  verified: z.string().optional(),
  /** Largest difference from the expected outputs. */
  error: z.number().nullish(),
  failed: z.string().optional(),
  kernels: z.array(z.object({ name: z.string(), ...share })).optional(),
  roof: roof.optional(),
});

const row = z.object({ roof_row: z.string(), unit: z.enum(["compute", "memory"]), ...share });

const machine = z.object({
  machine: z.object({
    cpu: z.string(),
    cores: z.number(),
    commit: z.string(),
    date: z.string(),
    /** Processes that wanted to run in the minute before: more than a fraction spoils absolute figures. */
    load: z.number(),
  }),
});

/** A model's latency by one peer. */
export type Latency = z.output<typeof latency>;
/** A kernel beside the roof. */
export type RoofRow = z.output<typeof row>;
/** Where measuring took place. */
export type Machine = z.output<typeof machine>["machine"];
/** Any line. */
export type Line = Latency | RoofRow | z.output<typeof machine>;

const line = z.union([latency, row, machine]);

/** Lines of a text; empty lines and what is no JSON object (words of a script) do not count. `where` names the text. */
export function readLines(text: string, where: string): readonly Line[] {
  return text.split("\n").flatMap((words, n) => {
    if (!words.trimStart().startsWith("{")) return [];
    const found = line.safeParse(parsed(words));
    if (found.success) return [found.data];
    throw new Error(
      `Cannot read ${where}, line ${n + 1}: it is no line of a benchmark: ${words.slice(0, 80)}`,
    );
  });
}

function parsed(words: string): unknown {
  try {
    return JSON.parse(words.replaceAll(/(?<=:\s*)(-?Infinity|NaN)(?=\s*[,}])/g, "null")); // as Python writes them
  } catch {
    return undefined;
  }
}

export const isLatency = (x: Line): x is Latency => "peer" in x;
export const isRoofRow = (x: Line): x is RoofRow => "roof_row" in x;
/** The last machine that is named. */
export function machineOf(lines: readonly Line[]): Machine | undefined {
  return lines.flatMap((x) => ("machine" in x ? [x.machine] : [])).at(-1);
}
