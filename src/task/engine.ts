/**
 * Runs graphs of tasks: each piece of work once, what is known first, the longest chain first.
 *
 * @module
 */
import { attemptAsync, type Diagnostic, type Digest, fail, type Failed, type Result } from "../base/mod.ts";
import { ok, refuse, Refused, unwrap } from "../base/mod.ts";
import { neededBy } from "./bind.ts";
import type { TaskEvent } from "./event.ts";
import {
  cancelled,
  foresee,
  internal,
  known,
  lookUp,
  type Outcome,
  perform,
  type Ready,
  type Site,
} from "./execute.ts";
import type { File, Range, Split } from "./file.ts";
import type { Kinds, ValuesOf } from "./kinds.ts";
import { filesAmong } from "./outcome.ts";
import { Slots } from "./slots.ts";
import type { MaterialiseOptions, Store } from "./store.ts";
import type { Task } from "./task.ts";

/** How an engine works. */
export interface EngineOptions {
  readonly store: Store;
  /** Tasks that run at once; the number of processors by default. */
  readonly jobs?: number;
  /** Stops everything: programs are killed, nothing half-written stays. */
  readonly signal?: AbortSignal;
  /** Go on with what does not need the task that failed. */
  readonly keepGoing?: boolean;
  /** Run every task once, whatever the store holds; tells `task-unsteady` where outputs differ. */
  readonly force?: boolean;
  /** Run nothing and write nothing: `run` fails with reason "would-run" where there is work, and tells of it. */
  readonly dryRun?: boolean;
  readonly onEvent?: (event: TaskEvent) => void;
  /** Milliseconds; `performance.now` by default. */
  readonly now?: () => number;
}

/** How one request is treated. */
export interface RunOptions {
  /** A failure of this task, or of one that it needs, does not stop the others (a candidate of a search). */
  readonly mayFail?: boolean;
}

/** One build. Make one per build; any number of `run` may be under way at once. */
export class Engine {
  readonly store: Store;
  readonly #site: Site;
  readonly #stop = new AbortController();
  readonly #keepGoing: boolean;
  readonly #outcomes = new Map<Task, Promise<Outcome>>();
  readonly #byKey = new Map<Digest, Promise<Outcome>>();
  readonly #demands = new Map<Task, { rank: number; strict: boolean }>();
  /** Which task made an object, in case it must be made again. */
  readonly #makers = new Map<Digest, Ready>();

