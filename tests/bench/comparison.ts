/**
 * Latencies of models by this project and its peers, side by side. Pure: lines in, cells out.
 *
 * @module
 */
import type { Latency } from "./lines.ts";

/** How this project's builds are called: by default, and with measured variants and frozen weights. */
export const untuned = "ours", tuned = "ours tuned";
const own: readonly string[] = [untuned, tuned];

/** All that is known, by model, name and threads. */
export class Comparison {
  readonly models: readonly string[];
  readonly peers: readonly string[];
  readonly threads: readonly number[];
  readonly #cells = new Map<string, Latency>();

  /** `by`: which of the times is compared. */
  constructor(lines: readonly Latency[], readonly by: "median_ms" | "min_ms" = "median_ms") {
    for (const line of lines) {
      const key = keyOf(line.model, nameOf(line), line.threads), known = this.#cells.get(key);
      this.#cells.set(key, known ? merged(known, line, by) : line);
    }
    const unique = <T>(all: readonly T[]) => [...new Set(all)];
    this.models = unique(lines.map((l) => l.model)).sort();
    this.peers = unique(lines.map(nameOf)).filter((name) => !own.includes(name)).sort();
    this.threads = unique(lines.map((l) => l.threads)).sort((a, b) => a - b);
  }

  /** Everybody: ours first, then peers, as far as there are lines. */
  get names(): readonly string[] {
    const has = (name: string) => this.models.some((m) => this.threads.some((t) => this.at(m, name, t)));
    return [...own.filter(has), ...this.peers];
  }

  at(model: string, name: string, threads: number): Latency | undefined {
    return this.#cells.get(keyOf(model, name, threads));
  }

  ms(model: string, name: string, threads: number): number | undefined {
    return this.at(model, name, threads)?.[this.by];
  }

  /** The fastest peer. */
  best(model: string, threads: number): { readonly name: string; readonly ms: number } | undefined {
    const all = this.peers.flatMap((name) => {
      const ms = this.ms(model, name, threads);
      return ms === undefined ? [] : [{ name, ms }];
    });
    return all.toSorted((a, b) => a.ms - b.ms)[0];
  }

  /** How many times as fast as the best peer. */
  ratio(model: string, name: string, threads: number): number | undefined {
    const best = this.best(model, threads), ms = this.ms(model, name, threads);
    return best && ms !== undefined ? best.ms / ms : undefined;
  }

  /** Seconds of a cold compilation, whatever the threads of runs. */
  compileS(model: string, name: string): number | undefined {
    return this.#any(model, name, (l) => l.compile_s ?? undefined);
  }

  bytes(model: string, name: string): number | undefined {
    return this.#any(model, name, (l) => l.bytes);
  }

  libraryBytes(model: string, name: string): number | undefined {
    return this.#any(model, name, (l) => l.library_bytes);
  }

  #any<T>(model: string, name: string, of: (line: Latency) => T | undefined): T | undefined {
    const found = this.threads.map((t) => this.at(model, name, t)).map((l) => l && of(l));
    return found.find((x) => x !== undefined);
  }
}

/** The geometric mean of what is known. */
export function geometricMean(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((x) => x !== undefined);
  return known.length === 0
    ? undefined
    : Math.exp(known.reduce((sum, x) => sum + Math.log(x), 0) / known.length);
}

function keyOf(model: string, name: string, threads: number): string {
  return JSON.stringify([model, name, threads]);
}

function nameOf({ peer, torch }: Latency): string {
  return torch === undefined ? peer : `${peer} (torch ${torch})`;
}

/** Of repeated rounds the quickest counts for everybody; other facts are the first known. */
function merged(a: Latency, b: Latency, by: "median_ms" | "min_ms"): Latency {
  const [quick, slow] = (b[by] ?? Infinity) < (a[by] ?? Infinity) ? [b, a] : [a, b];
  return { ...slow, ...quick, compile_s: a.compile_s ?? b.compile_s, error: a.error ?? b.error };
}
