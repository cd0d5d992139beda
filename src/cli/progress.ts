/**
 * Progress of a build: events add up to one line per model.
 *
 * @module
 */
import type { TaskEvent } from "../task/mod.ts";
import { count, printMs } from "./format.ts";
import type { BuildEvent, Listener, ModelReport } from "../pipeline/mod.ts";
import type { Output, Paint } from "./output.ts";
import type { World } from "./world.ts";

/** How far one model is. */
export interface ModelProgress {
  readonly stage: string;
  readonly total: number;
  readonly done: number;
  readonly cached: number;
  readonly state: "running" | "done" | "failed";
  /** What is said of it when it is finished. */
  readonly end?: string;
}

/** Models in the order they began. */
export type Progress = ReadonlyMap<string, ModelProgress>;

const begun: ModelProgress = { stage: "", total: 0, done: 0, cached: 0, state: "running" };

/** The progress after one more event. */
export function advance(progress: Progress, event: BuildEvent): Progress {
  const model = event.type === "model-done" ? event.report.model : event.model;
  return new Map([...progress, [model, step(progress.get(model) ?? begun, event)]]);
}

function step(now: ModelProgress, event: BuildEvent): ModelProgress {
  switch (event.type) {
    case "model-start":
      return begun;
    case "stage":
      return now.stage === event.stage
        ? { ...now, total: event.total }
        : { ...begun, stage: event.stage, total: event.total };
    case "task":
      return now.stage === event.stage ? countTask(now, event.event) : now;
    case "model-done":
      return { ...now, state: "done", end: summary(event.report) };
    case "model-failed":
      return { ...now, state: "failed", end: count(event.diagnostics.length, "problem") };
  }
}

function countTask(now: ModelProgress, event: TaskEvent): ModelProgress {
  const hit = event.type === "task-hit";
  if (!hit && event.type !== "task-done") return now;
  const done = now.done + 1;
  return { ...now, done, total: Math.max(now.total, done), cached: now.cached + (hit ? 1 : 0) };
}

function summary({ kernels, kernelsCached, ms }: ModelReport): string {
  const cached = kernelsCached === 0
    ? ""
    : kernelsCached === kernels
    ? ", all cached"
    : `, ${kernelsCached} cached`;
  return `${count(kernels, "kernel")}${cached}, ${printMs(ms)}`;
}

/** One line per model: `✓ mlp  4 kernels, 2 cached, 1.2 s` or `· cnn  compile  3/8, 1 cached`. */
function progressLines(progress: Progress, paint: Paint, columns: number): readonly string[] {
  const width = Math.max(0, ...[...progress.keys()].map((name) => name.length));
  return [...progress].map(([name, model]) => {
    const cached = model.cached > 0 ? `, ${model.cached} cached` : "";
    const text = model.end ?? `${model.stage}  ${model.done}/${model.total}${cached}`;
    const mark = { running: paint.dim("·"), done: paint.good("✓"), failed: paint.bad("✗") }[model.state];
    return `${mark} ${`${name.padEnd(width)}  ${text}`.slice(0, Math.max(0, columns - 3))}`;
  });
}

/** Shows a build's events: redrawn lines on a terminal, one line per stage and model elsewhere, JSON with `--json`. */
export function progressPrinter(world: World, output: Output): { tell: Listener; end(): void } {
  if (output.live) return livePrinter(world, output.paint);
  let progress: Progress = new Map();
  return {
    tell(event) {
      output.event(event);
      const before = event.type === "stage" ? progress.get(event.model)?.stage : undefined;
      progress = advance(progress, event);
      if (event.type === "stage" && before !== event.stage) {
        output.note(`${event.model}: ${event.stage}, ${count(event.total, "task")}\n`);
      } else if (event.type === "model-done") {
        output.note(`${event.report.model}: ${summary(event.report)}\n`);
      }
    },
    end() {},
  };
}

/** Milliseconds between two drawings: faster than the eye reads, slower than a terminal tires. */
const FRAME = 50;

function livePrinter(world: World, paint: Paint): { tell: Listener; end(): void } {
  let progress: Progress = new Map(), drawn = 0, last = -FRAME;
  const draw = () => {
    const lines = progressLines(progress, paint, world.columns);
    world.err((drawn > 0 ? `\u001b[${drawn}A\u001b[J` : "") + lines.map((line) => line + "\n").join(""));
    drawn = lines.length;
    last = world.now();
  };
  return {
    tell(event) {
      progress = advance(progress, event);
      if (event.type.startsWith("model-") || world.now() - last >= FRAME) draw();
    },
    end: () => progress.size > 0 ? draw() : undefined,
  };
}
