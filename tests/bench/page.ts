/**
 * Lines of benchmarks as one self-contained HTML page with plots: bars of models and peers, kernels beside the roof,
 * threads, every table.
 *
 * @module
 */
import { Templates } from "../../src/codegen/mod.ts";
import { Comparison, geometricMean, tuned, untuned } from "./comparison.ts";
import { isLatency, isRoofRow, type Latency, type Line, machineOf, type RoofRow } from "./lines.ts";
import { digits, percent, type Table, tablesOf, times } from "./tables.ts";

/** A bar with its words; `width` and `mark` in percent of the track. */
interface Bar {
  readonly name: string;
  readonly kind: "tuned" | "untuned" | "best" | "peer" | "high" | "middle" | "low";
  readonly width: string;
  readonly text: string;
}

/** Bars of one model. */
interface Group {
  readonly name: string;
  readonly note: string;
  /** Whether the note is good news. */
  readonly tone: "good" | "bad" | "plain";
  readonly bars: readonly Bar[];
}

interface Section {
  readonly title: string;
  readonly about: string;
  readonly groups: readonly Group[];
}

interface Card {
  readonly value: string;
  readonly text: string;
  readonly tone: Group["tone"];
}

/** Bars longer than so many times the shortest are cut, lest the others cannot be told apart. */
const CUT = 6;
/** Kernels of a model that are shown one by one. */
const SHOWN = 8;

/** The whole page. */
export function renderPage(lines: readonly Line[], by: Comparison["by"] = "median_ms"): string {
  const c = new Comparison(lines.filter(isLatency), by),
    rows = lines.filter(isRoofRow),
    machine = machineOf(lines);
  const sections = [
    ...c.threads.map((threads) => latencySection(c, threads)),
    kernelSection(c),
    scalingSection(c),
    roofSection(rows),
  ].filter(({ groups }) => groups.length > 0);
  return new Templates().render("html/bench.html", {
    machine: machine
      ? escape(`${machine.cpu}, ${machine.cores} cores · ${machine.commit} · ${machine.date}`)
      : "measured elsewhere",
    warning: machine && machine.load > 0.5
      ? `Other processes ran: ${machine.load.toFixed(1)} wanted a core. Ratios count, milliseconds do not.`
      : "",
    cards: cards(c),
    sections,
    tables: tablesOf(c, rows).map(escapeTable),
  });
}

function cards(c: Comparison): readonly Card[] {
  return c.threads.flatMap((threads): readonly Card[] => {
    const name = c.names.includes(tuned) ? tuned : untuned;
    const ratios = c.models.flatMap((m) => c.ratio(m, name, threads) ?? []), mean = geometricMean(ratios);
    if (mean === undefined) return [];
    const ahead = ratios.filter((r) => r >= 1).length, on = threads === 1 ? "1 thread" : `${threads} threads`;
    return [
      { value: times(mean), text: `the best peer's speed (geometric mean), ${on}`, tone: toneOf(mean) },
      {
        value: `${ahead} of ${ratios.length}`,
        text: `models ahead of every peer, ${on}`,
        tone: ahead === ratios.length ? "good" : "bad",
      },
    ];
  });
}

function latencySection(c: Comparison, threads: number): Section {
  const groups = c.models.map((model): Group => {
    const best = c.best(model, threads), name = c.ms(model, tuned, threads) === undefined ? untuned : tuned;
    const ratio = c.ratio(model, name, threads);
    const all = c.names.flatMap((name) => {
      const ms = c.ms(model, name, threads);
      return ms === undefined ? [] : [{ name, ms }];
    });
    const most = Math.min(Math.max(...all.map(({ ms }) => ms)), CUT * Math.min(...all.map(({ ms }) => ms)));
    const kind = (name: string): Bar["kind"] =>
      name === tuned ? "tuned" : name === untuned ? "untuned" : name === best?.name ? "best" : "peer";
    const bars = all.map(({ name, ms }) => {
      return {
        name: escape(name),
        kind: kind(name),
        width: width(ms / most),
        text: `${digits(ms)} ms${ms > most ? ", cut" : ""}`,
      };
    });
    return { name: escape(model), note: ratio === undefined ? "" : times(ratio), tone: toneOf(ratio), bars };
  });
  return {
    title: `Latency, ${threads} ${threads === 1 ? "thread" : "threads"}`,
    about: `${
      c.by === "min_ms" ? "Quickest" : "Median"
    } of all runs; shorter is better. Beside each model: how many times as fast as the best peer.`,
    groups: groups.filter(({ bars }) => bars.length > 0),
  };
}

