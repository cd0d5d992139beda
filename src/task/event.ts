/**
 * What an engine tells while it works: a closed union, read by printers, traces and tests.
 *
 * @module
 */
import type { Diagnostic, Digest } from "../base/mod.ts";

interface Subject {
  /** What the user knows the task by. */
  readonly label: string;
  /** Name of the definition. */
  readonly task: string;
  readonly key: Digest;
}

/** Times are milliseconds on the engine's clock. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** Which of the `jobs` places did the work, from 0. */
  readonly lane: number;
}

/** Not in the store: the task waits for a place to run in. */
export interface TaskQueued extends Subject {
  readonly type: "task-queued";
  readonly at: number;
}
/** The work begins. */
export interface TaskStart extends Subject {
  readonly type: "task-start";
  readonly start: number;
  readonly lane: number;
  /** Fields that differ from the last run under this label; absent when there was none. */
  readonly changed?: readonly string[];
}
/** The store had the outputs: nothing ran. */
export interface TaskHit extends Subject {
  readonly type: "task-hit";
  readonly at: number;
  /** What the work took when it was done. */
  readonly ms: number;
}
/** The work ended well, and its outputs are in the store. */
export interface TaskDone extends Subject, Span {
  readonly type: "task-done";
}
/** The work ended with a reason. */
export interface TaskFailed extends Subject, Span {
  readonly type: "task-failed";
  readonly diagnostics: readonly Diagnostic[];
}
/** The work was stopped: another task failed, or the user asked for it. */
export interface TaskCancelled extends Subject, Span {
  readonly type: "task-cancelled";
}
/** The work never began: what it needs failed. */
export interface TaskSkipped extends Omit<Subject, "key"> {
  readonly type: "task-skipped";
  /** Labels of the tasks it needed, which failed. */
  readonly because: readonly string[];
}
/** A dry run got here: the task is not in the store. */
export interface TaskWouldRun extends Subject {
  readonly type: "task-would-run";
  readonly changed?: readonly string[];
}
/** A line that the work said. */
export interface TaskLog extends Subject {
  readonly type: "task-log";
  readonly at: number;
  readonly text: string;
}
/** A task made something else from the same record: its outputs depend on what it does not declare. */
export interface TaskUnsteady extends Subject {
  readonly type: "task-unsteady";
  readonly outputs: readonly string[];
}

/** Everything an engine tells. */
export type TaskEvent =
  | TaskQueued
  | TaskStart
  | TaskHit
  | TaskDone
  | TaskFailed
  | TaskCancelled
  | TaskSkipped
  | TaskWouldRun
  | TaskLog
  | TaskUnsteady;