  constructor(options: EngineOptions) {
    const { jobs = navigator.hardwareConcurrency, onEvent: emit = () => {}, force = false, dryRun = false } =
      options;
    const signal = options.signal ? AbortSignal.any([options.signal, this.#stop.signal]) : this.#stop.signal;
    const now = options.now ?? (() => performance.now());
    this.store = options.store;
    this.#keepGoing = dryRun || (options.keepGoing ?? false);
    this.#site = { store: options.store, slots: new Slots(jobs), signal, now, emit, force, dryRun };
  }

  /** Aborts when the build is stopped from outside or by a failure. */
  get signal(): AbortSignal {
    return this.#site.signal;
  }

  /** The outputs of a task, after those that it needs. Asking again, or for an equal task, costs nothing. */
  async run<O extends Kinds>(task: Task<O>, options: RunOptions = {}): Promise<Result<ValuesOf<O>>> {
    const node = task as unknown as Task;
    this.#demand(node, 0, !options.mayFail);
    const outcome = await this.#outcome(node);
    if (!outcome.ok && !options.mayFail) this.#failed();
    return outcome.ok ? ok(outcome.values as ValuesOf<O>) : outcome;
  }

  /** The outputs of several tasks in order, or every reason why one is missing. */
  async runAll<O extends Kinds>(
    tasks: readonly Task<O>[],
    options: RunOptions = {},
  ): Promise<Result<readonly ValuesOf<O>[]>> {
    const results = await Promise.all(tasks.map((task) => this.run(task, options)));
    const failed = results.filter((result) => !result.ok);
    return failed.length ? merged(failed) : ok(results.map((result) => unwrap(result)));
  }

  /** A file of the user's, or a range of it, as an input. Nothing is copied. */
  async importFile(path: string, range?: Range): Promise<Result<File>> {
    return await attemptAsync(() => this.store.importFile(path, range));
  }

  /** A file of the user's as ranges of it and the rest of it. The ranges are read while the caller goes on. */
  async importSplit(path: string, cuts: readonly Range[]): Promise<Result<Split>> {
    return await attemptAsync(async () => {
      const split = await this.store.importSplit(path, cuts, this.signal);
      split.cuts.catch(() => {}); // whoever waits for them is told
      return split;
    });
  }

  /** Says what a file contains that was just put in its place: the next build finds it unchanged without reading it. */
  async wrote(path: string, digest: Digest): Promise<void> {
    await this.store.wrote(path, digest);
  }

  /** Writes a file to where a user wants it; when its object was damaged or lost, its task runs again first. */
  async materialise(file: File, path: string, options: MaterialiseOptions = {}): Promise<Result<void>> {
    return await attemptAsync(async () => {
      await this.#ensure(file);
      unwrap(await this.store.materialise(file, path, options));
    });
  }

  /** Says how urgent a task is by now, and whether its failure stops the build. */
  #demand(task: Task, above: number, strict: boolean): void {
    const before = this.#demands.get(task), rank = above + task.weight;
    if (before && before.rank >= rank && (before.strict || !strict)) return;
    this.#demands.set(task, {
      rank: Math.max(rank, before?.rank ?? 0),
      strict: strict || (before?.strict ?? false),
    });
    for (const needed of neededBy(task)) this.#demand(needed, rank, strict);
  }

  #failedAt(task: Task): void {
    if (this.#demands.get(task)?.strict) this.#failed();
  }

  #failed(): void {
    if (!this.#keepGoing) this.#stop.abort(new Error("a task failed"));
  }

  #outcome(task: Task): Promise<Outcome> {
    const known = this.#outcomes.get(task);
    if (known) return known;
    const outcome = this.#resolve(task);
    this.#outcomes.set(task, outcome);
    return outcome;
  }

  async #resolve(task: Task): Promise<Outcome> {
    const needed = neededBy(task);
    const outcomes = await Promise.all(needed.map((other) => this.#outcome(other)));
    const failed = outcomes.filter((outcome) => !outcome.ok);
    if (failed.length) {
      const because = needed.filter((_, i) => !outcomes[i]!.ok).map((other) => other.label);
      this.#site.emit({ type: "task-skipped", label: task.label, task: task.definition.name, because });
      return merged(failed);
    }
    const outcome = await this.#decided(task, new Map(needed.map((other, i) => [other, outcomes[i]!])));
    if (!outcome.ok) this.#failedAt(task);
    return outcome;
  }

  async #decided(task: Task, needs: ReadonlyMap<Task, Outcome>): Promise<Outcome> {
    try {
      const rank = () => this.#demands.get(task)?.rank ?? 0;
      const onFailure = () => this.#failedAt(task);
      return await this.#once({ ...known(task, needs), rank, onFailure });
    } catch (error) {
      if (this.signal.aborted) return fail(cancelled(task.label));
      return error instanceof Refused ? fail(...error.diagnostics) : fail(internal(task, error));
    }
  }

  /** Equal keys under way at once are one piece of work. */
  async #once(ready: Ready): Promise<Outcome> {
    const under = this.#byKey.get(ready.key);
    const outcome = await (under ?? this.#start(ready));
    if (under && outcome.ok) {
      const { label, definition } = ready.task;
      this.#site.emit({
        type: "task-hit",
        label,
        task: definition.name,
        key: ready.key,
        at: this.#site.now(),
        ms: 0,
      });
    }
    return outcome;
  }

  #start(ready: Ready): Promise<Outcome> {
    const outcome = this.#found(ready);
    this.#byKey.set(ready.key, outcome);
    return outcome;
  }

  async #found(ready: Ready): Promise<Outcome> {
    const outcome = await lookUp(this.#site, ready) ?? await this.#made(ready);
    if (!outcome.ok) return outcome;
    for (const file of filesAmong(ready.task.definition.outputs, outcome.values)) {
      this.#makers.set(file.digest, ready);
    }
    return outcome;
  }

  async #made(ready: Ready): Promise<Outcome> {
    if (this.#site.dryRun) return await foresee(this.#site, ready);
    for (const file of filesAmong(ready.task.definition.inputs, ready.values)) await this.#ensure(file);
    return await perform(this.#site, ready);
  }

  /** Makes sure that the bytes of a file can be read; a lost or damaged object is made again by its task. */
  async #ensure(file: File): Promise<void> {
    if (file.at || await this.store.objects.open(file)) return;
    const maker = this.#makers.get(file.digest);
    if (maker) {
      this.#outcomes.delete(maker.task);
      this.#byKey.delete(maker.key);
      const outcome = await this.#outcome(maker.task);
      if (!outcome.ok) refuse(...outcome.diagnostics);
    }
    await this.store.locate(file);
  }
}

/** One build of a few tasks: an engine made, asked once, and left. */
export async function runTasks<O extends Kinds>(
  tasks: readonly Task<O>[],
  options: EngineOptions,
): Promise<Result<readonly ValuesOf<O>[]>> {
  return await new Engine(options).runAll(tasks);
}

/** All reasons once; that something was stopped matters only when nothing else is known. */
function merged(failures: readonly Failed[]): Failed {
  const all = [...new Set(failures.flatMap(({ diagnostics }) => diagnostics))];
  const real = all.filter((d: Diagnostic) => d.reason !== "cancelled");
  return fail(...(real.length ? real : all));
}
