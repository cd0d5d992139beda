/** Builds the runtime's demo models by the tasks of `compile`. */
import { unwrap } from "../../src/base/mod.ts";
import {
  hostCpu,
  linkTask,
  nativeTarget,
  probeToolchain,
  runtimeFiles,
  runtimeTask,
  unitTask,
} from "../../src/compile/mod.ts";
import { Engine, type File, Store } from "../../src/task/mod.ts";

const probed = await probeToolchain();
/** True when there is a C compiler; tests that need one skip aloud otherwise. */
export const hasCompiler = probed.ok;
if (!hasCompiler) console.warn("tests that compile are skipped: no C compiler was found");

const demos = new URL("../../runtime/demo/", import.meta.url);

/** A linked demo, as files of a store. */
export interface Demo {
  readonly library: File;
  readonly needed: readonly string[];
  readonly imports: readonly string[];
}

/** A folder with a store of its own, removed at the end. */
export async function inFolder<T>(work: (folder: string, store: Store) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "aoti_compile_" });
  try {
    await using store = unwrap(await Store.open(`${folder}/cache`));
    return await work(folder, store);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What is different from a plain build. */
export interface DemoOptions {
  readonly weights?: File;
  readonly debug?: boolean;
  /** Gets `type label` of every event. */
  readonly seen?: string[];
  readonly edit?: (name: string, text: string) => string;
}

/** Compiles and links a demo. */
export async function buildDemo(
  store: Store,
  demo: string,
  options: DemoOptions = {},
): Promise<Demo> {
  const { debug } = options;
  const onEvent = (event: { readonly type: string; readonly label?: string }) =>
    options.seen?.push(`${event.type} ${event.label ?? ""}`);
  const engine = new Engine({ store, jobs: 2, onEvent });
  const toolchain = unwrap(probed), runtime = unwrap(await runtimeFiles(engine));
  const target = nativeTarget(await hostCpu());
  const folder = new URL(`${demo}/`, demos);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((n) => n.endsWith(".c")).sort();
  const objects = Object.fromEntries(names.map((name) => {
    const kind = name === "model.c" ? "model" : "kernel";
    const found = Deno.readTextFileSync(new URL(name, folder));
    const text = options.edit?.(name, found) ?? found;
    const unit = unitTask({ toolchain, runtime, target, kind, text, name: `${kind} ${name}`, debug });
    return [name, unit.output("object")];
  }));
  const { weights } = options, name = `library ${demo}`;
  const made = runtimeTask({ toolchain, runtime, target, debug });
  const link = linkTask({ toolchain, objects, runtime: made.output("object"), weights, name, debug });
  return unwrap(await engine.run(link));
}
