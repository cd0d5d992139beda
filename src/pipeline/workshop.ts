/**
 * What every build of a process shares: engine, compiler, runtime sources, target.
 *
 * @module
 */
import { attemptAsync, type CpuLevel, cpuTarget, type Result, type Target, unwrap } from "../base/mod.ts";
import {
  findLibtorch,
  hostCpu,
  type Libtorch,
  nativeTarget,
  probeToolchain,
  type RuntimeFiles,
  runtimeFiles,
  type Toolchain,
} from "../compile/mod.ts";
import { Engine, type EngineOptions, Store } from "../task/mod.ts";
import { toolDigest } from "./tool.ts";

/** Tools at hand for building models. */
export interface Workshop extends AsyncDisposable {
  readonly store: Store;
  readonly engine: Engine;
  readonly toolchain: Toolchain;
  readonly runtime: RuntimeFiles;
  /** Digest of our own sources. */
  readonly tool: string;
  /** The build machine's own target. */
  readonly native: Target;
  /** What models on `at::Tensor` are built against; looked for when one asks, refused where there is none. */
  readonly torch: () => Libtorch;
}

/** How a workshop is opened. */
export interface WorkshopOptions extends Omit<EngineOptions, "store"> {
  readonly cacheDir: string;
  readonly compiler?: string;
  /** Folder of a libtorch; without it the usual places are looked at. */
  readonly libtorch?: string;
}

/** Opens the store, finds the compiler. Dispose it when done. */
export async function openWorkshop(options: WorkshopOptions): Promise<Result<Workshop>> {
  return await attemptAsync(async () => {
    const { cacheDir, compiler, libtorch, ...rest } = options;
    const store = unwrap(await Store.open(cacheDir));
    const engine = new Engine({ ...rest, store });
    const [toolchain, runtime, tool, cpu] = await Promise.all([
      probeToolchain({ cacheDir, ...(compiler && { prefer: compiler }) }),
      runtimeFiles(engine),
      toolDigest(),
      hostCpu(),
    ]);
    return {
      store,
      engine,
      toolchain: unwrap(toolchain),
      runtime: unwrap(runtime),
      tool,
      native: nativeTarget(cpu),
      torch: () => unwrap(findLibtorch(libtorch ? { prefer: libtorch } : {})),
      [Symbol.asyncDispose]: () => Promise.resolve(store.close()).then(() => {}),
    };
  });
}

/** The target of a level by name; `native` is the build machine's. */
export function targetNamed(workshop: Workshop, name: "native" | CpuLevel): Target {
  return name === "native" ? workshop.native : cpuTarget(name);
}

/** What the runtime checks for when a library is opened, as gcc names features. */
export function featuresOf(target: Target): string | undefined {
  if (target.isa === "avx512") return "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma";
  return target.isa === "avx2" ? "avx2,fma" : undefined;
}
