/**
 * Numbers and tables for people.
 *
 * @module
 */

/** `312 B`, `4.1 KB`, `120 MB`; decimal units, at most three digits. */
export function printBytes(bytes: number): string {
  return scaled(bytes, ["B", "KB", "MB", "GB", "TB"], 1000);
}

/** `40 µs`, `340 ms`, `2.1 s`, `1 min 5 s`. */
export function printMs(ms: number): string {
  if (ms < 0.9995) return `${digits(ms * 1000)} µs`;
  if (ms < 999.5) return `${digits(ms)} ms`;
  if (ms < 59_950) return `${digits(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** `1 kernel`, `2 kernels`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** Columns of equal width under a head; numbers (`right`) are flush right. */
export function printTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): string {
  const widths = head.map((text, i) => Math.max(text.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells.map((text, i) => right.has(i) ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)).join("  ")
      .trimEnd();
  return [line(head), ...rows.map(line)].map((text) => text + "\n").join("");
}

function scaled(value: number, units: readonly string[], step: number): string {
  let unit = 0;
  while (value >= step - 0.5 && unit < units.length - 1) {
    value /= step;
    unit++;
  }
  return `${unit === 0 ? String(value) : digits(value)} ${units[unit]}`;
}

function digits(value: number): string {
  return value.toFixed(value < 9.95 ? 1 : 0);
}
