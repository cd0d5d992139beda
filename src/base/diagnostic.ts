/**
 * What we tell a user who can do something about it: what was tried, what was found, what to do next, where.
 *
 * @module
 */

/** Where something is: a file of the user's with an optional 1-based line and column, and the graph node meant. */
export interface Place {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** Name of the graph node, e.g. `conv2d_3`. */
  readonly node?: string;
  /** Place inside a config value, e.g. `models.mlp.flags.max_autotune`. */
  readonly path?: string;
}

/** One message for the user. `reason` is a stable kebab-case word that tests and tools may match. */
export interface Diagnostic {
  readonly reason: string;
  /** The action that failed, a colon, what was found: `Cannot import node "foo_3": no op is declared for …`. */
  readonly message: string;
  /** What to do next, one sentence. */
  readonly help?: string;
  readonly at?: Place;
  /** Machine-readable details (`--json`). */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Prints a place as `file:line:column (node "n")`; empty when nothing is known. */
function printPlace(at: Place | undefined): string {
  if (!at) return "";
  const position = [at.file, at.line, at.column].filter((part) => part !== undefined).join(":");
  const rest = [at.path && `at ${at.path}`, at.node && `node "${at.node}"`].filter(Boolean).join(", ");
  return position && rest ? `${position} (${rest})` : position || rest;
}

/** Prints a diagnostic as plain text, two to four lines, without colours. */
export function printDiagnostic(d: Diagnostic): string {
  const place = printPlace(d.at);
  return [d.message, place && `  in ${place}`, d.help && `  ${d.help}`].filter(Boolean).join("\n");
}

/** The nearest of `known` to a misspelt `word` (Damerau-Levenshtein at most a third of its length), if any. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const scored = known.map((name) => ({ name, cost: editDistance(word.toLowerCase(), name.toLowerCase()) }));
  scored.sort((a, b) => a.cost - b.cost || (a.name < b.name ? -1 : 1));
  const best = scored[0];
  return best && best.cost <= Math.max(1, Math.floor(word.length / 3)) ? best.name : undefined;
}

function editDistance(a: string, b: string): number {
  let before: number[] = [], row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(change, row[j]! + 1, next[j - 1]! + 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) next[j] = Math.min(next[j]!, before[j - 2]! + 1);
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}
