/** Stores in temporary folders, and tasks that the test holds open and ends: concurrency without sleeping. */
import { unwrap } from "../../src/base/mod.ts";
import {
  defineTask,
  type Disk,
  Engine,
  type EngineOptions,
  type File,
  json,
  realDisk,
  Store,
  type StoreOptions,
  task,
} from "../../src/task/mod.ts";
import type { Task, TaskEvent } from "../../src/task/mod.ts";

/** A store in a folder of its own; both go when the test ends. */
export class TestStore implements AsyncDisposable {
  readonly #others: Store[] = [];
  private constructor(readonly folder: string, readonly store: Store) {}

  static async open(options: StoreOptions = {}): Promise<TestStore> {
    const folder = await Deno.makeTempDir({ prefix: "aoti_store_" });
    return new TestStore(folder, unwrap(await Store.open(`${folder}/cache`, options)));
  }

  /** Another process's view of the same folder, as far as memory goes. */
  async again(options: StoreOptions = {}): Promise<Store> {
    const store = unwrap(await Store.open(`${this.folder}/cache`, options));
    this.#others.push(store);
    return store;
  }

  /** A file of the user's, old enough for its digest to be remembered. */
  async userFile(name: string, text: string, written = new Date(2024, 0, 1, 12, 0, 0, 500)): Promise<string> {
    const path = `${this.folder}/${name}`;
    await Deno.writeTextFile(path, text);
    await Deno.utime(path, written, written);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.store, ...this.#others].map((store) => store.close()));
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** A disk on which one operation finds no space from when the test says so. */
export class FaultyDisk implements Disk {
  broken: keyof Disk | undefined;
  mkdir = this.#guarded("mkdir");
  write = this.#guarded("write");
  copy = this.#guarded("copy");
  link = this.#guarded("link");
  rename = this.#guarded("rename");
  chmod = this.#guarded("chmod");

  #guarded<K extends keyof Disk>(name: K): Disk[K] {
    const work = (...args: readonly unknown[]): Promise<void> => {
      const real = realDisk[name] as (...args: readonly unknown[]) => Promise<void>;
      return this.broken === name ? Promise.reject(diskFull()) : real(...args);
    };
    return work as Disk[K];
  }
}

function diskFull(): Error {
  return Object.assign(new Error("No space left on device (os error 28): writefile"), { code: "ENOSPC" });
}

/** An engine that writes down what it tells, as `type label`; what was queued apart. */
export function watched(options: EngineOptions) {
  const seen: string[] = [], queued: string[] = [], events: TaskEvent[] = [];
  const onEvent = (event: TaskEvent) => {
    if (event.type === "task-queued") queued.push(event.label);
    else seen.push(`${event.type} ${event.label}`);
    events.push(event);
  };
  return { engine: new Engine({ jobs: 4, ...options, onEvent }), seen, queued, events };
}

type HeldTask = Task<{ readonly text: "text"; readonly file: "file" }>;

/** Work that starts when an engine says so and ends when the test says so. */
export class Held {
  readonly #begun = new Map<string, PromiseWithResolvers<void>>();
  readonly #ended = new Map<string, PromiseWithResolvers<string>>();
  /** Names in the order in which their work began. */
  readonly order: string[] = [];
  running = 0;
  mostAtOnce = 0;

  readonly definition = defineTask({
    name: "held",
    version: 1,
    inputs: { name: "text", after: "files" },
    outputs: { text: "text", file: "file" },
    run: async ({ name }, box) => {
      this.order.push(name);
      this.mostAtOnce = Math.max(this.mostAtOnce, ++this.running);
      this.#of(this.#begun, name).resolve();
      try {
        const text = await this.#of(this.#ended, name).promise;
        return { text, file: await box.writeText(text) };
      } finally {
        this.running--;
      }
    },
  });

  /** A held task that needs others. */
  task(name: string, after: readonly HeldTask[] = [], weight = 1): HeldTask {
    const needed = Object.fromEntries(after.map((other, i) => [`${i}`, other.output("file")]));
    return task(this.definition, { name, after: needed }, { label: name, weight });
  }

  /** Resolves when the work began. */
  async begun(name: string): Promise<void> {
    await this.#of(this.#begun, name).promise;
  }

  /** Lets the work end, now or as soon as it begins. */
  end(name: string, text = name): void {
    this.#of(this.#ended, name).resolve(text);
  }

  /** Lets the work throw. */
  break(name: string, error: Error): void {
    const { promise, reject } = this.#of(this.#ended, name);
    promise.catch(() => {});
    reject(error);
  }

  #of<T>(map: Map<string, PromiseWithResolvers<T>>, name: string): PromiseWithResolvers<T> {
    const known = map.get(name) ?? Promise.withResolvers<T>();
    map.set(name, known);
    return known;
  }
}

/** Resolves when `condition` holds; for what other processes do. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("Cannot go on: the condition did not come true within 10 s");
}

/** True while a process is there and not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

/** Every file below a folder, as paths relative to it. */
export function filesBelow(folder: string, below = ""): string[] {
  try {
    return [...Deno.readDirSync(`${folder}/${below}`)].flatMap((entry) => {
      const path = below ? `${below}/${entry.name}` : entry.name;
      return entry.isDirectory ? filesBelow(folder, path) : [path];
    }).sort();
  } catch {
    return [];
  }
}

/** A file with the text in capitals; `calls` counts how often it really ran. */
export function upper(calls: string[] = []) {
  return defineTask({
    name: "upper",
    version: 1,
    inputs: { text: "text" },
    outputs: { file: "file" },
    run: async ({ text }, box) => {
      calls.push(text);
      return { file: await box.writeText(text.toUpperCase()) };
    },
  });
}

/** The bytes of a file; `calls` lists the files that it really ran for. */
export function length(calls: File[] = []) {
  return defineTask({
    name: "length",
    version: 1,
    inputs: { file: "file" },
    outputs: { bytes: json<number>() },
    run: ({ file }) => {
      calls.push(file);
      return { bytes: file.bytes };
    },
  });
}
