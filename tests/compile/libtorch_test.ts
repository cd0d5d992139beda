/** Finding a libtorch: what counts as one, what is said when there is none. */
import { assert, assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { unwrap } from "../../src/base/mod.ts";
import { findLibtorch } from "../../src/compile/mod.ts";

const version =
  "#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR 6\n#define TORCH_VERSION_PATCH 1\n";
const header = "include/torch/csrc/api/include/torch/version.h";

async function withFolder(files: Readonly<Record<string, string>>, work: (folder: string) => void) {
  const folder = await Deno.makeTempDir({ prefix: "aoti-libtorch-" });
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(folder, name)), { recursive: true });
      await Deno.writeTextFile(join(folder, name), text);
    }
    work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const libraries = (lib: string) => ({ [`${lib}/libtorch_cpu.so`]: "cpu", [`${lib}/libc10.so`]: "c10" });

Deno.test("An unpacked libtorch: version, strings of its C++ library, folders", () =>
  withFolder({
    ...{ [header]: version, ...libraries("lib") },
    "share/cmake/Torch/TorchConfig.cmake": 'set(TORCH_CXX_FLAGS "-D_GLIBCXX_USE_CXX11_ABI=0")',
  }, (folder) => {
    const found = unwrap(findLibtorch({ prefer: folder }));
    assertEquals([found.key.version, found.key.cxx11Abi], ["2.6.1", 0]);
    assertEquals([found.include, found.lib], [join(folder, "include"), join(folder, "lib")]);
  }));

Deno.test("Debian's places, newer version headers, the first of the usual folders that has one", () =>
  withFolder({
    ...{
      [`usr/${header}`]: "#include <torch/headeronly/version.h>",
      ...libraries("usr/lib/x86_64-linux-gnu"),
    },
    "usr/include/torch/headeronly/version.h": version,
  }, (folder) => {
    const found = unwrap(findLibtorch({ usual: [join(folder, "opt"), join(folder, "usr")] }));
    assertEquals([found.key.version, found.key.cxx11Abi], ["2.6.1", 1]);
    assertEquals(found.lib, join(folder, "usr/lib/x86_64-linux-gnu"));
  }));

Deno.test("Where there is none, what was looked at is said, and what to set", () =>
  withFolder({ [`headers/${header}`]: version }, (folder) => {
    const usual = [join(folder, "headers"), join(folder, "nothing")];
    const found = findLibtorch({ usual });
    assert(!found.ok);
    assertEquals(
      found.diagnostics[0]!.message,
      `No libtorch found; looked at ${
        usual[0]
      }: there is no libtorch_cpu.so with libc10.so in lib, lib64 or ` +
        `lib/<machine>; ${usual[1]}: there is no ${header}`,
    );
    assert(found.diagnostics[0]!.help!.startsWith("Set `libtorch` in the config, or LIBTORCH, "));
  }));
