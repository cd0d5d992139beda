/**
 * A comparison as tables of text cells: latency, compile time, sizes, threads, results. The terminal and the page show
 * the same ones.
 *
 * @module
 */
import { printBytes } from "../../src/cli/format.ts";
import { type Comparison, geometricMean, tuned, untuned } from "./comparison.ts";
import type { RoofRow } from "./lines.ts";

/** Rows of text under a head; all but the first column are numbers. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** `12.3`, `0.0126`: three digits that count. */
export function digits(value: number | undefined): string {
  if (value === undefined) return "–";
  return value >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString();
}

export function times(ratio: number | undefined): string {
  return ratio === undefined ? "–" : `${ratio.toFixed(2)}x`;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

/** Milliseconds of everybody, and how many times as fast as the best peer ours are. */
export function latencyTable(c: Comparison, threads: number): Table {
  const ours = c.names.filter((name) => name === untuned || name === tuned);
  const rows = c.models.map((model) => [
    model,
    ...c.names.map((name) => digits(c.ms(model, name, threads))),
    c.best(model, threads)?.name ?? "–",
    ...ours.map((name) => times(c.ratio(model, name, threads))),
  ]);
  const means = ours.map((name) => times(geometricMean(c.models.map((m) => c.ratio(m, name, threads)))));
  const foot = ["geometric mean", ...c.names.map(() => ""), "", ...means];
  return {
    title: `Latency in ms, ${threads} ${threads === 1 ? "thread" : "threads"}`,
    head: ["model", ...c.names, "best peer", ...ours.map((name) => `best/${name}`)],
    rows: [...rows, foot],
  };
}

/** Seconds from an archive to a library with nothing cached. */
export function compileTable(c: Comparison): Table {
  const names = c.names.filter((name) => c.models.some((m) => c.compileS(m, name) !== undefined));
  const peers = names.filter((name) => c.peers.includes(name));
  const ratio = (model: string) => {
    const all = peers.flatMap((name) => c.compileS(model, name) ?? []), ours = c.compileS(model, untuned);
    return all.length > 0 && ours !== undefined ? Math.min(...all) / ours : undefined;
  };
  const rows = c.models.map((model) => [
    model,
    ...names.map((name) => digits(c.compileS(model, name))),
    times(ratio(model)),
  ]);
  return {
    title: "Compile time in s, nothing cached",
    head: ["model", ...names, "best peer/ours"],
    rows: [...rows, ["geometric mean", ...names.map(() => ""), times(geometricMean(c.models.map(ratio)))]],
  };
}

/** Bytes that are deployed; ours also without weights. */
export function sizeTable(c: Comparison): Table {
  const names = c.names.filter((name) => c.models.some((m) => c.bytes(m, name) !== undefined));
  const print = (bytes: number | undefined) => (bytes === undefined ? "–" : printBytes(bytes));
  return {
    title: "Size: library alone, and with weights",
    head: ["model", "our library", ...names],
    rows: c.models.map((model) => [
      model,
      print(c.libraryBytes(model, untuned)),
      ...names.map((name) => print(c.bytes(model, name))),
    ]),
  };
}

/** How many times as fast more threads are than one. */
export function scalingTable(c: Comparison): Table {
  const more = c.threads.filter((t) => t > 1),
    scale = (model: string, name: string, t: number) => {
      const [one, many] = [c.ms(model, name, 1), c.ms(model, name, t)];
      return one !== undefined && many !== undefined ? one / many : undefined;
    };
  return {
    title: "Threads: how many times as fast as one",
    head: ["model", ...more.flatMap((t) => c.names.map((name) => `${name}, ${t}`))],
    rows: c.models.map((m) => [m, ...more.flatMap((t) => c.names.map((name) => times(scale(m, name, t))))]),
  };
}

/** What results are like beside the expected ones. */
export function resultTable(c: Comparison): Table {
  const cell = (model: string, name: string) => {
    const found = c.threads.map((t) => c.at(model, name, t)).find((l) =>
      l?.verified ?? l?.failed ?? l?.error
    );
    if (!found) return "–";
    const { verified, failed, error } = found;
    return failed
      ? `failed: ${failed.replaceAll(/\s+/g, " ").trim()}`
      : [verified, error?.toExponential(1)].filter(Boolean).join(" ");
  };
  return {
    title: "Largest difference from PyTorch's outputs; pass: within tolerance",
    head: ["model", ...c.names],
    rows: c.models.map((model) => [model, ...c.names.map((name) => cell(model, name))]),
  };
}

/** Kernels beside the roof. */
export function roofTable(rows: readonly RoofRow[]): Table {
  return {
    title: "Beside the roof of one core",
    head: ["kernel", "ms", "GFLOP/s", "GB/s", "of the roof"],
    rows: rows.map(({ roof_row, unit, ms, gflops, gbps, of_roof }) => [
      roof_row,
      digits(ms),
      unit === "compute" ? digits(gflops) : "",
      unit === "memory" ? digits(gbps) : "",
      percent(of_roof),
    ]),
  };
}

/** Every table that has something to say. */
export function tablesOf(c: Comparison, rows: readonly RoofRow[]): readonly Table[] {
  const latency = c.threads.map((threads) => latencyTable(c, threads));
  const scaling = c.threads.length > 1 && c.threads.includes(1) ? [scalingTable(c)] : [];
  const models = c.models.length > 0
    ? [...latency, ...scaling, compileTable(c), sizeTable(c), resultTable(c)]
    : [];
  return [...models, ...(rows.length > 0 ? [roofTable(rows)] : [])];
}
