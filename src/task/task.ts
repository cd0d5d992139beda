/**
 * Tasks as values: what a kind of work declares, and one piece of work with its inputs bound.
 *
 * @module
 */
import type { Box } from "./box.ts";
import type { File } from "./file.ts";
import type { Kind, Kinds, ValueOf, ValuesOf } from "./kinds.ts";

/** A kind of work. Its key is derived from what it declares, and `run` can reach nothing else. */
export interface TaskDefinition<I extends Kinds = Kinds, O extends Kinds = Kinds> {
  /** kebab-case. */
  readonly name: string;
  /** Bump when `run` comes to mean something else. */
  readonly version: number;
  readonly inputs: I;
  readonly outputs: O;
  run(inputs: ValuesOf<I>, box: Box): ValuesOf<O> | Promise<ValuesOf<O>>;
}

/** A value that a task will have produced by the time it is needed. */
export interface Output<T> {
  readonly from: Task;
  readonly field: string;
  /** Never present; carries the type. */
  readonly type?: T;
}

type GivenOf<K extends Kind> = K extends "files" ? ValueOf<K> | Output<ValueOf<K>> | GivenFiles
  : ValueOf<K> | Output<ValueOf<K>>;
type GivenFiles = Readonly<Record<string, File | Output<File>>>;

/** Inputs as a caller binds them: values, or outputs of other tasks. */
export type Given<I extends Kinds> = { readonly [F in keyof I]: GivenOf<I[F]> };

/** How one piece of work is shown and when it is preferred. */
export interface TaskOptions {
  /** What the user knows it by, e.g. `mlp/kernel k_3`; the name of the definition by default. */
  readonly label?: string;
  /** Expected cost in any unit, 1 by default: the longest chain of costs is started first. */
  readonly weight?: number;
}

/** One piece of work: a definition with its inputs bound. */
export interface Task<O extends Kinds = Kinds> {
  readonly definition: TaskDefinition<Kinds, O>;
  readonly given: Readonly<Record<string, unknown>>;
  readonly label: string;
  readonly weight: number;
  /** An output, to bind as an input of another task. */
  output<F extends keyof O & string>(field: F): Output<ValueOf<O[F]>>;
}

/** Declares a kind of work. */
export function defineTask<const I extends Kinds, const O extends Kinds>(
  definition: TaskDefinition<I, O>,
): TaskDefinition<I, O> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(definition.name)) {
    throw new TypeError(`Cannot define task "${definition.name}": the name is not kebab-case`);
  }
  return Object.freeze(definition);
}

/** Binds the inputs of a kind of work. Nothing runs before an engine is asked to. */
export function task<I extends Kinds, O extends Kinds>(
  definition: TaskDefinition<I, O>,
  given: Given<I>,
  options: TaskOptions = {},
): Task<O> {
  const self: Task<O> = {
    definition: definition as unknown as TaskDefinition<Kinds, O>,
    given,
    label: options.label ?? definition.name,
    weight: options.weight ?? 1,
    output: (field) => ({ from: self as unknown as Task, field }),
  };
  return Object.freeze(self);
}

/** True for a value made by `Task.output`. */
export function isOutput(value: unknown): value is Output<unknown> {
  return typeof value === "object" && value !== null && "from" in value && "field" in value &&
    typeof (value as Output<unknown>).from?.output === "function";
}
