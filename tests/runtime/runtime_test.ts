import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { cc, cxx, effectsWeights, hasSanitizer, library, linearWeights, program, run } from "./build.ts";

const here = new URL(".", import.meta.url).pathname;
const none: string[] = [];
const address = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"];
const thread = ["-fsanitize=thread"];
/** How long runs and updates go on beside each other, at least; 60 before a release. */
const seconds = Deno.env.get("AOTI_SECONDS") ?? "0";
const hasAddress = await hasSanitizer("address,undefined");
const hasThread = await hasSanitizer("thread");
if (!cc) console.warn("runtime tests are skipped: no C compiler (cc or gcc) was found");
else if (!hasAddress || !hasThread) console.warn("runtime tests run without some sanitizers: not installed");

/** Folder with the weights of a demo, removed afterwards. */
function inFolder(weights: Uint8Array, body: (dir: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const dir = await Deno.makeTempDir({ prefix: "aoti-runtime-" });
    try {
      await Deno.writeFile(join(dir, "weights.bin"), weights);
      await body(dir);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  };
}

/** Sends the runtime's allocations to a test's own functions. */
const counted = `-Wl${
  ["malloc", "calloc", "realloc", "free", "posix_memalign", "mmap", "munmap", "madvise"]
    .map((name) => `,--wrap=${name}`).join("")
}`;
type Demo = "linear" | "effects" | "steps";
const rows: { name: string; test: string; demo: Demo; flags: string[]; when?: boolean }[] = [
  { name: "the pool does every iteration once", test: "pool_test.c", demo: "linear", flags: none },
  { name: "the pool has no data races", test: "pool_test.c", demo: "linear", flags: thread, when: hasThread },
  {
    name: "helpers notice the end wherever they are",
    test: "pool_end_test.c",
    demo: "linear",
    flags: ["-include", join(here, "late.h")],
  },
  { name: "helpers change cores and come back", test: "seat_test.c", demo: "linear", flags: none },
  {
    name: "door 2 runs, reports, updates",
    test: "door2_test.c",
    demo: "linear",
    flags: address,
    when: hasAddress,
  },
  {
    name: "door 1 runs, reports, updates",
    test: "door1_test.c",
    demo: "linear",
    flags: address,
    when: hasAddress,
  },
  {
    name: "effects reach the host",
    test: "effects_test.c",
    demo: "effects",
    flags: address,
    when: hasAddress,
  },
  {
    name: "weights that were packed leave memory",
    test: "weights_test.c",
    demo: "linear",
    flags: address,
    when: hasAddress,
  },
  { name: "a steady run allocates nothing", test: "steady_test.c", demo: "steps", flags: [counted] },
  {
    name: "runs see whole updates",
    test: "concurrency_test.c",
    demo: "linear",
    flags: thread,
    when: hasThread,
  },
  {
    name: "runs see whole updates through door 1",
    test: "concurrency1_test.c",
    demo: "linear",
    flags: thread,
    when: hasThread,
  },
  {
    name: "tensors copy between layouts",
    test: "tensor_test.c",
    demo: "linear",
    flags: address,
    when: hasAddress,
  },
  {
    name: "work is marked for the host's profiler",
    test: "marks_test.c",
    demo: "linear",
    flags: address,
    when: hasAddress,
  },
  {
    name: "door 1 reads and fills a C++ map",
    test: "map_test.cc",
    demo: "linear",
    flags: address,
    when: hasAddress && cxx !== undefined,
  },
];
for (const { name, test, demo, flags, when } of rows) {
  Deno.test({
    name: `${test}: ${name}`,
    ignore: !cc || when === false,
    fn: inFolder(demo === "effects" ? effectsWeights() : linearWeights(), async (dir) => {
      const said = await program(test, demo, dir, flags, [join(dir, "weights.bin"), seconds]);
      assertEquals(said.trim().split("\n").at(-1), "ok");
    }),
  });
}

Deno.test({
  name: "a library runs in Deno with ffi permission for itself alone",
  ignore: !cc,
  fn: inFolder(linearWeights(), async (dir) => {
    const so = join(dir, "linear.so");
    await library("linear", so);
    const said = await run(Deno.execPath(), [
      "run",
      "--no-prompt",
      `--allow-ffi=${so}`,
      join(here, "door2_ffi.ts"),
      so,
    ]);
    assert(said.includes(`input "x": dimension 1 is 63, the model takes 64`), said);
    assert(said.trim().endsWith("ok"), said);
  }),
});

Deno.test({
  name: "weights inside the library need no file",
  ignore: !cc,
  fn: inFolder(linearWeights(), async (dir) => {
    const embed = join(dir, "weights.S");
    await Deno.writeTextFile(
      embed,
      `.section .rodata\n.balign 4096\n.global aoti_weights_start, aoti_weights_end\n` +
        `.hidden aoti_weights_start\n.hidden aoti_weights_end\naoti_weights_start:\n` +
        `.incbin "${join(dir, "weights.bin")}"\naoti_weights_end:\n.section .note.GNU-stack,"",%progbits\n`,
    );
    const so = join(dir, "linear.so");
    await library("linear", so, [embed]);
    await Deno.remove(join(dir, "weights.bin"));
    const said = await run(Deno.execPath(), [
      "run",
      "--no-prompt",
      `--allow-ffi=${so}`,
      join(here, "door2_ffi.ts"),
      so,
    ]);
    assert(said.trim().endsWith("ok"), said);
  }),
});

Deno.test({
  name: "a library needs libc alone, exports the two doors and our tensors, and stays small",
  ignore: !cc,
  fn: inFolder(linearWeights(), async (dir) => {
    const so = join(dir, "linear.so");
    await library("linear", so);
    const dynamic = await run("readelf", ["-d", so]);
    assertEquals([...dynamic.matchAll(/NEEDED.*\[(.*)\]/g)].map((m) => m[1]), ["libc.so.6"]);
    const symbols = (await run("nm", ["-D", "--defined-only", so])).trim().split("\n").map((l) =>
      l.split(" ").at(-1)!
    );
    const strange = symbols.filter((s) => !/^(aoti_(rt_|call_|\w*)|AOTInductor\w+)$/.test(s));
    assertEquals(strange, []);
    for (const inner of ["aoti_fail", "aoti_launch", "aoti_model", "aoti_pool_new", "aoti_memory"]) {
      assert(!symbols.includes(inner), `${inner} is exported`);
    }
    assert(symbols.includes("aoti_open") && symbols.includes("AOTInductorModelContainerRun"));
    assert((await Deno.stat(so)).size < 84_000, `the library has ${(await Deno.stat(so)).size} bytes`);
  }),
});
