/** Ways to build: with narrow permissions, without a config, until somebody stops it. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { readRows } from "../examples/rows.ts";
import {
  call,
  clone,
  ended,
  exists,
  filesBelow,
  hasCompiler,
  inFolder,
  run,
  sharedCache,
  start,
  tinyConfig,
  useArchive,
} from "./rig.ts";

const ignore = !await hasCompiler(), cache = sharedCache();

Deno.test({ name: "deno task build works with its narrow permissions", ignore }, async () => {
  await inFolder(async (folder) => {
    await clone(folder, ["tests/build/fixtures/tiny.pt2"]);
    const source = `{ kind: "exported", path: "tests/build/fixtures/tiny.pt2" }`;
    await Deno.writeTextFile(
      join(folder, "aoti.config.ts"),
      `export default { models: { tiny: { source: ${source} } } };`,
    );
    const { code, out, err } = await run("deno", ["task", "-q", "build"], folder);
    assertEquals(code, 0, err);
    assertStringIncludes(out, "1 model in");
    assertEquals((await Deno.stat(join(folder, "dist/tiny/tiny.so"))).isFile, true);
  });
});

Deno.test({ name: "One archive is built without a config, and run", ignore }, async () => {
  await inFolder(async (folder) => {
    await useArchive(folder, "tiny");
    const words = [
      "build",
      "--model",
      "tiny.pt2",
      "--out",
      "out",
      "--flag",
      "package_constants_in_so=true",
      cache,
    ];
    const { code, err } = await call(folder, words);
    assertEquals(code, 0, err);
    assertEquals([...(await filesBelow(join(folder, "out"))).keys()], [
      "tiny/manifest.json",
      "tiny/tiny.h",
      "tiny/tiny.so",
      "tiny/tiny.ts",
    ]);
    assertEquals(await exists(join(folder, "aoti.lock")), false);
    await writeFloats(join(folder, "in.safetensors"), [2, 8]);
    const run = ["run", "out/tiny", "--inputs", "in.safetensors", "--outputs", "out.safetensors"];
    const ran = await call(folder, run);
    assertEquals(ran.code, 0, ran.err);
    const [a, b, c, ...second] = readRows(join(folder, "out.safetensors"), "0");
    assertEquals([(a! + b! + c!).toFixed(5), second.length], ["1.00000", 3]); // it ends with a softmax
  });
});

Deno.test(
  { name: "Ctrl-C ends with 130, stops the compiler and leaves nothing half-written", ignore },
  async () => {
    await inFolder(async (folder) => {
      await useArchive(folder, "tiny");
      await Deno.writeTextFile(join(folder, "aoti.config.ts"), tinyConfig());
      const { bin, pid } = await slowCompiler(folder);
      const env = { PATH: `${bin}:${Deno.env.get("PATH")}`, CC: "gcc" };
      const child = await start(folder, ["build", "--cache-dir=cache"], { env });
      const compiler = await until(() => pid());
      child.kill("SIGINT");
      const { code, err } = await ended(child, folder);
      assertEquals(code, 130, err);
      assertStringIncludes(err, "interrupted");
      await until(() => Promise.resolve(isAlive(compiler) ? undefined : true));
      assertEquals(await filesBelow(join(folder, "dist")), new Map());
      assertEquals(await exists(join(folder, "aoti.lock")), false);
      // The same folder and cache serve the next build.
      const again = await call(folder, ["build", "--cache-dir=cache"]);
      assertEquals(again.code, 0, again.err);
    });
  },
);

/** A safetensors file with a tensor "0" of zeros. */
async function writeFloats(path: string, shape: readonly number[]): Promise<void> {
  const bytes = 4 * shape.reduce((a, b) => a * b, 1);
  const header = new TextEncoder().encode(
    JSON.stringify({ 0: { dtype: "F32", shape, data_offsets: [0, bytes] } }),
  );
  const file = new Uint8Array(8 + header.length + bytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  await Deno.writeFile(path, file);
}

/** A gcc that says its process number and hangs when it is asked for a kernel. */
async function slowCompiler(folder: string) {
  const bin = join(folder, "bin"), mark = join(folder, "compiling");
  const real = await which("gcc");
  await Deno.mkdir(bin);
  const script = `#!/bin/sh
case "$*" in *AOTI_*|*kernel*|*.c*) case "$*" in *" -c "*) echo $$ > "${mark}.new"; mv "${mark}.new" "${mark}"; exec sleep 60;; esac;; esac
exec ${real} "$@"\n`;
  await Deno.writeTextFile(join(bin, "gcc"), script, { mode: 0o755 });
  const pid = () => Deno.readTextFile(mark).then((text) => Number(text) || undefined, () => undefined);
  return { bin, pid };
}

async function which(name: string): Promise<string> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    if (await exists(join(folder, name))) return join(folder, name);
  }
  throw new Error(`${name} is not on the PATH`);
}

function isAlive(pid: number): boolean {
  return new Deno.Command("kill", { args: ["-0", `${pid}`], stderr: "null" }).outputSync().success;
}

/** The first answer within half a minute. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < 600; i++) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("waited half a minute in vain");
}
