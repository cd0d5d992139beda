/**
 * A timeline of a build in the Trace Event Format, which Chrome, Perfetto and speedscope open.
 *
 * @module
 */
import type { TaskEvent } from "./event.ts";

interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  readonly ph: "X" | "i";
  /** Microseconds. */
  readonly ts: number;
  readonly dur?: number;
  readonly pid: 1;
  readonly tid: number;
  readonly s?: "p";
  readonly args: Readonly<Record<string, unknown>>;
}

/** The events that took time, and cache hits as instants, as the JSON text of a trace. */
export function chromeTrace(events: readonly TaskEvent[]): string {
  return JSON.stringify({ displayTimeUnit: "ms", traceEvents: events.flatMap(traced) });
}

function traced(event: TaskEvent): readonly TraceEvent[] {
  switch (event.type) {
    case "task-done":
    case "task-failed":
    case "task-cancelled": {
      const [ts, dur] = [event.start * 1000, (event.end - event.start) * 1000];
      const args = { key: event.key, outcome: event.type.slice("task-".length) };
      return [{ name: event.label, cat: event.task, ph: "X", ts, dur, pid: 1, tid: event.lane + 1, args }];
    }
    case "task-hit": {
      const args = { key: event.key, saved_ms: event.ms };
      const ts = event.at * 1000;
      return [{ name: event.label, cat: event.task, ph: "i", ts, pid: 1, tid: 0, s: "p", args }];
    }
    default:
      return [];
  }
}