function kernelSection(c: Comparison): Section {
  const groups = c.models.flatMap((model): readonly Group[] => {
    const line = [tuned, untuned].map((name) => c.at(model, name, c.threads[0] ?? 1)).find((l) => l?.kernels);
    return line?.kernels ? [kernelGroup(model, line, line.kernels)] : [];
  });
  const roof = c.models.flatMap((m) => c.names.flatMap((n) => c.at(m, n, c.threads[0] ?? 1)?.roof ?? [])).at(
    -1,
  );
  const limits = roof ? ` (${roof.gflops.toFixed(0)} GFLOP/s, ${roof.gbps.toFixed(0)} GB/s a core)` : "";
  return {
    title: "Kernels beside the roof",
    about:
      `Share of what the machine can do at most${limits}; a kernel whose memory fits caches counts by its ` +
      "arithmetic only, so copies of little show no share. Those that take longest.",
    groups,
  };
}

function kernelGroup(model: string, line: Latency, kernels: NonNullable<Latency["kernels"]>): Group {
  const all = kernels.reduce((sum, { ms }) => sum + ms, 0);
  const longest = kernels.toSorted((a, b) => b.ms - a.ms).slice(0, SHOWN);
  const whole = kernels.reduce((sum, { ms, of_roof }) => sum + ms * of_roof, 0) / (all || 1);
  const bars = longest.map(({ name, ms, of_roof }): Bar => ({
    name: escape(name),
    kind: heat(of_roof),
    width: width(of_roof),
    text: `${percent(of_roof)}, ${digits(ms)} ms`,
  }));
  const rest = kernels.length - longest.length;
  const note = `${percent(whole)} by time${rest > 0 ? `, ${rest} more kernels` : ""}`;
  return { name: escape(`${model} (${line.peer})`), note, tone: "plain", bars };
}

function scalingSection(c: Comparison): Section {
  const most = Math.max(1, ...c.threads);
  const groups = most === 1 ? [] : c.models.map((model): Group => {
    const bars = c.names.flatMap((name): readonly Bar[] => {
      const [one, many] = [c.ms(model, name, 1), c.ms(model, name, most)];
      if (one === undefined || many === undefined) return [];
      const kind = name === tuned ? "tuned" : name === untuned ? "untuned" : "peer";
      return [{ name: escape(name), kind, width: width(one / many / most), text: times(one / many) }];
    });
    return { name: escape(model), note: "", tone: "plain", bars };
  });
  return {
    title: `${most} threads beside one`,
    about: `How many times as fast; a whole bar is ${most}x.`,
    groups: groups.filter(({ bars }) => bars.length > 0),
  };
}

function roofSection(rows: readonly RoofRow[]): Section {
  const units = [["compute", "Arithmetic"], ["memory", "Memory"]] as const;
  const groups = units.map(([unit, name]): Group => ({
    name,
    note: unit === "compute" ? "of multiply-adds in registers" : "of reading, copying or streaming",
    tone: "plain",
    bars: rows.filter((row) => row.unit === unit).map(({ roof_row, ms, gflops, gbps, of_roof }) => ({
      name: escape(roof_row),
      kind: heat(of_roof),
      width: width(of_roof),
      text: `${percent(of_roof)}, ${
        unit === "compute" ? `${digits(gflops)} GFLOP/s` : `${digits(gbps)} GB/s`
      }, ${digits(ms)} ms`,
    })),
  }));
  return {
    title: "Single kernels beside the roof of one core",
    about: "Large products, streams and attention alone.",
    groups: groups.filter(({ bars }) => bars.length > 0),
  };
}

function heat(share: number): Bar["kind"] {
  return share >= 0.7 ? "high" : share >= 0.35 ? "middle" : "low";
}

function toneOf(ratio: number | undefined): Group["tone"] {
  return ratio === undefined ? "plain" : ratio >= 1 ? "good" : "bad";
}

function width(share: number): string {
  return `${(100 * Math.min(1, Math.max(0.004, share))).toFixed(1)}%`;
}

function escapeTable({ title, head, rows }: Table): Table {
  return { title: escape(title), head: head.map(escape), rows: rows.map((row) => row.map(escape)) };
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
