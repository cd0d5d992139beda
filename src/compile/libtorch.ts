/**
 * Finds the headers and libraries of PyTorch's C++ side, which wrappers on `at::Tensor` are compiled against.
 *
 * @module
 */
import { join } from "@std/path";
import type { Toolchain } from "./toolchain.ts";
import { attempt, type Digest, digestOf, refuse, type Result } from "../base/mod.ts";

/** What task keys contain of a libtorch. */
export interface LibtorchKey {
  /** e.g. `2.6.0`. */
  readonly version: string;
  /** The C++ library's strings as PyTorch was built with: 1 is today's, 0 that of older wheels. */
  readonly cxx11Abi: 0 | 1;
  /** Digest of its version header, CMake file, and names and sizes of its libraries. */
  readonly fingerprint: Digest;
}

/** A libtorch of this machine. Paths take no part in keys. */
export interface Libtorch {
  readonly key: LibtorchKey;
  readonly include: string;
  readonly lib: string;
}

/** Where one is looked for. */
export interface LibtorchOptions {
  /** Folder named by the user; nothing else is tried. */
  readonly prefer?: string;
  /** Folders tried otherwise, in order. */
  readonly usual?: readonly string[];
}

const USUAL = ["/usr", "/usr/local", "/opt/libtorch", "/usr/local/libtorch"];
/** The first in all releases; newer ones say the numbers in the second. */
const VERSION_HEADERS = ["torch/csrc/api/include/torch/version.h", "torch/headeronly/version.h"];
const NEEDED = ["libtorch_cpu.so", "libc10.so"];

/** The libtorch named, or the first of the usual places that has headers and libraries. */
export function findLibtorch(options: LibtorchOptions = {}): Result<Libtorch> {
  return attempt(() => {
    const tried: string[] = [];
    for (const folder of options.prefer ? [options.prefer] : options.usual ?? USUAL) {
      const found = look(folder);
      if (typeof found !== "string") return found;
      tried.push(`${folder}: ${found}`);
    }
    return refuse({
      reason: "no-libtorch",
      message: `No libtorch found; looked at ${tried.join("; ")}`,
      help:
        "Set `libtorch` in the config, or LIBTORCH, to a folder with include/ATen and lib/libtorch_cpu.so: an " +
        "unpacked libtorch, or the folder `torch` of a Python installation (apt-get install libtorch-dev puts one in /usr).",
      data: { tried },
    });
  });
}

/** A text says why there is none. */
function look(folder: string): Libtorch | string {
  const include = join(folder, "include"),
    headers = VERSION_HEADERS.map((name) => textOf(join(include, name)));
  if (headers.includes(null)) {
    return `its headers may not be read (\`deno task aoti build\` may, or --allow-read=${folder})`;
  }
  const text = headers.join("\n");
  if (!/TORCH_VERSION_MAJOR\s+\d/.test(text)) return `there is no include/${VERSION_HEADERS[0]}`;
  const lib = libraryFolders(folder).find((path) =>
    NEEDED.every((name) => sizeOf(join(path, name)) !== undefined)
  );
  if (!lib) return `there is no ${NEEDED.join(" with ")} in lib, lib64 or lib/<machine>`;
  const versionOf = (part: string) => new RegExp(`TORCH_VERSION_${part}\\s+(\\d+)`).exec(text)?.[1] ?? "0";
  const cmake = textOf(join(lib, "cmake/Torch/TorchConfig.cmake")) ??
    textOf(join(folder, "share/cmake/Torch/TorchConfig.cmake")) ?? "";
  const sizes = NEEDED.map((name) => `${name} ${sizeOf(join(lib, name))}`);
  return {
    key: {
      version: ["MAJOR", "MINOR", "PATCH"].map(versionOf).join("."),
      cxx11Abi: /_GLIBCXX_USE_CXX11_ABI=0/.test(cmake) ? 0 : 1,
      fingerprint: digestOf([text, cmake, ...sizes].join("\n")),
    },
    include,
    lib,
  };
}

/** Folders of libraries below one of an installation; Debian has one for each kind of machine. */
function libraryFolders(folder: string): readonly string[] {
  const lib = join(folder, "lib"), below: string[] = [];
  try {
    for (const { name, isDirectory } of Deno.readDirSync(lib)) if (isDirectory) below.push(join(lib, name));
  } catch {
    return [lib, join(folder, "lib64")]; // not there, or not to be listed
  }
  return [lib, join(folder, "lib64"), ...below.filter((path) => path.endsWith("-linux-gnu")).sort()];
}

/** `undefined`: not there; `null`: not to be read. */
function textOf(path: string): string | undefined | null {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory
      ? undefined
      : null;
  }
}

function sizeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).size;
  } catch {
    return undefined;
  }
}

/** Options for a unit that includes PyTorch's headers; with gcc, its parallel loops use the same OpenMP as PyTorch. */
export function torchFlags({ key }: Libtorch, toolchain: Toolchain): readonly string[] {
  const openMp = toolchain.key.family === "gcc" ? ["-fopenmp"] : [];
  return [`-D_GLIBCXX_USE_CXX11_ABI=${key.cxx11Abi}`, ...openMp];
}

/** Where the headers are. Those of the system are found without being told, and not to be moved forward. */
export function torchIncludes({ include }: Libtorch): readonly string[] {
  return [...(include === "/usr/include" ? [] : ["-isystem", include]), ...[
    "-isystem",
    join(include, "torch/csrc/api/include"),
  ]];
}

/** What a wrapper is linked with. */
export function torchLinks({ lib }: Libtorch, toolchain: Toolchain): readonly string[] {
  const openMp = toolchain.key.family === "gcc" ? ["-fopenmp"] : [];
  return [`-L${lib}`, "-ltorch_cpu", "-lc10", "-lstdc++", ...openMp];
}

/** Libraries that a wrapper on `at::Tensor` may need beside the C library. */
export const torchLibraries = /^(libtorch|libtorch_cpu|libc10|libstdc\+\+|libgomp)[-.]/;
